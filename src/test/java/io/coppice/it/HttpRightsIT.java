package io.coppice.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Somebody else says over HTTP, topic by topic, what clients may do. */
@Timeout(60)
class HttpRightsIT {
    @TempDir
    private Path directory;

    private Stub stub;
    private final Set<String> denied = ConcurrentHashMap.newKeySet();
    private final Set<String> ignored = ConcurrentHashMap.newKeySet();

    @BeforeEach
    void open() throws Exception {
        stub = Stub.plain();
        stub.answers = question -> {
            String topic = new JsonObject(question).getString("topic");
            String result = denied.contains(topic) ? "deny" : ignored.contains(topic) ? "ignore" : "allow";
            return "{\"result\":\"" + result + "\"}";
        };
    }

    @AfterEach
    void close() {
        stub.close();
    }

    private RunningNode node(String... settings) throws Exception {
        List<String> all = new ArrayList<>(List.of("security.http.authz-url=" + stub.url("/authz")));
        all.addAll(List.of(settings));
        return RunningNode.start(all.toArray(String[]::new));
    }

    private static Hive5 client(RunningNode node, String clientId) throws Exception {
        Hive5 client = node.own(new Hive5(clientId, node.mqtt(), false));
        client.connect(true);
        return client;
    }

    private long questions(String topic) {
        return stub.asked.stream()
                .filter(each -> new JsonObject(each.body()).getString("topic").equals(topic))
                .count();
    }

    @Test
    void eachTopicIsAskedAboutOnceAndSteadyTrafficCostsNoQuestion() throws Exception {
        try (RunningNode node = node()) {
            Hive5 lamp = client(node, "lamp");
            Hive5 meter = client(node, "meter");
            lamp.subscribe("a/#", 1);
            for (int i = 0; i < 500; i++) {
                meter.publish("a/" + i % 2, "x" + i, i % 2, false);
            }
            lamp.next(500);
            assertThat(questions("a/0")).isEqualTo(1);
            assertThat(questions("a/1")).isEqualTo(1);
            assertThat(stub.asked).hasSize(3).allSatisfy(each -> {
                assertThat(each.method()).isEqualTo("POST");
                assertThat(each.path()).isEqualTo("/authz");
            });
            assertThat(node.metric("mqtt_http_authz_calls_total{result=\"answered\"}"))
                    .isEqualTo(3);
            assertThat(node.metric("mqtt_authz_total{result=\"allowed\"}")).isEqualTo(501);
        }
    }

    @Test
    void whatIsDeniedAndWhatNobodyCanSayIsRefused() throws Exception {
        denied.add("a/secret");
        ignored.add("a/rules");
        Path acl = Files.writeString(directory.resolve("acl"), "topic readwrite a/rules\n");
        try (RunningNode node = node("security.acl-file=" + acl, "security.http.breaker-failures=1000")) {
            Hive5 meter = client(node, "meter");
            meter.publish("a/open", "x", 1, false);
            meter.publish("a/rules", "x", 1, false);
            assertThatThrownBy(() -> meter.publish("a/secret", "x", 1, false)).isNotNull();
            assertThatThrownBy(() -> meter.publish("a/secret", "x", 2, false)).isNotNull();
            assertThatThrownBy(() -> meter.subscribe("a/secret", 1)).isNotNull();
            assertThatThrownBy(() -> meter.subscribe("$share/g/a/secret", 1)).isNotNull();
            assertThatThrownBy(() -> meter.subscribe("$SYS/#", 1)).isNotNull();
            stub.status = 500;
            assertThatThrownBy(() -> meter.publish("a/new", "x", 1, false)).isNotNull();
            assertThatThrownBy(() -> meter.subscribe("a/new", 1)).isNotNull();
            meter.publish("a/open", "x", 1, false);
            stub.status = 200;
            meter.publish("a/new", "x", 1, false);
            meter.subscribe("a/new", 1);
            assertThat(questions("$SYS/#")).isZero();
            assertThat(node.dropped("not_authorized")).isEqualTo(3);
        }
    }

