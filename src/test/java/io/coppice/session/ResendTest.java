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
import static io.coppice.session.Worlds.v5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is sent again after a reconnect, and what is not (MQTT 5, 4.4). */
class ResendTest {
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

    @Test // MQTT-4.4.0-1, MQTT-4.6.0-1, MQTT-3.3.1-1
    void aReconnectedClientGetsWhatIsInFlightAgainInOrderAndThenTheQueue() {
        Session session = connected(LIMITS, effects, v5(4, 0));
        deliver(session, "a", Qos.AT_LEAST_ONCE);
        deliver(session, "b", Qos.EXACTLY_ONCE);
        deliver(session, "c", Qos.EXACTLY_ONCE);
        deliver(session, "d", Qos.AT_LEAST_ONCE);
        deliver(session, "e", Qos.AT_LEAST_ONCE);
        session.pubRec(pubRec(2));
        session.pubAck(pubAck(1));
        assertThat(sentPayloads()).containsExactly("a", "b", "c", "d", "e");
        effects.forget();

        reconnect(session, v5(10, 0));

        List<Object> resent = effects.all.stream()
                .filter(each -> !(each instanceof SessionRecord))
                .map(each -> each instanceof FakeEffects.Sent sent
                        ? Worlds.text(sent.message()) + sent.packetId() + sent.dup()
                        : each)
                .toList();
        assertThat(resent).containsExactly(pubRel(2), "c3true", "d4true", "e5true");
        deliver(session, "f", Qos.AT_LEAST_ONCE);
        assertThat(sentIds()).containsExactly(3, 4, 5, 6);
        assertThat(effects.sent().get(3).dup()).isFalse();
    }

    @Test // MQTT-4.4.0-1: never otherwise
    void withoutReconnectNothingIsSentAgain() {
        Session session = connected(LIMITS, effects, v5());
        deliver(session, "a", Qos.AT_LEAST_ONCE);
        effects.now += 1_000_000;
        session.drain();
        session.removeExpired(100);
        assertThat(effects.sent()).hasSize(1);
    }

    @Test // MQTT-3.3.4-9, MQTT-4.9.0-3
    void aSmallerReceiveMaximumAfterReconnectHoldsForResendsButNotForPubRel() {
        Session session = connected(LIMITS, effects, v5());
        deliver(session, "a", Qos.AT_LEAST_ONCE);
        deliver(session, "b", Qos.AT_LEAST_ONCE);
        deliver(session, "c", Qos.EXACTLY_ONCE);
        deliver(session, "d", Qos.AT_LEAST_ONCE);
        session.pubRec(pubRec(3));
        effects.forget();

        reconnect(session, v5(1, 0));
        assertThat(sentPayloads()).containsExactly("a");
        assertThat(effects.packets()).containsExactly(pubRel(3));
        assertThat(deliver(session, "e", Qos.AT_LEAST_ONCE)).isEqualTo(Delivery.QUEUED);

        session.pubAck(pubAck(1));
        assertThat(sentPayloads()).as("PUBREL still counts").containsExactly("a");
        session.pubComp(pubComp(3));
        assertThat(sentPayloads()).containsExactly("a", "b");
        session.pubAck(pubAck(2));
        assertThat(sentPayloads()).containsExactly("a", "b", "d");
        session.pubAck(pubAck(4));
        assertThat(sentPayloads()).containsExactly("a", "b", "d", "e");
        assertThat(effects.sent()).extracting(FakeEffects.Sent::dup).containsExactly(true, true, true, false);
    }

    @Test
    void resendsStopWhenTheOutputIsFullAndGoOnWhereTheyStopped() {
        Session session = connected(LIMITS, effects, v5());
        for (String payload : List.of("a", "b", "c")) {
            deliver(session, payload, Qos.AT_LEAST_ONCE);
        }
        effects.forget();
        effects.room = 1;
        reconnect(session, v5());
        assertThat(sentPayloads()).containsExactly("a");
        effects.room = 1;
        session.drain();
        assertThat(sentPayloads()).containsExactly("a", "b");
        effects.room = 5;
        session.drain();
        assertThat(sentPayloads()).containsExactly("a", "b", "c");
    }

