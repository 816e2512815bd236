package io.coppice;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.coppice.config.ConfigLoader;
import io.coppice.pki.Authority;
import io.coppice.shell.CommandEnd;
import io.coppice.shell.Surroundings;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** pub and sub at a real node, with Mosquitto's own commands at the other end. */
@Timeout(120)
class ClientCommandsIT {
    private static final Authority AUTHORITY = Authority.root("Servers");

    @TempDir
    private static Path directory;

    private static Path ca;
    private static Node node;
    private final List<Process> processes = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        Path own = AUTHORITY.server("localhost").into(directory.resolve("own"));
        ca = Files.writeString(directory.resolve("ca.crt"), AUTHORITY.pem());
        Path users = Files.writeString(directory.resolve("users"), "");
        Files.delete(users);
        new CommandLine(new PasswdCommand(new ByteArrayInputStream("geheim\n".getBytes(UTF_8)), null))
                .setOut(new PrintWriter(new StringWriter()))
                .execute("set", users.toString(), "anna", "--password-from", "-");
        Path acl = Files.writeString(directory.resolve("acl"), "topic readwrite #\ntopic deny closed\n");
        node = node(
                "listeners.mqtts.port=0",
                "listeners.mqtts.certificate=" + own,
                "listeners.wss.port=0",
                "listeners.wss.certificate=" + own,
                "security.password-file=" + users,
                "security.anonymous=true",
                "security.acl-file=" + acl);
    }

    private static Node node(String... more) throws Exception {
        List<String> settings = new ArrayList<>(List.of(
                "node.event-loops=2",
                "durability=memory",
                "listeners.mqtt.port=0",
                "listeners.ws.port=0",
                "admin.port=0",
                "sys.interval=0"));
        settings.addAll(List.of(more));
        return Node.start(ConfigLoader.load(null, Map.of(), settings));
    }

    @AfterAll
    static void stop() throws Exception {
        node.stop();
    }

    @AfterEach
    void endProcesses() {
        processes.forEach(Process::destroyForcibly);
    }

    /** A command while it runs, in this process. */
    private static final class Running {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private final StringWriter err = new StringWriter();
        private final CompletableFuture<Runnable> stop = new CompletableFuture<>();
        private final CompletableFuture<Integer> status;

        Running(String typed, Map<String, String> environment, List<String> words) {
            Surroundings around = new Surroundings(environment, new ByteArrayInputStream(typed.getBytes(UTF_8)), null);
            CommandEnd end = new CommandEnd() {
                @Override
                public int during(boolean welcome, ToIntFunction<Consumer<Runnable>> command) {
                    return command.applyAsInt(stop::complete);
                }

                @Override
                public boolean isTerminal() {
                    return false;
                }
            };
            CommandLine command = new CommandLine(
                            words.get(0).equals("pub") ? new PubCommand(around, end) : new SubCommand(around, out, end))
                    .setErr(new PrintWriter(err, true))
                    .setExecutionExceptionHandler((failure, line, result) -> {
                        throw failure;
                    });
            status = CompletableFuture.supplyAsync(
                    () -> command.execute(words.subList(1, words.size()).toArray(String[]::new)),
                    task -> new Thread(task, "command").start());
        }

        int status() throws Exception {
            return status.get(60, TimeUnit.SECONDS);
        }

        List<String> lines() {
            return out.toString(UTF_8).lines().toList();
        }

        void awaitLine(String line) {
            Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> lines().contains(line));
        }
    }

    private static Running run(String... words) {
        return new Running("", Map.of(), List.of(words));
    }

    private static String[] to(String command, String transport, String... more) {
        List<String> words = new ArrayList<>(List.of(command));
        boolean tls = transport.equals("mqtts") || transport.equals("wss");
        words.addAll(List.of("-h", "localhost", "-p", Integer.toString(node.port(transport))));
        if (tls) {
            words.addAll(List.of("--cafile", ca.toString()));
        }
        if (transport.startsWith("ws")) {
            words.add("--ws");
        }
        words.addAll(List.of(more));
        return words.toArray(String[]::new);
    }

    /** What Mosquitto's subscriber writes, line by line, once it is subscribed. */
    private BufferedReader mosquittoSub(String... more) throws Exception {
        List<String> words = new ArrayList<>(List.of(
                "stdbuf",
                "-oL",
                "mosquitto_sub",
                "-d",
                "-V",
                "mqttv5",
                "-p",
                Integer.toString(node.port("mqtt")),
                "-F",
                "got %q %r %p"));
        words.addAll(List.of(more));
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        processes.add(process);
        BufferedReader reader = process.inputReader();
        for (String line = reader.readLine(); !line.startsWith("Subscribed"); line = reader.readLine()) {
            assertThat(line).isNotNull();
        }
        return reader;
    }

    private static List<String> got(BufferedReader reader, int count) throws Exception {
        List<String> got = new ArrayList<>();
        while (got.size() < count) {
            String line = reader.readLine();
            assertThat(line).as("after " + got).isNotNull();
            if (line.startsWith("got ")) {
                got.add(line.substring(4));
            }
        }
        return got;
    }

    private static void mosquittoPub(String... more) throws Exception {
        List<String> words = new ArrayList<>(List.of("mosquitto_pub", "-p", Integer.toString(node.port("mqtt"))));
        words.addAll(List.of(more));
        assertThat(new ProcessBuilder(words).inheritIO().start().waitFor()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"mqtt,5", "mqtt,311", "mqtts,5", "mqtts,311", "ws,5", "ws,311", "wss,5"})
    void mosquittoAndTheCommandsUnderstandEachOther(String transport, String version) throws Exception {
        String topic = "both/" + transport + version;
        BufferedReader reader = mosquittoSub("-t", topic, "-q", "2");
        mosquittoPub("-t", topic + "/in/0", "-m", "there", "-r");
        Running sub = run(
                to("sub", transport, "-V", version, "-t", topic + "/in/+", "-q", "2", "-F", "%t %q %r %p", "-C", "4"));
        sub.awaitLine(topic + "/in/0 0 1 there");

        for (String qos : List.of("0", "1", "2")) {
            Running pub = run(to("pub", transport, "-V", version, "-t", topic, "-m", "m" + qos, "-q", qos));
            assertThat(pub.status()).as(pub.err.toString()).isZero();
            mosquittoPub("-t", topic + "/in/1", "-m", "m" + qos, "-q", qos);
        }

        assertThat(got(reader, 3)).containsExactly("0 0 m0", "1 0 m1", "2 0 m2");
        assertThat(sub.status()).as(sub.err.toString()).isZero();
        assertThat(sub.lines())
                .containsExactly(
                        topic + "/in/0 0 1 there",
                        topic + "/in/1 0 0 m0",
                        topic + "/in/1 1 0 m1",
                        topic + "/in/1 2 0 m2");
        assertThat(sub.err.toString()).isEmpty();
    }

    @Test
    void linesOfTheInputAreMessagesInOrderAndEachIsAcknowledged() throws Exception {
        int many = 5_000;
        BufferedReader reader = mosquittoSub("-t", "lines", "-q", "1");
        StringBuilder input = new StringBuilder();
        for (int i = 0; i < many; i++) {
            input.append(i).append('\n');
        }

        Running pub = new Running(input + "last", Map.of(), List.of(to("pub", "mqtt", "-t", "lines", "-l", "-q", "1")));

        assertThat(pub.status()).as(pub.err.toString()).isZero();
        List<String> got = got(reader, many + 1);
        assertThat(got.get(0)).isEqualTo("1 0 0");
        assertThat(got.get(many - 1)).isEqualTo("1 0 " + (many - 1));
        assertThat(got.get(many)).isEqualTo("1 0 last");
    }

    @Test
    void aFileARepeatedAndAnEmptyMessageAreSent() throws Exception {
        BufferedReader reader = mosquittoSub("-t", "files");
        Path file = Files.writeString(directory.resolve("message"), "of a file");

        assertThat(run(to(
                                "pub",
                                "mqtt",
                                "-t",
                                "files",
                                "-f",
                                file.toString(),
                                "--repeat",
                                "2",
                                "--repeat-delay",
                                "0.01"))
                        .status())
                .isZero();
        assertThat(new Running("of the input", Map.of(), List.of(to("pub", "mqtt", "-t", "files", "-s"))).status())
                .isZero();
        assertThat(run(to("pub", "mqtt", "-t", "files", "-n")).status()).isZero();

        assertThat(got(reader, 4)).containsExactly("0 0 of a file", "0 0 of a file", "0 0 of the input", "0 0 ");
    }

    @Test
    void whatIsRetainedIsReadAndCleared() throws Exception {
        assertThat(run(to("pub", "mqtt", "-t", "kept/a", "-m", "1", "-r")).status())
                .isZero();
        assertThat(run(to("pub", "mqtt", "-t", "kept/b", "-m", "2", "-r")).status())
                .isZero();

        Running read = run(to("sub", "mqtt", "-t", "kept/#", "--retained-only", "-v"));
        read.awaitLine("kept/b 2");
        mosquittoPub("-t", "kept/c", "-m", "3");

        assertThat(read.status()).isZero();
        assertThat(read.lines()).containsExactlyInAnyOrder("kept/a 1", "kept/b 2");
        assertThat(run(to("pub", "mqtt", "-t", "kept/b", "-r", "-n")).status()).isZero();
        Running left = run(to("sub", "mqtt", "-t", "kept/#", "-v", "-C", "1"));
        assertThat(left.status()).isZero();
        assertThat(left.lines()).containsExactly("kept/a 1");
    }

    @Test
    void propertiesArriveAndAreWrittenAsJson() throws Exception {
        assertThat(run(to(
                                "pub",
                                "mqtt",
                                "-t",
                                "props",
                                "-r",
                                "-m",
                                "{\"t\":21.50}",
                                "--user-property",
                                "k=v=w",
                                "--content-type",
                                "application/json",
                                "--message-expiry",
                                "100",
                                "--response-topic",
                                "answers",
                                "--correlation-data",
                                "id",
                                "--utf8"))
                        .status())
                .isZero();

        Running sub = run(to("sub", "mqtt", "-t", "props", "-C", "1", "-F", "%J"));
        assertThat(sub.status()).isZero();
        JsonNode line = new ObjectMapper().readTree(sub.out.toString(UTF_8));
        assertThat(sub.out.toString(UTF_8)).contains("\"payload\":{\"t\":21.50}");
        JsonNode properties = line.path("properties");
        assertThat(properties.path("user-properties").path(0).path("value").asText())
                .isEqualTo("v=w");
        assertThat(properties.path("content-type").asText()).isEqualTo("application/json");
        assertThat(properties.path("message-expiry-interval").asInt()).isBetween(1, 100);
        assertThat(properties.path("response-topic").asText()).isEqualTo("answers");
        assertThat(properties.path("correlation-data").asText()).isEqualTo("id");
        assertThat(properties.path("payload-format-indicator").asInt()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "311"})
    void whatWasNotWrittenIsNotAcknowledged(String version) throws Exception {
        String[] session = {"-V", version, "-c", "-i", "keeper" + version, "-t", "queue" + version, "-q", "1"};
        assertThat(run(join(to("sub", "mqtt", session), "-E")).status()).isZero();
        for (int i = 0; i < 5; i++) {
            mosquittoPub("-t", "queue" + version, "-m", "m" + i, "-q", "1");
        }

        Running first = run(join(to("sub", "mqtt", session), "-C", "2"));
        assertThat(first.status()).isZero();
        Running second = run(join(to("sub", "mqtt", session), "-C", "3"));
        assertThat(second.status()).isZero();

        assertThat(first.lines()).containsExactly("m0", "m1");
        assertThat(second.lines()).containsExactly("m2", "m3", "m4");
    }

    private static String[] join(String[] words, String... more) {
        List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    @ParameterizedTest
    @CsvSource({"5,'refused: bad user name or password (0x86)'", "311,'refused: bad user name or password (0x04)'"})
    void aWrongPasswordEndsWith2AndTheReasonInWords(String version, String words) throws Exception {
        for (String command : List.of("pub", "sub")) {
            Running run = new Running(
                    "",
                    Map.of("COPPICE_CLIENT_PASSWORD", "falsch"),
                    List.of(join(
                            to(command, "mqtt", "-V", version, "-t", "a", "-u", "anna"),
                            command.equals("pub") ? new String[] {"-m", "x"} : new String[0])));

            assertThat(run.status()).isEqualTo(2);
            assertThat(run.err.toString().strip())
                    .startsWith("mqtt://localhost:" + node.port("mqtt") + ": " + words)
                    .doesNotContain("falsch");
        }
        Running right =
                run("pub", "-L", "mqtt://anna:geheim@localhost:" + node.port("mqtt") + "/a", "-V", version, "-n");
        assertThat(right.status()).isZero();
    }

    @Test
    void aPortWhereNobodyIsEndsWith2() throws Exception {
        Running run = run("sub", "-p", "1", "-h", "127.0.0.1", "-t", "a");

        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err.toString().strip()).isEqualTo("mqtt://127.0.0.1:1: connection refused");
    }

    @Test
    void aMessageThatIsNotAllowedEndsWith3AndTheReasonInWords() throws Exception {
        Running one = run(to("pub", "mqtt", "-t", "closed", "-q", "1", "-m", "x"));
        assertThat(one.status()).isEqualTo(3);
        assertThat(one.err.toString()).startsWith("The message was refused: not authorized (0x87)");

        Running several = new Running("a\nb\n", Map.of(), List.of(to("pub", "mqtt", "-t", "closed", "-q", "2", "-l")));
        assertThat(several.status()).isEqualTo(3);
        assertThat(several.err.toString()).startsWith("2 of 2 messages were refused, the first: not authorized (0x87)");
    }

    @ParameterizedTest
    @CsvSource({"5,'not authorized (0x87)'", "311,'refused (0x80)'"})
    void aSubscriptionThatIsNotAllowedEndsWith3(String version, String words) throws Exception {
        Running sub = run(to("sub", "mqtt", "-V", version, "-t", "closed"));

        assertThat(sub.status()).isEqualTo(3);
        assertThat(sub.err.toString().strip()).isEqualTo("Subscription refused: closed: " + words);
    }

    @Test
    void timeIsUpWith27() throws Exception {
        Running sub = run(to("sub", "mqtt", "-t", "silence", "-W", "1"));

        assertThat(sub.status()).isEqualTo(27);
        assertThat(sub.err.toString().strip()).isEqualTo("Timed out");
    }

    @Test
    void aCertificateOfSomebodyElseIsRefused() throws Exception {
        Path other = Files.writeString(
                directory.resolve("other.crt"), Authority.root("Others").pem());
        String port = Integer.toString(node.port("mqtts"));

        Running unknown = run("pub", "-h", "localhost", "-p", port, "--cafile", other.toString(), "-t", "a", "-n");

        assertThat(unknown.status()).isEqualTo(2);
        assertThat(unknown.err.toString())
                .startsWith("mqtts://localhost:" + port + ": ")
                .contains("certification path");
    }

    @Test
    void aCertificateForAnotherNameIsRefusedUnlessThatIsAllowed() throws Exception {
        Path named = AUTHORITY.order("CN=broker").dns("broker.example").issue().into(directory.resolve("named"));
        Node other = node("listeners.mqtts.port=0", "listeners.mqtts.certificate=" + named);
        try {
            String[] words = {
                "pub", "-L", "mqtts://localhost:" + other.port("mqtts") + "/a", "--cafile", ca.toString(), "-n"
            };

            Running careful = run(words);
            assertThat(careful.status()).isEqualTo(2);
            assertThat(careful.err.toString()).contains("localhost");
            assertThat(run(join(words, "--insecure")).status()).isZero();
        } finally {
            other.stop();
        }
    }

    @Test
    void aCertificateOfTheClientIsShown() throws Exception {
        Path own = AUTHORITY.server("localhost").into(directory.resolve("mutual"));
        Path client = AUTHORITY.client("anna").into(directory.resolve("client"));
        Node asking = node(
                "listeners.mqtts.port=0",
                "listeners.mqtts.certificate=" + own,
                "listeners.mqtts.client-auth=required",
                "listeners.mqtts.client-ca=" + ca);
        try {
            String[] words = {
                "pub",
                "-L",
                "mqtts://localhost:" + asking.port("mqtts") + "/a",
                "--cafile",
                ca.toString(),
                "-n",
                "-q",
                "1"
            };

            assertThat(run(words).status()).isEqualTo(2);
            Running shown = run(join(
                    words,
                    "--cert",
                    client.resolve("tls.crt").toString(),
                    "--key",
                    client.resolve("tls.key").toString()));
            assertThat(shown.status()).as(shown.err.toString()).isZero();
        } finally {
            asking.stop();
        }
    }

    @Test
    void aLostConnectionIsMadeAgainWithItsSubscriptions() throws Exception {
        Node first = node();
        int port = first.port("mqtt");
        Running sub = run("sub", "-h", "127.0.0.1", "-p", Integer.toString(port), "-t", "again", "-q", "1", "-C", "2");
        try {
            assertThat(run("pub", "-h", "127.0.0.1", "-p", Integer.toString(port), "-t", "again", "-r", "-m", "1")
                            .status())
                    .isZero();
            sub.awaitLine("1");
        } finally {
            first.stop();
        }
        Node second = node("listeners.mqtt.port=" + port);
        try {
            assertThat(run("pub", "-h", "127.0.0.1", "-p", Integer.toString(port), "-t", "again", "-r", "-m", "2")
                            .status())
                    .isZero();
            assertThat(sub.status()).as(sub.err.toString()).isZero();
        } finally {
            second.stop();
        }
        assertThat(sub.lines()).containsExactly("1", "2");
        assertThat(sub.err.toString())
                .startsWith("connection lost, ended by the broker: server shutting down (0x8B)")
                .contains("; trying again in ");
    }

    @Test
    void aSessionThatSomebodyElseTakesIsNotTakenBack() throws Exception {
        mosquittoPub("-t", "ready", "-m", "ready", "-r");
        Running sub = run(to("sub", "mqtt", "-i", "twin", "-t", "ready"));
        sub.awaitLine("ready");

        assertThat(run(to("sub", "mqtt", "-i", "twin", "-t", "ready", "-C", "1"))
                        .status())
                .isZero();

        assertThat(sub.status()).isEqualTo(2);
        assertThat(sub.err.toString()).contains("ended by the broker: session taken over (0x8E)");
    }

    @Test
    void theJarEndsCleanlyAtASignalAndItsWillIsPublishedWhenItIsKilled() throws Exception {
        mosquittoPub("-t", "jar/ready", "-m", "ready", "-r");
        BufferedReader observer = mosquittoSub("-t", "jar/will", "-q", "1");

        Process stopped = jar("stopped");
        assertThat(stopped.toHandle().destroy()).isTrue();
        assertThat(stopped.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(stopped.exitValue()).isZero();
        assertThat(stopped.inputReader().lines()).isEmpty();
        Process killed = jar("killed");
        killed.destroyForcibly();
        mosquittoPub("-t", "jar/none", "-m", "x", "-q", "1");

        assertThat(got(observer, 1)).containsExactly("1 0 killed");
    }

    /** A subscriber from the jar that has got its first message, and nothing else was written. */
    private Process jar(String will) throws Exception {
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-jar",
                        Path.of("target", "coppice.jar").toString(),
                        "sub",
                        "-p",
                        Integer.toString(node.port("mqtt")),
                        "-h",
                        "127.0.0.1",
                        "-t",
                        "jar/ready",
                        "--will-topic",
                        "jar/will",
                        "--will-payload",
                        will,
                        "--will-qos",
                        "1"))
                .redirectErrorStream(true)
                .start();
        processes.add(process);
        assertThat(process.inputReader().readLine()).isEqualTo("ready");
        return process;
    }
}
