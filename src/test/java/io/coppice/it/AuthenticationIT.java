package io.coppice.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.mqtt3.exceptions.Mqtt3ConnAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5ConnAckException;
import io.coppice.blackbox.Hostile;
import io.coppice.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who may enter a node with a password file that mosquitto_passwd made. */
@Timeout(120)
class AuthenticationIT {
    private static final String ANNA =
            "anna:$7$101$HWSqxqRIf71DKw8K$mMEF//c+mBqV+GxHVBkm9RJSbUkoe/dPdrmz/LI3y3Tp1xuKZ09eWrWp6vSFn98G2+O9lhkYy1Xjd+XaFZCo+Q==\n";
    private static final String BERT =
            "bert:$6$u9hqsHClJI0+De3e$aM0T0aGpdciIn6NT1mUNi2zoXdKQZhLtjeIebuOXmWkuurqpnF0n3+yt2vzTDPFNIsh/dsbY8jgUK9vjDVKgBA==\n";
    /** Its password is empty. */
    private static final String EMPTY =
            "empty:$7$101$D1MYF+xsUWSnX2kr$GEPasur1J8Zo0wPNcVzyZShZ+QtLFc0uRjBnc0BVkSbahLOsaZgcsJV5uxwRPRcgei+ca6YB4bspdH1C0ORiBQ==\n";
    /** About a second for each check. */
    private static final String SLOW = "slow:$7$1000000$c2FsdA==$" + "A".repeat(86) + "==\n";

    private static final int USER_NAME = 0x80;
    private static final int PASSWORD = 0x40;
    private static final int CLEAN = 2;

    @TempDir
    private Path directory;

    private Path users;

    @BeforeEach
    void write() throws IOException {
        users = Files.writeString(directory.resolve("users"), ANNA + BERT + EMPTY);
    }

    private RunningNode node(String... settings) throws Exception {
        List<String> all =
                new ArrayList<>(List.of("security.password-file=" + users, "security.reload-interval=100ms"));
        all.addAll(List.of(settings));
        return RunningNode.start(all.toArray(String[]::new));
    }

    private void replace(String content) throws IOException {
        Path next = Files.writeString(directory.resolve("next"), content);
        Files.move(next, users, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** The answer to CONNECT, 0 for a client that was let in. */
    private static int answer(RunningNode node, Kind kind, @Nullable String user, @Nullable String password)
            throws Exception {
        try {
            connect(
                    node.peer(kind, "lamp-" + kind + "-" + user),
                    user,
                    password == null ? null : password.getBytes(UTF_8));
            return 0;
        } catch (Mqtt3ConnAckException e) {
            return e.getMqttMessage().getReturnCode().getCode();
        } catch (Mqtt5ConnAckException e) {
            return e.getMqttMessage().getReasonCode().getCode();
        } catch (org.eclipse.paho.client.mqttv3.MqttException e) {
            return e.getReasonCode();
        } catch (org.eclipse.paho.mqttv5.common.MqttException e) {
            return e.getReasonCode();
        }
    }

    private static void connect(Peer peer, @Nullable String user, byte @Nullable [] password) throws Exception {
        if (peer instanceof Hive3 hive) {
            var connect = hive.client.toBlocking().connectWith();
            if (user != null) {
                var auth = connect.simpleAuth().username(user);
                connect = (password == null ? auth : auth.password(password)).applySimpleAuth();
            }
            connect.send();
        } else if (peer instanceof Hive5 hive) {
            var connect = hive.client.toBlocking().connectWith();
            if (user != null) {
                var auth = connect.simpleAuth().username(user);
                connect = (password == null ? auth : auth.password(password)).applySimpleAuth();
            } else if (password != null) {
                connect = connect.simpleAuth().password(password).applySimpleAuth();
            }
            connect.send();
        } else if (peer instanceof Paho3 paho) {
            MqttConnectOptions options = new MqttConnectOptions();
            options.setMqttVersion(MqttConnectOptions.MQTT_VERSION_3_1_1);
            options.setUserName(user);
            if (password != null) {
                options.setPassword(new String(password, UTF_8).toCharArray());
            }
            paho.client.connect(options);
        } else if (peer instanceof Paho5 paho) {
            MqttConnectionOptions options = new MqttConnectionOptions();
            options.setUserName(user);
            options.setPassword(password);
            paho.client.connect(options);
        }
    }

    /** Bytes of a CONNECT whose flags say what it has. */
    private static byte[] connect(int version, @Nullable String user, @Nullable String password) {
        int flags = CLEAN | (user == null ? 0 : USER_NAME) | (password == null ? 0 : PASSWORD);
        byte[] behind = Wire.join(
                user == null ? new byte[0] : Wire.text(user), password == null ? new byte[0] : Wire.text(password));
        return Wire.connectPacket(version, flags, "wire-" + user, behind); // a session has one user
    }

    private static int answer(RunningNode node, int version, @Nullable String user, @Nullable String password)
            throws Exception {
        return node.wire()
                .send(connect(version, user, password))
                .read(Wire.CONNACK)
                .connectReason();
    }

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"HIVE3_TCP", "HIVE5_WS", "PAHO3_WS", "PAHO5_TCP"})
    void onlyWhoSaysTheRightPasswordIsLetIn(Kind kind) throws Exception {
        boolean five = kind.name().contains("5");
        int wrong = five ? 0x86 : 4;
        int nameless = five ? 0x87 : 5;
        try (RunningNode node = node()) {
            assertThat(answer(node, kind, "anna", "secret")).isZero();
            assertThat(answer(node, kind, "bert", "secret")).isZero();
            assertThat(answer(node, kind, "anna", "wrong")).isEqualTo(wrong);
            assertThat(answer(node, kind, "bert", "secret ")).isEqualTo(wrong);
            assertThat(answer(node, kind, "nobody", "secret")).isEqualTo(wrong);
            assertThat(answer(node, kind, null, null)).isEqualTo(nameless);
            assertThat(node.metric("mqtt_authn_total{result=\"success\"}")).isEqualTo(2);
            assertThat(node.metric("mqtt_authn_total{result=\"failure\"}")).isEqualTo(4);
        }
    }

