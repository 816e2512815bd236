package io.coppice.admin;

import io.coppice.shell.Beat;
import io.coppice.shell.CommandEnd;
import io.coppice.shell.Screen;
import io.coppice.shell.Surroundings;
import io.coppice.shell.Wrong;
import java.io.PrintWriter;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** A command that asks a node something. */
abstract class NodeCommand {
    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    private final Means means;
    /**
     * What commands need of the process.
     *
     * @param around where a login comes from that was not typed
     * @param end what ends a command that goes on until it is told to stop
     * @param screen who sees what is written
     */
    record Means(Surroundings around, CommandEnd end, Supplier<Screen> screen) {}

    NodeCommand(Means means) {
        this.means = means;
    }

    /** What a command does with a node; answers with the exit status. */
    interface Work {
        int with(Api api, Report report) throws AdminPort.Failure, Wrong;
    }

    final int answered(Asked asked, Work work) {
        return answered(asked.login(), asked.json(), work);
    }

    final int answered(AdminLogin login, boolean json, Work work) {
        try {
            Api api = new Api(login.port(means.around()));
            int status = work.with(
                    api, new Report(api, json, out(), err(), means.screen().get()));
            out().flush();
            return status;
        } catch (AdminPort.Failure failure) {
            out().flush();
            err().println(failure.getMessage());
            return failure.status();
        } catch (Wrong wrong) {
            throw wrong(Objects.requireNonNull(wrong.getMessage()));
        }
    }

    /** What goes on until it is told to stop; answers with the exit status. */
    interface Watching {
        int until(Beat beat) throws AdminPort.Failure;
    }

    final int untilStopped(Watching watching) throws AdminPort.Failure {
        AtomicReference<AdminPort.@Nullable Failure> failed = new AtomicReference<>();
        int status = means.end().during(true, ending -> {
            Beat beat = new Beat();
            ending.accept(beat::stop);
            try {
                int watched = watching.until(beat);
                out().flush();
                return watched;
            } catch (AdminPort.Failure failure) {
                failed.set(failure);
                return failure.status();
            }
        });
        AdminPort.Failure failure = failed.get();
        if (failure != null) {
            throw failure;
        }
        return status;
    }

    final CommandLine.ParameterException wrong(String message) {
        return new CommandLine.ParameterException(commandLine(), message);
    }

    final Means means() {
        return means;
    }

    private CommandLine commandLine() {
        return Objects.requireNonNull(spec).commandLine();
    }

    final PrintWriter out() {
        return commandLine().getOut();
    }

    final PrintWriter err() {
        return commandLine().getErr();
    }

    /** A word after which further ones are typed. */
    abstract static class Group extends NodeCommand implements Runnable {
        private final String commands;

        /** @param commands what may be typed after it, in words */
        Group(Means means, String commands) {
            super(means);
            this.commands = commands;
        }

        @Override
        public final void run() {
            throw wrong("Say what to do: " + commands + ".");
        }
    }

    /** A command after which nothing is typed but its options and arguments. */
    abstract static class Single extends NodeCommand implements Callable<Integer> {
        Single(Means means) {
            super(means);
        }
    }
}
