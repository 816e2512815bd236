package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.Hostile;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.SubscriptionOptions;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Will;
import io.coppice.session.DropReason;
import io.coppice.simulation.Settings;
import io.coppice.simulation.SimClient;
import io.coppice.simulation.SimEvents;
import io.coppice.simulation.SimQuestions;
import io.coppice.simulation.World;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Somebody is asked what clients may do, who takes his time. */
class AskingTest {
    private final World world = new World(1, 2, new Settings());
    private final SimQuestions questions = new SimQuestions(world);
    private final SimClient meter = world.client("meter");
    private final SimClient lamp = world.client("lamp").persistent();

    @BeforeEach
    void connect() {
        world.gatekeeper.questions = questions;
        meter.connect(0).await();
        lamp.connect(1).await();
    }

    private void subscribe(SimClient client, String filter) {
        client.subscribe(filter, Qos.EXACTLY_ONCE);
        world.run();
        questions.answerAll();
    }

    private static Packet.Publish publish(@Nullable String topic, String payload, int alias) {
        return new Packet.Publish(
                false,
                Qos.AT_MOST_ONCE,
                false,
                topic == null ? null : TopicName.of(topic),
                0,
                alias,
                -1,
                Properties.NONE,
                payload.getBytes(StandardCharsets.UTF_8));
    }

    private static Will will() {
        return new Will(TopicName.of("a"), new byte[] {'w'}, Qos.AT_LEAST_ONCE, false, Properties.NONE, 0, -1);
    }

    private List<ReasonCode> reasons() {
        return meter.all(Packet.PubAck.class).stream()
                .map(Packet.PubAck::reasonCode)
                .toList();
    }

    @Test
    void aMessageWaitsForTheAnswerAndAllThatIsBehindIt() {
        subscribe(lamp, "#");
        meter.publish("a", "1", Qos.AT_MOST_ONCE);
        world.run();
        questions.answerAll();
        meter.publish("b", "2", Qos.AT_MOST_ONCE);
        meter.publish("a", "3", Qos.AT_LEAST_ONCE);
        meter.publish("b", "4", Qos.EXACTLY_ONCE);
        meter.send(new Packet.PingReq());
        world.run();

        assertThat(questions.waiting()).containsExactly("meter publish b");
        assertThat(meter.connection().isReading()).isFalse();
        assertThat(lamp.payloads()).containsExactly("1");
        assertThat(meter.all(Packet.PingResp.class)).isEmpty();
        questions.answer(true);

        assertThat(lamp.payloads()).containsExactly("1", "2", "3", "4");
        assertThat(meter.all(Packet.PingResp.class)).hasSize(1);
        assertThat(meter.hasOpenMessages()).isFalse();
        assertThat(questions.open).isEmpty();
    }

    @Test
    void othersGoOnMeanwhile() {
        SimClient other = world.client("other").connect(0).await();
        subscribe(lamp, "#");
        other.publish("x", "1", Qos.AT_LEAST_ONCE);
        world.run();
        questions.answerAll();
        meter.publish("a", "2", Qos.AT_LEAST_ONCE);
        other.publish("x", "3", Qos.AT_LEAST_ONCE);
        world.run();

        assertThat(lamp.payloads()).containsExactly("1", "3");
        assertThat(other.hasOpenMessages()).isFalse();
    }

    @Test
    void anAnswerIsGoodForItsTimeAndThenAskedForAgain() {
        subscribe(lamp, "a");
        for (int i = 0; i < 5; i++) {
            meter.publish("a", "" + i, Qos.AT_LEAST_ONCE);
            world.run();
            questions.answerAll();
            world.pass(SimQuestions.LIFE_MILLIS / 10);
        }
        assertThat(questions.asked).filteredOn("meter publish a"::equals).hasSize(1);
        world.pass(SimQuestions.LIFE_MILLIS);
        questions.answerAll();
        questions.refused.add("a");
        meter.publish("a", "late", Qos.AT_LEAST_ONCE);
        world.run();
        questions.answerAll();

        assertThat(questions.asked).filteredOn("meter publish a"::equals).hasSize(2);
        assertThat(lamp.payloads()).doesNotContain("late");
        assertThat(meter.last(Packet.PubAck.class).reasonCode()).isEqualTo(ReasonCode.NOT_AUTHORIZED);
    }

    @ParameterizedTest
    @EnumSource
    void whereNobodyCanSayAMessageGoesNoFurther(Qos qos) {
        subscribe(lamp, "a");
        meter.publish("a", "1", qos);
        world.run();
        questions.answer(false);

        assertThat(lamp.messages).isEmpty();
        assertThat(meter.isConnected()).isTrue();
        assertThat(meter.hasOpenMessages()).isFalse();
        assertThat(world.broker.counters().get(0).droppedCount(DropReason.NOT_AUTHORIZED))
                .isEqualTo(1);
        assertThat(world.broker.counters().get(0).authorizations(false)).isEqualTo(1);
        meter.publish("a", "2", qos);
        world.run();
        questions.answer(true);

        assertThat(lamp.payloads()).as("it is asked anew").containsExactly("2");
    }

