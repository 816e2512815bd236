package io.coppice;

import io.coppice.client.Login;
import io.coppice.client.Outgoing;
import io.coppice.client.Publishing;
import io.coppice.shell.CommandEnd;
import io.coppice.shell.Surroundings;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** What can be typed after {@code java -jar coppice.jar pub}: messages to any broker, as {@code mosquitto_pub} does it. */
@Command(
        name = "pub",
        description = {
            "Publishes to a broker. Ends when the broker has acknowledged it, with",
            "options that have the names of mosquitto_pub's."
        },
        sortOptions = false,
        footer = {
            "",
            "Exit status: 0 when all was taken, 1 when the command line is wrong,",
            "2 without a connection, 3 when the broker refused a message."
        })
final class PubCommand implements Callable<Integer> {
    /** The largest packet of MQTT is this large, and has a topic, too. */
    private static final int PAYLOAD_MAX = 268_435_455;

    private final Surroundings around;
    private final CommandEnd end;

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    @Option(
            names = {"-t", "--topic"},
            paramLabel = "TOPIC",
            description = "Where to; or in the URL.")
    private @Nullable String topic;

    @ArgGroup(multiplicity = "1")
    private Payload payload = new Payload();

    @Option(
            names = {"-q", "--qos"},
            paramLabel = "QOS",
            defaultValue = "0",
            description = "0, 1 or 2; default: ${DEFAULT-VALUE}.")
    private int qos;

    @Option(
            names = {"-r", "--retain"},
            description = "Have it kept for who subscribes later.")
    private boolean retain;

    @Option(
            names = "--repeat",
            paramLabel = "TIMES",
            defaultValue = "1",
            description = "How often -m, -f, -s or -n is sent; default: ${DEFAULT-VALUE}.")
    private int repeat = 1;

    @Option(
            names = "--repeat-delay",
            paramLabel = "SECONDS",
            defaultValue = "0",
            description = "Between two of these, such as 0.5; default: ${DEFAULT-VALUE}.")
    private double repeatDelay;

    @Option(
            names = "--user-property",
            paramLabel = "NAME=VALUE",
            description = "User property; may be repeated. MQTT 5, as what follows.")
    private List<String> userProperties = new ArrayList<>();

    @Option(names = "--content-type", paramLabel = "TYPE", description = "Such as application/json.")
    private @Nullable String contentType;

    @Option(names = "--message-expiry", paramLabel = "SECONDS", description = "For how long it is of use.")
    private @Nullable Long expiry;

    @Option(names = "--response-topic", paramLabel = "TOPIC", description = "Where answers go.")
    private @Nullable String responseTopic;

    @Option(names = "--correlation-data", paramLabel = "TEXT", description = "By which an answer is known.")
    private @Nullable String correlationData;

    @Option(names = "--utf8", description = "Say that the payload is text in UTF-8.")
    private boolean utf8;

    @Mixin
    private ClientOptions options = new ClientOptions();

    private static final class Payload {
        @Option(
                names = {"-m", "--message"},
                paramLabel = "TEXT",
                description = "What to say.")
        @Nullable
        String text;

        @Option(
                names = {"-f", "--file"},
                paramLabel = "FILE",
                description = "A file is the message.")
        @Nullable
        Path file;

        @Option(
                names = {"-s", "--stdin-file"},
                description = "The standard input is the message.")
        boolean input;

        @Option(
                names = {"-l", "--stdin-line"},
                description = "Each line of the standard input is a message.")
        boolean lines;

        @Option(
                names = {"-n", "--null-message"},
                description = "An empty message; with -r it clears the topic.")
        boolean empty;
    }

    PubCommand(Surroundings around, CommandEnd end) {
        this.around = around;
        this.end = end;
    }

    @Override
    public Integer call() {
        CommandLine commandLine = Objects.requireNonNull(spec).commandLine();
        try {
            ClientOptions.Chosen chosen = options.chosen("pub", around);
            Outgoing first = message(chosen);
            Publishing publishing = new Publishing(
                    chosen.login(), source(first), Math.round(repeatDelay * 1_000), commandLine.getErr());
            return end.during(false, publishing::run);
        } catch (IllegalArgumentException wrong) {
            throw new ParameterException(commandLine, Objects.requireNonNull(wrong.getMessage()), wrong);
        }
    }

    private Outgoing message(ClientOptions.Chosen chosen) {
        String to = topic == null ? chosen.topic() : topic;
        if (to == null) {
            throw new IllegalArgumentException("No topic was given; allowed: -t, or -L with one");
        }
        if (qos < 0 || qos > 2) {
            throw new IllegalArgumentException("-q " + qos + " is not allowed; allowed: 0, 1 or 2");
        }
        if (repeat < 1 || repeatDelay < 0 || repeatDelay > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "--repeat and --repeat-delay are not allowed; allowed: 1 and more, " + "and seconds from 0");
        }
        List<Map.Entry<String, String>> pairs = new ArrayList<>();
        for (String property : userProperties) {
            int equals = property.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException(
                        "--user-property " + property + " is not allowed; allowed: NAME=VALUE");
            }
            pairs.add(Map.entry(property.substring(0, equals), property.substring(equals + 1)));
        }
        Outgoing.Extras extras =
                new Outgoing.Extras(pairs, contentType, expiry, responseTopic, correlationData, utf8, null);
        if (chosen.login().version() != Login.VERSION_5 && !extras.equals(Outgoing.Extras.NONE)) {
            throw new IllegalArgumentException("properties are not allowed with -V 311; allowed: with -V 5");
        }
        return new Outgoing(to, null, qos, retain, extras);
    }

    private Publishing.Source source(Outgoing message) {
        if (payload.lines) {
            InputStream in = new BufferedInputStream(around.in());
            return () -> {
                byte[] line = line(in);
                return line == null ? null : message.withPayload(line);
            };
        }
        Outgoing whole = whole(message);
        return new Publishing.Source() {
            private int left = repeat;

            @Override
            public @Nullable Outgoing next() {
                return left-- > 0 ? whole : null;
            }
        };
    }

    private Outgoing whole(Outgoing message) {
        if (payload.empty) {
            return message;
        }
        String text = payload.text;
        if (text != null) {
            return message.withPayload(text.getBytes(StandardCharsets.UTF_8));
        }
        Path file = payload.file;
        try (InputStream in = file == null ? around.in() : Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(PAYLOAD_MAX + 1);
            if (bytes.length > PAYLOAD_MAX) {
                throw new IllegalArgumentException("the message is larger than " + PAYLOAD_MAX + " bytes");
            }
            return message.withPayload(bytes);
        } catch (IOException unreadable) {
            throw new IllegalArgumentException(
                    (file == null ? "the standard input" : file) + ": cannot be read", unreadable);
        }
    }

    /** The next line without its end; null when there is none. */
    private static byte @Nullable [] line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int next = in.read();
        if (next < 0) {
            return null;
        }
        while (next >= 0 && next != '\n') {
            if (line.size() == PAYLOAD_MAX) {
                throw new IOException("a line is longer than " + PAYLOAD_MAX + " bytes");
            }
            line.write(next);
            next = in.read();
        }
        return line.toByteArray();
    }
}
