package io.coppice.it;

import static io.coppice.it.Received.live;
import static io.coppice.it.Received.retained;
import static io.coppice.it.Wire.join;
import static io.coppice.it.Wire.property;
import static io.coppice.it.Wire.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import com.hivemq.client.mqtt.mqtt5.message.disconnect.Mqtt5DisconnectReasonCode;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said for a client that cannot say it any more. */
@Timeout(60)
class WillIT {
    private static final int SESSION_EXPIRY = 0x11;
    private static final int WILL_DELAY = 0x18;
    private static final int CLEAN = 2;
    private static final int WILL = 4;
    private static final int WILL_QOS_1 = 8;
    private static final int WILL_RETAIN = 32;

    @RegisterExtension
    static final RunningNode NODE = RunningNode.with();

    private static Wire doomed(int version, int flags, String clientId, int delay, int expiry) throws Exception {
        byte[] willProperties = version == 5 ? Wire.block(property(WILL_DELAY, 4, delay)) : new byte[0];
        byte[] will = join(willProperties, text("will/" + clientId), text("gone"));
        byte[] expires = property(SESSION_EXPIRY, 4, expiry);
        Wire wire = NODE.wire().send(Wire.connectPacket(version, WILL | flags, clientId, will, expires));
        assertThat(wire.read(Wire.CONNACK).connectReason()).isZero();
        return wire;
    }

    private static Peer watcher(Kind kind, String clientId) throws Exception {
        Peer watcher = NODE.connected(kind, "watcher-" + kind);
        watcher.subscribe("will/" + clientId, 2);
        return watcher;
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    void aConnectionThatBreaksIsFollowedByTheWill(int version) throws Exception {
        Peer one = watcher(Kind.PAHO3_TCP, "broken");
        Peer two = watcher(Kind.HIVE5_WS, "broken");
        Wire client = doomed(version, CLEAN | WILL_QOS_1, "broken", 0, 0);

        client.close();

        assertThat(one.next()).isEqualTo(live("will/broken", "gone", 1));
        assertThat(two.next()).isEqualTo(live("will/broken", "gone", 1));
    }

    @Test
    void aRetainedWillWaitsForThoseWhoComeLater() throws Exception {
        Peer there = watcher(Kind.HIVE3_TCP, "kept");
        doomed(5, CLEAN | WILL_QOS_1 | WILL_RETAIN, "kept", 0, 0).close();
        assertThat(there.next()).isEqualTo(live("will/kept", "gone", 1));

        Peer late = watcher(Kind.HIVE5_TCP, "kept");

        assertThat(late.next()).isEqualTo(retained("will/kept", "gone", 1));
    }

    @Test
    void aNormalDisconnectTakesTheWillBack() throws Exception {
        Peer watcher = watcher(Kind.HIVE5_TCP, "polite");
        Wire client = doomed(5, CLEAN | WILL_QOS_1, "polite", 0, 0);

        client.send("e0 00").readEnd();

        watcher.hasNoOther(NODE.connected(Kind.HIVE5_TCP, "publisher"));
    }

    @Test
    void aDisconnectCanAskForTheWill() throws Exception {
        Peer watcher = watcher(Kind.HIVE5_TCP, "asking");
        Mqtt5BlockingClient client = Mqtt5Client.builder()
                .identifier("asking")
                .serverHost("127.0.0.1")
                .serverPort(NODE.mqtt())
                .buildBlocking();
        client.connectWith()
                .willPublish()
                .topic("will/asking")
                .payload("gone".getBytes(java.nio.charset.StandardCharsets.UTF_8))
                .qos(MqttQos.EXACTLY_ONCE)
                .applyWillPublish()
                .send();

        client.disconnectWith()
                .reasonCode(Mqtt5DisconnectReasonCode.DISCONNECT_WITH_WILL_MESSAGE)
                .send();

        assertThat(watcher.next()).isEqualTo(live("will/asking", "gone", 2));
    }

    @Test
    void aDelayedWillComesAfterItsDelay() throws Exception {
        Peer watcher = watcher(Kind.HIVE5_TCP, "delayed");
        Wire client = doomed(5, CLEAN | WILL_QOS_1, "delayed", 1, 3600);
        Instant closed = Instant.now();

        client.close();

        assertThat(watcher.next()).isEqualTo(live("will/delayed", "gone", 1));
        assertThat(Duration.between(closed, Instant.now())).isGreaterThan(Duration.ofMillis(990));
    }

    @Test
    void aDelayedWillComesWithTheEndOfTheSessionIfThatIsEarlier() throws Exception {
        Peer watcher = watcher(Kind.HIVE5_TCP, "shorter");
        doomed(5, CLEAN | WILL_QOS_1, "shorter", 3600, 1).close();

        assertThat(watcher.next()).isEqualTo(live("will/shorter", "gone", 1));
    }

    @Test
    void aClientThatIsBackWithinTheDelayIsNotMourned() throws Exception {
        Peer watcher = watcher(Kind.HIVE5_TCP, "back");
        doomed(5, CLEAN | WILL_QOS_1, "back", 1, 3600).close();
        // without a will of its own
        Wire back = NODE.wire().send(Wire.connectPacket(5, 0, "back", new byte[0], property(SESSION_EXPIRY, 4, 1)));
        assertThat(back.read(Wire.CONNACK).body()[0]).as("Session Present").isEqualTo((byte) 1);

        // a will of the same delay that is set off later comes alone
        doomed(5, CLEAN | WILL_QOS_1, "other", 1, 3600).close();
        watcher.subscribe("will/other", 1);

        assertThat(watcher.next()).isEqualTo(live("will/other", "gone", 1));
    }

    @Test
    void aTakeoverPublishesTheWillOfTheOldConnection() throws Exception {
        Peer watcher = watcher(Kind.HIVE5_TCP, "twice");
        Wire old = doomed(5, CLEAN | WILL_QOS_1, "twice", 0, 3600);

        NODE.wire().connect5("twice");

        assertThat(old.read(Wire.DISCONNECT).disconnectReason()).isEqualTo(0x8E);
        old.readEnd();
        assertThat(watcher.next()).isEqualTo(live("will/twice", "gone", 1));
    }

    @Test
    void aClientThatIsSilentForLongerThanItsKeepAliveIsMourned() throws Exception {
        Peer watcher = watcher(Kind.HIVE5_TCP, "silent");
        byte[] will = join(Wire.block(), text("will/silent"), text("gone"));
        byte[] connect = Wire.connectPacket(5, WILL | CLEAN, "silent", will);
        connect[11] = 1; // Keep Alive: one second
        Wire client = NODE.wire().send(connect);
        client.read(Wire.CONNACK);

        assertThat(client.read(Wire.DISCONNECT).disconnectReason()).isEqualTo(0x8D);
        assertThat(watcher.next()).isEqualTo(live("will/silent", "gone", 0));
    }

    @Test
    void aProtocolErrorSetsOffTheWill() throws Exception {
        Peer watcher = watcher(Kind.PAHO5_TCP, "wrong");
        Wire client = doomed(5, CLEAN | WILL_QOS_1, "wrong", 0, 0);

        client.send("62 02 00 00"); // PUBREL with packet identifier 0

        assertThat(client.read(Wire.DISCONNECT).disconnectReason()).isIn(0x81, 0x82);
        assertThat(watcher.next()).isEqualTo(live("will/wrong", "gone", 1));
    }
}
