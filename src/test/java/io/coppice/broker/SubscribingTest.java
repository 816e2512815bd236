package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.RetainHandling;
import io.coppice.mqtt.SubscriptionOptions;
import io.coppice.session.DropReason;
import io.coppice.simulation.Settings;
import io.coppice.simulation.SimClient;
import io.coppice.simulation.World;
import java.util.List;
import org.junit.jupiter.api.Test;

class SubscribingTest {
    private final Settings settings = new Settings();
    private World world = new World(1, 2, settings);
    private SimClient lamp = world.client("lamp").connect(0).await();

    private void again() {
        world = new World(1, 2, settings);
        lamp = world.client("lamp").connect(0).await();
    }

    private ReasonCode subscribe(String filter) {
        lamp.subscribe(filter, Qos.EXACTLY_ONCE);
        world.run();
        return lamp.last(Packet.SubAck.class).reasonCodes().get(0);
    }

    private ReasonCode unsubscribe(String filter) {
        lamp.unsubscribe(filter);
        world.run();
        return lamp.last(Packet.UnsubAck.class).reasonCodes().get(0);
    }

    @Test
    void eachFilterHasItsOwnAnswer() {
        world.gatekeeper.filtersForbidden.add("secret");
        List<Packet.Request> requests = List.of(
                new Packet.Request("a", SubscriptionOptions.of(Qos.AT_MOST_ONCE)),
                new Packet.Request("b/#/c", SubscriptionOptions.of(Qos.AT_LEAST_ONCE)),
                new Packet.Request("secret", SubscriptionOptions.of(Qos.AT_LEAST_ONCE)),
                new Packet.Request("d", SubscriptionOptions.of(Qos.EXACTLY_ONCE)));
        lamp.send(new Packet.Subscribe(9, requests, Properties.NONE)).await();

        assertThat(lamp.last(Packet.SubAck.class).reasonCodes())
                .containsExactly(
                        ReasonCode.GRANTED_QOS_0,
                        ReasonCode.TOPIC_FILTER_INVALID,
                        ReasonCode.NOT_AUTHORIZED,
                        ReasonCode.GRANTED_QOS_2);
        assertThat(world.broker.subscriptions()).isEqualTo(2);
        assertThat(world.broker.topicFilters()).isEqualTo(2);
        assertThat(world.broker.counters().get(0).authorizations(false)).isEqualTo(1);
    }

    @Test
    void aFilterMayHaveSoManyLevelsAndBytes() {
        settings.topicLevelsMax = 3;
        settings.topicLengthMax = 8;
        again();

        assertThat(subscribe("a/b/c")).isEqualTo(ReasonCode.GRANTED_QOS_2);
        assertThat(subscribe("a/b/c/d")).isEqualTo(ReasonCode.TOPIC_FILTER_INVALID);
        assertThat(subscribe("12345678")).isEqualTo(ReasonCode.GRANTED_QOS_2);
        assertThat(subscribe("1234567ä")).isEqualTo(ReasonCode.TOPIC_FILTER_INVALID);
    }

    @Test
    void oneSubscriptionTooManyIsRefusedAndAnOldOneMayBeReplaced() {
        settings.subscriptionsMax = 1;
        again();

        assertThat(subscribe("a")).isEqualTo(ReasonCode.GRANTED_QOS_2);
        assertThat(subscribe("b")).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
        assertThat(subscribe("a")).isEqualTo(ReasonCode.GRANTED_QOS_2);
        unsubscribe("a");
        assertThat(subscribe("b")).isEqualTo(ReasonCode.GRANTED_QOS_2);
    }

    @Test
    void anIdentifierOfAMessageThatIsNotDoneWithIsInUse() {
        SimClient far = world.client("far").persistent().connect(1).await();
        far.subscribe("t", Qos.AT_LEAST_ONCE);
        world.run();
        world.store.stalled = true;
        int packetId = lamp.publish("t", "x", Qos.AT_LEAST_ONCE);
        List<Packet.Request> requests = List.of(new Packet.Request("a", SubscriptionOptions.of(Qos.AT_MOST_ONCE)));
        lamp.send(new Packet.Subscribe(packetId, requests, Properties.NONE));
        lamp.send(new Packet.Unsubscribe(packetId, List.of("a", "b"), Properties.NONE));
        world.run();

        assertThat(lamp.last(Packet.SubAck.class).reasonCodes()).containsExactly(ReasonCode.PACKET_IDENTIFIER_IN_USE);
        assertThat(lamp.last(Packet.UnsubAck.class).reasonCodes())
                .containsExactly(ReasonCode.PACKET_IDENTIFIER_IN_USE, ReasonCode.PACKET_IDENTIFIER_IN_USE);
    }

