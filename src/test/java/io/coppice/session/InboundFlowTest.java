package io.coppice.session;

import static io.coppice.session.Worlds.LIMITS;
import static io.coppice.session.Worlds.connected;
import static io.coppice.session.Worlds.pubAck;
import static io.coppice.session.Worlds.pubComp;
import static io.coppice.session.Worlds.pubRec;
import static io.coppice.session.Worlds.pubRel;
import static io.coppice.session.Worlds.publish;
import static io.coppice.session.Worlds.reconnect;
import static io.coppice.session.Worlds.v3;
import static io.coppice.session.Worlds.v5;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicName;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** The handshakes of messages from the client, the order of answers and the Receive Maximum (MQTT 5, 4.3, 4.6, 3.3.4). */
class InboundFlowTest {
    private final FakeEffects effects = new FakeEffects();

    private static void assertError(ReasonCode reason, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ProtocolError.class,
                        error -> assertThat(error.reasonCode()).isEqualTo(reason));
    }

    private List<String> routedPayloads() {
        return effects.routes().stream()
                .map(route -> Worlds.text(route.message()))
                .toList();
    }

    @Test
    void atQos0AMessageIsRoutedAndNotAnswered() {
        Session session = connected(LIMITS, effects, v5());
        session.publish(publish(Qos.AT_MOST_ONCE, 0, "a"));
        assertThat(effects.routes()).extracting(FakeEffects.Route::packetId).containsExactly(0);
        assertThat(effects.packets()).isEmpty();
    }

    @Test
    void theMessageThatIsRoutedIsWhatTheClientPublished() {
        Session session = connected(LIMITS, effects, v5());
        Properties properties = Properties.builder()
                .text(Property.CONTENT_TYPE, "text")
                .user("a", "b")
                .build();
        byte[] payload = {1, 2};
        session.publish(
                new Packet.Publish(false, Qos.AT_LEAST_ONCE, true, TopicName.of("x/y"), 5, 0, 7, properties, payload));

        Message message = effects.routes().get(0).message();
        assertThat(message.topic()).isEqualTo(TopicName.of("x/y"));
        assertThat(message.payload()).isSameAs(payload);
        assertThat(message.qos()).isEqualTo(Qos.AT_LEAST_ONCE);
        assertThat(message.retain()).isTrue();
        assertThat(message.properties()).isEqualTo(properties);
        assertThat(message.expiresAt()).isEqualTo(effects.now + 7_000);
        assertThat(message.publisher()).isEqualTo("client");
    }

    @Test // hostile B80
    void theLongestExpiryDoesNotOverflowAndTheShortestIsAtOnce() {
        Session session = connected(LIMITS, effects, v5());
        for (long seconds : new long[] {0xFFFF_FFFFL, 0, -1}) {
            session.publish(new Packet.Publish(
                    false, Qos.AT_MOST_ONCE, false, TopicName.of("t"), 0, 0, seconds, Properties.NONE, new byte[0]));
        }
        assertThat(effects.routes().stream().map(route -> route.message().expiresAt()))
                .containsExactly(effects.now + 4_294_967_295_000L, effects.now, Message.NEVER);
    }

    @Test // MQTT-3.3.4-6
    void aSubscriptionIdentifierFromAClientEndsTheConnection() {
        Session session = connected(LIMITS, effects, v5());
        Packet.Publish packet = new Packet.Publish(
                false,
                Qos.AT_MOST_ONCE,
                false,
                TopicName.of("t"),
                0,
                0,
                -1,
                Properties.builder().subscriptionIdentifier(1).build(),
                new byte[0]);
        assertError(ReasonCode.PROTOCOL_ERROR, () -> session.publish(packet));
        assertThat(effects.routes()).isEmpty();
    }

    @Test // MQTT-4.3.2-4, MQTT-4.3.2-5
    void atQos1PubAckFollowsRoutingAndFreesTheIdentifier() {
        Session session = connected(LIMITS, effects, v5());
        session.publish(publish(Qos.AT_LEAST_ONCE, 7, "a"));
        assertThat(effects.packets()).isEmpty();
        assertThat(session.inboundInUse(7)).isTrue();
        session.routed(7, ReasonCode.SUCCESS);
        assertThat(effects.packets()).containsExactly(pubAck(7));
        assertThat(session.inboundInUse(7)).isFalse();

        session.publish(publish(Qos.AT_LEAST_ONCE, 7, "b"));
        session.routed(7, ReasonCode.NO_MATCHING_SUBSCRIBERS);
        assertThat(routedPayloads()).containsExactly("a", "b");
        assertThat(effects.packets().get(1)).isEqualTo(pubAck(7, ReasonCode.NO_MATCHING_SUBSCRIBERS));
    }

    @Test // MQTT-4.3.3-8 to MQTT-4.3.3-12
    void atQos2AMessageIsRecordedRoutedAnsweredAndReleased() {
        Session session = connected(LIMITS, effects, v5());
        effects.forget();
        session.publish(publish(Qos.EXACTLY_ONCE, 7, "a"));
        session.routed(7, ReasonCode.SUCCESS);
        session.pubRel(pubRel(7));
        assertThat(effects.all)
                .extracting(each -> each.getClass().getSimpleName())
                .containsExactly("Accepted", "Route", "Routed", "PubRec", "Released", "PubComp");
        assertThat(session.inboundInUse(7)).isFalse();
        session.publish(publish(Qos.EXACTLY_ONCE, 7, "b"));
        assertThat(routedPayloads()).containsExactly("a", "b");
    }

    @Test // MQTT-4.3.3-10, hostile B40
    void atQos2ARepeatIsAnsweredAndNotRoutedWhateverItSays() {
        Session session = connected(LIMITS, effects, v5());
        session.publish(publish(Qos.EXACTLY_ONCE, 7, "a"));
        session.publish(publish(Qos.EXACTLY_ONCE, 7, "a", true)); // before the answer: one answer
        session.routed(7, ReasonCode.SUCCESS);
        assertThat(effects.packets()).containsExactly(pubRec(7));
        session.publish(publish(Qos.EXACTLY_ONCE, 7, "b"));
        session.publish(publish(Qos.EXACTLY_ONCE, 7, "a", true));
        assertThat(effects.packets()).containsExactly(pubRec(7), pubRec(7), pubRec(7));
        assertThat(routedPayloads()).containsExactly("a");
    }

    @Test // MQTT-4.3.3-10
    void atQos2ARepeatAfterReconnectIsAnsweredAndNotRouted() {
        Session session = connected(LIMITS, effects, v5());
        session.publish(publish(Qos.EXACTLY_ONCE, 7, "a"));
        session.routed(7, ReasonCode.SUCCESS);
        effects.forget();
        reconnect(session, v5());
        assertThat(effects.packets()).isEmpty();
        session.publish(publish(Qos.EXACTLY_ONCE, 7, "a", true));
        session.pubRel(pubRel(7));
        assertThat(effects.packets()).containsExactly(pubRec(7), pubComp(7));
        assertThat(effects.routes()).isEmpty();
    }

    @Test
    void atQos2RoutingThatEndsAfterReconnectIsAnsweredWhenTheClientAsks() {
        Session session = connected(LIMITS, effects, v5());
        session.publish(publish(Qos.EXACTLY_ONCE, 7, "a"));
        session.publish(publish(Qos.EXACTLY_ONCE, 8, "b"));
        effects.forget();
        reconnect(session, v5());
        session.routed(7, ReasonCode.SUCCESS);
        assertThat(effects.packets())
                .as("this connection has not seen the message")
                .isEmpty();
        session.publish(publish(Qos.EXACTLY_ONCE, 8, "b", true));
        session.publish(publish(Qos.EXACTLY_ONCE, 7, "a", true));
        assertThat(effects.packets()).isEmpty();
        session.routed(8, ReasonCode.SUCCESS);
        assertThat(effects.packets()).containsExactly(pubRec(8), pubRec(7));
        assertThat(effects.routes()).isEmpty();
    }

    @Test // hostile B41
    void atQos2AMessageWhoseNodeEndedIsRoutedAnewWhenTheClientRepeatsIt() {
        Session session = connected(LIMITS, effects, v5());
        session.publish(publish(Qos.EXACTLY_ONCE, 7, "a"));
        FakeEffects others = new FakeEffects();
        Session heir = new Session("client", LIMITS, others);
        effects.records.forEach(heir::replay);
        heir.attach(v5());
        heir.resume();
        heir.publish(publish(Qos.EXACTLY_ONCE, 7, "other words", true));
        assertThat(others.routes()).hasSize(1);
        assertThat(others.routes().get(0).message())
                .isSameAs(effects.routes().get(0).message());
        assertThat(others.packets()).isEmpty();
        heir.routed(7, ReasonCode.SUCCESS);
        assertThat(others.packets()).containsExactly(pubRec(7));
    }

    @Test // MQTT-4.6.0-2, MQTT-4.6.0-3
    void answersKeepTheOrderOfTheMessagesHoweverTheyWereRouted() {
        for (long seed = 1; seed <= 200; seed++) {
            Random random = new Random(seed);
            FakeEffects fake = new FakeEffects();
            SessionLimits limits = new SessionLimits(10, 10, 10_000, Long.MAX_VALUE, Overflow.REJECT, 1, 100, 0, 0);
            Session session = connected(limits, fake, random.nextBoolean() ? v5() : v3());
            List<Integer> ids = new ArrayList<>();
            for (int id = 1; id <= 40; id++) {
                ids.add(id);
            }
            Collections.shuffle(ids, random);
            List<Packet> expected = new ArrayList<>();
            for (int id : ids) {
                Qos qos = random.nextBoolean() ? Qos.AT_LEAST_ONCE : Qos.EXACTLY_ONCE;
                boolean atOnce = random.nextInt(4) == 0;
                fake.onRoute = atOnce ? () -> session.routed(id, ReasonCode.SUCCESS) : null;
                session.publish(publish(qos, id, "x"));
                expected.add(qos == Qos.AT_LEAST_ONCE ? pubAck(id) : pubRec(id));
            }
            Collections.shuffle(ids, random);
            for (int id : ids) {
                session.routed(id, ReasonCode.SUCCESS); // for those routed at once: ignored
                assertThat(fake.packets())
                        .as("seed %d", seed)
                        .isEqualTo(expected.subList(0, fake.packets().size()));
            }
            assertThat(fake.packets()).as("seed %d", seed).isEqualTo(expected);
        }
    }

    @Test // MQTT-4.3.3-9
    void everyErrorReachesAV5ClientAndFreesTheIdentifier() {
        for (ReasonCode reason : List.of(
                ReasonCode.UNSPECIFIED_ERROR,
                ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR,
                ReasonCode.NOT_AUTHORIZED,
                ReasonCode.TOPIC_NAME_INVALID,
                ReasonCode.QUOTA_EXCEEDED,
                ReasonCode.PAYLOAD_FORMAT_INVALID)) {
            FakeEffects fake = new FakeEffects();
            Session session = connected(LIMITS, fake, v5());
            session.publish(publish(Qos.AT_LEAST_ONCE, 1, "a"));
            session.publish(publish(Qos.EXACTLY_ONCE, 2, "b"));
            session.routed(1, reason);
            session.routed(2, reason);
            assertThat(fake.packets()).containsExactly(pubAck(1, reason), pubRec(2, reason));
            assertThat(fake.records).endsWith(new SessionRecord.Released(2));
            assertThat(session.inboundInUse(2)).isFalse();
            session.publish(publish(Qos.EXACTLY_ONCE, 2, "c"));
            assertThat(fake.routes()).hasSize(3);
        }
    }

    @Test // MQTT-3.3.5-2 of MQTT 3.1.1
    void a311ClientIsToldNoErrors() {
        Session session = connected(LIMITS, effects, v3());
        session.publish(publish(Qos.AT_LEAST_ONCE, 1, "a"));
        session.publish(publish(Qos.EXACTLY_ONCE, 2, "b"));
        session.routed(1, ReasonCode.NOT_AUTHORIZED);
        session.routed(2, ReasonCode.NOT_AUTHORIZED);
        assertThat(effects.packets()).containsExactly(pubAck(1), pubRec(2));
        session.pubRel(pubRel(2));
        session.pubRel(pubRel(3));
        assertThat(effects.packets()).endsWith(pubComp(2), pubComp(3));
    }

    @Test
    void anIdentifierIsInUseUntilTheClientKnowsOfTheError() {
        Session session = connected(LIMITS, effects, v5());
        session.publish(publish(Qos.AT_LEAST_ONCE, 1, "a"));
        session.publish(publish(Qos.EXACTLY_ONCE, 2, "b"));
        session.routed(2, ReasonCode.NOT_AUTHORIZED);
        assertThat(effects.packets()).isEmpty();
        assertThat(session.inboundInUse(2)).isTrue();
        session.publish(publish(Qos.EXACTLY_ONCE, 2, "b", true));
        assertError(ReasonCode.PROTOCOL_ERROR, () -> session.pubRel(pubRel(2)));
        session.routed(1, ReasonCode.SUCCESS);
        assertThat(effects.packets()).containsExactly(pubAck(1), pubRec(2, ReasonCode.NOT_AUTHORIZED));
        assertThat(session.inboundInUse(2)).isFalse();
    }

    @Test
    void aRefusalThatTheClientNeverSawIsForgottenWithItsConnection() {
        Session session = connected(LIMITS, effects, v5());
        session.publish(publish(Qos.AT_LEAST_ONCE, 1, "a"));
        session.publish(publish(Qos.EXACTLY_ONCE, 2, "b"));
        session.routed(2, ReasonCode.NOT_AUTHORIZED);
        session.publish(publish(Qos.EXACTLY_ONCE, 3, "c"));
        session.detach();
        assertThat(session.inboundInUse(2)).isFalse();
        session.routed(3, ReasonCode.UNSPECIFIED_ERROR);
        assertThat(session.inboundInUse(3)).as("to be tried anew").isFalse();
        assertThat(effects.records).endsWith(new SessionRecord.Released(3));
    }

    @Test // MQTT-3.7.2-1
    void pubRelWithoutMessageIsAnsweredNotFound() {
        Session session = connected(LIMITS, effects, v5());
        session.pubRel(pubRel(7));
        assertThat(effects.packets()).containsExactly(pubComp(7, ReasonCode.PACKET_IDENTIFIER_NOT_FOUND));
    }

    @Test
    void pubRelBeforePubRecOrForQos1EndsTheConnection() {
        Session session = connected(LIMITS, effects, v5());
        session.publish(publish(Qos.EXACTLY_ONCE, 1, "a"));
        session.publish(publish(Qos.AT_LEAST_ONCE, 2, "b"));
        assertError(ReasonCode.PROTOCOL_ERROR, () -> session.pubRel(pubRel(1)));
        assertError(ReasonCode.PROTOCOL_ERROR, () -> session.pubRel(pubRel(2)));
    }

    @Test // MQTT-2.2.1-3
    void aV5ClientThatReusesAnIdentifierIsToldSoInTurn() {
        Session session = connected(LIMITS, effects, v5());
        session.publish(publish(Qos.AT_LEAST_ONCE, 1, "a"));
        session.publish(publish(Qos.EXACTLY_ONCE, 2, "b"));
        session.publish(publish(Qos.AT_LEAST_ONCE, 1, "c"));
        session.publish(publish(Qos.EXACTLY_ONCE, 1, "d"));
        session.publish(publish(Qos.AT_LEAST_ONCE, 2, "e"));
        assertThat(effects.packets()).isEmpty();
        session.routed(1, ReasonCode.SUCCESS);
        session.routed(2, ReasonCode.SUCCESS);
        ReasonCode inUse = ReasonCode.PACKET_IDENTIFIER_IN_USE;
        assertThat(effects.packets())
                .containsExactly(pubAck(1), pubRec(2), pubAck(1, inUse), pubRec(1, inUse), pubAck(2, inUse));
        assertThat(routedPayloads()).containsExactly("a", "b");
        session.pubRel(pubRel(2));
        assertThat(effects.packets()).endsWith(pubComp(2));
    }

    @Test // MQTT-2.3.1-2 of MQTT 3.1.1
    void a311ClientThatReusesAnIdentifierIsDisconnectedButARepeatIsNot() {
        Session session = connected(LIMITS, effects, v3());
        session.publish(publish(Qos.AT_LEAST_ONCE, 1, "a"));
        session.publish(publish(Qos.AT_LEAST_ONCE, 1, "a", true));
        assertThat(effects.routes()).hasSize(1);
        session.routed(1, ReasonCode.SUCCESS);
        assertThat(effects.packets()).containsExactly(pubAck(1));
        session.publish(publish(Qos.AT_LEAST_ONCE, 1, "b"));
        assertError(ReasonCode.PROTOCOL_ERROR, () -> session.publish(publish(Qos.AT_LEAST_ONCE, 1, "c")));
    }

    @Test
    void qos1ThatWasNotRoutedIsForgottenWithItsConnectionAndALateAnswerIsIgnored() {
        Session session = connected(LIMITS, effects, v5());
        session.publish(publish(Qos.AT_LEAST_ONCE, 1, "a"));
        Message first = effects.routes().get(0).message();
        reconnect(session, v5());
        assertThat(session.inboundInUse(1)).isFalse();
        session.routed(1, first, ReasonCode.SUCCESS);
        session.publish(publish(Qos.AT_LEAST_ONCE, 1, "b"));
        Message second = effects.routes().get(1).message();
        session.routed(1, first, ReasonCode.SUCCESS);
        assertThat(effects.packets()).as("the answer was about another message").isEmpty();
        session.routed(1, second, ReasonCode.SUCCESS);
        assertThat(effects.packets()).containsExactly(pubAck(1));
        session.routed(1, ReasonCode.SUCCESS);
        assertThat(effects.packets()).hasSize(1);
    }

    @Test
    void aMessageMayComeBackToItsPublisherWhileItIsRouted() {
        Session session = connected(LIMITS, effects, v5());
        effects.onRoute = () -> {
            Message message = effects.routes().get(0).message();
            session.deliver(message, Qos.AT_LEAST_ONCE, false, Worlds.NO_IDS);
            session.routed(5, ReasonCode.SUCCESS);
        };
        session.publish(publish(Qos.EXACTLY_ONCE, 5, "a"));
        assertThat(effects.sent()).hasSize(1);
        assertThat(effects.packets()).containsExactly(pubRec(5));
    }
}
