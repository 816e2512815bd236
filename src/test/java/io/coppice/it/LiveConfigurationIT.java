package io.coppice.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import io.coppice.Node;
import io.coppice.access.PasswordEdit;
import io.coppice.config.ConfigLoader;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/** Keys that may change while a node serves take effect without a restart, each of them. */
@Timeout(120)
class LiveConfigurationIT {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final int BANNED = 0x8A;
    private static final int QUOTA_EXCEEDED = 0x97;
    private static final int TOPIC_NAME_INVALID = 0x90;
    private static final int PACKET_TOO_LARGE = 0x95;
    private static final int RATE_EXCEEDED = 0x9F;

    /**
     * Windows pass in virtual time: {@code GuardsTest}; rights are taken back in {@code SourcesIT}; what nodes write is seen in a cluster:
     * {@code UpgradeIT}.
     */
    private static final Set<String> ELSEWHERE =
            Set.of("node.write-version", "security.ban.window", "security.check-source", "security.flapping.window");

    @TempDir
    private static Path directory;

    private static final Collector COLLECTOR = new Collector();

    private static RunningNode node;
    private static int names;

    @BeforeAll
    static void start() throws Exception {
        Path users = directory.resolve("users");
        PasswordEdit edit = PasswordEdit.open(users);
        edit.set("anna", "secret".getBytes(UTF_8), PasswordEdit.Kind.SCRAM, null);
        edit.save();
        node = RunningNode.start(
                "node.event-loops=1",
                "security.password-file=" + users,
                "security.anonymous=true",
                "limits.drain-rate-max=0",
                "telemetry.url=" + COLLECTOR.url(),
                "telemetry.sample=0");
    }

    @AfterAll
    static void stop() throws Exception {
        node.close();
        COLLECTOR.close();
    }

    @AfterEach
    void closeClients() throws Exception {
        node.afterEach(null);
    }

    // --- what is asked