    @Test
    void whoWaitsForAnAnswerKeepsNobodyElseWaitingAndItsOwnOrder() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (RunningNode node = node("node.event-loops=1", "security.http.timeout=30s")) {
            Hive5 lamp = client(node, "lamp");
            lamp.subscribe("#", 1);
            Wire meter = node.wire().connect5("meter");
            Wire other = node.wire().connect5("other");
            for (Wire each : List.of(meter, other)) {
                each.send(Wire.publish5("known", new byte[] {'k'}, 1, 1)).read(4);
            }
            lamp.next(2);
            stub.gate = gate;
            meter.send(Wire.join(
                    Wire.publish5("slow", "1".getBytes(UTF_8), 0, 0),
                    Wire.publish5("known", "2".getBytes(UTF_8), 1, 2),
                    Wire.publish5("slow", "3".getBytes(UTF_8), 2, 3),
                    Wire.packet(0xC0)));
            await().until(() -> questions("slow") == 1);
            for (int i = 0; i < 100; i++) {
                other.send(Wire.publish5("known", "o".getBytes(UTF_8), 1, 2)).read(4);
            }
            lamp.next(100);
            assertThat(node.metric("mqtt_http_authz_calling")).isEqualTo(1);
            stub.gate = null;
            gate.countDown();
            meter.read(4);
            assertThat(lamp.next(3).stream().map(Received::payload).toList()).containsExactly("1", "2", "3");
        } finally {
            gate.countDown();
        }
    }

    /** As programs do that publish once: the answer comes when they have gone. */
    @Test
    void whoPublishesAndLeavesIsHeardToTheEnd() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (RunningNode node = node("security.http.timeout=30s")) {
            Hive5 lamp = client(node, "lamp");
            lamp.subscribe("#", 1);
            stub.gate = gate;
            try (Wire once = new Wire(node.mqtt()).connect5("once")) {
                once.send(Wire.join(Wire.publish5("bye", "1".getBytes(UTF_8), 0, 0), Wire.packet(0xE0)));
            }
            await().until(() -> questions("bye") == 1);
            gate.countDown();
            assertThat(lamp.next(1).get(0).payload()).isEqualTo("1");
        } finally {
            gate.countDown();
        }
    }

    @Test
    void aSubscriptionThatIsNotGrantedAnyMoreEnds() throws Exception {
        try (RunningNode node = node("security.http.authz-cache-time=1s", "security.http.authz-stale-max=1s")) {
            Hive5 lamp = client(node, "lamp");
            lamp.subscribe("a", 1);
            lamp.subscribe("b", 1);
            assertThat(node.metric("mqtt_subscriptions")).isEqualTo(2);
            denied.add("a");
            await().until(() -> node.metric("mqtt_subscriptions") == 1);
            Hive5 meter = client(node, "meter");
            meter.publish("b", "x", 1, false);
            lamp.next(1);
            stub.status = 500;
            await().until(() -> node.metric("mqtt_subscriptions") == 0);
        }
    }

    @Test
    void rightsThatCameWithTheNameDecideAloneAndNobodyIsAsked() throws Exception {
        try (Stub door = Stub.plain()) {
            door.body = "{\"result\":\"allow\",\"acl\":{\"publish\":[\"out\"]}}";
            try (RunningNode node = node("security.http.authn-url=" + door.url("/authn"))) {
                Hive5 anna = node.own(new Hive5("lamp", node.mqtt(), false));
                Peer.await(anna.client
                        .connectWith()
                        .simpleAuth()
                        .username("anna")
                        .password("secret".getBytes(UTF_8))
                        .applySimpleAuth()
                        .send());
                anna.publish("out", "x", 1, false);
                assertThatThrownBy(() -> anna.publish("in", "x", 1, false)).isNotNull();
                assertThat(stub.asked).isEmpty();
            }
        }
    }
}
