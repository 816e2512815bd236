package io.coppice;

import io.coppice.access.Access;
import io.coppice.access.AdminAccess;
import io.coppice.admin.AdminCommand;
import io.coppice.config.ConfigException;
import io.coppice.config.ConfigLoader;
import io.coppice.config.CoppiceConfig;
import io.coppice.observe.SpanHeaders;
import io.coppice.shell.CommandEnd;
import io.coppice.shell.Screen;
import io.coppice.shell.Surroundings;
import io.coppice.shell.Terminal;
import io.coppice.shell.Version;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What can be typed after {@code java -jar coppice.jar}. */
final class CommandLines {
    static final int CLEAN_STOP = 0;
    static final int CONFIGURATION_ERROR = 1;
    static final int COULD_NOT_START = 2;
    static final int COULD_NOT_STOP = 3;
    static final int LOST = 4;

    private static final String CONFIG = "--config";
    private static final String SET = "--set";

    private CommandLines() {}

    /**
     * The command line that takes some arguments, starts nodes with {@code starter} and gets its environment as a map. It has all
     * commands unless the arguments can only mean to start a node: that needs none of them, and to make them is a fifth of its
     * time.
     */
    static CommandLine create(
            Main.Starter starter, Map<String, String> environment, Main.Waiter waiter, String... arguments) {
        CommandLine commandLine = new CommandLine(new Coppice(starter, environment, waiter));
        if (!haveSourcesOnly(arguments)) {
            addCommands(commandLine, environment);
        }
        commandLine.setExpandAtFiles(false);
        commandLine.setParameterExceptionHandler(CommandLines::refuse);
        commandLine.setExecutionExceptionHandler((failure, command, result) -> {
            command.getErr().println("Coppice could not start: " + reason(failure));
            return COULD_NOT_START;
        });
        return commandLine;
    }

    private static boolean haveSourcesOnly(String... arguments) {
        boolean valueFollows = false;
        for (String argument : arguments) {
            if (valueFollows) {
                valueFollows = false;
            } else if (argument.equals(CONFIG) || argument.equals(SET)) {
                valueFollows = true;
            } else if (!argument.startsWith(CONFIG + "=") && !argument.startsWith(SET + "=")) {
                return false;
            }
        }
        return true;
    }

    private static void addCommands(CommandLine commandLine, Map<String, String> environment) {
        Surroundings around = new Surroundings(environment, System.in, System.console());
        commandLine.addSubcommand(
                AdminCommand.create(around, new CommandEnd.OfProcess(), () -> Screen.ofProcess(around)));
        commandLine.addSubcommand(new PasswdCommand(System.in, System.console()));
        commandLine.addSubcommand(new TokenCommand());
        commandLine.addSubcommand(new CertificateCommand());
        Surroundings typing = new Surroundings(environment, System.in, Terminal.console());
        commandLine.addSubcommand(new PubCommand(typing, new CommandEnd.OfProcess()));
        commandLine.addSubcommand(
                new SubCommand(typing, new FileOutputStream(FileDescriptor.out), new CommandEnd.OfProcess()));
        commandLine.addSubcommand(new CompletionCommand());
    }

    private static int refuse(ParameterException wrong, String[] args) {
        CommandLine command = wrong.getCommandLine();
        command.getErr().println(withoutValues(wrong));
        if (wrong instanceof UnmatchedArgumentException strange
                && !strange.getSuggestions().isEmpty()) {
            command.getErr().println("Similar: " + String.join(", ", strange.getSuggestions()));
        }
        command.getErr().println("Try " + command.getCommandSpec().qualifiedName() + " --help.");
        return CONFIGURATION_ERROR;
    }

    /** What nobody knows how to take may be a password in the wrong place, and errors are kept in logs. */
    private static String withoutValues(ParameterException wrong) {
        if (!(wrong instanceof UnmatchedArgumentException strange)) {
            return Objects.requireNonNullElse(wrong.getMessage(), "The command line is wrong.");
        }
        String first =
                strange.getUnmatched().isEmpty() ? "" : strange.getUnmatched().get(0);
        return first.startsWith("-")
                ? "Unknown option: " + first.replaceFirst("(?s)[=\\s].*", "")
                : "There are " + strange.getUnmatched().size()
                        + " arguments too many; passwords and tokens are never arguments.";
    }

