package io.coppice.it;

import static io.coppice.it.Received.live;
import static io.coppice.it.Received.retained;
import static io.coppice.it.Wire.property;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5RetainHandling;
import io.coppice.Main;
import io.vertx.core.json.JsonObject;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a node keeps is taken to another one, by way of the admin port and of the command line, while both serve. */
@Timeout(120)
class BackupIT {
    private static final int SESSION_EXPIRY = 0x11;

    @TempDir
    Path directory;

    /** What a command printed, both streams together, and how it ended. */
    private record Ended(int status, String printed) {}

    private static Ended coppice(Object... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "admin"));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Ended(process.exitValue(), printed);
    }

    private static String url(RunningNode node) {
        return "--url=http://127.0.0.1:" + node.admin();
    }

    private static HttpResponse<String> post(RunningNode node, String path, String body, String... headers)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.admin() + path))
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> bring(RunningNode node, String backup) throws Exception {
        return post(node, "/api/v1/import", backup, "Content-Type", "application/x-ndjson");
    }

    private static void fill(RunningNode node) throws Exception {
        fillWithoutWill(node);
        Hive5 doomed = (Hive5) node.peer(Kind.HIVE5_TCP, "doomed");
        Peer.await(doomed.client
                .connectWith()
                .cleanStart(false)
                .sessionExpiryInterval(3600)
                .willPublish()
                .topic("queue/will")
                .payload("gone".getBytes(UTF_8))
                .qos(MqttQos.AT_LEAST_ONCE)
                .applyWillPublish()
                .send());
    }

    private static void fillWithoutWill(RunningNode node) throws Exception {
        Peer writer = node.connected(Kind.HIVE5_TCP, "writer");
        Hive5 reader = (Hive5) node.peer(Kind.HIVE5_TCP, "reader");
        reader.connect(false);
        Peer.await(reader.client
                .subscribeWith()
                .addSubscription()
                .topicFilter("queue/#")
                .qos(MqttQos.EXACTLY_ONCE)
                .retainAsPublished(true)
                .noLocal(true)
                .retainHandling(Mqtt5RetainHandling.DO_NOT_SEND)
                .applySubscription()
                .send());
        reader.disconnect();
        for (int i = 0; i < 50; i++) {
            writer.publish("queue/" + i % 3, "message " + i, 1 + i % 2);
        }
        writer.publish("kept/a", "first", 1, true);
        writer.publish("kept/b", "second", 2, true);
        writer.publish("kept/c", "cleared", 1, true);
        writer.publish("kept/c", "", 1, true);

        Wire holder = node.wire().connect5("holder", property(SESSION_EXPIRY, 4, 3600));
        holder.subscribe5("flight/#", 2);
        writer.publish("flight/1", "one", 1);
        writer.publish("flight/2", "two", 2);
        assertThat(holder.read(Wire.PUBLISH).flags()).isEqualTo(2);
        assertThat(holder.read(Wire.PUBLISH).flags()).isEqualTo(4);
        holder.send(Wire.publish5("queue/own", "taken".getBytes(UTF_8), 2, 77));
        assertThat(holder.read(Wire.PUBREC).packetId()).isEqualTo(77);
    }

    private static void check(RunningNode node) throws Exception {
        check(node, true);
    }

    /** @param will whether the will of who was connected is waited for */
    private static void check(RunningNode node, boolean will) throws Exception {
        Hive5 reader = (Hive5) node.peer(Kind.HIVE5_TCP, "reader");
        assertThat(reader.connect(false)).as("session present").isTrue();
        for (int i = 0; i < 50; i++) {
            assertThat(reader.next()).isEqualTo(live("queue/" + i % 3, "message " + i, 1 + i % 2));
        }
        assertThat(reader.next()).isEqualTo(live("queue/own", "taken", 2));
        if (will) {
            assertThat(reader.next()).as("the will of who was connected").isEqualTo(live("queue/will", "gone", 1));
        }
        Peer writer = node.connected(Kind.HIVE5_TCP, "writer");
        writer.publish("queue/new", "as published", 1, true);
        assertThat(reader.next()).isEqualTo(retained("queue/new", "as published", 1));
        reader.publish("queue/new", "its own", 1);
        reader.subscribe("kept/#", 2);
        assertThat(reader.next(2))
                .containsExactlyInAnyOrder(retained("kept/a", "first", 1), retained("kept/b", "second", 2));
        reader.hasNoOther(writer);

        Wire holder =
                node.wire().send(Wire.connectPacket(5, 0, "holder", new byte[0], property(SESSION_EXPIRY, 4, 3600)));
        assertThat(holder.read(Wire.CONNACK).body()[0]).as("session present").isEqualTo((byte) 1);
        for (int qos = 1; qos <= 2; qos++) {
            Wire.Answer again = holder.read(Wire.PUBLISH);
            assertThat(again.flags()).as("with DUP").isEqualTo(8 | qos << 1);
        }
        byte[] repeat = Wire.publish5("queue/own", "taken".getBytes(UTF_8), 2, 77);
        repeat[0] |= 8;
        holder.send(repeat);
        assertThat(holder.read(Wire.PUBREC).packetId()).isEqualTo(77);
        holder.send(Wire.ack(6, 77));
        assertThat(holder.read(Wire.PUBCOMP).packetId()).isEqualTo(77);
        reader.hasNoOther(writer);
    }

    @ParameterizedTest
    @ValueSource(strings = {"backup.jsonl", "backup.jsonl.gz"})
    void clientsFindEverythingOnAnotherNode(String name) throws Exception {
        Path file = directory.resolve(name);
        try (RunningNode old = RunningNode.start()) {
            fill(old);
            Ended exported = coppice("export", file, url(old));
            assertThat(exported.printed())
                    .matches("(?s)Exported 3 sessions with 53 messages and 2 retained messages of node .*, to .*\\.\n");
            assertThat(exported.status()).isZero();
        }
        try (RunningNode fresh = RunningNode.start()) {
            Ended imported = coppice("import", file, url(fresh));
            assertThat(imported.printed())
                    .startsWith("Imported 3 sessions with 53 messages and 2 retained messages in ");
            assertThat(imported.status()).isZero();
            check(fresh);
        }
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void aSessionStaysItsUsers() throws Exception {
        String users = "security.password-file=" + Login.file(directory);
        String backup;
        try (RunningNode old = RunningNode.start(users, "security.anonymous=true");
                Paho5 phone = new Paho5("tcp://127.0.0.1:" + old.mqtt(), "phone")) {
            Login.connect(phone, "anna", false);
            old.peer(Kind.HIVE5_TCP, "lamp").connect(false);
            backup = old.get("/api/v1/export").body();
        }
        assertThat(backup)
                .contains("\"clientId\":\"phone\"")
                .containsPattern("\"owner\":\"anna\"")
                .containsOnlyOnce("\"owner\"");
        try (RunningNode fresh = RunningNode.start(users)) {
            assertThat(bring(fresh, backup).statusCode()).isEqualTo(200);
            Login.isRefused(fresh.mqtt(), "phone", "bert");
            try (Paho5 phone = new Paho5("tcp://127.0.0.1:" + fresh.mqtt(), "phone");
                    Paho5 lamp = new Paho5("tcp://127.0.0.1:" + fresh.mqtt(), "lamp")) {
                assertThat(Login.connect(phone, "anna", false))
                        .as("session present")
                        .isTrue();
                assertThat(Login.connect(lamp, "bert", false))
                        .as("of nobody until now")
                        .isTrue();
            }
        }
    }

    @Test
    void whatWasImportedIsOnDisk() throws Exception {
        String data = "node.data=" + directory.resolve("data");
        String backup;
        try (RunningNode old = RunningNode.start()) {
            fill(old);
            backup = old.get("/api/v1/export").body();
        }
        try (RunningNode fresh = RunningNode.start("durability=disk", data)) {
            JsonObject report = new JsonObject(bring(fresh, backup).body());
            assertThat(report.getJsonObject("sessions").getLong("imported")).isEqualTo(3);
        }
        try (RunningNode again = RunningNode.start("durability=disk", data)) {
            check(again);
        }
    }

    @Test
    void aSecondImportLeavesEverythingAloneUnlessItIsToReplace() throws Exception {
        Path file = directory.resolve("backup");
        try (RunningNode node = RunningNode.start()) {
            fillWithoutWill(node);
            assertThat(coppice("export", file, url(node)).status()).isZero();
            Ended twice = coppice("export", file, url(node));
            assertThat(twice).isEqualTo(new Ended(1, file + " is there already; --force overwrites it.\n"));
            assertThat(coppice("export", file, "--force", url(node)).status()).isZero();

            Ended again = coppice("import", file, url(node));
            assertThat(again.printed())
                    .contains("Imported 0 sessions")
                    .contains("Left out because the node has one already (--replace takes this one): 2 sessions.")
                    .contains("(--replace takes this one): 2 retained messages.");
            assertThat(again.status()).isZero();

            Wire busy = node.wire().connect5("reader", property(SESSION_EXPIRY, 4, 3600));
            Ended replaced = coppice("import", file, "--replace", url(node));
            assertThat(replaced.printed()).startsWith("Imported 2 sessions with 53 messages and 2 retained messages");
            assertThat(busy.read(Wire.DISCONNECT).disconnectReason()).isEqualTo(0x8E);
            check(node, false);
        }
    }

    @Test
    void whatIsNotImportedIsToldLineByLine() throws Exception {
        String backup;
        try (RunningNode old = RunningNode.start()) {
            fill(old);
            backup = old.get("/api/v1/export").body();
        }
        Path file = Files.writeString(directory.resolve("backup"), backup);
        try (RunningNode strict = RunningNode.start("limits.queue-messages-max=10")) {
            Ended imported = coppice("import", file, url(strict));
            assertThat(imported.printed())
                    .contains("Imported 2 sessions with 2 messages and 2 retained messages")
                    .containsPattern(
                            "Line \\d+, session of reader: more messages wait for it than limits.queue-messages-max, 10\\.");
            assertThat(imported.status()).isEqualTo(2);
        }
        // a part of it, so that some of it is whole and the end is missing
        String cut = backup.substring(0, backup.indexOf("{\"kind\":\"trailer\""));
        Files.writeString(file, cut);
        try (RunningNode fresh = RunningNode.start()) {
            Ended refused = coppice("import", file, url(fresh));
            assertThat(refused.printed()).contains("it was cut off. Nothing was imported.");
            assertThat(refused.status()).isEqualTo(1);
            assertThat(fresh.metric("mqtt_sessions")).isZero();

            HttpResponse<String> answer = bring(fresh, cut);
            assertThat(answer.statusCode()).isEqualTo(400);
            JsonObject problem = new JsonObject(answer.body());
            assertThat(problem.getString("detail")).endsWith("it was cut off");
            assertThat(problem.getJsonObject("sessions").getLong("imported")).isEqualTo(3);
            check(fresh);
        }
    }

    @Test
    void aClientThatBreaksOffLeavesWhatWasWhole() throws Exception {
        String backup;
        try (RunningNode old = RunningNode.start()) {
            fillWithoutWill(old);
            backup = old.get("/api/v1/export").body();
        }
        byte[] all = backup.getBytes(UTF_8);
        int end = backup.indexOf("{\"kind\":\"end\"");
        byte[] begun = Arrays.copyOf(
                all, backup.substring(0, backup.indexOf('\n', end) + 40).getBytes(UTF_8).length);
        try (RunningNode fresh = RunningNode.start()) {
            try (Socket socket = new Socket("127.0.0.1", fresh.admin())) {
                socket.getOutputStream()
                        .write(("POST /api/v1/import HTTP/1.1\r\nHost: localhost\r\n"
                                        + "Content-Type: application/x-ndjson\r\nContent-Length: " + all.length
                                        + "\r\n\r\n")
                                .getBytes(UTF_8));
                socket.getOutputStream().write(begun);
                await().until(() -> fresh.metric("mqtt_sessions") == 1);
                assertThat(bring(fresh, backup).statusCode())
                        .as("one at a time")
                        .isEqualTo(409);
            }
            await().until(() -> bring(fresh, backup).statusCode() == 200);
            check(fresh, false);
        }
    }

    @Test
    void anExportThatNobodyReadsStandsStillAndAnotherHasToWait() throws Exception {
        try (RunningNode node = RunningNode.start("limits.queue-bytes-max=1GiB", "limits.queue-messages-max=1000")) {
            Peer reader = node.peer(Kind.PAHO5_TCP, "reader");
            reader.connect(false);
            reader.subscribe("large/#", 1);
            reader.disconnect();
            Peer writer = node.connected(Kind.HIVE5_TCP, "writer");
            String large = "x".repeat(900_000);
            for (int i = 0; i < 40; i++) {
                writer.publish("large/" + i, large, 1);
            }
            try (Socket socket = new Socket()) {
                socket.setReceiveBufferSize(10_000);
                socket.connect(new java.net.InetSocketAddress("127.0.0.1", node.admin()));
                socket.getOutputStream()
                        .write("GET /api/v1/export HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(UTF_8));
                assertThat(socket.getInputStream().readNBytes(1000)).hasSize(1000);
                assertThat(node.get("/api/v1/export").statusCode()).isEqualTo(409);
            }
            await().until(() -> node.get("/api/v1/export").statusCode() == 200);
        }
    }

    /** Everything that an import may be, and more than it may be, in the place of a backup. */
    @Test
    void whatIsNoBackupIsRefusedWithAReason() throws Exception {
        try (RunningNode node = RunningNode.start("limits.packet-size-max=64KiB")) {
            assertThat(bring(node, "").body()).contains("cut off");
            assertThat(bring(node, "{}\n").body()).contains("is not the first line of a backup");
            HttpResponse<String> endless = bring(node, "x".repeat(3_000_000));
            assertThat(endless.statusCode()).isEqualTo(400);
            assertThat(endless.body()).contains("is longer than");
            assertThat(post(node, "/api/v1/import", "{}").statusCode()).isEqualTo(415);
            assertThat(node.get("/api/v1/import").statusCode()).isEqualTo(405);
            assertThat(post(node, "/api/v1/export", "{}").statusCode()).isEqualTo(405);
        }
    }

    @Test
    void aPageInABrowserCannotAsk() throws Exception {
        try (RunningNode node = RunningNode.start()) {
            assertThat(post(node, "/api/v1/import", "", "Content-Type", "application/x-ndjson", "Origin", "http://x")
                            .statusCode())
                    .isEqualTo(403);
            for (String header : List.of("Host: evil.example", "Host: localhost\r\nSec-Fetch-Site: cross-site")) {
                try (Socket socket = new Socket("127.0.0.1", node.admin())) {
                    socket.getOutputStream()
                            .write(("GET /api/v1/export HTTP/1.1\r\n" + header + "\r\n\r\n").getBytes(UTF_8));
                    assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
                            .startsWith("HTTP/1.1 403 ")
                            .contains("Not from here");
                }
            }
        }
    }

    @Test
    void aCommandForNobodyEndsWith2() throws Exception {
        Path file = directory.resolve("backup");
        int port;
        try (RunningNode node = RunningNode.start()) {
            port = node.admin();
        }
        Ended exported = coppice("export", file, "--url=http://127.0.0.1:" + port);
        assertThat(exported)
                .isEqualTo(new Ended(
                        2, "No node answers at http://127.0.0.1:" + port + "; --url names another admin port.\n"));
        assertThat(file).doesNotExist();
    }
}
