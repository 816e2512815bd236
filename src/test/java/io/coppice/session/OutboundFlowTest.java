package io.coppice.session;

import static io.coppice.session.Worlds.LIMITS;
import static io.coppice.session.Worlds.NO_IDS;
import static io.coppice.session.Worlds.connected;
import static io.coppice.session.Worlds.message;
import static io.coppice.session.Worlds.pubAck;
import static io.coppice.session.Worlds.pubComp;
import static io.coppice.session.Worlds.pubRec;
import static io.coppice.session.Worlds.pubRel;
import static io.coppice.session.Worlds.reconnect;
import static io.coppice.session.Worlds.v3;
import static io.coppice.session.Worlds.v5;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** The handshakes towards the client, the window and the resending (MQTT 5, 4.3, 4.4, 4.6, 4.9). */
class OutboundFlowTest {
    private final FakeEffects effects = new FakeEffects();

    private static Delivery deliver(Session session, String payload, Qos qos) {
        return session.deliver(message("topic", payload), qos, false, NO_IDS);
    }

    private List<String> sentPayloads() {
        return effects.sent().stream().map(sent -> Worlds.text(sent.message())).toList();
    }

    private List<Integer> sentIds() {
        return effects.sent().stream().map(FakeEffects.Sent::packetId).toList();
    }

