package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.SubscriptionOptions;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Will;
import io.coppice.port.NodeControl;
import io.coppice.port.NodeControl.Ban;
import io.coppice.port.NodeControl.BanKind;
import io.coppice.port.NodeControl.Published;
import io.coppice.port.NodeControl.Purged;
import io.coppice.port.NodeControl.Verdict;
import io.coppice.simulation.Settings;
import io.coppice.simulation.SimClient;
import io.coppice.simulation.World;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What operators do to a node, in virtual time. */
class SteeringTest {
    private static final long UNTIL_SEEN_CLOSED = 20;

    private final Settings settings = new Settings();
    private World world = new World(1, 3, settings);

    private NodeControl control() {
        return world.broker.control();
    }

    private <T> T told(Consumer<Consumer<T>> order) {
        List<T> answers = new ArrayList<>();
        order.accept(answers::add);
        world.pass(UNTIL_SEEN_CLOSED);
        assertThat(answers).hasSize(1);
        return answers.get(0);
    }

    private static Will will(String topic) {
        return new Will(TopicName.of(topic), new byte[] {'w'}, Qos.AT_LEAST_ONCE, false, Properties.NONE, 0, -1);
    }

    // --- clients

    @Test
    void aKickedClientHearsWhyItsWillIsPublishedAndItsSessionStays() {
        SimClient watcher = world.client("watcher").connect(0).await();
        watcher.subscribe("wills", Qos.AT_LEAST_ONCE);
        SimClient lamp = world.client("lamp").persistent();
        lamp.will = will("wills");
        lamp.connect(1).await();

        Verdict verdict = told(then -> control().disconnect("lamp", ReasonCode.SERVER_BUSY, then));

        assertThat(verdict).isEqualTo(Verdict.DONE);
        assertThat(lamp.last(Packet.Disconnect.class).reasonCode()).isEqualTo(ReasonCode.SERVER_BUSY);
        assertThat(lamp.isConnected()).isFalse();
        assertThat(watcher.payloads()).containsExactly("w");
        assertThat(world.broker.sessions()).isEqualTo(2);
        assertThat(this.<Verdict>told(then -> control().disconnect("lamp", ReasonCode.SERVER_BUSY, then)))
                .as("it is not connected any more")
                .isEqualTo(Verdict.ABSENT);
        assertThat(this.<Verdict>told(then -> control().disconnect("nobody", ReasonCode.SERVER_BUSY, then)))
                .isEqualTo(Verdict.ABSENT);
    }

    @Test
    void anEndedSessionIsGoneForGoodConnectedOrNot() {
        SimClient here = world.client("here").persistent().connect(1).await();
        SimClient away = world.client("away").persistent().connect(2).await();
        away.disconnect();
        world.pass(UNTIL_SEEN_CLOSED);

        assertThat(this.<Verdict>told(then -> control().end("here", then))).isEqualTo(Verdict.DONE);
        assertThat(this.<Verdict>told(then -> control().end("away", then))).isEqualTo(Verdict.DONE);

        assertThat(here.isConnected()).isFalse();
        assertThat(world.broker.sessions()).isZero();
        away.connect(0).await();
        assertThat(away.last(Packet.ConnAck.class).sessionPresent()).isFalse();
    }

    private static Packet.Request request(String filter, Qos qos) {
        return new Packet.Request(filter, SubscriptionOptions.of(qos));
    }

    @Test
    void subscriptionsAreMadeAndEndedOnBehalfOfAClient() {
        SimClient lamp = world.client("lamp").persistent().connect(1).await();
        SimClient meter = world.client("meter").connect(2).await();
        meter.publish("a", "retained", Qos.AT_MOST_ONCE, true);
        world.run();

        NodeControl.Answer answer = told(then -> control()
                .subscribe(
                        "lamp",
                        List.of(request("a", Qos.AT_LEAST_ONCE), request("b/#/c", Qos.AT_LEAST_ONCE)),
                        5,
                        then));

        assertThat(answer.verdict()).isEqualTo(Verdict.DONE);
        assertThat(answer.reasons()).containsExactly(ReasonCode.GRANTED_QOS_1, ReasonCode.TOPIC_FILTER_INVALID);
        meter.publish("a", "live", Qos.AT_LEAST_ONCE);
        world.run();
        assertThat(lamp.payloads()).containsExactly("retained", "live");
        assertThat(lamp.messages.get(1).properties().subscriptionIdentifiers()).containsExactly(5);

        NodeControl.Answer ended = told(then -> control().unsubscribe("lamp", List.of("a", "z"), then));
        assertThat(ended.reasons()).containsExactly(ReasonCode.SUCCESS, ReasonCode.NO_SUBSCRIPTION_EXISTED);
        meter.publish("a", "nobody", Qos.AT_LEAST_ONCE);
        world.run();
        assertThat(lamp.payloads()).hasSize(2);
        assertThat(world.broker.subscriptions()).isZero();
    }

