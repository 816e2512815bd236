package io.coppice;

import io.coppice.client.Layout;
import io.coppice.client.Login;
import io.coppice.client.Subscribing;
import io.coppice.client.Wanted;
import io.coppice.shell.CommandEnd;
import io.coppice.shell.Surroundings;
import java.io.OutputStream;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** What can be typed after {@code java -jar coppice.jar sub}: messages of any broker, as {@code mosquitto_sub} writes them. */
@Command(
        name = "sub",
        description = {
            "Subscribes at a broker and writes what comes, with options that have",
            "the names of mosquitto_sub's. A connection that is lost is made again."
        },
        sortOptions = false,
        footer = {
            "",
            "Exit status: 0 when it was enough or it was told to stop, 1 when the",
            "command line is wrong, 2 without a connection, 3 when the broker",
            "refused the subscriptions, 27 when -W was over."
        })
final class SubCommand implements Callable<Integer> {
    private final Surroundings around;
    private final OutputStream out;
    private final CommandEnd end;

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    @Option(
            names = {"-t", "--topic"},
            paramLabel = "FILTER",
            description = "What to subscribe to; may be repeated.")
    private List<String> filters = new ArrayList<>();

    @Option(
            names = {"-T", "--filter-out"},
            paramLabel = "FILTER",
            description = "Topics that are not written; may be repeated.")
    private List<String> without = new ArrayList<>();

    @Option(
            names = {"-q", "--qos"},
            paramLabel = "QOS",
            defaultValue = "0",
            description = "0, 1 or 2; default: ${DEFAULT-VALUE}.")
    private int qos;

    @Option(names = "-C", paramLabel = "COUNT", description = "End after so many messages.")
    private @Nullable Long count;

    @Option(names = "-W", paramLabel = "SECONDS", description = "End after so long, with 27.")
    private @Nullable Long seconds;

    @Option(names = "-E", description = "End when the subscriptions are made.")
    private boolean untilSubscribed;

    @Option(
            names = {"-v", "--verbose"},
            description = "Write the topic before each message.")
    private boolean verbose;

    @Option(
            names = {"-F", "--format"},
            paramLabel = "FORMAT",
            description = "How a message is written: %%p payload, %%t topic, %%q QoS, %%r retained, %%l "
                    + "length, %%I time, %%j JSON, %%x hexadecimal, %%b Base64; a wrong one is answered "
                    + "with the list of all.")
    private @Nullable String format;

    @Option(names = "--json", description = "An object of JSON on each line, as -F %%j.")
    private boolean json;

    @Option(names = "-N", description = "No line break after a message.")
    private boolean noLine;

    @Option(names = "-R", description = "Leave out what is retained.")
    private boolean fresh;

    @Option(names = "--retained-only", description = "Write what is retained, and end with what is not.")
    private boolean retainedOnly;

    @Option(names = "--retain-as-published", description = "Learn what its publisher had retained. MQTT 5.")
    private boolean retainAsPublished;

    @Option(
            names = "--retain-handling",
            paramLabel = "WHEN",
            defaultValue = "0",
            description = "0 send what is retained, 1 to new subscriptions, 2 never. MQTT 5.")
    private int retainHandling;

    @Option(names = "--no-local", description = "Nothing that one has published oneself. MQTT 5.")
    private boolean noLocal;

    @Mixin
    private ClientOptions options = new ClientOptions();

    SubCommand(Surroundings around, OutputStream out, CommandEnd end) {
        this.around = around;
        this.out = out;
        this.end = end;
    }

    @Override
    public Integer call() {
        CommandLine commandLine = Objects.requireNonNull(spec).commandLine();
        try {
            ClientOptions.Chosen chosen = options.chosen("sub", around);
            Subscribing subscribing = new Subscribing(
                    chosen.login(), wish(chosen), layout(), out, commandLine.getErr(), Clock.systemUTC());
            return end.during(true, subscribing::run);
        } catch (IllegalArgumentException wrong) {
            throw new ParameterException(commandLine, Objects.requireNonNull(wrong.getMessage()), wrong);
        }
    }

    private Subscribing.Wish wish(ClientOptions.Chosen chosen) {
        List<String> all = new ArrayList<>(filters);
        String ofUrl = chosen.topic();
        if (ofUrl != null) {
            all.add(ofUrl);
        }
        if (all.isEmpty()) {
            throw new IllegalArgumentException("No topic was given; allowed: -t, or -L with one");
        }
        if (qos < 0 || qos > 2 || retainHandling < 0 || retainHandling > 2) {
            throw new IllegalArgumentException(
                    "-q " + qos + " --retain-handling " + retainHandling + " are not allowed; allowed: 0, 1 or 2");
        }
        if (count != null && count < 1 || seconds != null && seconds < 1) {
            throw new IllegalArgumentException("-C and -W are not allowed; allowed: 1 and more");
        }
        boolean properties = retainAsPublished || retainHandling != 0 || noLocal;
        if (properties && chosen.login().version() != Login.VERSION_5) {
            throw new IllegalArgumentException("--retain-as-published, --retain-handling and --no-local are not "
                    + "allowed with -V 311; allowed: with -V 5");
        }
        return new Subscribing.Wish(
                all,
                new Wanted(qos, retainHandling, noLocal, retainAsPublished),
                count == null ? 0 : count,
                seconds == null ? 0 : seconds,
                retainedOnly,
                fresh,
                untilSubscribed,
                without);
    }

    private Layout layout() {
        if ((format == null ? 0 : 1) + (json ? 1 : 0) + (verbose ? 1 : 0) > 1) {
            throw new IllegalArgumentException("-F, --json and -v are not allowed together; allowed: one of them");
        }
        String chosen = format == null ? json ? "%j" : verbose ? "%t %p" : "%p" : format;
        return Layout.of(noLine ? chosen : chosen + "\\n", end.isTerminal());
    }
}
