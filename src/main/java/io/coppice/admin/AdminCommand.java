package io.coppice.admin;

import io.coppice.shell.CommandEnd;
import io.coppice.shell.Screen;
import io.coppice.shell.Surroundings;
import io.coppice.shell.Version;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
            "Exit status: 0 when all was done, 1 when the command line or a file is",
            "wrong and nothing was done, 2 when no node answered, or it failed or was",
            "done in part, 3 when the node refused or there is no such thing."
        })
public final class AdminCommand extends NodeCommand.Group {
    static final int DONE = 0;
    static final int WRONG = 1;
    static final int FAILED = 2;
    static final int REFUSED = 3;

    private AdminCommand(Means means) {
        super(means, "admin --help lists the commands");
    }

    /** The command, with all that may be typed after it, for a process. */
    public static CommandLine create(Surroundings around, CommandEnd end, Supplier<Screen> screen) {
        Means means = new Means(around, end, screen);
        return new CommandLine(new AdminCommand(means))
                .addSubcommand(new NodesCommand(means))
                .addSubcommand(new ClusterCommand(means))
                .addSubcommand(new TopCommand(means))
                .addSubcommand(new ClientsCommand(means))
                .addSubcommand(new SessionsCommand(means))
                .addSubcommand(new SubscriptionsCommand(means))
                .addSubcommand(new TopicsCommand(means))
                .addSubcommand(new RetainedCommand(means))
                .addSubcommand(new PublishCommand(means))
                .addSubcommand(new ExplainCommand(means))
                .addSubcommand(new TraceCommand(means))
                .addSubcommand(new WhereCommand(means))
                .addSubcommand(new BanCommand(means))
                .addSubcommand(new DrainCommand(means))
                .addSubcommand(new RebalanceCommand(means))
                .addSubcommand(new ResizeCommand(means))
                .addSubcommand(new ConfigCommand(means))
                .addSubcommand(new LogLevelCommand(means));
    }

    @Command(
            name = "export",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description =
                    "Writes the sessions of a node, their queues and what is retained to a file. It is there when "
                            + "it is whole.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int export(
            @Parameters(paramLabel = "FILE", description = "Compressed if it ends in .gz; - for the standard output.")
                    Path file,
            @Option(names = "--force", description = "Overwrite a file that is there.") boolean force,
            @Mixin AdminLogin login) {
        return answered(login, false, (api, report) -> new Exporting(api, report).run(file, force));
    }

    @Command(
            name = "import",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = "Brings what was exported to a node. What it has already is left as it is.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int load(
            @Parameters(paramLabel = "FILE", description = "As export wrote it; - for the standard input.") Path file,
            @Option(
                            names = "--replace",
                            description =
                                    "Replace sessions and retained messages that are there; clients of such sessions are "
                                            + "disconnected.")
                    boolean replace,
            @Mixin AdminLogin login) {
        return answered(login, false, (api, report) -> new Importing(api.port(), report).run(file, replace));
    }

    @Command(
            name = "whoami",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = "Says whom the node takes one for, and with which role.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int whoami(@Mixin Asked asked) {
        return answered(asked, (api, report) -> {
            JsonObject who = api.get("/whoami");
            report.say(
                    who, who.getString("name") + ", " + who.getString("role") + ", by " + who.getString("proof") + ".");
            return DONE;
        });
    }
}