    @Test
    void whatIsUnsubscribedIsNotSentAnyMore() {
        subscribe("a");
        assertThat(unsubscribe("a")).isEqualTo(ReasonCode.SUCCESS);
        assertThat(unsubscribe("a")).isEqualTo(ReasonCode.NO_SUBSCRIPTION_EXISTED);
        assertThat(unsubscribe("#/a")).isEqualTo(ReasonCode.TOPIC_FILTER_INVALID);
        lamp.publish("a", "x", Qos.AT_LEAST_ONCE);
        world.run();

        assertThat(lamp.messages).isEmpty();
        assertThat(lamp.last(Packet.PubAck.class).reasonCode()).isEqualTo(ReasonCode.NO_MATCHING_SUBSCRIBERS);
        assertThat(world.broker.counters().get(0).droppedCount(DropReason.NO_SUBSCRIBERS))
                .isEqualTo(1);
    }

    @Test
    void retainedMessagesAreSentAsTheSubscriptionWantsThem() {
        lamp.publish("r", "kept", Qos.AT_MOST_ONCE, true);
        world.run();
        for (RetainHandling handling : RetainHandling.values()) {
            SimClient reader = world.client("reader-" + handling).connect(1).await();
            int[] expected = {0, 0};
            for (int time = 0; time < 2; time++) {
                reader.subscribe("r", new SubscriptionOptions(Qos.AT_MOST_ONCE, false, false, handling), 0);
                world.run();
                expected[time] = reader.messages.size();
            }
            int[] wanted = switch (handling) {
                case SEND_ALWAYS -> new int[] {1, 2};
                case SEND_IF_NEW -> new int[] {1, 1};
                case DO_NOT_SEND -> new int[] {0, 0};
            };
            assertThat(expected).as(handling.name()).isEqualTo(wanted);
        }
    }

    @Test
    void aSharedSubscriptionIsSentNothingRetained() {
        lamp.publish("r", "kept", Qos.AT_MOST_ONCE, true);
        subscribe("$share/g/r");

        assertThat(lamp.messages).isEmpty();
        assertThat(world.broker.sharedSubscriptions()).isEqualTo(1);
    }

    @Test
    void aMessageCarriesTheIdentifiersOfAllSubscriptionsThatItMatches() {
        lamp.subscribe("a/+", SubscriptionOptions.of(Qos.AT_MOST_ONCE), 5);
        lamp.subscribe("a/#", SubscriptionOptions.of(Qos.AT_LEAST_ONCE), 3);
        lamp.publish("a/b", "x", Qos.EXACTLY_ONCE);
        world.run();

        assertThat(lamp.messages).hasSize(1);
        assertThat(lamp.messages.get(0).qos()).isEqualTo(Qos.AT_LEAST_ONCE);
        assertThat(lamp.messages.get(0).properties().subscriptionIdentifiers()).containsExactly(3, 5);
    }

    @Test
    void aNoLocalSubscriptionKeepsOwnMessagesAwayAndCountsThem() {
        lamp.subscribe("t", new SubscriptionOptions(Qos.AT_LEAST_ONCE, true, false, RetainHandling.SEND_ALWAYS), 0);
        SimClient other = world.client("other").connect(1).await();
        lamp.publish("t", "mine", Qos.AT_LEAST_ONCE);
        other.publish("t", "theirs", Qos.AT_LEAST_ONCE);
        world.run();

        assertThat(lamp.payloads()).containsExactly("theirs");
        assertThat(world.broker.counters().get(0).droppedCount(DropReason.NO_LOCAL))
                .isEqualTo(1);
    }

    @Test
    void theRetainFlagStaysOnlyWhereTheSubscriptionWantsItAsPublished() {
        SimClient asPublished = world.client("as-published").connect(1).await();
        asPublished.subscribe(
                "t", new SubscriptionOptions(Qos.AT_LEAST_ONCE, false, true, RetainHandling.DO_NOT_SEND), 0);
        subscribe("t");
        lamp.publish("t", "x", Qos.AT_LEAST_ONCE, true);
        world.run();

        assertThat(asPublished.messages.get(0).retain()).isTrue();
        assertThat(lamp.messages.get(0).retain()).isFalse();
    }
}
