package io.coppice.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubAckException;
import io.coppice.blackbox.Hostile;
import io.coppice.config.ConfigException;
import io.coppice.pki.Authority;
import io.coppice.pki.Issued;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Somebody else says over HTTP who may enter. */
@Timeout(60)
class HttpCalloutIT {
    private static final int USER_NAME = 0x80;
    private static final int PASSWORD = 0x40;
    private static final int CLEAN = 2;
    private static final String BERT =
            "bert:$6$u9hqsHClJI0+De3e$aM0T0aGpdciIn6NT1mUNi2zoXdKQZhLtjeIebuOXmWkuurqpnF0n3+yt2vzTDPFNIsh/dsbY8jgUK9vjDVKgBA==\n";

    @TempDir
    private Path directory;

    private Stub stub;

    @BeforeEach
    void open() throws Exception {
        stub = Stub.plain();
        stub.body = "{\"result\":\"allow\"}";
    }

    @AfterEach
    void close() {
        stub.close();
    }

    private RunningNode node(String... settings) throws Exception {
        List<String> all = new ArrayList<>(List.of("security.http.authn-url=" + stub.url("/authn")));
        all.addAll(List.of(settings));
        return RunningNode.start(all.toArray(String[]::new));
    }

    private static Wire connecting(RunningNode node, @Nullable String user, @Nullable String password)
            throws Exception {
        int flags = CLEAN | (user == null ? 0 : USER_NAME) | (password == null ? 0 : PASSWORD);
        byte[] behind = Wire.join(
                user == null ? new byte[0] : Wire.text(user), password == null ? new byte[0] : Wire.text(password));
        return node.wire().send(Wire.connectPacket(5, flags, "client-" + user, behind));
    }

    private static int answer(RunningNode node, @Nullable String user, @Nullable String password) throws Exception {
        return connecting(node, user, password).read(Wire.CONNACK).connectReason();
    }

    @Test
    void whoIsAskedDecides() throws Exception {
        try (RunningNode node = node()) {
            assertThat(answer(node, "anna", "hush-hush")).isZero();
            assertThat(stub.asked).singleElement().satisfies(question -> {
                assertThat(question.method()).isEqualTo("POST");
                assertThat(question.path()).isEqualTo("/authn");
                assertThat(question.authorization()).isEqualTo("null");
                assertThat(question.body())
                        .isEqualTo("{\"clientid\":\"client-anna\",\"username\":\"anna\",\"password\":\"hush-hush\","
                                + "\"peerhost\":\"127.0.0.1\",\"listener\":\"mqtt\"}");
            });
            stub.body = "{\"result\":\"deny\"}";
            assertThat(answer(node, "bert", "hush-hush")).isEqualTo(0x86);
            stub.body = "{\"result\":\"ignore\"}";
            assertThat(answer(node, "carl", "hush-hush")).isEqualTo(0x86);
            assertThat(answer(node, null, null)).isEqualTo(0x87);
            stub.status = 204;
            assertThat(answer(node, "dora", "hush-hush")).isZero();
            stub.status = 403;
            assertThat(answer(node, "emil", "hush-hush")).isEqualTo(0x86);
            assertThat(answer(node, "anna", "hush-hush")).as("remembered").isZero();
            assertThat(stub.asked).hasSize(6);
            assertThat(node.metric("mqtt_http_authn_calls_total{result=\"answered\"}"))
                    .isEqualTo(6);
            assertThat(node.metric("mqtt_http_authn_cache_total{result=\"hit\"}"))
                    .isEqualTo(1);
            assertThat(node.metrics()).doesNotContain("hush-hush");
        }
    }

    @Test
    void whomNobodyKnowsMayBeAnonymous() throws Exception {
        stub.body = "{\"result\":\"ignore\"}";
        try (RunningNode node = node("security.anonymous=true")) {
            assertThat(answer(node, null, null)).isZero();
            assertThat(answer(node, "anna", "secret"))
                    .as("who says a name must be right")
                    .isEqualTo(0x86);
        }
    }

    @Test
    void usersOfThePasswordFileAreNotAskedAbout() throws Exception {
        Path users = Files.writeString(directory.resolve("users"), BERT);
        try (RunningNode node = node("security.password-file=" + users)) {
            assertThat(answer(node, "bert", "wrong")).isEqualTo(0x86);
            assertThat(stub.asked).isEmpty();
            assertThat(answer(node, "anna", "secret")).isZero();
        }
    }

    @Test
    void anAnswerGivesRights() throws Exception {
        stub.body = "{\"result\":\"allow\",\"acl\":{\"publish\":[\"out/%u\"]}}";
        try (RunningNode node = node()) {
            Hive5 anna = node.own(new Hive5("lamp", node.mqtt(), false));
            Peer.await(anna.client
                    .connectWith()
                    .simpleAuth()
                    .username("anna")
                    .password("secret".getBytes(UTF_8))
                    .applySimpleAuth()
                    .send());
            anna.publish("out/anna", "x", 1, false);

            assertThatThrownBy(() -> anna.publish("out/bert", "x", 1, false))
                    .hasRootCauseInstanceOf(Mqtt5PubAckException.class);
            assertThatThrownBy(() -> anna.subscribe("out/anna", 1)).isNotNull();
        }
    }

