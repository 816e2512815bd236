package io.coppice.it.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.coppice.Node;
import io.coppice.access.PasswordEdit;
import io.coppice.access.TokenEdit;
import io.coppice.blackbox.ManyNodes;
import io.coppice.config.ConfigLoader;
import io.coppice.it.Paho5;
import io.coppice.it.Wire;
import io.coppice.port.AdminRole;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * The console in a browser, on three nodes with clients: {@code src/test/console} says what is looked at and done there. Pictures of all
 * pages are in {@code target/console} afterwards.
 */
@ManyNodes
@Timeout(600)
class ConsoleIT {
    private static final String EVIL = "<img src=x onerror=\"window.hit=1\">\u001b[31m";
    private static final String PASSWORD = "correct horse";
    private static final int CROWD = 120;
    private static final Path SCRIPTS = Path.of("src/test/console").toAbsolutePath();
    private static final Path OUT = Path.of("target/console").toAbsolutePath();

    @RegisterExtension
    static final LocalCluster CLUSTER = LocalCluster.of(3, "listeners.ws.enabled=true", "listeners.ws.port=0");

    @TempDir
    private Path directory;

    @TestFactory
    Stream<DynamicTest> theConsoleDoesWhatItShows() throws Exception {
        assumeTrue(
                runs("node", "-e", "process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)"),
                "Node.js 20 or later is not installed (on Debian 13: apt-get install nodejs)");
        assumeTrue(
                Files.isExecutable(Path.of(chromium())),
                "chromium is not installed (on Debian: apt-get install chromium)");
        assumeTrue(
                Files.isDirectory(SCRIPTS.resolve("node_modules")),
                "what the console is tested with is not there (npm ci in src/test/console)");

        clients();
        Paho5 listener = CLUSTER.connected(1, "listener");
        listener.subscribe("browser/#", 1);
        Paho5 victim = CLUSTER.client(0, "victim");
        victim.connect(false);
        String token = files();
        ScheduledExecutorService traffic = Executors.newSingleThreadScheduledExecutor();
        Node guarded = Node.start(ConfigLoader.load(null, Map.of(), guardedSettings()));
        int status;
        try {
            Paho5 sensor = CLUSTER.connected(1, "sensor-0");
            traffic.scheduleAtFixedRate(() -> send(sensor), 0, 100, TimeUnit.MILLISECONDS);
            Process script = script(guarded, token);
            assertThat(script.waitFor(9, TimeUnit.MINUTES))
                    .as("the script ends")
                    .isTrue();
            status = script.exitValue();
        } finally {
            traffic.shutdownNow();
            assertThat(traffic.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
            guarded.stop();
        }
        List<JsonObject> report = Files.readAllLines(OUT.resolve("report.jsonl")).stream()
                .map(JsonObject::new)
                .toList();
        String log = Files.readString(OUT.resolve("log"));
        return Stream.concat(
                report.stream()
                        .map(each -> dynamicTest(
                                each.getString("name"),
                                () -> assertThat(each.getString("fault")).isNull())),
                Stream.of(
                        dynamicTest("the script comes to its end", () -> {
                            assertThat(report).hasSizeGreaterThan(20);
                            assertThat(status).as(log).isZero();
                        }),
                        dynamicTest(
                                "who was disconnected on a page is so in truth",
                                () -> await().untilAsserted(() ->
                                        assertThat(victim.isConnected()).isFalse())),
                        dynamicTest(
                                "what was published on a page comes to others",
                                () -> assertThat(listener.next().payload()).isEqualTo("{\"said\":\"hello\"}"))));
    }

    private static boolean runs(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException absent) {
            return false;
        }
    }

    private static String chromium() {
        String named = System.getenv("CHROMIUM");
        return named == null ? "/usr/bin/chromium" : named;
    }

    private static void clients() throws Exception {
        for (int i = 0; i < 6; i++) {
            Paho5 panel = CLUSTER.connected(i % 3, "panel-0" + i);
            panel.subscribe(i % 2 == 0 ? "home/#" : "home/+/temperature", i % 3);
        }
        for (int i = 0; i < CROWD; i++) {
            CLUSTER.wire(i % 3).connect5(String.format(Locale.ROOT, "crowd-%03d", i));
        }
        // no library would send that
        byte[] kept = Wire.publish5("evil/<img src=x onerror=\"window.hit=1\">", EVIL.getBytes(UTF_8), 0, 0);
        kept[0] |= 1;
        CLUSTER.wire(1).connect5(EVIL).subscribe5("evil/<b>x</b>/#", 1).send(kept);
    }

    private static void send(Paho5 sensor) {
        try {
            int at = (int) (System.nanoTime() / 100_000_000 % 600);
            for (String room : List.of("kitchen", "bedroom", "greenhouse")) {
                double value = 21 + room.length() / 2.0 + 2 * Math.sin(at / 20.0 + room.length());
                sensor.publish(
                        "home/" + room + "/temperature", String.format(Locale.ROOT, "%.2f", value), at % 3, true);
                sensor.publish("home/" + room + "/humidity", Integer.toString(40 + at % 20), 0, true);
            }
            sensor.publish("nobody/listens", "x", 0);
        } catch (Exception over) {
            Thread.currentThread().interrupt();
        }
    }

    // --- a node that wants to know who one is

    /** @return a token of an admin */
    private String files() throws Exception {
        PasswordEdit users = PasswordEdit.open(directory.resolve("users"));
        for (AdminRole role : AdminRole.values()) {
            users.set(role.word(), PASSWORD.getBytes(UTF_8), PasswordEdit.Kind.PBKDF2, role);
        }
        users.save();
        TokenEdit tokens = TokenEdit.open(directory.resolve("tokens"));
        String token = tokens.create("ci", AdminRole.ADMIN, null);
        tokens.save();
        return token;
    }

    private List<String> guardedSettings() {
        return List.of(
                "node.name=guarded",
                "durability=memory",
                "listeners.mqtt.port=0",
                "listeners.ws.port=0",
                "admin.port=0",
                "admin.users-file=" + directory.resolve("users"),
                "admin.tokens-file=" + directory.resolve("tokens"));
    }

    private static Process script(Node guarded, String token) throws IOException {
        Files.createDirectories(OUT);
        ProcessBuilder builder = new ProcessBuilder("node", "console.mjs")
                .directory(SCRIPTS.toFile())
                .redirectErrorStream(true)
                .redirectOutput(OUT.resolve("log").toFile());
        builder.environment()
                .putAll(Map.of(
                        "COPPICE_ADMIN",
                        "http://127.0.0.1:" + CLUSTER.node(0).port("admin"),
                        "CONSOLE_GUARDED",
                        "http://127.0.0.1:" + guarded.port("admin"),
                        "CONSOLE_PASSWORD",
                        PASSWORD,
                        "CONSOLE_TOKEN",
                        token,
                        "CONSOLE_OUT",
                        OUT.toString(),
                        "CHROMIUM",
                        chromium()));
        return builder.start();
    }
}
