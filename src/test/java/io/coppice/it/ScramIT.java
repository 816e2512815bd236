package io.coppice.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.datatypes.MqttUtf8String;
import com.hivemq.client.mqtt.mqtt5.Mqtt5ClientConfig;
import com.hivemq.client.mqtt.mqtt5.auth.Mqtt5EnhancedAuthMechanism;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5ConnAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5DisconnectException;
import com.hivemq.client.mqtt.mqtt5.message.auth.Mqtt5Auth;
import com.hivemq.client.mqtt.mqtt5.message.auth.Mqtt5AuthBuilder;
import com.hivemq.client.mqtt.mqtt5.message.auth.Mqtt5EnhancedAuth;
import com.hivemq.client.mqtt.mqtt5.message.auth.Mqtt5EnhancedAuthBuilder;
import com.hivemq.client.mqtt.mqtt5.message.connect.Mqtt5Connect;
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAck;
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode;
import com.hivemq.client.mqtt.mqtt5.message.disconnect.Mqtt5Disconnect;
import com.hivemq.client.mqtt.mqtt5.message.disconnect.Mqtt5DisconnectReasonCode;
import io.coppice.access.PasswordEdit;
import io.coppice.access.ScramClient;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Users who prove to have their password by SCRAM-SHA-256 and do not say it, with HiveMQ's client. */
@Timeout(120)
class ScramIT {
    @TempDir
    private Path directory;

    private Path users;

    @BeforeEach
    void write() throws Exception {
        users = directory.resolve("users");
        PasswordEdit edit = PasswordEdit.open(users);
        edit.set("anna", "secret".getBytes(UTF_8), PasswordEdit.Kind.SCRAM, null);
        edit.set("bert", "secret".getBytes(UTF_8), PasswordEdit.Kind.SCRAM, null);
        edit.set("carl", "secret".getBytes(UTF_8), PasswordEdit.Kind.BCRYPT, null);
        edit.save();
    }

    private RunningNode node(String... settings) throws Exception {
        List<String> all =
                new ArrayList<>(List.of("security.password-file=" + users, "security.reload-interval=100ms"));
        all.addAll(List.of(settings));
        return RunningNode.start(all.toArray(String[]::new));
    }

    /** Of one user at a time, whom a test may change before the client proves itself again. */
    private static final class Mechanism implements Mqtt5EnhancedAuthMechanism {
        private final String method;
        volatile String user;
        volatile String password;
        private volatile ScramClient scram;
        volatile @Nullable Boolean signed;

        Mechanism(String method, String user, String password) {
            this.method = method;
            this.user = user;
            this.password = password;
        }

        private static byte[] bytes(Optional<ByteBuffer> data) {
            byte[] bytes = new byte[data.orElseThrow().remaining()];
            data.orElseThrow().duplicate().get(bytes);
            return bytes;
        }

        private byte[] first() {
            scram = new ScramClient(user, password);
            return scram.first();
        }

        @Override
        public MqttUtf8String getMethod() {
            return MqttUtf8String.of(method);
        }

        @Override
        public int getTimeout() {
            return 20;
        }