    @Test
    void anAnswerToWhatThisConnectionHasNotSeenAgainIsTakenAndNotResent() {
        Session session = connected(LIMITS, effects, v5());
        for (String payload : List.of("a", "b", "c", "d")) {
            deliver(session, payload, Qos.EXACTLY_ONCE);
        }
        effects.forget();
        reconnect(session, v5(1, 0));
        assertThat(sentIds()).containsExactly(1);
        session.pubRec(pubRec(2));
        session.pubRec(pubRec(3, ReasonCode.UNSPECIFIED_ERROR));
        assertThat(sentIds()).containsExactly(1);
        session.pubRec(pubRec(1));
        session.pubComp(pubComp(1));
        session.pubComp(pubComp(2));
        assertThat(sentIds()).containsExactly(1, 4);
        session.pubRec(pubRec(4));
        session.pubComp(pubComp(4));
        assertThat(session.inFlight()).isZero();
    }

    @Test // MQTT-4.3.3-6
    void whatWasAnsweredWithPubRecIsNotSentAgainWhenItsTurnComes() {
        Session session = connected(LIMITS, effects, v5());
        for (String payload : List.of("a", "b", "c", "d")) {
            deliver(session, payload, Qos.EXACTLY_ONCE);
        }
        effects.forget();
        reconnect(session, v5(2, 0));
        session.pubRec(pubRec(3)); // the next in turn
        for (int id = 1; id <= 2; id++) {
            session.pubRec(pubRec(id));
            session.pubComp(pubComp(id));
        }
        assertThat(sentIds()).containsExactly(1, 2, 4);
    }

    @Test // MQTT-4.6.0-1
    void aNewMessageDoesNotOvertakeWhatIsToBeSentAgain() {
        Session session = connected(LIMITS, effects, v5());
        for (String payload : List.of("a", "b", "c")) {
            deliver(session, payload, Qos.AT_LEAST_ONCE);
        }
        effects.forget();
        effects.room = 1;
        reconnect(session, v5());
        effects.room = 10; // and nobody has called drain yet
        assertThat(deliver(session, "d", Qos.AT_LEAST_ONCE)).isEqualTo(Delivery.QUEUED);
        session.drain();
        assertThat(sentPayloads()).containsExactly("a", "b", "c", "d");
    }

    @Test
    void whatBecameTooLargeWhileItWaitedOrWasInFlightIsDroppedToo() {
        Session session = connected(LIMITS, effects, v5(2, 0));
        deliver(session, "in flight and large", Qos.AT_LEAST_ONCE);
        deliver(session, "small", Qos.AT_LEAST_ONCE);
        deliver(session, "waiting and large", Qos.AT_LEAST_ONCE);
        deliver(session, "last", Qos.AT_LEAST_ONCE);
        effects.forget();
        reconnect(session, v5(10, 12, 0));
        assertThat(sentPayloads()).containsExactly("small", "last");
        assertThat(effects.dropped()).extracting(FakeEffects.Dropped::reason).containsOnly(DropReason.TOO_LARGE);
        assertThat(session.inFlight()).isEqualTo(2);
    }

    @Test
    void aQos2MessageThatBecameTooLargeFreesItsIdentifierOnBothSides() {
        Session session = connected(LIMITS, effects, v5());
        deliver(session, "in flight and large", Qos.EXACTLY_ONCE);
        effects.forget();
        reconnect(session, v5(10, 12, 0));
        assertThat(effects.sent()).isEmpty();
        assertThat(effects.packets()).containsExactly(pubRel(1));
        assertThat(effects.dropped()).extracting(FakeEffects.Dropped::reason).containsExactly(DropReason.TOO_LARGE);
        assertThat(session.inFlight()).as("the message was dropped").isZero();
        session.pubComp(pubComp(1, ReasonCode.PACKET_IDENTIFIER_NOT_FOUND));
        assertThat(session.inFlight()).isZero();
        assertThat(effects.delivered).isZero();
    }
}