    /** No password is a wrong one; an empty one is right only for whom the file has the hash of an empty one. */
    @Test
    @Hostile("B103")
    void aUserNameOrAPasswordMayBeMissing() throws Exception {
        try (RunningNode node = node()) {
            for (int version : new int[] {4, 5}) {
                int wrong = version == 5 ? 0x86 : 4;
                assertThat(answer(node, version, "empty", "")).isZero();
                assertThat(answer(node, version, "empty", null)).isEqualTo(wrong);
                assertThat(answer(node, version, "anna", null)).isEqualTo(wrong);
                assertThat(answer(node, version, "anna", "")).isEqualTo(wrong);
                assertThat(answer(node, version, "", "secret")).isEqualTo(wrong);
            }
            assertThat(answer(node, 5, null, "secret")).isEqualTo(0x87);
        }
    }

    @Test
    void whereAnonymousClientsMayEnterAUserNameMustStillBeRight() throws Exception {
        try (RunningNode node = node("security.anonymous=true")) {
            assertThat(answer(node, 5, null, null)).isZero();
            assertThat(answer(node, 5, null, "secret")).isZero();
            assertThat(answer(node, 4, null, null)).isZero();
            assertThat(answer(node, 5, "anna", "secret")).isZero();
            assertThat(answer(node, 5, "anna", "wrong")).isEqualTo(0x86);
            assertThat(answer(node, 4, "nobody", "")).isEqualTo(4);
        }
    }

    @Test
    void theFileIsReadAnewWhileTheNodeServes() throws Exception {
        try (RunningNode node = node()) {
            Peer anna = node.peer(Kind.HIVE5_TCP, "anna");
            connect(anna, "anna", "secret".getBytes(UTF_8));
            replace(ANNA.replace("anna:", "carl:") + BERT);
            await().untilAsserted(
                            () -> assertThat(answer(node, 5, "carl", "secret")).isZero());
            assertThat(answer(node, 5, "anna", "secret")).isEqualTo(0x86);
            replace("carl:plain\n");
            replace("carl\n");
            replace(ANNA + "dora" + EMPTY.substring(EMPTY.indexOf(':')));
            await().untilAsserted(() -> assertThat(answer(node, 5, "dora", "")).isZero());

            anna.subscribe("a", 1);
            anna.publish("a", "still here", 1);
            assertThat(anna.next().payload()).isEqualTo("still here");
        }
    }

    @Test
    @Hostile("B57")
    void aFileWithoutUsersLetsNobodyIn() throws Exception {
        replace("\n# nobody yet\n");
        try (RunningNode node = node()) {
            assertThat(answer(node, 5, null, null)).isEqualTo(0x87);
            assertThat(answer(node, 4, null, null)).isEqualTo(5);
            assertThat(answer(node, 5, "anna", "secret")).isEqualTo(0x86);
        }
    }