        @Override
        public CompletableFuture<Void> onAuth(
                Mqtt5ClientConfig config, Mqtt5Connect connect, Mqtt5EnhancedAuthBuilder builder) {
            builder.data(first());
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletableFuture<Void> onReAuth(Mqtt5ClientConfig config, Mqtt5AuthBuilder builder) {
            builder.data(first());
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletableFuture<Boolean> onContinue(
                Mqtt5ClientConfig config, Mqtt5Auth auth, Mqtt5AuthBuilder builder) {
            builder.data(scram.last(bytes(auth.getData())));
            return CompletableFuture.completedFuture(true);
        }

        private CompletableFuture<Boolean> signed(Optional<ByteBuffer> data) {
            signed = scram.isSigned(bytes(data));
            return CompletableFuture.completedFuture(signed);
        }

        @Override
        public CompletableFuture<Boolean> onAuthSuccess(Mqtt5ClientConfig config, Mqtt5ConnAck connAck) {
            return signed(connAck.getEnhancedAuth().flatMap(Mqtt5EnhancedAuth::getData));
        }

        @Override
        public CompletableFuture<Boolean> onReAuthSuccess(Mqtt5ClientConfig config, Mqtt5Auth auth) {
            return signed(auth.getData());
        }

        @Override
        public void onAuthRejected(Mqtt5ClientConfig config, Mqtt5ConnAck connAck) {}

        @Override
        public void onReAuthRejected(Mqtt5ClientConfig config, Mqtt5Disconnect disconnect) {}

        @Override
        public void onAuthError(Mqtt5ClientConfig config, Throwable cause) {}

        @Override
        public void onReAuthError(Mqtt5ClientConfig config, Throwable cause) {}
    }

    private static Mechanism scram(String user, String password) {
        return new Mechanism("SCRAM-SHA-256", user, password);
    }

    private static Hive5 client(RunningNode node, String clientId) throws Exception {
        return (Hive5) node.peer(Kind.HIVE5_TCP, clientId);
    }

    private static void connect(Hive5 client, Mechanism mechanism) throws Exception {
        Peer.await(client.client
                .connectWith()
                .cleanStart(true)
                .enhancedAuth(mechanism)
                .send());
    }

    private static Mqtt5ConnAckReasonCode refusal(Hive5 client, Mechanism mechanism) {
        try {
            connect(client, mechanism);
            throw new AssertionError("it was let in");
        } catch (Exception refused) {
            Throwable cause = refused;
            while (!(cause instanceof Mqtt5ConnAckException)) {
                cause = cause.getCause();
                assertThat(cause).isNotNull();
            }
            return ((Mqtt5ConnAckException) cause).getMqttMessage().getReasonCode();
        }
    }

    @Test
    void whoProvesToHaveThePasswordIsInAndStaysInWhenItProvesItAgain() throws Exception {
        try (RunningNode node = node()) {
            Hive5 anna = client(node, "a");
            Mechanism mechanism = scram("anna", "secret");
            connect(anna, mechanism);
            assertThat(mechanism.signed).isTrue();
            anna.subscribe("lights", 1);
            mechanism.signed = null;
            Peer.await(anna.client.reauth());
            assertThat(mechanism.signed).isTrue();
            anna.publish("lights", "on", 1, false);
            assertThat(anna.next().payload()).isEqualTo("on");
        }
    }

    @Test
    void whoDoesNotIsRefusedAndNobodyIsToldWhy() throws Exception {
        try (RunningNode node = node()) {
            assertThat(refusal(client(node, "a"), scram("anna", "wrong")))
                    .isEqualTo(Mqtt5ConnAckReasonCode.BAD_USER_NAME_OR_PASSWORD);
            assertThat(refusal(client(node, "b"), scram("nobody", "secret")))
                    .isEqualTo(Mqtt5ConnAckReasonCode.BAD_USER_NAME_OR_PASSWORD);
            assertThat(refusal(client(node, "c"), scram("carl", "secret")))
                    .isEqualTo(Mqtt5ConnAckReasonCode.BAD_USER_NAME_OR_PASSWORD);
            assertThat(refusal(client(node, "d"), new Mechanism("SCRAM-SHA-1", "anna", "secret")))
                    .isEqualTo(Mqtt5ConnAckReasonCode.BAD_AUTHENTICATION_METHOD);
        }
    }

    @Test
    void whereNobodyHasSuchAPasswordTheMethodIsNotKnown() throws Exception {
        try (RunningNode node = RunningNode.start()) {
            assertThat(refusal(client(node, "a"), scram("anna", "secret")))
                    .isEqualTo(Mqtt5ConnAckReasonCode.BAD_AUTHENTICATION_METHOD);
        }
    }

    @Test
    void whoSaysThePasswordIsLetInAsWell() throws Exception {
        try (RunningNode node = node()) {
            Hive5 anna = client(node, "a");
            Peer.await(anna.client
                    .connectWith()
                    .simpleAuth()
                    .username("anna")
                    .password("secret".getBytes(UTF_8))
                    .applySimpleAuth()
                    .send());
            Hive5 other = client(node, "b");
            assertThatThrownBy(() -> Peer.await(other.client
                            .connectWith()
                            .simpleAuth()
                            .username("anna")
                            .password("wrong".getBytes(UTF_8))
                            .applySimpleAuth()
                            .send()))
                    .rootCause()
                    .isInstanceOf(Mqtt5ConnAckException.class);
        }
    }

    @Test
    void whatAUserMayGoesByTheNameThatWasProved() throws Exception {
        Path acl = Files.writeString(directory.resolve("acl"), "user anna\ntopic readwrite lights\n");
        try (RunningNode node = node("security.acl-file=" + acl)) {
            Hive5 anna = client(node, "a");
            connect(anna, scram("anna", "secret"));
            anna.subscribe("lights", 1);
            anna.publish("lights", "on", 1, false);
            assertThat(anna.next().payload()).isEqualTo("on");
            Hive5 bert = client(node, "b");
            connect(bert, scram("bert", "secret"));
            assertThatThrownBy(() -> bert.subscribe("lights", 1)).isNotNull();
        }
    }

    @Test
    void aSessionBelongsToTheUserWhoProvedIt() throws Exception {
        try (RunningNode node = node()) {
            connect(client(node, "mine"), scram("anna", "secret"));
            assertThat(refusal(client(node, "mine"), scram("bert", "secret")))
                    .isEqualTo(Mqtt5ConnAckReasonCode.NOT_AUTHORIZED);
        }
    }

    @Test
    void whoProvesToBeSomebodyElseOrNobodyIsSentAway() throws Exception {
        try (RunningNode node = node()) {
            for (String[] next : new String[][] {{"bert", "secret"}, {"anna", "wrong"}}) {
                Hive5 anna = client(node, "a-" + next[0]);
                Mechanism mechanism = scram("anna", "secret");
                connect(anna, mechanism);
                mechanism.user = next[0];
                mechanism.password = next[1];
                assertThatThrownBy(() -> Peer.await(anna.client.reauth()))
                        .rootCause()
                        .isInstanceOfSatisfying(
                                Mqtt5DisconnectException.class,
                                end -> assertThat(end.getMqttMessage().getReasonCode())
                                        .isEqualTo(Mqtt5DisconnectReasonCode.NOT_AUTHORIZED));
                await().until(() -> !anna.client.getState().isConnected());
            }
        }
    }

    @Test
    void whoTriesTooOftenIsBannedWhateverItProves() throws Exception {
        try (RunningNode node = node("security.ban.failures=3")) {
            for (int time = 0; time < 3; time++) {
                refusal(client(node, "a" + time), scram("anna", "wrong"));
            }
            assertThat(refusal(client(node, "a"), scram("anna", "secret"))).isEqualTo(Mqtt5ConnAckReasonCode.BANNED);
            connect(client(node, "b"), scram("bert", "secret"));
        }
    }
}
