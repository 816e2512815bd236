package io.coppice.it;

import static io.coppice.it.Received.live;
import static io.coppice.it.Received.retained;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the broker keeps for those who subscribe later. */
@Timeout(60)
class RetainedIT {
    @RegisterExtension
    static final RunningNode NODE = RunningNode.with();

    @ParameterizedTest
    @EnumSource(names = {"HIVE3_TCP", "HIVE5_WS", "PAHO3_WS", "PAHO5_TCP"})
    void theLastRetainedMessageGreetsANewSubscriberUntilItIsCleared(Kind kind) throws Exception {
        String topic = "kept/" + kind;
        Peer publisher = NODE.connected(kind, "publisher");
        Peer there = NODE.connected(Kind.HIVE5_TCP, "there");
        there.subscribe(topic, 2);
        publisher.publish(topic, "first", 1, true);
        publisher.publish(topic, "second", 2, true);
        assertThat(there.next(2)).containsExactly(live(topic, "first", 1), live(topic, "second", 2));

        Peer late = NODE.connected(kind, "late");
        late.subscribe(topic, 1);
        assertThat(late.next()).isEqualTo(retained(topic, "second", 1));

        publisher.publish(topic, "", 1, true);
        assertThat(there.next()).isEqualTo(live(topic, "", 1));
        assertThat(late.next()).isEqualTo(live(topic, "", 1));
        Peer later = NODE.connected(Kind.HIVE3_WS, "later");
        later.subscribe(topic, 1);
        later.hasNoOther(publisher);
    }

    @Test
    void aMessageWithoutRetainLeavesTheRetainedOneAlone() throws Exception {
        Peer publisher = NODE.connected(Kind.HIVE5_TCP, "publisher");
        publisher.publish("stays/a", "kept", 0, true);
        publisher.publish("stays/a", "passing", 1, false);

        Peer late = NODE.connected(Kind.HIVE3_TCP, "late");
        late.subscribe("stays/a", 1);

        assertThat(late.next()).isEqualTo(retained("stays/a", "kept", 0));
        late.hasNoOther(publisher);
    }

    @Test
    void aWildcardBringsAllRetainedMessagesThatMatch() throws Exception {
        Peer publisher = NODE.connected(Kind.HIVE5_WS, "publisher");
        List<String> inWing = new ArrayList<>();
        for (int room = 0; room < 1000; room++) {
            String topic = "house/wing" + room % 2 + "/room" + room;
            publisher.publish(topic, "r" + room, room % 3, true);
            if (room % 2 == 1) {
                inWing.add(topic);
            }
        }
        Peer late = NODE.connected(Kind.HIVE5_TCP, "late");

        late.subscribe("house/wing1/+", 2);
        List<Received> came = late.next(500);

        assertThat(came).extracting(Received::topic).containsExactlyInAnyOrderElementsOf(inWing);
        assertThat(came).allMatch(Received::retained);
        late.hasNoOther(publisher);
        late.subscribe("house/#", 0);
        assertThat(late.next(1000)).extracting(Received::qos).containsOnly(0);
        late.hasNoOther(publisher);
        assertThat(NODE.metric("mqtt_retained_messages")).isGreaterThanOrEqualTo(1000);
    }

    @Test
    void subscribingAgainBringsRetainedMessagesAgain() throws Exception {
        Peer publisher = NODE.connected(Kind.HIVE5_TCP, "publisher");
        publisher.publish("again/a", "x", 1, true);
        Peer late = NODE.connected(Kind.HIVE3_TCP, "late");
        late.subscribe("again/+", 1);
        late.subscribe("again/+", 0);
        assertThat(late.next(2)).containsExactly(retained("again/a", "x", 1), retained("again/a", "x", 0));
    }

    @Test
    void manyPublishersOnOneTopicLeaveTheMessageThatWasRetainedLastOnEveryLoop() throws Exception {
        List<Peer> publishers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            publishers.add(NODE.connected(Kind.HIVE5_TCP, "publisher-" + i));
        }
        for (int round = 0; round < 20; round++) {
            for (Peer publisher : publishers) {
                publisher.publish("last/word", round + "-" + publishers.indexOf(publisher), 1, true);
            }
        }
        for (int i = 0; i < 4; i++) {
            Peer late = NODE.connected(Kind.HIVE5_TCP, "late-" + i);
            late.subscribe("last/+", 1);
            assertThat(late.next()).isEqualTo(retained("last/word", "19-7", 1));
        }
    }
}