    @Test
    void aClientThatIsAwayFindsWhatCameOnASubscriptionMadeForIt() {
        SimClient lamp = world.client("lamp").persistent();
        lamp.userName = "lamp"; // else nobody knows whose rights the session has while it is away
        lamp.connect(1).await();
        lamp.disconnect();
        world.pass(UNTIL_SEEN_CLOSED);

        NodeControl.Answer answer =
                told(then -> control().subscribe("lamp", List.of(request("a", Qos.AT_LEAST_ONCE)), 0, then));

        assertThat(answer.reasons()).containsExactly(ReasonCode.GRANTED_QOS_1);
        world.client("meter").connect(0).await().publish("a", "1", Qos.AT_LEAST_ONCE);
        world.run();
        lamp.connect(2).await();
        assertThat(lamp.payloads()).containsExactly("1");
    }

    @Test
    void nobodyGetsMoreRightsByWayOfAnOperator() {
        world.client("lamp").connect(1).await();
        world.gatekeeper.filtersForbidden.add("secret");

        NodeControl.Answer answer =
                told(then -> control().subscribe("lamp", List.of(request("secret", Qos.AT_MOST_ONCE)), 0, then));

        assertThat(answer.reasons()).containsExactly(ReasonCode.NOT_AUTHORIZED);
        assertThat(world.broker.subscriptions()).isZero();
    }

    // --- messages

    private static Message message(String topic, String payload, boolean retain) {
        return new Message(
                TopicName.of(topic),
                payload.getBytes(StandardCharsets.UTF_8),
                Qos.AT_LEAST_ONCE,
                retain,
                Properties.NONE,
                Message.NEVER,
                NodeControl.PUBLISHER);
    }

    @Test
    void aMessageOfAnOperatorReachesWhomItConcernsAndIsAnswered() {
        SimClient lamp = world.client("lamp").connect(2).await();
        lamp.subscribe("a", Qos.AT_LEAST_ONCE);
        world.run();

        Published published = told(then -> control().publish(message("a", "hello", true), then));

        assertThat(published).isEqualTo(new Published("", true, true, false));
        assertThat(lamp.payloads()).containsExactly("hello");
        assertThat(world.broker.retainedMessages()).isEqualTo(1);
        assertThat(this.<Published>told(then -> control().publish(message("b", "x", false), then)))
                .isEqualTo(new Published("", false, true, false));
    }

    @Test
    void aMessageThatMayNotBeIsRefusedWithTheReason() {
        settings.topicLevelsMax = 2;
        settings.packetSizeMax = 1_000;
        settings.retainedMessagesMax = 1;
        world = new World(1, 3, settings);

        assertThat(this.<Published>told(then -> control().publish(message("a/b/c", "x", false), then))
                        .refusal())
                .contains("allowed");
        assertThat(this.<Published>told(then -> control().publish(message("a", "x".repeat(1_000), false), then))
                        .refusal())
                .contains("too large");
        this.<Published>told(then -> control().publish(message("a", "x", true), then));
        assertThat(this.<Published>told(then -> control().publish(message("b", "x", true), then))
                        .refusal())
                .contains("retained");
        assertThat(world.broker.retainedMessages()).isEqualTo(1);
    }

    @Test
    void aPurgeFindsWhatItWouldClearAndThenClearsIt() {
        SimClient meter = world.client("meter").connect(0).await();
        for (int i = 0; i < 300; i++) {
            meter.publish("r/" + i, "x", Qos.AT_MOST_ONCE, true);
        }
        meter.publish("s", "stays", Qos.AT_MOST_ONCE, true);
        world.run();

        Purged dry = told(then -> control().purge(TopicFilter.of("r/#"), 200, true, then));
        assertThat(dry.topics()).hasSize(200).isSorted();
        assertThat(dry.matching()).isEqualTo(300);
        assertThat(dry.more()).isTrue();
        assertThat(world.broker.retainedMessages()).isEqualTo(301);

        Purged some = told(then -> control().purge(TopicFilter.of("r/#"), 200, false, then));
        assertThat(some.topics()).containsExactlyElementsOf(dry.topics());
        assertThat(some.more()).isTrue();
        assertThat(some.failed()).isZero();
        Purged rest = told(then -> control().purge(TopicFilter.of("r/#"), 200, false, then));
        assertThat(rest.topics()).hasSize(100);
        assertThat(rest.matching()).isEqualTo(100);
        assertThat(rest.more()).isFalse();
        assertThat(world.broker.retainedMessages()).isEqualTo(1);
    }

