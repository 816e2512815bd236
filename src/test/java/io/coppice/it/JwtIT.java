package io.coppice.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubAckException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.coppice.blackbox.Hostile;
import io.coppice.config.ConfigException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients that show a token as their password. */
@Timeout(60)
class JwtIT {
    private static final int USER_NAME = 0x80;
    private static final int PASSWORD = 0x40;
    private static final int CLEAN = 2;
    private static final int MAXIMUM_CONNECT_TIME = 0xA0;

    private static final String BERT =
            "bert:$6$u9hqsHClJI0+De3e$aM0T0aGpdciIn6NT1mUNi2zoXdKQZhLtjeIebuOXmWkuurqpnF0n3+yt2vzTDPFNIsh/dsbY8jgUK9vjDVKgBA==\n";

    private static final ECKey FIRST = key("first");
    private static final ECKey SECOND = key("second");

    @TempDir
    private Path directory;

    private static ECKey key(String id) {
        try {
            return new ECKeyGenerator(Curve.P_256).keyID(id).generate();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static JWTClaimsSet.Builder anna() {
        return new JWTClaimsSet.Builder()
                .subject("anna")
                .expirationTime(Date.from(Instant.now().plusSeconds(600)));
    }

    private static String token(ECKey key, JWTClaimsSet.Builder claims) throws Exception {
        SignedJWT token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(key.getKeyID()).build(), claims.build());
        token.sign(new ECDSASigner(key));
        return token.serialize();
    }

    private Path put(String name, String content) throws Exception {
        Path next = Files.writeString(directory.resolve("next"), content);
        return Files.move(
                next, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private Path keys(ECKey... keys) throws Exception {
        return put("keys", new JWKSet(List.of(keys)).toString());
    }

    private static byte[] connect(int version, String clientId, String user, String token) {
        return Wire.connectPacket(
                version, USER_NAME | PASSWORD | CLEAN, clientId, Wire.join(Wire.text(user), Wire.text(token)));
    }

    private static int answer(RunningNode node, int version, String token) throws Exception {
        return node.wire()
                .send(connect(version, "lamp", "", token))
                .read(Wire.CONNACK)
                .connectReason();
    }

    private static int answerAs(RunningNode node, String said, String subject) throws Exception {
        String token = token(FIRST, anna().subject(subject));
        byte[] behind = Wire.join(Wire.text(said), Wire.text(token));
        return node.wire()
                .send(Wire.connectPacket(5, USER_NAME | PASSWORD, "owned", behind, Wire.property(0x11, 4, 3600)))
                .read(Wire.CONNACK)
                .connectReason();
    }

    @Test
    @Hostile("B63")
    void aSessionIsOfTheUserWhomTheTokenNames() throws Exception {
        try (RunningNode node = RunningNode.start("security.jwt.jwks-file=" + keys(FIRST))) {
            assertThat(answerAs(node, "whoever", "anna")).isZero();
            assertThat(answerAs(node, "whoever", "bert")).isEqualTo(0x87);
            assertThat(answerAs(node, "anna", "bert")).isEqualTo(0x87);
            assertThat(answerAs(node, "bert", "anna")).isZero();
        }
    }

    @Test
    void aTokenLetsInWhomItNamesAndGivesItItsRights() throws Exception {
        try (RunningNode node = RunningNode.start("security.jwt.jwks-file=" + keys(FIRST))) {
            String token = token(
                    FIRST, anna().claim("acl", Map.of("publish", List.of("out/%u/%c"), "subscribe", List.of("in/%c"))));
            Hive5 lamp = node.own(new Hive5("lamp", node.mqtt(), false));
            Peer.await(lamp.client
                    .connectWith()
                    .simpleAuth()
                    .username("whatever")
                    .password(token.getBytes(US_ASCII))
                    .applySimpleAuth()
                    .send());
            lamp.subscribe("in/lamp", 1);
            lamp.publish("out/anna/lamp", "x", 1, false);

            assertThatThrownBy(() -> lamp.publish("out/bert/lamp", "x", 1, false))
                    .hasRootCauseInstanceOf(Mqtt5PubAckException.class);
            assertThatThrownBy(() -> lamp.subscribe("in/other", 1)).isNotNull();
            assertThat(node.metric("mqtt_authn_asked_total{means=\"jwt\",result=\"allow\"}"))
                    .isEqualTo(1);
        }
    }

    @Test
    @Hostile("B68")
    void aTokenThatIsWrongIsRefusedAsTheVersionKnows() throws Exception {
        try (RunningNode node = RunningNode.start("security.jwt.jwks-file=" + keys(FIRST))) {
            String right = token(FIRST, anna());
            String expired =
                    token(FIRST, anna().expirationTime(Date.from(Instant.now().minusSeconds(60))));
            ECKey forger = new ECKey.Builder(SECOND).keyID("first").build();

            assertThat(answer(node, 5, right)).isZero();
            assertThat(answer(node, 4, right)).isZero();
            assertThat(answer(node, 5, token(forger, anna()))).isEqualTo(0x86);
            assertThat(answer(node, 4, token(forger, anna()))).isEqualTo(4);
            assertThat(answer(node, 5, expired)).isEqualTo(0x87);
            assertThat(answer(node, 4, expired)).isEqualTo(5);
            assertThat(answer(node, 5, "no token")).isEqualTo(0x86);
            assertThat(node.wire()
                            .send(Wire.connectPacket(5, CLEAN, "lamp", new byte[0]))
                            .read(Wire.CONNACK)
                            .connectReason())
                    .as("nobody is let in without")
                    .isEqualTo(0x87);
            assertThat(node.metric("mqtt_jwt_refused_total{reason=\"signature\"}"))
                    .isEqualTo(2);
            assertThat(node.metric("mqtt_jwt_refused_total{reason=\"expired\"}"))
                    .isEqualTo(2);
        }
    }

    /** With 0xA0, which says what 0x87 would not: that the time is over, and the rights are not. */
    @Test
    @Hostile("B68")
    void aConnectionEndsWhenItsTokenExpires() throws Exception {
        try (RunningNode node = RunningNode.start("security.jwt.jwks-file=" + keys(FIRST), "security.jwt.leeway=0s")) {
            String token =
                    token(FIRST, anna().expirationTime(Date.from(Instant.now().plusSeconds(3))));
            Wire five = node.wire().send(connect(5, "five", "", token));
            Wire three = node.wire().send(connect(4, "three", "", token));
            assertThat(five.read(Wire.CONNACK).connectReason()).isZero();
            assertThat(three.read(Wire.CONNACK).connectReason()).isZero();

            assertThat(five.read(Wire.DISCONNECT).disconnectReason()).isEqualTo(MAXIMUM_CONNECT_TIME);
            three.readEnd();
            assertThat(node.metric("mqtt_client_disconnected_total{reason=\"maximum_connect_time\"}"))
                    .isEqualTo(2);
        }
    }

    @Test
    void keysOfAFileAreReadAnew() throws Exception {
        try (RunningNode node = RunningNode.start(
                "security.jwt.jwks-file=" + keys(FIRST), "security.reload-interval=50ms", "security.ban.failures=0")) {
            String token = token(SECOND, anna());
            assertThat(answer(node, 5, token)).isEqualTo(0x86);
            keys(SECOND);

            await().untilAsserted(() -> assertThat(answer(node, 5, token)).isZero());
            put("keys", "nonsense");
            assertThat(answer(node, 5, token)).isZero();
        }
    }

    @Test
    void aSecretWillDoToo() throws Exception {
        String secret = "0123456789abcdef".repeat(2);
        SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), anna().build());
        token.sign(new MACSigner(secret));
        try (RunningNode node = RunningNode.start("security.jwt.secret-file=" + put("secret", secret + "\n"))) {
            assertThat(answer(node, 5, token.serialize())).isZero();
            assertThat(answer(node, 5, token(FIRST, anna()))).isEqualTo(0x86);
        }
        assertThatThrownBy(() -> RunningNode.start("security.jwt.secret-file=" + put("secret", "short")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("secret: the secret has 5 bytes; allowed: 32 or more");
    }

    @Test
    void keysAreFetchedAndFetchedAgainForAKeyThatIsNew() throws Exception {
        try (Stub source = Stub.plain()) {
            source.body = new JWKSet(FIRST).toString();
            try (RunningNode node = RunningNode.start(
                    "security.jwt.jwks-url=" + source.url("/keys"),
                    "security.jwt.jwks-refetch-min=1s",
                    "security.ban.failures=0")) {
                assertThat(answer(node, 5, token(FIRST, anna()))).isZero();
                assertThat(source.asked).hasSize(1);
                assertThat(source.asked.get(0).method()).isEqualTo("GET");
                source.body = new JWKSet(SECOND).toString();

                await().untilAsserted(() ->
                        assertThat(answer(node, 5, token(SECOND, anna()))).isZero());
                assertThat(answer(node, 5, token(FIRST, anna()))).isEqualTo(0x86);
                assertThat(node.metric("mqtt_jwt_fetches_total{result=\"success\"}"))
                        .isBetween(2L, 3L);
            }
        }
    }

    @Test
    void whereNoKeysAreToBeHadNobodyIsLetIn() throws Exception {
        try (Stub source = Stub.plain();
                Stub elsewhere = Stub.plain()) {
            elsewhere.body = new JWKSet(FIRST).toString();
            source.status = 302;
            source.location = elsewhere.url("/keys");
            try (RunningNode node = RunningNode.start(
                    "security.jwt.jwks-url=" + source.url("/keys"), "security.jwt.jwks-refetch-min=1s")) {
                assertThat(answer(node, 5, token(FIRST, anna()))).isEqualTo(0x88);
                assertThat(elsewhere.asked).isEmpty();
                source.status = 200;
                source.body = "x".repeat(300_000);
                int before = source.asked.size();
                await().untilAsserted(() -> {
                    assertThat(answer(node, 5, token(FIRST, anna()))).isEqualTo(0x88);
                    assertThat(source.asked).hasSizeGreaterThan(before);
                });
                source.body = new JWKSet(FIRST).toString();

                await().untilAsserted(() ->
                        assertThat(answer(node, 5, token(FIRST, anna()))).isZero());
            }
        }
    }

    @Test
    void passwordsOfAFileStayWhatTheyWere() throws Exception {
        Path users = put("users", BERT);
        try (RunningNode node =
                RunningNode.start("security.jwt.jwks-file=" + keys(FIRST), "security.password-file=" + users)) {
            assertThat(answer(node, "a", "bert", "secret")).isZero();
            assertThat(answer(node, "b", "bert", "wrong")).isEqualTo(0x86);
            assertThat(answer(node, "c", "bert", token(FIRST, anna()))).isZero();
            assertThat(answer(node, "d", "anna", "secret")).isEqualTo(0x86);
            assertThat(node.metric("mqtt_authn_asked_total{means=\"jwt\",result=\"unknown\"}"))
                    .isEqualTo(3);
            assertThat(node.metric("mqtt_authn_asked_total{means=\"password\",result=\"deny\"}"))
                    .isEqualTo(2);
        }
    }

    private static int answer(RunningNode node, String clientId, String user, String password) throws Exception {
        return node.wire()
                .send(connect(5, clientId, user, password))
                .read(Wire.CONNACK)
                .connectReason();
    }
}
