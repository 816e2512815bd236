package io.coppice.it;

import static io.coppice.it.Received.live;
import static io.coppice.it.Wire.property;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a client finds when it comes back. */
@Timeout(60)
class SessionIT {
    private static final int SESSION_EXPIRY = 0x11;

    @RegisterExtension
    static final RunningNode NODE = RunningNode.with();

    @ParameterizedTest
    @CsvSource({
        "PAHO3_TCP, HIVE5_WS",
        "HIVE3_WS, PAHO5_TCP",
        "HIVE5_TCP, PAHO3_WS",
        "PAHO5_WS, HIVE3_TCP",
        "HIVE3_TCP, HIVE3_TCP",
        "HIVE5_TCP, HIVE5_TCP"
    })
    void messagesWaitForAClientWhateverItComesBackWith(Kind before, Kind after) throws Exception {
        String topic = "away/" + before + after;
        Peer publisher = NODE.connected(Kind.HIVE5_TCP, "publisher");
        Peer client = NODE.peer(before, topic);
        assertThat(client.connect(false)).isFalse();
        client.subscribe(topic, 2);
        client.disconnect();

        publisher.publish(topic, "not kept", 0);
        publisher.publish(topic, "one", 1);
        publisher.publish(topic, "two", 2);
        Peer back = NODE.peer(after, topic);

        assertThat(back.connect(false)).isTrue();
        assertThat(back.next(2)).containsExactly(live(topic, "one", 1), live(topic, "two", 2));
        publisher.publish(topic, "now", 0);
        assertThat(back.next()).isEqualTo(live(topic, "now", 0));
    }

    @Test
    void aSessionFollowsItsClientFromLoopToLoop() throws Exception {
        Peer publisher = NODE.connected(Kind.HIVE5_TCP, "publisher");
        Peer client = NODE.peer(Kind.HIVE5_TCP, "nomad");
        client.connect(false);
        client.subscribe("nomad/#", 2);
        for (int visit = 0; visit < 12; visit++) {
            client.disconnect();
            for (int i = 0; i < 20; i++) {
                publisher.publish("nomad/" + visit, "" + i, 1 + i % 2);
            }
            assertThat(client.connect(false)).as("Session Present").isTrue();
            for (int i = 0; i < 20; i++) {
                assertThat(client.next()).isEqualTo(live("nomad/" + visit, "" + i, 1 + i % 2));
            }
        }
        client.hasNoOther(publisher);
    }

    @Test
    void aCleanStartForgetsWhatWas() throws Exception {
        Peer publisher = NODE.connected(Kind.HIVE5_TCP, "publisher");
        Peer client = NODE.peer(Kind.PAHO3_TCP, "fresh");
        client.connect(false);
        client.subscribe("fresh/#", 1);
        client.disconnect();
        publisher.publish("fresh/a", "lost", 1);

        assertThat(client.connect(true)).isFalse();

        client.hasNoOther(publisher);
        client.disconnect();
        assertThat(client.connect(false)).isFalse();
    }

    @Test
    void aSessionEndsWhenItsExpiryIntervalHasPassed() throws Exception {
        long expired = NODE.metric("mqtt_sessions_expired_total");
        Wire wire = NODE.wire().connect5("short", property(SESSION_EXPIRY, 4, 1));
        wire.subscribe5("short/#", 1).close();

        await().untilAsserted(() ->
                assertThat(NODE.metric("mqtt_sessions_expired_total")).isEqualTo(expired + 1));

        Wire back = NODE.wire().send(Wire.connectPacket(5, 0, "short", new byte[0]));
        assertThat(back.read(Wire.CONNACK).body()[0]).as("Session Present").isZero();
    }

    @Test
    void aDisconnectCanEndTheSessionOrProlongIt() throws Exception {
        Wire ending = NODE.wire().connect5("ending", property(SESSION_EXPIRY, 4, 3600));
        ending.send("e0 07 00 05 11 00 00 00 00").readEnd();
        assertThat(NODE.peer(Kind.HIVE5_TCP, "ending").connect(false)).isFalse();

        Wire longer = NODE.wire().connect5("longer", property(SESSION_EXPIRY, 4, 1));
        longer.send("e0 07 00 05 11 00 00 0e 10").readEnd();
        Wire other = NODE.wire().connect5("other", property(SESSION_EXPIRY, 4, 1));
        long expired = NODE.metric("mqtt_sessions_expired_total");
        other.close();
        await().until(() -> NODE.metric("mqtt_sessions_expired_total") > expired);
        assertThat(NODE.peer(Kind.HIVE5_TCP, "longer").connect(false)).isTrue();
    }

    @Test
    void whatWasSentAndNotAcknowledgedIsSentAgainWithDupAndTheSameIdentifier() throws Exception {
        Peer publisher = NODE.connected(Kind.HIVE5_TCP, "publisher");
        Wire first = NODE.wire().connect5("unacked", property(SESSION_EXPIRY, 4, 3600));
        first.subscribe5("unacked/#", 2);
        for (int qos = 1; qos <= 2; qos++) {
            publisher.publish("unacked/" + qos, "again", qos);
        }
        List<byte[]> sent = new ArrayList<>();
        for (int qos = 1; qos <= 2; qos++) {
            Wire.Answer publish = first.read(Wire.PUBLISH);
            assertThat(publish.flags()).isEqualTo(qos << 1);
            sent.add(publish.body());
        }
        first.close();

        Wire second = NODE.wire().send(Wire.connectPacket(5, 0, "unacked", new byte[0]));
        assertThat(second.read(Wire.CONNACK).body()[0]).as("Session Present").isEqualTo((byte) 1);

        for (int qos = 1; qos <= 2; qos++) {
            Wire.Answer publish = second.read(Wire.PUBLISH);
            assertThat(publish.flags()).isEqualTo(qos << 1 | 8);
            assertThat(publish.body()).isEqualTo(sent.get(qos - 1));
        }
    }

    @Test
    void aQos2PublishThatIsRepeatedOverANewConnectionIsDeliveredOnce() throws Exception {
        Peer subscriber = NODE.connected(Kind.PAHO5_TCP, "subscriber");
        subscriber.subscribe("exact/#", 2);
        byte[] publish = Wire.publish5("exact/a", "once".getBytes(UTF_8), 2, 77);
        byte[] repeated = publish.clone();
        repeated[0] |= 8;
        Wire first = NODE.wire().connect5("exact", property(SESSION_EXPIRY, 4, 3600));
        first.send(publish);
        assertThat(first.read(Wire.PUBREC).packetId()).isEqualTo(77);
        first.close();

        for (int attempt = 0; attempt < 4; attempt++) {
            Wire next =
                    NODE.wire().send(Wire.connectPacket(5, 0, "exact", new byte[0], property(SESSION_EXPIRY, 4, 3600)));
            assertThat(next.read(Wire.CONNACK).body()[0]).as("Session Present").isEqualTo((byte) 1);
            next.send(repeated);
            assertThat(next.read(Wire.PUBREC).packetId()).isEqualTo(77);
            next.close();
        }
        Wire last = NODE.wire().send(Wire.connectPacket(5, 0, "exact", new byte[0]));
        last.read(Wire.CONNACK);
        last.send(Wire.ack(6, 77));
        assertThat(last.read(Wire.PUBCOMP).packetId()).isEqualTo(77);
        last.send(Wire.publish5("exact/a", "second".getBytes(UTF_8), 2, 77));
        assertThat(last.read(Wire.PUBREC).packetId()).isEqualTo(77);

        assertThat(subscriber.next(2)).extracting(Received::payload).containsExactly("once", "second");
    }
}