    private static void assertProtocolError(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ProtocolError.class,
                        error -> assertThat(error.reasonCode()).isEqualTo(ReasonCode.PROTOCOL_ERROR));
    }

    @Test // MQTT-4.3.1-1, MQTT-2.2.1-2
    void atQos0AMessageIsSentOnceWithoutIdentifierAndNothingIsRecorded() {
        Session session = connected(LIMITS, effects, v5());
        int records = effects.records.size();
        Message message = message("topic", "a");
        int[] identifiers = {3, 4};

        assertThat(session.deliver(message, Qos.AT_MOST_ONCE, true, identifiers))
                .isEqualTo(Delivery.SENT);

        assertThat(effects.sent())
                .containsExactly(new FakeEffects.Sent(message, Qos.AT_MOST_ONCE, false, true, 0, 0, true, identifiers));
        assertThat(effects.records).hasSize(records);
        assertThat(session.inFlight()).isZero();
    }

    @Test // MQTT-4.3.2-1, MQTT-4.3.2-2, MQTT-4.3.2-3
    void atQos1AMessageIsInFlightUntilPubAck() {
        Session session = connected(LIMITS, effects, v5());

        assertThat(deliver(session, "a", Qos.AT_LEAST_ONCE)).isEqualTo(Delivery.SENT);

        FakeEffects.Sent sent = effects.sent().get(0);
        assertThat(sent.dup()).isFalse();
        assertThat(sent.packetId()).isEqualTo(1);
        assertThat(session.inFlight()).isEqualTo(1);
        session.pubAck(pubAck(1));
        assertThat(session.inFlight()).isZero();
    }

    @Test
    void whatASendDependsOnIsRecordedBeforeIt() {
        Session session = connected(LIMITS, effects, v5());
        effects.forget();
        deliver(session, "a", Qos.EXACTLY_ONCE);
        session.pubRec(pubRec(1));
        session.pubComp(pubComp(1));

        assertThat(effects.all)
                .extracting(each -> each.getClass().getSimpleName())
                .containsExactly("Enqueued", "Assigned", "Sent", "Received", "PubRel", "Settled");
    }

    @Test // MQTT-4.3.3-1 to MQTT-4.3.3-5
    void atQos2AMessageIsReleasedByPubRecAndDoneWithPubComp() {
        Session session = connected(LIMITS, effects, v5());
        deliver(session, "a", Qos.EXACTLY_ONCE);
        session.pubRec(pubRec(1));
        assertThat(effects.packets()).containsExactly(pubRel(1));
        assertThat(session.inFlight()).isEqualTo(1);
        session.pubComp(pubComp(1));
        assertThat(session.inFlight()).isZero();
    }

    @Test // MQTT-4.4.0-2
    void anErrorInPubAckOrPubRecSettlesTheMessage() {
        Session session = connected(LIMITS, effects, v5());
        deliver(session, "a", Qos.AT_LEAST_ONCE);
        deliver(session, "b", Qos.EXACTLY_ONCE);
        session.pubAck(pubAck(1, ReasonCode.QUOTA_EXCEEDED));
        session.pubRec(pubRec(2, ReasonCode.UNSPECIFIED_ERROR));

        assertThat(session.inFlight()).isZero();
        assertThat(effects.packets()).isEmpty();
        reconnect(session, v5());
        assertThat(effects.sent()).hasSize(2);
    }

    @Test
    void aSuccessThatIsNotZeroGoesOnWithTheHandshake() {
        Session session = connected(LIMITS, effects, v5());
        deliver(session, "a", Qos.EXACTLY_ONCE);
        session.pubRec(pubRec(1, ReasonCode.NO_MATCHING_SUBSCRIBERS));
        assertThat(effects.packets()).containsExactly(pubRel(1));
    }

    @Test // MQTT 5, 4.3.3: a repeated PUBREC is answered again, also when it says error by now
    void aRepeatedPubRecIsAnsweredWithPubRelAgain() {
        Session session = connected(LIMITS, effects, v5());
        deliver(session, "a", Qos.EXACTLY_ONCE);
        session.pubRec(pubRec(1));
        session.pubRec(pubRec(1));
        session.pubRec(pubRec(1, ReasonCode.UNSPECIFIED_ERROR));
        assertThat(effects.packets()).containsExactly(pubRel(1), pubRel(1), pubRel(1));
        assertThat(session.inFlight()).isEqualTo(1);
        session.pubComp(pubComp(1, ReasonCode.PACKET_IDENTIFIER_NOT_FOUND));
        assertThat(session.inFlight()).isZero();
    }

    @Test
    void anUnknownPubRecIsAnsweredNotFoundAndOtherUnknownAnswersAreIgnored() {
        Session session = connected(LIMITS, effects, v5());
        session.pubAck(pubAck(7));
        session.pubComp(pubComp(8));
        session.pubRec(pubRec(9));
        assertThat(effects.packets()).containsExactly(pubRel(9, ReasonCode.PACKET_IDENTIFIER_NOT_FOUND));
    }

    @Test
    void anUnknownPubRecOfA311ClientIsAnsweredWithPlainPubRel() {
        Session session = connected(LIMITS, effects, v3());
        session.pubRec(pubRec(9));
        assertThat(effects.packets()).containsExactly(pubRel(9));
    }

    @Test
    void anAnswerFromTheOtherFlowEndsTheConnection() {
        Session session = connected(LIMITS, effects, v5());
        deliver(session, "a", Qos.AT_LEAST_ONCE);
        deliver(session, "b", Qos.EXACTLY_ONCE);
        assertProtocolError(() -> session.pubRec(pubRec(1)));
        assertProtocolError(() -> session.pubComp(pubComp(1)));
        assertProtocolError(() -> session.pubAck(pubAck(2)));
        assertProtocolError(() -> session.pubComp(pubComp(2)));
        assertThat(session.inFlight()).isEqualTo(2);
    }

    @Test // MQTT-3.3.4-9, MQTT-4.9.0-2
    void noMoreIsInFlightThanTheClientsReceiveMaximum() {
        Session session = connected(LIMITS, effects, v5(2, 0));
        assertThat(deliver(session, "a", Qos.EXACTLY_ONCE)).isEqualTo(Delivery.SENT);
        assertThat(deliver(session, "b", Qos.AT_LEAST_ONCE)).isEqualTo(Delivery.SENT);
        assertThat(deliver(session, "c", Qos.AT_LEAST_ONCE)).isEqualTo(Delivery.QUEUED);
        assertThat(deliver(session, "d", Qos.AT_LEAST_ONCE)).isEqualTo(Delivery.QUEUED);

        session.pubRec(pubRec(1)); // counts until PUBCOMP
        assertThat(sentPayloads()).containsExactly("a", "b");
        session.pubComp(pubComp(1));
        assertThat(sentPayloads()).containsExactly("a", "b", "c");
        session.pubAck(pubAck(2));
        assertThat(sentPayloads()).containsExactly("a", "b", "c", "d");
        assertThat(session.queued()).isZero();
        assertThat(session.queuedBytes()).isZero();
    }

    @Test
    void anErrorInPubRecOpensTheWindow() {
        Session session = connected(LIMITS, effects, v5(1, 0));
        deliver(session, "a", Qos.EXACTLY_ONCE);
        deliver(session, "b", Qos.EXACTLY_ONCE);
        session.pubRec(pubRec(1, ReasonCode.UNSPECIFIED_ERROR));
        assertThat(sentPayloads()).containsExactly("a", "b");
    }

    @Test
    void theBrokersOwnLimitHoldsWhereTheClientAllowsMore() {
        SessionLimits limits = new SessionLimits(1, 10, 10_000, Long.MAX_VALUE, Overflow.DROP_NEWEST, 1, 1, 0, 0);
        Session session = connected(limits, effects, v5());
        deliver(session, "a", Qos.AT_LEAST_ONCE);
        assertThat(deliver(session, "b", Qos.AT_LEAST_ONCE)).isEqualTo(Delivery.QUEUED);
    }

    @Test // MQTT-3.3.4-10
    void aFullWindowHoldsUpNoQos0() {
        Session session = connected(LIMITS, effects, v5(1, 0));
        deliver(session, "a", Qos.AT_LEAST_ONCE);
        deliver(session, "b", Qos.AT_LEAST_ONCE);
        assertThat(deliver(session, "c", Qos.AT_MOST_ONCE)).isEqualTo(Delivery.SENT);
        assertThat(sentPayloads()).containsExactly("a", "c");
    }

    @Test
    void aSlowReaderLosesQos0AndKeepsTheRest() {
        Session session = connected(LIMITS, effects, v5());
        effects.room = 0;
        assertThat(deliver(session, "a", Qos.AT_MOST_ONCE)).isEqualTo(Delivery.DROPPED);
        assertThat(deliver(session, "b", Qos.AT_LEAST_ONCE)).isEqualTo(Delivery.QUEUED);
        assertThat(deliver(session, "c", Qos.AT_LEAST_ONCE)).isEqualTo(Delivery.QUEUED);
        assertThat(effects.dropped()).extracting(FakeEffects.Dropped::reason).containsExactly(DropReason.SLOW_READER);

        effects.room = 1;
        session.drain();
        assertThat(sentPayloads()).containsExactly("b");
        effects.room = 1;
        assertThat(deliver(session, "d", Qos.AT_LEAST_ONCE))
                .as("does not overtake what waits")
                .isEqualTo(Delivery.QUEUED);
        effects.room = 10;
        session.drain();
        assertThat(sentPayloads()).containsExactly("b", "c", "d");
    }

    @Test
    void betweenAttachAndResumeNothingIsSent() {
        Session session = new Session("client", LIMITS, effects);
        session.attach(v5());
        assertThat(deliver(session, "a", Qos.AT_MOST_ONCE)).isEqualTo(Delivery.DROPPED);
        assertThat(deliver(session, "b", Qos.AT_LEAST_ONCE)).isEqualTo(Delivery.QUEUED);
        session.drain();
        assertThat(effects.sent()).isEmpty();
        session.resume();
        assertThat(sentPayloads()).containsExactly("b");
        assertThatThrownBy(session::resume).isInstanceOf(IllegalStateException.class);
    }

    @Test // MQTT-2.2.1-4, hostile B43
    void identifiersAreUniqueAndNeverZeroWith65535InFlight() {
        SessionLimits limits =
                new SessionLimits(0xFFFF, 100_000, Long.MAX_VALUE, Long.MAX_VALUE, Overflow.DROP_NEWEST, 1, 1, 0, 0);
        Session session = connected(limits, effects, v5());
        deliver(session, "first", Qos.AT_LEAST_ONCE);
        session.pubAck(pubAck(1)); // so that the numbers wrap in the middle
        for (int i = 0; i < 0xFFFF; i++) {
            deliver(session, "x", Qos.AT_LEAST_ONCE);
        }
        assertThat(deliver(session, "late", Qos.AT_LEAST_ONCE)).isEqualTo(Delivery.QUEUED);
        assertThat(session.inFlight()).isEqualTo(0xFFFF);
        assertThat(effects.sent().stream()
                        .skip(1)
                        .mapToInt(FakeEffects.Sent::packetId)
                        .distinct()
                        .count())
                .isEqualTo(0xFFFF);
        assertThat(sentIds()).allMatch(id -> id >= 1 && id <= 0xFFFF);

        session.pubAck(pubAck(40_000)); // the only free one is found
        assertThat(effects.sent().get(0xFFFF + 1).packetId()).isEqualTo(40_000);
        for (int id = 1; id <= 0xFFFF; id++) {
            session.pubAck(pubAck(id));
        }
        assertThat(session.inFlight()).isZero();
    }

    @Test // MQTT-3.1.2-24, MQTT-3.1.2-25
    void whatIsTooLargeForTheClientIsDroppedAsIfDone() {
        Session session = connected(LIMITS, effects, v5(10, 20, 0));
        Message large = message("topic", "0123456789abcdef");
        int records = effects.records.size();
        assertThat(session.deliver(large, Qos.EXACTLY_ONCE, false, NO_IDS)).isEqualTo(Delivery.DROPPED);
        assertThat(session.deliver(large, Qos.AT_MOST_ONCE, false, NO_IDS)).isEqualTo(Delivery.DROPPED);
        assertThat(effects.dropped()).containsOnly(new FakeEffects.Dropped(DropReason.TOO_LARGE, large));
        assertThat(effects.records).hasSize(records);
        assertThat(deliver(session, "small", Qos.EXACTLY_ONCE)).isEqualTo(Delivery.SENT);
        assertThat(sentIds()).containsExactly(1);
    }

    @Test
    void withoutConnectionAPacketIsAMistakeOfTheCaller() {
        Session session = new Session("client", LIMITS, effects);
        assertThatThrownBy(() -> session.pubAck(pubAck(1))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> session.pubRec(pubRec(1))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> session.pubComp(pubComp(1))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> session.pubRel(pubRel(1))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(session::resume).isInstanceOf(IllegalStateException.class);
        session.drain();
        assertThat(effects.all).isEmpty();
    }

    @Test
    void aMessageIsOneObjectHoweverManySessionsHoldIt() {
        Session session = connected(LIMITS, effects, v5());
        Message message = message("topic", "a");
        session.deliver(message, Qos.AT_LEAST_ONCE, false, NO_IDS);
        assertThat(effects.sent().get(0).message()).isSameAs(message);
        assertThat(effects.of(Packet.class)).isEmpty();
    }
}