    private static int answerToOneIdentifier(RunningNode node, String user) throws Exception {
        byte[] behind = Wire.join(Wire.text(user), Wire.text("secret"));
        return node.wire()
                .send(Wire.connectPacket(5, USER_NAME | PASSWORD, "shared", behind, Wire.property(0x11, 4, 3600)))
                .read(Wire.CONNACK)
                .connectReason();
    }

    @Test
    void aSessionBelongsToTheUserWhoMadeItWhereThereAreUsers() throws Exception {
        try (RunningNode node = node()) {
            assertThat(answerToOneIdentifier(node, "anna")).isZero();
            assertThat(answerToOneIdentifier(node, "bert")).isEqualTo(0x87);
            assertThat(answerToOneIdentifier(node, "anna")).isZero();
        }
        try (RunningNode node = node("security.client-id-shared-by-users=true")) {
            assertThat(answerToOneIdentifier(node, "anna")).isZero();
            assertThat(answerToOneIdentifier(node, "bert")).isZero();
        }
        try (RunningNode open = RunningNode.start()) { // a name proves nothing there
            assertThat(answerToOneIdentifier(open, "anna")).isZero();
            assertThat(answerToOneIdentifier(open, "bert")).isZero();
        }
    }

    @Test
    @Hostile("B57")
    void aFileThatIsWrongIsAFaultOfTheConfiguration() throws Exception {
        replace(ANNA + "anna:plain\n");
        assertThatThrownBy(this::node)
                .isInstanceOf(ConfigException.class)
                .hasMessage(users + ":2: the user stands in line 1 already; allowed: one line for each");
        Files.delete(users);
        assertThatThrownBy(this::node)
                .isInstanceOf(ConfigException.class)
                .hasMessage(users + ": there is no such file");
    }

    @Test
    @Hostile("B66")
    void aFloodOfWrongPasswordsKeepsNobodyElseWaiting() throws Exception {
        replace(SLOW);
        try (RunningNode node = node(
                "security.anonymous=true",
                "security.check-threads=1",
                "security.ban.failures=0",
                "limits.password-checks-waiting-max=20")) {
            Peer subscriber = node.connected(Kind.HIVE5_TCP, "subscriber");
            subscriber.subscribe("a", 0);
            Peer publisher = node.connected(Kind.PAHO3_TCP, "publisher");
            List<Wire> flood = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                flood.add(node.wire().send(connect(i % 2 == 0 ? 5 : 4, i % 3 == 0 ? "slow" : "nobody", "wrong" + i)));
            }
            await().untilAsserted(() ->
                    assertThat(node.metric("mqtt_authn_total{result=\"busy\"}")).isGreaterThanOrEqualTo(70));
            for (int i = 0; i < 200; i++) {
                publisher.publish("a", "" + i, 0);
                assertThat(subscriber.next().payload()).isEqualTo("" + i);
            }
            assertThat(node.metric("mqtt_authn_waiting")).isPositive();
            assertThat(node.metric("mqtt_connack_sent_total{reason_code=\"server_busy\"}"))
                    .isGreaterThanOrEqualTo(70);
            await().untilAsserted(() -> assertThat(node.metric("mqtt_authn_total{result=\"failure\"}"))
                    .isPositive());
            for (Wire wire : flood) {
                wire.close();
            }

            // Nobody is checked any more of those who have gone.
            await().untilAsserted(
                            () -> assertThat(node.metric("mqtt_authn_waiting")).isZero());
            assertThat(node.metric("mqtt_authn_total{result=\"failure\"}")).isLessThan(20);
        }
    }

    @Test
    @Hostile("B66")
    void aUserWhoIsWrongTooOftenIsRefusedForATimeWithTheRightPasswordToo() throws Exception {
        try (RunningNode node = node("security.ban.failures=3")) {
            for (int i = 0; i < 3; i++) {
                assertThat(answer(node, 5, "anna", "wrong")).isEqualTo(0x86);
            }
            assertThat(answer(node, 5, "anna", "secret")).isEqualTo(0x8A);
            assertThat(answer(node, 4, "anna", "secret")).isEqualTo(5);
            assertThat(answer(node, 5, "bert", "secret")).isZero();
            assertThat(node.metric("mqtt_authn_total{result=\"banned\"}")).isEqualTo(2);
        }
    }
}
