package io.coppice;

import io.coppice.client.Address;
import io.coppice.client.Login;
import io.coppice.client.Outgoing;
import io.coppice.shell.Surroundings;
import io.coppice.shell.Terminal;
import io.coppice.shell.Wrong;
import io.coppice.transport.ClientTls;
import java.io.Console;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which broker, as whom and how: what {@code pub} and {@code sub} have in common, with the names of Mosquitto's commands. */
final class ClientOptions {
    private static final int KEEP_ALIVE_MAX = 65_535;
    private static final long FOREVER = 0xFFFF_FFFFL;
    private static final int TLS_PORT = 8883;

    @Option(
            names = {"-L", "--url"},
            paramLabel = "URL",
            description = "All in one: mqtt://user@host:1883/topic, mqtts:// for TLS; ws://host:8083/mqtt "
                    + "and wss:// with the path of a WebSocket.")
    @Nullable
    String url;

    @Option(
            names = {"-h", "--host"},
            paramLabel = "HOST",
            description = "Name or address of the broker; default: localhost.")
    @Nullable
    String host;

    @Option(
            names = {"-p", "--port"},
            paramLabel = "PORT",
            description = "Default: 1883, with TLS 8883, with WebSocket 8083, with both 8084. On port 8883 "
                    + "TLS is used in any case.")
    @Nullable
    Integer port;

    @Option(names = "--ws", description = "WebSocket, and not plain TCP.")
    boolean webSocket;

    @Option(
            names = "--ws-path",
            paramLabel = "PATH",
            defaultValue = Address.PATH,
            description = "Path of the WebSocket; default: ${DEFAULT-VALUE}.")
    String webSocketPath = Address.PATH;

    @Option(
            names = {"-i", "--id"},
            paramLabel = "ID",
            description = "Client identifier; default: one by chance.")
    @Nullable
    String clientId;

    @Option(
            names = {"-u", "--username"},
            paramLabel = "NAME",
            description =
                    "User name. Without any of what follows the password is asked for, where somebody " + "types.")
    @Nullable
    String user;

    @Option(
            names = {"-P", "--pw"},
            paramLabel = "PASSWORD",
            description = "Password. Everybody on the machine can read it in the list of processes, as one "
                    + "in a URL: better --password-file, or COPPICE_CLIENT_PASSWORD_FILE or "
                    + "COPPICE_CLIENT_PASSWORD.")
    @Nullable
    String password;

    @Option(
            names = "--password-file",
            paramLabel = "FILE",
            description = "Takes the password from the first line of a file.")
    @Nullable
    Path passwordFile;

    @Option(
            names = {"-V", "--protocol-version"},
            paramLabel = "VERSION",
            defaultValue = "5",
            description = "Of MQTT: 5 or 311, also mqttv5, mqttv311; default: ${DEFAULT-VALUE}.")
    String version = "5";

    @Option(
            names = "--tls",
            description = "TLS, trusting those whom Java trusts; the options that follow mean it, too.")
    boolean tls;

    @Option(
            names = "--cafile",
            paramLabel = "FILE",
            description = "Certificates in PEM of who signed the broker's, and no others.")
    @Nullable
    Path caFile;

    @Option(names = "--cert", paramLabel = "FILE", description = "Certificate of the client in PEM, with --key.")
    @Nullable
    Path certificate;

    @Option(names = "--key", paramLabel = "FILE", description = "Key of the client's certificate in PEM.")
    @Nullable
    Path key;

    @Option(
            names = "--insecure",
            description = "Do not ask whether the certificate is for that host. It must still be signed by "
                    + "somebody who is trusted.")
    boolean insecure;

    @Option(
            names = {"-k", "--keepalive"},
            paramLabel = "SECONDS",
            defaultValue = "60",
            description = "Keep alive; default: ${DEFAULT-VALUE}.")
    int keepAlive = 60;

    @Option(
            names = {"-c", "--disable-clean-session"},
            description = "Take up and leave behind a session; needs -i.")
    boolean keepSession;

    @Option(
            names = {"-x", "--session-expiry-interval"},
            paramLabel = "SECONDS",
            description = "How long the broker keeps the session, 0 to 4294967295 for ever; default: for "
                    + "ever with -c, or else 0. MQTT 5.")
    @Nullable
    Long sessionExpiry;

    @Option(names = "--will-topic", paramLabel = "TOPIC", description = "Topic of a will.")
    @Nullable
    String willTopic;

    @Option(names = "--will-payload", paramLabel = "TEXT", description = "What the will says; default: nothing.")
    @Nullable
    String willPayload;

    @Option(
            names = "--will-qos",
            paramLabel = "QOS",
            defaultValue = "0",
            description = "QoS of the will; default: ${DEFAULT-VALUE}.")
    int willQos;

    @Option(names = "--will-retain", description = "Retain the will.")
    boolean willRetain;

    @Option(names = "--will-delay", paramLabel = "SECONDS", description = "Will Delay Interval. MQTT 5.")
    @Nullable
    Long willDelay;

    @Option(names = "--help", usageHelp = true, description = "Show this help message and exit.")
    boolean help;

    /**
     * All of that.
     *
     * @param topic of a URL; null for none
     */
    record Chosen(Login login, @Nullable String topic) {}