    // --- bans

    private SimClient client(String id, String user, String host) {
        SimClient client = world.client(id);
        client.userName = user;
        client.host = host;
        return client;
    }

    private Ban ban(BanKind kind, String value, long seconds) {
        return new Ban(kind, value, world.now() + seconds * 1_000, "because", "anna");
    }

    private ReasonCode answered(SimClient client) {
        client.connect(0);
        world.pass(UNTIL_SEEN_CLOSED);
        return client.last(Packet.ConnAck.class).reasonCode();
    }

    @Test
    void whoIsBannedIsSentAwayAndRefusedUntilTheTimeIsOver() {
        SimClient one = client("one", "u1", "10.0.0.1").connect(0);
        SimClient two = client("two", "u2", "10.0.0.2").connect(1);
        SimClient three = client("three", "u3", "10.0.0.3").connect(2);
        SimClient four = client("four", "u4", "10.0.0.4").connect(2);
        world.run();

        assertThat(this.<Integer>told(then -> control().ban(ban(BanKind.CLIENT_ID, "one", 60), then)))
                .isEqualTo(1);
        assertThat(this.<Integer>told(then -> control().ban(ban(BanKind.USER, "u2", 60), then)))
                .isEqualTo(1);
        assertThat(this.<Integer>told(then -> control().ban(ban(BanKind.ADDRESS, "10.0.0.3", 60), then)))
                .isEqualTo(1);

        for (SimClient banned : List.of(one, two, three)) {
            assertThat(banned.last(Packet.Disconnect.class).reasonCode()).isEqualTo(ReasonCode.BANNED);
            assertThat(answered(banned)).isEqualTo(ReasonCode.BANNED);
        }
        assertThat(four.isConnected()).isTrue();
        assertThat(control().bans()).hasSize(3).allMatch(ban -> ban.by().equals("anna"));

        assertThat(control().unban(BanKind.USER, "u2")).isTrue();
        assertThat(control().unban(BanKind.USER, "u2")).isFalse();
        assertThat(answered(two)).isEqualTo(ReasonCode.SUCCESS);
        world.pass(60_000);
        assertThat(answered(one)).isEqualTo(ReasonCode.SUCCESS);
        assertThat(answered(three)).isEqualTo(ReasonCode.SUCCESS);
        assertThat(control().bans()).isEmpty();
    }

    @Test
    void asManyBansAsMayBeAreHeldAndNoneIsForgottenForAnother() {
        for (int i = 0; i < 1_000; i++) {
            int number = i;
            control().ban(ban(BanKind.USER, "u" + number, 60), ended -> {});
        }
        world.run();
        assertThat(this.<Integer>told(then -> control().ban(ban(BanKind.USER, "one more", 60), then)))
                .isEqualTo(-1);
        assertThat(control().bans()).hasSize(1_000);
        world.pass(60_000);
        assertThat(this.<Integer>told(then -> control().ban(ban(BanKind.USER, "one more", 60), then)))
                .as("those that are over make room")
                .isZero();
    }

    @Test
    void bansThatTheNodeMadeAreToldAndCanBeEnded() {
        settings.door = new DoorSettings(0, 1, 0, 60_000, 300_000, 0, 60_000, 300_000, 10_000, 1_000);
        world = new World(1, 3, settings);
        world.gatekeeper.refused.put("u1", ReasonCode.BAD_USER_NAME_OR_PASSWORD);
        SimClient one = client("one", "u1", "10.0.0.1");
        answered(one);
        assertThat(answered(one)).isEqualTo(ReasonCode.BANNED);

        Ban ban = control().bans().get(0);
        assertThat(ban.kind()).isEqualTo(BanKind.USER_AT_ADDRESS);
        assertThat(ban.value()).isEqualTo("10.0.0.1 u1");
        assertThat(ban.by()).isEmpty();
        assertThat(control().unban(ban.kind(), ban.value())).isTrue();
        world.gatekeeper.refused.clear();
        assertThat(answered(one)).isEqualTo(ReasonCode.SUCCESS);
    }

