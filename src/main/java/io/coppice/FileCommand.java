package io.coppice;

import io.coppice.config.ConfigException;
import io.coppice.port.AdminRole;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** A command that changes a file of users or tokens: how it answers, and what it takes for a role. */
abstract class FileCommand implements Runnable {
    static final int DONE = 0;
    static final int WRONG = 1;
    static final int FAILED = 2;

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    private final String commands;

    /** @param commands what may be typed after it, in words */
    FileCommand(String commands) {
        this.commands = commands;
    }

    @Override
    public final void run() {
        throw new CommandLine.ParameterException(
                Objects.requireNonNull(spec).commandLine(), "Say what to do: " + commands + ".");
    }

    /** What is wrong with what was typed is an {@link IllegalArgumentException}, whose message goes to the person. */
    interface Work {
        int run() throws ConfigException, IOException;
    }

    /** Does it; the exit status. */
    final int answered(Work work) {
        try {
            return work.run();
        } catch (ConfigException wrong) {
            wrong.faults().forEach(err()::println);
            return WRONG;
        } catch (IllegalArgumentException wrong) {
            err().println(wrong.getMessage());
            return WRONG;
        } catch (IOException fault) {
            err().println("It could not be done: "
                    + Objects.requireNonNullElse(
                            fault.getMessage(), fault.getClass().getSimpleName()));
            return FAILED;
        }
    }

    static AdminRole role(String typed) {
        return AdminRole.of(typed)
                .orElseThrow(() -> new IllegalArgumentException(
                        "--role " + typed + " is not allowed; allowed: viewer, operator or admin"));
    }

    static Path existing(Path file) {
        if (!Files.exists(file)) {
            throw new IllegalArgumentException(file + ": there is no such file");
        }
        return file;
    }

    final PrintWriter out() {
        return Objects.requireNonNull(spec).commandLine().getOut();
    }

    final PrintWriter err() {
        return Objects.requireNonNull(spec).commandLine().getErr();
    }
}
