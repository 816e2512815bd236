package io.coppice.session;

import static io.coppice.session.Worlds.LIMITS;
import static io.coppice.session.Worlds.connected;
import static io.coppice.session.Worlds.pubRel;
import static io.coppice.session.Worlds.publish;
import static io.coppice.session.Worlds.reconnect;
import static io.coppice.session.Worlds.v3;
import static io.coppice.session.Worlds.v5;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** How many messages a client may have on their way to the broker (MQTT 5, 3.3.4 and 4.9). */
class ReceiveMaximumTest {
    private final FakeEffects effects = new FakeEffects();

    private static void assertError(ReasonCode reason, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ProtocolError.class,
                        error -> assertThat(error.reasonCode()).isEqualTo(reason));
    }

    @Test // MQTT-3.3.4-7, hostile B39
    void aV5ClientThatExceedsTheReceiveMaximumIsDisconnected() {
        Session session = connected(LIMITS, effects, v5()); // 10
        for (int id = 1; id <= 5; id++) {
            session.publish(publish(Qos.EXACTLY_ONCE, id, "x"));
            session.routed(id, ReasonCode.SUCCESS); // PUBREC leaves it open
        }
        for (int id = 6; id <= 10; id++) {
            session.publish(publish(Qos.AT_LEAST_ONCE, id, "x"));
        }
        session.publish(publish(Qos.EXACTLY_ONCE, 3, "x", true)); // a repeat counts once
        session.publish(publish(Qos.AT_MOST_ONCE, 0, "x"));
        assertThat(session.mayRead()).isTrue();
        assertError(ReasonCode.RECEIVE_MAXIMUM_EXCEEDED, () -> session.publish(publish(Qos.AT_LEAST_ONCE, 11, "x")));
        assertError(ReasonCode.RECEIVE_MAXIMUM_EXCEEDED, () -> session.publish(publish(Qos.EXACTLY_ONCE, 11, "x")));
        assertThat(session.inboundInUse(11)).isFalse();
    }

    @Test
    void anyAnswerMakesRoomInTheReceiveMaximum() {
        SessionLimits limits = new SessionLimits(10, 10, 10_000, Long.MAX_VALUE, Overflow.REJECT, 1, 1, 0, 0);
        Session session = connected(limits, effects, v5());
        for (int round = 0; round < 3; round++) {
            session.publish(publish(Qos.AT_LEAST_ONCE, 1, "x"));
            session.routed(1, ReasonCode.QUOTA_EXCEEDED);
            session.publish(publish(Qos.EXACTLY_ONCE, 2, "x"));
            session.routed(2, ReasonCode.QUOTA_EXCEEDED);
            session.publish(publish(Qos.EXACTLY_ONCE, 3, "x"));
            session.routed(3, ReasonCode.SUCCESS);
            session.pubRel(pubRel(3));
        }
        assertThat(effects.packets()).hasSize(12);
    }

    @Test // MQTT 5, 4.9: not preserved across connections
    void whatAFormerConnectionLeftOpenDoesNotCountAgainstTheReceiveMaximum() {
        SessionLimits limits = new SessionLimits(10, 10, 10_000, Long.MAX_VALUE, Overflow.REJECT, 1, 2, 0, 0);
        Session session = connected(limits, effects, v5());
        for (int id = 1; id <= 2; id++) {
            session.publish(publish(Qos.EXACTLY_ONCE, id, "x"));
            session.routed(id, ReasonCode.SUCCESS);
        }
        reconnect(session, v5());
        session.publish(publish(Qos.EXACTLY_ONCE, 3, "x"));
        session.publish(publish(Qos.EXACTLY_ONCE, 1, "x", true));
        assertError(
                ReasonCode.RECEIVE_MAXIMUM_EXCEEDED, () -> session.publish(publish(Qos.EXACTLY_ONCE, 2, "x", true)));
        session.routed(3, ReasonCode.SUCCESS);
        session.pubRel(pubRel(1));
        session.publish(publish(Qos.EXACTLY_ONCE, 2, "x", true));
    }

    @Test
    void a311ClientIsSlowedByNotReadingInsteadOfAnError() {
        SessionLimits limits = new SessionLimits(10, 10, 10_000, Long.MAX_VALUE, Overflow.REJECT, 1, 2, 0, 0);
        Session session = connected(limits, effects, v3());
        session.publish(publish(Qos.AT_LEAST_ONCE, 1, "x"));
        assertThat(session.mayRead()).isTrue();
        session.publish(publish(Qos.EXACTLY_ONCE, 2, "x"));
        assertThat(session.mayRead()).isFalse();
        session.publish(publish(Qos.EXACTLY_ONCE, 3, "x")); // was read already
        session.routed(3, ReasonCode.SUCCESS);
        session.routed(2, ReasonCode.SUCCESS);
        assertThat(session.mayRead()).isFalse();
        session.routed(1, ReasonCode.SUCCESS);
        assertThat(session.mayRead()).as("though two wait for PUBREL").isTrue();
    }
}