    /** What lies at the bottom of a failure, on one line. */
    private static String reason(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        String message = Objects.requireNonNullElse(
                failure.getMessage(), failure.getClass().getSimpleName());
        String root =
                Objects.requireNonNullElse(cause.getMessage(), cause.getClass().getSimpleName());
        String whole = message.contains(root) ? message : message + ": " + root;
        return whole.replaceAll("\\s*\\R\\s*", " ");
    }

    /** Where a configuration comes from, besides the environment; may stand before and after a command. */
    private static final class Sources {
        @Option(
                names = CONFIG,
                paramLabel = "FILE",
                description = "Configuration in YAML; without it the defaults hold.")
        @Nullable
        Path file;

        @Option(
                names = SET,
                paramLabel = "KEY=VALUE",
                description = "Sets one key, such as listeners.mqtt.port=1884; may be repeated.")
        List<String> sets = new ArrayList<>();
    }

    @Command(
            name = "coppice",
            description = "An MQTT 3.1.1 and 5 broker.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            footer = {
                "",
                "Every key can also be given as an environment variable, such as",
                "COPPICE_LIMITS_PACKET_SIZE_MAX for limits.packet-size-max.",
                "The command line outranks the environment, and the environment the file.",
                "",
                "Exit status: 0 after a clean stop, 1 wrong configuration,",
                "2 could not start, 3 could not stop cleanly, 4 thrown out of its cluster."
            })
    private static final class Coppice implements Callable<Integer> {
        private final Main.Starter starter;
        private final Map<String, String> environment;
        private final Main.Waiter waiter;

        @CommandLine.Spec
        private CommandLine.Model.@Nullable CommandSpec spec;

        @Mixin
        private Sources sources = new Sources();

        Coppice(Main.Starter starter, Map<String, String> environment, Main.Waiter waiter) {
            this.starter = starter;
            this.environment = environment;
            this.waiter = waiter;
        }

        @Override
        public Integer call() throws Exception {
            return start(new Sources());
        }

        @Command(
                mixinStandardHelpOptions = true,
                versionProvider = Version.class,
                description = "Starts a node and serves until it is told to stop. This is the default.")
        int start(@Mixin Sources more) throws Exception {
            return unlessWrong(() -> {
                Main.Running node = starter.start(load(more)); // may find a fault in a file that is named there
                CompletableFuture<Integer> ended = new CompletableFuture<>();
                node.lost().thenAccept(reason -> {
                    err().println("Coppice must start anew: " + reason);
                    err().flush();
                    ended.complete(LOST);
                });
                return waiter.untilStopped(() -> announce(node), () -> stop(node), ended);
            });
        }

        private void announce(Main.Running node) {
            out().println("Coppice ready in "
                    + ManagementFactory.getRuntimeMXBean().getUptime() + " ms: "
                    + node.addresses().entrySet().stream()
                            .map(address -> address.getKey() + " " + address.getValue())
                            .collect(Collectors.joining(", ")));
            out().flush();
        }

        @Command(
                mixinStandardHelpOptions = true,
                versionProvider = Version.class,
                description = "Says whether the configuration is right, and all that is wrong.")
        @SuppressWarnings("UnusedMethod") // picocli calls it
        int check(@Mixin Sources more) throws Exception {
            return unlessWrong(() -> {
                CoppiceConfig config = load(more);
                Access.check(config);
                AdminAccess.check(config);
                SpanHeaders.of(config.telemetry().headersFile());
                out().println("The configuration is right.");
                return 0;
            });
        }

        private int unlessWrong(Callable<Integer> work) throws Exception {
            try {
                return work.call();
            } catch (ConfigException wrong) {
                wrong.faults().forEach(err()::println);
                return CONFIGURATION_ERROR;
            }
        }

        private int stop(Main.Running node) {
            try {
                node.stop();
                return CLEAN_STOP;
            } catch (Exception failure) {
                err().println("Coppice could not stop cleanly: " + reason(failure));
                err().flush();
                return COULD_NOT_STOP;
            }
        }

        private CoppiceConfig load(Sources more) throws ConfigException {
            List<String> sets = new ArrayList<>(sources.sets);
            sets.addAll(more.sets);
            return ConfigLoader.load(more.file == null ? sources.file : more.file, environment, sets);
        }

        private PrintWriter out() {
            return Objects.requireNonNull(spec).commandLine().getOut();
        }

        private PrintWriter err() {
            return Objects.requireNonNull(spec).commandLine().getErr();
        }
    }
}
