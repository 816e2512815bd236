package io.coppice.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Messages between clients of every library, version and transport. */
@Timeout(60)
class DeliveryIT {
    @RegisterExtension
    static final RunningNode NODE = RunningNode.with();

    @Test
    void everyClientReachesEveryOtherAtTheLowerOfBothQos() throws Exception {
        List<Peer> peers = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            Peer peer = NODE.connected(kind, kind.name());
            for (int granted = 0; granted <= 2; granted++) {
                peer.subscribe("granted" + granted + "/+", granted);
            }
            peers.add(peer);
        }
        for (Peer publisher : peers) {
            for (int qos = 0; qos <= 2; qos++) {
                for (int granted = 0; granted <= 2; granted++) {
                    String topic = "granted" + granted + "/" + qos;
                    publisher.publish(topic, "äö€😀" + peers.indexOf(publisher), qos);
                    for (Peer subscriber : peers) {
                        assertThat(subscriber.next())
                                .isEqualTo(Received.live(
                                        topic, "äö€😀" + peers.indexOf(publisher), Math.min(qos, granted)));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aClientHearsItself(Kind kind) throws Exception {
        Peer both = NODE.connected(kind, "both");
        both.subscribe("own/#", 2);
        for (int qos = 0; qos <= 2; qos++) {
            both.publish("own/" + qos, "echo", qos);
            assertThat(both.next()).isEqualTo(Received.live("own/" + qos, "echo", qos));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HIVE3_WS", "HIVE5_TCP", "PAHO3_TCP", "PAHO5_WS"})
    void whatNobodySubscribesToAnyMoreComesNoMore(Kind kind) throws Exception {
        Peer publisher = NODE.connected(Kind.HIVE5_WS, "publisher");
        Peer subscriber = NODE.connected(kind, "subscriber");
        subscriber.subscribe("left/+", 1);
        publisher.publish("left/a", "heard", 1);
        assertThat(subscriber.next().payload()).isEqualTo("heard");

        subscriber.unsubscribe("left/+");
        publisher.publish("left/a", "unheard", 1);

        subscriber.hasNoOther(publisher);
    }

    @Test
    void wildcardsMatchWholeLevelsAndNoSystemTopics() throws Exception {
        Peer publisher = NODE.connected(Kind.HIVE5_TCP, "publisher");
        Peer plus = NODE.connected(Kind.PAHO3_TCP, "plus");
        Peer hash = NODE.connected(Kind.HIVE3_WS, "hash");
        plus.subscribe("wild/+/end", 0);
        hash.subscribe("wild/#", 0);

        for (String topic : List.of("wild", "wild/a", "wild/a/end", "wild//end", "wild/a/b/end", "wildest")) {
            publisher.publish(topic, "x", 0);
        }

        assertThat(plus.next(2)).extracting(Received::topic).containsExactly("wild/a/end", "wild//end");
        assertThat(hash.next(5))
                .extracting(Received::topic)
                .containsExactly("wild", "wild/a", "wild/a/end", "wild//end", "wild/a/b/end");
        plus.hasNoOther(publisher);
        hash.hasNoOther(publisher);
    }

    @Test
    void overlappingSubscriptionsOfOneClientBringOneCopyAtTheHighestQos() throws Exception {
        Peer publisher = NODE.connected(Kind.HIVE3_TCP, "publisher");
        Peer subscriber = NODE.connected(Kind.PAHO3_TCP, "subscriber");
        subscriber.subscribe("over/lap", 0);
        subscriber.subscribe("over/+", 2);
        subscriber.subscribe("over/#", 1);

        publisher.publish("over/lap", "once", 2);

        assertThat(subscriber.next()).isEqualTo(Received.live("over/lap", "once", 2));
        subscriber.hasNoOther(publisher);
    }
}