    private static HttpResponse<String> send(String method, String path, String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + node.admin() + "/api/v1/" + path))
                .header("Content-Type", "application/json")
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static JsonObject ask(String method, String path, String body) throws Exception {
        HttpResponse<String> response = send(method, path, body);
        assertThat(response.statusCode()).as(response.body()).isBetween(200, 299);
        return new JsonObject(response.body());
    }

    private static JsonObject client(String id) throws Exception {
        return ask("GET", "clients/" + id, null);
    }

    private static void set(Map<String, String> keys) throws Exception {
        ask("PATCH", "config", new JsonObject(Map.copyOf(keys)).encode());
    }

    private static void putBack(Set<String> keys) throws Exception {
        JsonObject none = new JsonObject();
        keys.forEach(none::putNull);
        ask("PATCH", "config", none.encode());
    }

    private static Stream<JsonObject> settings() throws Exception {
        return ask("GET", "config", null).getJsonArray("settings").stream().map(JsonObject.class::cast);
    }

    // --- clients

    private static String name() {
        return "live-" + ++names;
    }

    /** The answer to a CONNECT. */
    private static Wire.Answer connect(String id, byte[]... properties) throws Exception {
        return node.wire()
                .send(Wire.connectPacket(5, 2, id, new byte[0], properties))
                .read(Wire.CONNACK);
    }

    private static boolean holds(Wire.Answer answer, byte[] part) {
        return new String(answer.body(), java.nio.charset.StandardCharsets.ISO_8859_1)
                .contains(new String(part, java.nio.charset.StandardCharsets.ISO_8859_1));
    }

    private static int puback(Wire wire, byte[] publish) throws Exception {
        return wire.send(publish).read(Wire.PUBACK).ackReason();
    }

    private static byte[] retained(String topic, int bytes, int id) {
        byte[] packet = Wire.publish5(topic, new byte[bytes], 1, id);
        packet[0] |= 1;
        return packet;
    }

    /** A session whose client is away, subscribed to a topic of its name. */
    private static String away() throws Exception {
        String id = name();
        try (Wire wire = node.wire().connect5(id, Wire.property(0x11, 4, 600))) {
            wire.subscribe5(id, 1);
        }
        await().until(() -> !client(id).getBoolean("connected"));
        return id;
    }

    private static void publish(String topic, String... payloads) throws Exception {
        Wire publisher = node.wire().connect5(name());
        int id = 1;
        for (String payload : payloads) {
            puback(publisher, Wire.publish5(topic, payload.getBytes(UTF_8), 1, id++));
        }
    }

    private static int login(String id, String user, String password) throws Exception {
        byte[] rest = Wire.join(Wire.text(user), Wire.text(password));
        return node.wire()
                .send(Wire.connectPacket(5, 0xC2, id, rest))
                .read(Wire.CONNACK)
                .connectReason();
    }

    // --- what changes

    private interface Effect {
        /** Shows that it is there; what is wanted was set before. */
        void show() throws Exception;
    }

    /** @param setting the key that is shown, and what it takes besides */
    private record Proof(Map<String, String> setting, String key, Effect before, Effect after) {
        @Override
        public String toString() {
            return key;
        }
    }

    private static Proof proof(String key, String value, Effect before, Effect after) {
        return new Proof(Map.of(key, value), key, before, after);
    }

    private static Proof with(String other, String otherValue, Proof proof) {
        return new Proof(
                Map.of(other, otherValue, proof.key, String.valueOf(proof.setting.get(proof.key))),
                proof.key,
                proof.before,
                proof.after);
    }

    /** An effect whose result is one number before the change and another one after it. */
    private static Proof number(String key, String value, NumberOf what, int before, int after) {
        return proof(
                key,
                value,
                () -> assertThat(what.take()).isEqualTo(before),
                () -> assertThat(what.take()).isEqualTo(after));
    }

    private interface NumberOf {
        int take() throws Exception;
    }

    private static int end(byte[] publish) throws Exception {
        Wire wire = node.wire().connect5(name());
        wire.send(publish).send("c000");
        Wire.Answer answer = wire.read();
        return answer.type() == Wire.DISCONNECT ? answer.disconnectReason() : 0;
    }

    private static int subscribed(Wire wire, String filter) throws Exception {
        return wire.send(Wire.packet(0x82, new byte[] {0, 1, 0}, Wire.text(filter), new byte[] {0}))
                        .read(Wire.SUBACK)
                        .body()[3]
                & 0xFF;
    }

    /** How many of some clients at once are turned away for it. */
    private static int turnedAway(int reason) throws Exception {
        int count = 0;
        for (int i = 0; i < 8; i++) {
            count += connect(name()).connectReason() == reason ? 1 : 0;
        }
        return Math.min(count, 1);
    }

    private static String format() {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        var appenders = context.getLogger("ROOT").iteratorForAppenders();
        while (appenders.hasNext()) {
            if (appenders.next() instanceof ConsoleAppender<ILoggingEvent> found) {
                console = found;
            }
        }
        return console.getEncoder().getClass().getSimpleName();
    }

    private static String level(String part) throws Exception {
        return ask("GET", "log-levels", null).getJsonArray("items").getJsonObject(0).getJsonArray("levels").stream()
                .map(JsonObject.class::cast)
                .filter(level -> level.getString("part").equals(part))
                .map(level -> level.getString("level"))
                .collect(Collectors.joining());
    }

    private static long banSeconds(String kind) throws Exception {
        return ask("GET", "bans", null).getJsonArray("items").stream()
                .map(JsonObject.class::cast)
                .filter(ban -> ban.getString("kind").equals(kind))
                .mapToLong(ban ->
                        (java.time.Instant.parse(ban.getString("until")).toEpochMilli() - System.currentTimeMillis())
                                / 1_000)
                .max()
                .orElse(-1);
    }

    private static void pardon() throws Exception {
        for (Object each : ask("GET", "bans", null).getJsonArray("items")) {
            JsonObject ban = (JsonObject) each;
            ask("DELETE", "bans/" + ban.getString("kind") + "/" + url(ban.getString("value")), null);
        }
    }

    private static String url(String text) {
        return URLEncoder.encode(text, UTF_8).replace("+", "%20");
    }

    private static long millis(Effect effect) throws Exception {
        long begun = System.nanoTime();
        effect.show();
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
    }

    static Stream<Proof> proofs() throws Exception {
        String user = "u";
        byte[] twoProperties = Wire.join(Wire.userProperty("a", "b"), Wire.userProperty("c", "d"));
        byte[] longProperty = Wire.userProperty("a", "b".repeat(300));
        Wire lasting = new Wire(node.mqtt());
        lasting.connect5("lasting");
        String[] ids = {away(), away(), away()};
        String[] flaps = {name(), name()};
        return Stream.of(
                with(
                        "limits.packet-size-before-connect-max",
                        "1KiB",
                        number(
                                "limits.packet-size-max",
                                "2KiB",
                                () -> end(Wire.publish5("t", new byte[3_000], 0, 0)),
                                0,
                                PACKET_TOO_LARGE)),
                number(
                        "limits.packet-size-before-connect-max",
                        "256",
                        () -> connect(name(), longProperty).connectReason(),
                        0,
                        PACKET_TOO_LARGE),
                number(
                        "limits.client-id-length-max",
                        "23",
                        () -> connect("x".repeat(24)).connectReason(),
                        0,
                        0x85),
                number(
                        "limits.topic-length-max",
                        "10",
                        () -> end(Wire.publish5("t".repeat(11), new byte[0], 0, 0)),
                        0,
                        TOPIC_NAME_INVALID),
                number(
                        "limits.topic-levels-max",
                        "2",
                        () -> end(Wire.publish5("a/b/c", new byte[0], 0, 0)),
                        0,
                        TOPIC_NAME_INVALID),
                number(
                        "limits.user-properties-max",
                        "1",
                        () -> connect(name(), twoProperties).connectReason(),
                        0,
                        QUOTA_EXCEEDED),
                number(
                        "limits.properties-bytes-max",
                        "128",
                        () -> connect(name(), longProperty).connectReason(),
                        0,
                        QUOTA_EXCEEDED),
                proof(
                        "limits.keep-alive-max",
                        "7s",
                        () -> assertThat(holds(connect(name()), Wire.property(0x13, 2, 7)))
                                .isFalse(),
                        () -> assertThat(holds(connect(name()), Wire.property(0x13, 2, 7)))
                                .isTrue()),
                proof(
                        "limits.session-expiry-max",
                        "7s",
                        () -> assertThat(holds(connect(name(), Wire.property(0x11, 4, 99)), Wire.property(0x11, 4, 7)))
                                .isFalse(),
                        () -> assertThat(holds(connect(name(), Wire.property(0x11, 4, 99)), Wire.property(0x11, 4, 7)))
                                .isTrue()),
                number("limits.in-flight-max", "1", LiveConfigurationIT::inFlightOfTwo, 2, 1),
                number("limits.topic-alias-out-max", "0", LiveConfigurationIT::aliasesOut, 1, 0),
                proof("limits.authentication-timeout", "300ms", () -> {}, () -> {
                    byte[] method = Wire.join(new byte[] {0x15}, Wire.text("SCRAM-SHA-256"));
                    byte[] data = Wire.join(new byte[] {0x16}, Wire.text("n,,n=anna,r=abcdefgh"));
                    Wire wire = node.wire().send(Wire.connectPacket(5, 2, name(), new byte[0], method, data));
                    assertThat(wire.read().type()).as("AUTH").isEqualTo(15);
                    assertThat(millis(wire::first)).as("of 10 s").isLessThan(5_000);
                }),
                number("limits.connections-max", "1", () -> connect(name()).connectReason() == 0 ? 0 : 1, 0, 1),
                number("limits.connect-rate-max", "1", () -> turnedAway(RATE_EXCEEDED), 0, 1),
                number("limits.connect-rate-per-address-max", "1", () -> turnedAway(RATE_EXCEEDED), 0, 1),
                proof(
                        "limits.publish-rate-max",
                        "1",
                        () -> {},
                        () -> assertThat(millis(() -> {
                                    for (int i = 0; i < 3; i++) {
                                        lasting.send(Wire.publish5("t", new byte[0], 0, 0));
                                    }
                                    lasting.send("c000").read(Wire.PINGRESP);
                                }))
                                .as("of a client that was there before")
                                .isGreaterThan(900)),
                proof("limits.drain-rate-max", "1", () -> {}, () -> {
                    List<Wire> some = List.of(
                            node.wire().connect5(name()),
                            node.wire().connect5(name()),
                            node.wire().connect5(name()));
                    await().until(() -> draining() == 4);
                    ask("POST", "nodes/" + self() + "/drain", null);
                    try {
                        await().until(() -> draining() < 4);
                        assertThat(draining()).as("all at once without it").isPositive();
                    } finally {
                        ask("DELETE", "nodes/" + self() + "/drain", null);
                    }
                    assertThat(some).hasSize(3);
                }),
                number("limits.sessions-max", "1", () -> connect(name()).connectReason(), 0, QUOTA_EXCEEDED),
                number(
                        "limits.subscriptions-per-client-max",
                        "0",
                        () -> subscribed(node.wire().connect5(name()), "some"),
                        0,
                        QUOTA_EXCEEDED),
                proof("limits.queue-messages-max", "1", () -> {}, () -> {
                    publish(ids[0], "a", "b", "c");
                    assertThat(client(ids[0]).getInteger("queuedMessages")).isEqualTo(1);
                }),
                proof("limits.queue-bytes-max", "1000", () -> {}, () -> {
                    publish(ids[1], "a".repeat(600), "b".repeat(600), "c".repeat(600));
                    assertThat(client(ids[1]).getInteger("queuedMessages")).isEqualTo(1);
                }),
                with("limits.queue-messages-max", "1", proof("limits.queue-overflow", "drop-oldest", () -> {}, () -> {
                    publish(ids[2], "first", "second");
                    assertThat(ask("GET", "clients/" + ids[2] + "/queue", null)
                                    .getJsonArray("queueHead")
                                    .getJsonObject(0)
                                    .getString("payload"))
                            .isEqualTo("second");
                })),
                number(
                        "limits.retained-messages-max",
                        "0",
                        () -> puback(node.wire().connect5(name()), retained(name(), 1, 1)) & 0x80,
                        0,
                        0x80),
                number(
                        "limits.retained-bytes-max",
                        "100",
                        () -> puback(node.wire().connect5(name()), retained(name(), 500, 1)) & 0x80,
                        0,
                        0x80),
                number(
                        "mqtt.payload-format-check",
                        "true",
                        () -> puback(
                                        node.wire().connect5(name()),
                                        Wire.publish5("t", new byte[] {-1}, 1, 1, Wire.property(1, 1, 1)))
                                & 0x80,
                        0,
                        0x80),
                proof(
                        "security.ban.failures",
                        "1",
                        () -> assertThat(twice(user)).isNotEqualTo(BANNED),
                        () -> assertThat(twice(user)).isEqualTo(BANNED)),
                proof(
                        "security.ban.address-failures",
                        "1",
                        () -> assertThat(twice("v")).isNotEqualTo(BANNED),
                        () -> assertThat(twice("w")).isEqualTo(BANNED)),
                with("security.ban.failures", "1", proof("security.ban.time", "20d", () -> {}, () -> {
                    twice("x");
                    assertThat(banSeconds("user-at-address")).isGreaterThan(19 * 86_400);
                })),
                proof("security.flapping.connects", "1", () -> flap(flaps[0], 0), () -> flap(flaps[0], BANNED)),
                with("security.flapping.connects", "1", proof("security.flapping.time", "20d", () -> {}, () -> {
                    flap(flaps[1], BANNED);
                    assertThat(banSeconds("client-id")).isGreaterThan(19 * 86_400);
                })),
                proof(
                        "log.level",
                        "debug",
                        () -> {},
                        () -> assertThat(level("all")).isEqualTo("debug")),
                proof(
                        "log.levels",
                        "broker=trace",
                        () -> {},
                        () -> assertThat(level("broker")).isEqualTo("trace")),
                number("trace.traces-max", "1", () -> traced("{\"topic\":\"t\"}", 2), 201, 409),
                number("trace.life-max", "5s", () -> traced("{\"topic\":\"t\",\"seconds\":9}", 1), 201, 400),
                number("trace.events-max", "3", () -> traced("{\"topic\":\"t\",\"events\":9}", 1), 201, 400),
                number("telemetry.sample", "1", LiveConfigurationIT::spansOfOne, 0, 1),
                proof("log.format", "json", () -> {}, () -> assertThat(format()).isEqualTo("LogJson")));
    }

    private static int twice(String user) throws Exception {
        login(name(), user, "wrong");
        return login(name(), user, "wrong");
    }

    private static void flap(String id, int expected) throws Exception {
        for (int i = 0; i < 2; i++) {
            connect(id);
        }
        assertThat(connect(id).connectReason()).isEqualTo(expected);
    }

    /** The status of the last of some traces that are begun. */
    private static int traced(String body, int count) throws Exception {
        List<String> begun = new ArrayList<>();
        int status = 0;
        for (int i = 0; i < count; i++) {
            HttpResponse<String> response = send("POST", "traces", body);
            status = response.statusCode();
            if (status / 100 == 2) {
                begun.add(new JsonObject(response.body()).getString("id"));
            }
        }
        for (String id : begun) {
            ask("DELETE", "traces/" + id, null);
        }
        return status;
    }

    /** Whether there is a span of a message whose publisher makes none; it comes before that of a later message. */
    private static int spansOfOne() throws Exception {
        String topic = name();
        publish(topic, "a");
        byte[] parent = Wire.userProperty("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        puback(node.wire().connect5(name()), Wire.publish5(topic + "/last", new byte[0], 1, 1, parent));
        await().until(() -> published(topic + "/last") == 1);
        return published(topic);
    }

    private static int published(String topic) {
        return (int) COLLECTOR.spans().stream()
                .filter(span ->
                        span.name().equals("publish") && span.attributes().containsValue(topic))
                .count();
    }

    private static String self() throws Exception {
        return ask("GET", "nodes", null).getJsonArray("items").getJsonObject(0).getString("node");
    }

    private static int draining() throws Exception {
        return ask("GET", "nodes/" + self() + "/drain", null).getInteger("connectionsLeft");
    }

    private static int inFlightOfTwo() throws Exception {
        String id = name();
        node.wire().connect5(id).subscribe5(id, 1);
        publish(id, "a", "b");
        return client(id).getInteger("inFlight");
    }

    private static int aliasesOut() throws Exception {
        String id = name();
        Wire reader = node.wire().connect5(id, Wire.property(0x22, 2, 5)).subscribe5(id, 0);
        publish(id, "a");
        return holds(reader.read(Wire.PUBLISH), Wire.property(0x23, 2, 1)) ? 1 : 0;
    }

    @ParameterizedTest
    @MethodSource("proofs")
    void aChangeTakesEffectWithoutARestart(Proof proof) throws Exception {
        proof.before.show();
        set(proof.setting);
        try {
            assertThat(settings()
                            .filter(one -> one.getString("key").equals(proof.key))
                            .toList()
                            .get(0)
                            .getString("source"))
                    .isEqualTo("api");
            proof.after.show();
        } finally {
            putBack(proof.setting.keySet());
            pardon();
        }
        proof.before.show();
        pardon();
    }

    @Test
    void everyLiveKeyIsShownToTakeEffect() throws Exception {
        Set<String> shown = proofs().map(Proof::key).collect(Collectors.toCollection(TreeSet::new));
        shown.addAll(ELSEWHERE);

        assertThat(settings().filter(one -> one.getBoolean("live")).map(one -> one.getString("key")))
                .containsExactlyInAnyOrderElementsOf(shown);
    }

    /** Forms of a page send text, whatever the key; programs send what JSON has. */
    @Test
    void aValueMayBeTextOrWhatJsonHasForIt() throws Exception {
        for (String value : List.of("7", "\"7\"")) {
            ask("PATCH", "config", "{\"limits.publish-rate-max\":" + value + "}");
            assertThat(settings().filter(one -> one.getString("key").equals("limits.publish-rate-max")))
                    .singleElement()
                    .satisfies(one -> assertThat(one.getString("value")).isEqualTo("7"));
        }
        for (String value : List.of("true", "\"true\"")) {
            ask("PATCH", "config", "{\"mqtt.payload-format-check\":" + value + "}");
        }
        putBack(Set.of("limits.publish-rate-max", "mqtt.payload-format-check"));
    }

    @Test
    void nothingIsTakenOfWhatIsWrongInPart() throws Exception {
        HttpResponse<String> refused = send(
                "PATCH",
                "config",
                "{\"limits.publish-rate-max\":7,\"limits.sessions-max\":\"many\",\"node.name\":\"z\",\"nope\":1}");

        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body())
                .contains("limits.sessions-max: many (api) is not allowed; allowed: a whole number")
                .contains("node.name (api) may not change while the node serves")
                .contains("nope (api) is an unknown key");
        assertThat(settings().map(one -> one.getString("source"))).doesNotContain("api");
    }

    @Test
    void aFileIsTakenOverWhenItHasChangedAndIsRight() throws Exception {
        Path file = Files.writeString(directory.resolve("coppice.yaml"), "limits: {keep-alive-max: 30s}\n");
        List<String> more = List.of(
                "durability=memory",
                "listeners.mqtt.port=0",
                "listeners.ws.enabled=false",
                "admin.port=0",
                "security.reload-interval=100ms");
        Node other = Node.start(ConfigLoader.load(file, Map.of(), more));
        try {
            await().until(() -> keepAliveOf(other) == 30);
            Files.writeString(file, "limits: {keep-alive-max: 20s, sessions-max: many}\n");
            Files.writeString(file, "limits: {keep-alive-max: 10s, receive-maximum: 9}\n");
            await().until(() -> keepAliveOf(other) == 10);
            try (Wire wire = new Wire(other.port("mqtt"))) {
                Wire.Answer answer =
                        wire.send(Wire.connectPacket(5, 2, "x", new byte[0])).read(Wire.CONNACK);
                assertThat(holds(answer, Wire.property(0x21, 2, 9)))
                        .as("what needs a restart")
                        .isFalse();
            }
        } finally {
            other.stop();
        }
    }

    private static int keepAliveOf(Node other) throws Exception {
        try (Wire wire = new Wire(other.port("mqtt"))) {
            byte[] body = wire.send(Wire.connectPacket(5, 2, "x", new byte[0]))
                    .read(Wire.CONNACK)
                    .body();
            for (int i = 0; i < body.length - 2; i++) {
                if (body[i] == 0x13 && body[i + 1] == 0) {
                    return body[i + 2];
                }
            }
            return -1;
        }
    }
}
