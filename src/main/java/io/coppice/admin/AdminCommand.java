package io.coppice.admin;

import io.coppice.shell.Surroundings;
import io.coppice.shell.Version;
import io.coppice.shell.Wrong;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What can be typed after {@code java -jar coppice.jar admin}: words for a node that runs, by way of its admin port. */
@Command(
        name = "admin",
        description = "Talks to a node that runs, by way of its admin port.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        footer = {
            "",
            "Exit status: 0 when all was done, 1 when the command line or the file",
            "is wrong and nothing was done, 2 when it failed or was done in part."
        })
public final class AdminCommand implements Runnable {
    static final int DONE = 0;
    static final int WRONG = 1;
    static final int FAILED = 2;

    private static final int STATUS_OK = 200;

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    private final Surroundings around;

    public AdminCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(
                Objects.requireNonNull(spec).commandLine(),
                "Say what to do: admin export, admin import or admin whoami.");
    }

    @Command(
            name = "export",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = {
                "Writes the sessions of a node, their queues and what is retained",
                "to a file. It is there when it is whole."
            })
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int export(
            @Parameters(paramLabel = "FILE", description = "Compressed if it ends in .gz; - for the standard output.")
                    Path file,
            @Option(names = "--force", description = "Overwrite a file that is there.") boolean force,
            @CommandLine.Mixin AdminLogin login) {
        return as(login, node -> new Exporting(node, out(), err()).run(file, force));
    }

    @Command(
            name = "import",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = {"Brings what was exported to a node. What it has already is left", "as it is."})
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int load(
            @Parameters(paramLabel = "FILE", description = "As export wrote it; - for the standard input.") Path file,
            @Option(
                            names = "--replace",
                            description = {
                                "Replace sessions and retained messages that are there;",
                                "clients of such sessions are disconnected."
                            })
                    boolean replace,
            @CommandLine.Mixin AdminLogin login) {
        return as(login, node -> new Importing(node, out(), err()).run(file, replace));
    }

    @Command(
            name = "whoami",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = "Says whom the node takes one for, and with which role.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int whoami(@CommandLine.Mixin AdminLogin login) {
        return as(login, node -> {
            try {
                HttpResponse<String> answer =
                        node.send(node.to("/api/v1/whoami").build(), HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() != STATUS_OK) {
                    throw node.refusal(answer.statusCode(), answer.body());
                }
                JsonObject who = new JsonObject(answer.body());
                out().println(who.getString("name") + ", " + who.getString("role") + ", by " + who.getString("proof")
                        + ".");
                return DONE;
            } catch (AdminPort.Failure failure) {
                err().println(failure.getMessage());
                return FAILED;
            }
        });
    }

    private interface Work {
        int with(AdminPort node);
    }

    private int as(AdminLogin login, Work work) {
        try {
            return work.with(login.port(around));
        } catch (Wrong wrong) {
            throw new CommandLine.ParameterException(
                    Objects.requireNonNull(spec).commandLine(), Objects.requireNonNull(wrong.getMessage()), wrong);
        }
    }

    private PrintWriter out() {
        return Objects.requireNonNull(spec).commandLine().getOut();
    }

    private PrintWriter err() {
        return Objects.requireNonNull(spec).commandLine().getErr();
    }
}