    @Test
    void whatIsKnownToBeUnknownStopsNobodyForLong() {
        questions.broken = true;
        for (int i = 0; i < 100; i++) {
            meter.publish("a" + i, "x", Qos.AT_LEAST_ONCE);
        }
        meter.subscribe("a", Qos.AT_LEAST_ONCE);
        world.run();

        assertThat(reasons()).hasSize(100).containsOnly(ReasonCode.NOT_AUTHORIZED);
        assertThat(meter.last(Packet.SubAck.class).reasonCodes()).containsExactly(ReasonCode.NOT_AUTHORIZED);
    }

    @Test
    @Hostile("B101")
    void anAliasIsAskedAboutByItsTopic() {
        subscribe(lamp, "#");
        questions.refused.add("secret");
        meter.send(publish("open", "1", 1));
        meter.send(publish("secret", "2", 1));
        meter.send(publish(null, "3", 1));
        world.run();
        questions.answerAll();

        assertThat(questions.asked).containsExactly("lamp subscribe #", "meter publish open", "meter publish secret");
        assertThat(lamp.payloads()).containsExactly("1");
    }

    @Test
    void aSubscriptionIsAskedAboutFilterByFilterAndAnsweredWhole() {
        questions.refused.add("b");
        meter.send(new Packet.Subscribe(
                7,
                Stream.of("a", "b", "c/#/d", "$share/g/x/+")
                        .map(filter -> new Packet.Request(filter, SubscriptionOptions.of(Qos.AT_LEAST_ONCE)))
                        .toList(),
                Properties.NONE));
        meter.publish("a", "behind", Qos.AT_MOST_ONCE);
        world.run();
        assertThat(questions.waiting()).as("one at a time").containsExactly("meter subscribe a");
        questions.answer(true);
        assertThat(questions.waiting()).containsExactly("meter subscribe b");
        questions.answer(true);
        assertThat(questions.waiting()).as("what is inside").containsExactly("meter subscribe x/+");
        assertThat(meter.all(Packet.SubAck.class)).isEmpty();
        questions.answer(false);

        assertThat(meter.last(Packet.SubAck.class).reasonCodes())
                .containsExactly(
                        ReasonCode.GRANTED_QOS_1,
                        ReasonCode.NOT_AUTHORIZED,
                        ReasonCode.TOPIC_FILTER_INVALID,
                        ReasonCode.NOT_AUTHORIZED);
        questions.answerAll();
        assertThat(meter.payloads()).containsExactly("behind");
    }

    @ParameterizedTest
    @EnumSource
    void whatIsHeldWhenTheConnectionEndsWasNeverReceived(Qos qos) {
        subscribe(lamp, "a");
        meter.publish("a", "1", qos);
        world.run();
        Consumer late = new Consumer(questions.open.get(0));
        meter.drop();
        world.run();
        assertThat(questions.open).as("withdrawn").isEmpty();
        late.answer();
        world.run();

        assertThat(lamp.messages).isEmpty();
        assertThat(world.broker.sessions()).isEqualTo(1);
    }

    private record Consumer(SimQuestions.Open open) {
        void answer() {
            open.answer().accept(true);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"AT_LEAST_ONCE", "EXACTLY_ONCE"})
    void whoIsTakenOverMeanwhileSendsAgainWhatWasHeld(Qos qos) {
        SimClient reader = world.client("reader").connect(0).await();
        subscribe(reader, "a");
        lamp.publish("a", "1", qos);
        world.run();
        Consumer late = new Consumer(questions.open.get(0));
        lamp.connect(0).await(); // another connection of the same client, on another loop
        late.answer();
        world.run();
        questions.answerAll();

        assertThat(lamp.isConnected()).isTrue();
        assertThat(reader.payloads()).containsExactly("1");
        assertThat(lamp.hasOpenMessages()).isFalse();
    }

    @Test
    void answersInAnyOrderReachWhoAsked() {
        SimClient other = world.client("other").connect(0).await();
        subscribe(lamp, "#");
        questions.refused.add("b");
        meter.publish("a", "1", Qos.AT_LEAST_ONCE);
        other.publish("b", "2", Qos.AT_LEAST_ONCE);
        world.run();
        questions.answer(questions.waiting().indexOf("other publish b"), true);
        questions.answer(true);

        assertThat(lamp.payloads()).containsExactly("1");
        assertThat(other.last(Packet.PubAck.class).reasonCode()).isEqualTo(ReasonCode.NOT_AUTHORIZED);
    }