    /**
     * What was chosen.
     *
     * @param kind of client, for an identifier by chance
     * @throws IllegalArgumentException if it does not go together; the message has no password in it
     */
    Chosen chosen(String kind, Surroundings around) {
        Address.Place place = place();
        int spoken = spoken();
        String name = user == null ? place.user() : user;
        if (keepSession && clientId == null) {
            throw new IllegalArgumentException("-c is not allowed alone; allowed: with -i");
        }
        if (keepAlive < 0 || keepAlive > KEEP_ALIVE_MAX) {
            throw new IllegalArgumentException("-k " + keepAlive + " is not allowed; allowed: 0 to " + KEEP_ALIVE_MAX);
        }
        Long expiry = sessionExpiry;
        if (expiry != null && (expiry < 0 || expiry > FOREVER)) {
            throw new IllegalArgumentException("-x " + expiry + " is not allowed; allowed: 0 to " + FOREVER);
        }
        if (spoken != Login.VERSION_5 && (expiry != null || willDelay != null)) {
            throw new IllegalArgumentException("-x and --will-delay are not allowed with -V 311; allowed: with -V 5");
        }
        try {
            Login login = new Login(
                    place.address(),
                    spoken,
                    clientId == null ? byChance(kind) : clientId,
                    name,
                    secret(name, place.password(), around),
                    keepAlive,
                    !keepSession,
                    expiry == null ? keepSession ? FOREVER : 0 : expiry,
                    will(),
                    caFile == null ? null : ClientTls.trust("--cafile", caFile),
                    keys(),
                    !insecure);
            return new Chosen(login, place.topic());
        } catch (Wrong | IOException wrong) {
            throw new IllegalArgumentException(wrong.getMessage(), wrong);
        }
    }

    private int spoken() {
        return switch (version) {
            case "5", "mqttv5" -> Login.VERSION_5;
            case "311", "mqttv311" -> Login.VERSION_311;
            default -> throw new IllegalArgumentException("-V " + version + " is not allowed; allowed: 5 or 311");
        };
    }

    private Address.Place place() {
        boolean secured = tls || caFile != null || certificate != null || key != null || insecure;
        String given = url;
        if (given == null) {
            boolean encrypted = secured || (port != null && port == TLS_PORT);
            if (!webSocketPath.startsWith("/")) {
                throw new IllegalArgumentException("--ws-path is not allowed; allowed: one that begins with /");
            }
            Address address = new Address(
                    host == null ? "localhost" : host,
                    port == null ? Address.usualPort(encrypted, webSocket) : port,
                    encrypted,
                    webSocket ? webSocketPath : "");
            return new Address.Place(address, null, null, null);
        }
        if (host != null || port != null || webSocket) {
            throw new IllegalArgumentException("-L is not allowed together with -h, -p and --ws; allowed: one of both");
        }
        Address.Place place = Address.url(given);
        if (secured && !place.address().tls()) {
            throw new IllegalArgumentException(
                    "-L " + place + " is not allowed with options of TLS; allowed: mqtts or wss");
        }
        return place;
    }

    private static String byChance(String kind) {
        byte[] some = new byte[6];
        new SecureRandom().nextBytes(some);
        return "coppice-" + kind + "-" + HexFormat.of().formatHex(some);
    }

    private byte @Nullable [] secret(@Nullable String name, @Nullable String ofUrl, Surroundings around) throws Wrong {
        String typed = password == null ? ofUrl : password;
        if (typed != null) {
            return typed.getBytes(StandardCharsets.UTF_8);
        }
        String fromFile = around.environment().get("COPPICE_CLIENT_PASSWORD_FILE");
        Path file = passwordFile == null && fromFile != null ? Path.of(fromFile) : passwordFile;
        if (file != null) {
            return around.firstLine(file);
        }
        String given = around.environment().get("COPPICE_CLIENT_PASSWORD");
        if (given != null) {
            return given.getBytes(StandardCharsets.UTF_8);
        }
        Console console = around.console();
        return name == null || console == null ? null : asked(console);
    }

    /** Null for an empty line: a user without a password. */
    private static byte @Nullable [] asked(Console console) {
        byte[] typed = Terminal.secret(console, "Password: ");
        return typed == null || typed.length == 0 ? null : typed;
    }

    private @Nullable Outgoing will() {
        String topic = willTopic;
        if (topic == null) {
            if (willPayload != null || willQos != 0 || willRetain || willDelay != null) {
                throw new IllegalArgumentException(
                        "options of a will are not allowed alone; allowed: with --will-topic");
            }
            return null;
        }
        Outgoing.Extras extras = new Outgoing.Extras(List.of(), null, null, null, null, false, willDelay);
        String text = willPayload;
        return new Outgoing(
                topic, text == null ? null : text.getBytes(StandardCharsets.UTF_8), willQos, willRetain, extras);
    }

    private @Nullable KeyManagerFactory keys() throws IOException {
        if (certificate == null && key == null) {
            return null;
        }
        if (certificate == null || key == null) {
            throw new IllegalArgumentException("--cert and --key are not allowed alone; allowed: both");
        }
        return ClientTls.keys("--cert", certificate, "--key", key);
    }

    /** Says nothing of what was given. */
    @Override
    public String toString() {
        return "ClientOptions";
    }
}