    @Test
    void answersThatAreNoneRefuse() throws Exception {
        try (Stub elsewhere = Stub.plain();
                RunningNode node = node("security.http.breaker-failures=1000")) {
            elsewhere.body = stub.body;
            stub.location = elsewhere.url("/authn");
            for (int status : new int[] {301, 302, 303, 307, 308, 404, 500}) {
                stub.status = status;
                assertThat(answer(node, "anna", "secret"))
                        .as("status %d", status)
                        .isEqualTo(0x88);
            }
            assertThat(elsewhere.asked).as("no password goes elsewhere").isEmpty();
            stub.status = 200;
            for (String body : List.of("", "yes", "{\"result\":\"yes\"}", "\"allow\"", "x".repeat(70_000))) {
                stub.body = body;
                assertThat(answer(node, "anna", "secret")).isEqualTo(0x88);
            }
            stub.body = "{\"result\":\"allow\"}";
            assertThat(answer(node, "anna", "secret")).isZero();
        }
    }

    @Test
    @Hostile("B98")
    void whoIsSlowKeepsNobodyElseWaiting() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (RunningNode node =
                node("node.event-loops=1", "security.http.timeout=1s", "security.http.concurrent-max=2")) {
            Wire anna = connecting(node, "anna", "secret");
            assertThat(anna.read(Wire.CONNACK).connectReason()).isZero();
            stub.gate = gate;
            List<Wire> waiting = new ArrayList<>();
            for (String user : List.of("bert", "carl", "dora")) {
                waiting.add(connecting(node, user, "secret"));
            }
            await().until(() -> stub.asked.size() == 3);
            assertThat(node.metric("mqtt_http_authn_calling")).isEqualTo(2);
            anna.send(Wire.packet(0xC0)).read(Wire.PINGRESP);
            for (Wire each : waiting) {
                assertThat(each.read(Wire.CONNACK).connectReason()).isEqualTo(0x88);
            }
            gate.countDown();
            stub.gate = null;

            assertThat(answer(node, "bert", "secret")).isZero();
        } finally {
            gate.countDown();
        }
    }

    @Test
    @Hostile("B98")
    void whoIsAwayIsNotAskedForATimeAndThenTriedAgain() throws Exception {
        try (RunningNode node = node("security.http.breaker-failures=2", "security.http.breaker-time=500ms")) {
            int port = stub.port();
            stub.close();
            assertThat(answer(node, "anna", "secret")).isEqualTo(0x88);
            assertThat(answer(node, "anna", "secret")).isEqualTo(0x88);
            assertThat(node.metric("mqtt_http_authn_breaker_open")).isEqualTo(1);
            stub = Stub.plain(port);
            stub.body = "{\"result\":\"allow\"}";

            await().untilAsserted(
                            () -> assertThat(answer(node, "anna", "secret")).isZero());
            assertThat(node.metric("mqtt_http_authn_breaker_open")).isZero();
        }
    }

    @Test
    void theTokenIsReadAnew() throws Exception {
        Path token = Files.writeString(directory.resolve("token"), "one==\n");
        try (RunningNode node = node(
                "security.http.token-file=" + token, "security.reload-interval=50ms", "security.http.cache-time=0s")) {
            answer(node, "anna", "secret");
            assertThat(stub.asked.get(0).authorization()).isEqualTo("Bearer one==");
            Path next = Files.writeString(directory.resolve("next"), "two\n");
            Files.move(next, token, StandardCopyOption.REPLACE_EXISTING);

            await().untilAsserted(() -> {
                answer(node, "anna", "secret");
                assertThat(stub.asked.get(stub.asked.size() - 1).authorization())
                        .isEqualTo("Bearer two");
            });
        }
        Files.writeString(token, "a b\n");
        assertThatThrownBy(() -> node("security.http.token-file=" + token))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(token + ":1: there is no token");
    }

    @Test
    void onlyWhoLeadsToTheAuthorityIsAsked() throws Exception {
        Authority authority = Authority.root("right");
        Path ca = Files.writeString(directory.resolve("ca.pem"), authority.pem());
        Path other = Files.writeString(
                directory.resolve("other.pem"), Authority.root("other").pem());
        Issued server = authority.server("localhost");
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(server.managers(), null, null);
        Issued misnamed = authority.server("example.com");
        SSLContext wrongName = SSLContext.getInstance("TLS");
        wrongName.init(misnamed.managers(), null, null);
        try (Stub right = Stub.encrypted(tls);
                Stub wrong = Stub.encrypted(wrongName)) {
            right.body = stub.body;
            wrong.body = stub.body;
            String url = "security.http.authn-url=" + right.url("/authn");
            try (RunningNode node = RunningNode.start(url, "security.http.ca-file=" + ca)) {
                assertThat(answer(node, "anna", "secret")).isZero();
            }
            try (RunningNode node = RunningNode.start(url, "security.http.ca-file=" + other)) {
                assertThat(answer(node, "anna", "secret")).isEqualTo(0x88);
            }
            try (RunningNode node = RunningNode.start(
                    "security.http.authn-url=" + wrong.url("/authn"), "security.http.ca-file=" + ca)) {
                assertThat(answer(node, "anna", "secret")).isEqualTo(0x88);
            }
            assertThat(right.asked).hasSize(1);
            assertThat(wrong.asked).isEmpty();
        }
    }
}