    @Test
    void aWillIsAskedAboutAtConnectAndAgainWhenItIsDueAndNobodyKnows() {
        subscribe(lamp, "a");
        SimClient frail = world.client("frail");
        frail.will = will();
        frail.connect(0).await();
        assertThat(frail.log).isEmpty();
        questions.answer(false);
        assertThat(frail.last(Packet.ConnAck.class).reasonCode()).isEqualTo(ReasonCode.NOT_AUTHORIZED);

        for (boolean allowed : new boolean[] {true, false}) {
            frail.connect(0).await();
            questions.answer(true);
            assertThat(frail.isConnected()).isTrue();
            world.pass(SimQuestions.LIFE_MILLIS);
            questions.answerAll();
            frail.drop();
            world.run();
            assertThat(lamp.messages).hasSize(allowed ? 0 : 1);
            assertThat(questions.waiting()).containsExactly("frail publish a");
            questions.answer(allowed);
        }
        assertThat(lamp.payloads()).containsExactly("w");
        frail.connect(0).await();
        questions.answer(true);
        frail.drop();
        world.run();

        assertThat(lamp.payloads()).as("known since CONNECT").containsExactly("w", "w");
    }

    @Test
    void whoLeavesWhileItsWillIsAskedAboutIsNotLetIn() {
        SimClient frail = world.client("frail");
        frail.will = will();
        frail.connect(0).await();
        frail.drop();
        world.run();
        questions.answerAll();

        assertThat(world.broker.sessions()).isEqualTo(2);
    }

    @Test
    void aSessionIsAskedAboutBeforeItsClientHasItBackAndLosesNothing() {
        subscribe(lamp, "a");
        subscribe(lamp, "b");
        lamp.drop();
        world.run();
        questions.quick = true;
        meter.publish("a", "1", Qos.AT_LEAST_ONCE);
        world.run();
        questions.quick = false;
        lamp.connect(0).await(); // on another loop
        meter.publish("a", "2", Qos.AT_LEAST_ONCE);
        world.run();
        assertThat(lamp.last(Packet.ConnAck.class))
                .isSameAs(lamp.all(Packet.ConnAck.class).get(0));
        assertThat(questions.waiting()).containsExactlyInAnyOrder("lamp subscribe a", "lamp subscribe b");
        questions.refused.add("b");
        questions.answerAll();

        assertThat(lamp.all(Packet.ConnAck.class)).hasSize(2);
        assertThat(lamp.last(Packet.ConnAck.class).sessionPresent()).isTrue();
        assertThat(lamp.payloads()).containsExactly("1", "2");
        assertThat(world.broker.subscriptions()).isEqualTo(1);
        assertThat(world.events.told)
                .contains(new SimEvents.Told("subscriptions-revoked", "lamp", ReasonCode.NOT_AUTHORIZED));
    }

    @Test
    void aSessionOfWhichNobodyCanSayAnythingStaysForAnotherTime() {
        subscribe(lamp, "a");
        lamp.drop();
        world.run();
        lamp.connect(0).await();
        questions.answer(false);
        assertThat(lamp.last(Packet.ConnAck.class).reasonCode()).isEqualTo(ReasonCode.SERVER_UNAVAILABLE);
        world.broker.rightsChanged();
        questions.quick = true;
        meter.publish("a", "1", Qos.AT_LEAST_ONCE);
        world.run();
        lamp.connect(1).await();

        assertThat(lamp.payloads()).containsExactly("1");
        assertThat(world.broker.subscriptions()).isEqualTo(1);
    }

    @Test
    void aSubscriptionIsAskedAboutAgainWhileItIsUsedAndEndsWhenItIsRefused() {
        subscribe(lamp, "a");
        subscribe(lamp, "b");
        questions.quick = true;
        long before = questions.asked.size();
        world.pass(10 * SimQuestions.LIFE_MILLIS);
        assertThat(questions.asked.size() - before).isBetween(2L * 9, 2L * 21);
        assertThat(world.broker.subscriptions()).isEqualTo(2);
        questions.refused.add("a");
        world.pass(SimQuestions.LIFE_MILLIS);

        assertThat(world.broker.subscriptions()).isEqualTo(1);
        assertThat(lamp.isConnected()).isTrue();
        questions.quick = false;
        questions.broken = true;
        world.pass(SimQuestions.LIFE_MILLIS);
        assertThat(world.broker.subscriptions())
                .as("that nobody can say ends nothing")
                .isEqualTo(1);
    }

    @Test
    void messagesGoOnWhileASubscriptionIsAskedAboutAgain() {
        subscribe(lamp, "a");
        questions.quick = true;
        meter.publish("a", "1", Qos.AT_LEAST_ONCE);
        world.run();
        questions.quick = false;
        world.pass(SimQuestions.LIFE_MILLIS / 2 + 1);
        assertThat(questions.waiting()).containsExactly("lamp subscribe a");
        meter.publish("a", "2", Qos.AT_LEAST_ONCE);
        lamp.publish("x", "", Qos.AT_MOST_ONCE);
        world.run();

        assertThat(lamp.payloads()).containsExactly("1", "2");
    }

    @Test
    void nothingIsAskedWhereNobodyIsToBeAsked() {
        world.gatekeeper.questions = null;
        SimClient free = world.client("free").connect(0).await();
        free.publish("a", "1", Qos.AT_LEAST_ONCE);
        world.run();

        assertThat(questions.asked).isEmpty();
        assertThat(free.hasOpenMessages()).isFalse();
    }
}