    // --- drain

    @Test
    void aDrainedNodeSendsItsClientsElsewhereAndTakesThemBackWhenItIsCalledOff() {
        SimClient watcher = world.client("watcher").connect(0).await();
        watcher.subscribe("wills", Qos.AT_MOST_ONCE);
        SimClient lamp = world.client("lamp").persistent();
        lamp.will = will("wills");
        lamp.connect(1).await();

        control().drain();
        world.pass(UNTIL_SEEN_CLOSED);

        assertThat(lamp.last(Packet.Disconnect.class).reasonCode()).isEqualTo(ReasonCode.USE_ANOTHER_SERVER);
        assertThat(watcher.messages).as("it is no failure of the client").isEmpty();
        assertThat(world.broker.ready()).isFalse();
        assertThat(control().draining().on()).isTrue();
        assertThat(control().draining().connectionsLeft()).isZero();
        assertThat(answered(lamp)).isEqualTo(ReasonCode.USE_ANOTHER_SERVER);
        assertThat(world.broker.sessions()).as("it stays where it is").isEqualTo(1);

        control().undrain();
        assertThat(world.broker.ready()).isTrue();
        assertThat(answered(lamp)).isEqualTo(ReasonCode.SUCCESS);
        world.pass(5_000);
        assertThat(lamp.isConnected()).isTrue();
    }

    @Test
    void clientsGoAtTheRateOfADrainAndNoMoreOnceItIsCalledOff() {
        settings.drainRateMax = 300;
        world = new World(1, 3, settings);
        for (int i = 0; i < 600; i++) {
            world.client("c" + i).connect(i % 3);
        }
        world.run();

        control().drain();
        world.pass(1_000);
        assertThat(world.broker.connections()).isBetween(280L, 320L);
        control().undrain();
        world.pass(10);
        long left = world.broker.connections();
        world.pass(5_000);
        assertThat(world.broker.connections()).isEqualTo(left);
    }

    // --- some of the clients

    @Test
    void aNodeSendsSoManyOfItsClientsElsewhereThoseFirstWhoMissNothing() {
        world = new World(1, 3, settings);
        List<SimClient> lasting = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            world.client("clean" + i).connect(i % 3);
            lasting.add(world.client("lasting" + i).persistent().connect(i % 3));
        }
        world.run();

        control().shed(20, 10);
        assertThat(control().shedding().on()).isTrue();
        world.pass(1_000);
        assertThat(control().shedding().moved()).isBetween(8, 14);
        world.pass(2_000);

        assertThat(control().shedding()).isEqualTo(new NodeControl.Shedding(false, 20, 20));
        assertThat(world.broker.connections()).isEqualTo(40);
        assertThat(lasting.stream().filter(SimClient::isConnected)).hasSize(10);
        assertThat(world.broker.ready()).as("it takes clients as ever").isTrue();
        SimClient back =
                lasting.stream().filter(one -> !one.isConnected()).findFirst().orElseThrow();
        assertThat(back.last(Packet.Disconnect.class).reasonCode()).isEqualTo(ReasonCode.USE_ANOTHER_SERVER);
        assertThat(answered(back)).isEqualTo(ReasonCode.SUCCESS);
        world.pass(5_000);
        assertThat(back.isConnected()).as("once is enough").isTrue();
    }

    @Test
    void noFurtherClientGoesOnceThatIsStopped() {
        world = new World(1, 2, settings);
        for (int i = 0; i < 100; i++) {
            world.client("c" + i).connect(i % 2);
        }
        world.run();
        control().shed(1_000, 10);
        world.pass(1_000);
        control().stopShedding();
        assertThat(control().shedding().on()).isFalse();
        long left = world.broker.connections();
        assertThat(left).isBetween(80L, 95L);
        world.pass(10_000);
        assertThat(world.broker.connections()).isEqualTo(left);
    }

    /** Whoever was about to be let in when the drain began is sent away too. */
    @Test
    void noClientSlipsThrough() {
        world.gatekeeper.slow = true;
        SimClient slow = world.client("slow").connect(0).await();
        control().drain();
        world.run();
        world.gatekeeper.slow = false;
        world.gatekeeper.answer();
        world.pass(3_000);

        assertThat(slow.isConnected()).isFalse();
        assertThat(world.broker.connections()).isZero();
    }
}
