package io.coppice;

import java.io.PrintWriter;
import java.net.URI;
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
        versionProvider = CommandLines.Version.class,
        sortOptions = false,
        footer = {
            "",
            "Exit status: 0 when all was done, 1 when the command line or the file",
            "is wrong and nothing was done, 2 when it failed or was done in part."
        })
final class AdminCommand implements Runnable {
    static final int DONE = 0;
    static final int WRONG = 1;
    static final int FAILED = 2;

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    /** Where the node is. */
    private static final class Node {
        @Option(
                names = "--url",
                paramLabel = "URL",
                defaultValue = "http://127.0.0.1:8080",
                description = "The node's admin port; default: ${DEFAULT-VALUE}.")
        URI url = URI.create("http://127.0.0.1:8080");
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(
                Objects.requireNonNull(spec).commandLine(), "Say what to do: admin export or admin import.");
    }

    @Command(
            name = "export",
            mixinStandardHelpOptions = true,
            versionProvider = CommandLines.Version.class,
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
            @CommandLine.Mixin Node node) {
        return new Exporting(checked(node.url), out(), err()).run(file, force);
    }

    @Command(
            name = "import",
            mixinStandardHelpOptions = true,
            versionProvider = CommandLines.Version.class,
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
            @CommandLine.Mixin Node node) {
        return new Importing(checked(node.url), out(), err()).run(file, replace);
    }

    private URI checked(URI url) {
        if (url.getHost() == null || !"http".equals(url.getScheme()) && !"https".equals(url.getScheme())) {
            throw new CommandLine.ParameterException(
                    Objects.requireNonNull(spec).commandLine(),
                    "--url " + url + " is not allowed; allowed: such as http://127.0.0.1:8080");
        }
        return url;
    }

    private PrintWriter out() {
        return Objects.requireNonNull(spec).commandLine().getOut();
    }

    private PrintWriter err() {
        return Objects.requireNonNull(spec).commandLine().getErr();
    }
}
