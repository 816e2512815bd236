package io.coppice.session;

import static io.coppice.session.Worlds.LIMITS;
import static io.coppice.session.Worlds.NO_IDS;
import static io.coppice.session.Worlds.connected;
import static io.coppice.session.Worlds.expiring;
import static io.coppice.session.Worlds.message;
import static io.coppice.session.Worlds.pubAck;
import static io.coppice.session.Worlds.pubRec;
import static io.coppice.session.Worlds.publish;
import static io.coppice.session.Worlds.snapshot;
import static io.coppice.session.Worlds.subscription;
import static io.coppice.session.Worlds.v3;
import static io.coppice.session.Worlds.v5;
import static io.coppice.session.Worlds.will;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.TopicFilter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The life of a session, its subscriptions, its will and its records (MQTT 5, 3.1.2 and 4.1). */
class SessionTest {
    private final FakeEffects effects = new FakeEffects();

    private static Delivery deliver(Session session, String payload, Qos qos) {
        return session.deliver(message("topic", payload), qos, false, NO_IDS);
    }

    // Life.

    @Test
    void aFreshSessionIsParkedAndEmpty() {
        Session session = new Session("client", LIMITS, effects);
        assertThat(session.clientId()).isEqualTo("client");
        assertThat(session.state()).isEqualTo(Session.State.PARKED);
        assertThat(session.isPersistent()).isFalse();
        assertThat(session.isAttached()).isFalse();
        assertThat(session.parkedAt()).isEqualTo(-1);
        assertThat(session.will()).isNull();
        assertThat(snapshot(session)).isEmpty();
        assertThat(effects.all).isEmpty();
    }

    @Test // MQTT-3.1.2-23
    void aPersistentSessionIsParkedWhenItsConnectionEnds() {
        Session session = new Session("client", LIMITS, effects);
        session.attach(expiring(60, will()));
        assertThat(session.state()).isEqualTo(Session.State.CONNECTED);
        assertThat(session.isPersistent()).isTrue();
        assertThat(session.isAttached()).isTrue();
        assertThat(session.sessionExpiryInterval()).isEqualTo(60);
        effects.now += 5;
        session.detach();
        assertThat(session.state()).isEqualTo(Session.State.PARKED);
        assertThat(session.parkedAt()).isEqualTo(effects.now);
        assertThat(session.will()).isEqualTo(will());
        session.detach();
        assertThat(effects.records)
                .containsExactly(
                        new SessionRecord.Attached(effects.now - 5, 60, will(), effects.epoch),
                        new SessionRecord.Parked(effects.now, 60));
    }

    @Test
    void aSessionIsOfTheUserWhoConnectedLastAndItsRecordsSayIt() {
        Session session = new Session("client", LIMITS, effects);
        assertThat(session.owner()).isNull();
        session.attach(new Attachment(ProtocolVersion.V5, 60, 10, Long.MAX_VALUE, 0, null, "anna"));
        session.detach();
        assertThat(session.owner()).isEqualTo("anna");
        Session again = new Session("client", LIMITS, new FakeEffects());
        session.snapshot(again::replay);
        assertThat(again.owner()).isEqualTo("anna");

        session.attach(new Attachment(ProtocolVersion.V5, 60, 10, Long.MAX_VALUE, 0, null));
        assertThat(session.owner()).isNull();
        assertThat(effects.records)
                .filteredOn(SessionRecord.Attached.class::isInstance)
                .hasSize(2);
    }

    @Test
    void aSessionThatEndsWithItsConnectionIsNotRecorded() {
        Session session = new Session("client", LIMITS, effects);
        session.attach(expiring(0, will()));
        session.resume();
        session.subscribe(subscription("a", Qos.EXACTLY_ONCE));
        session.unsubscribe(TopicFilter.of("a"));
        deliver(session, "a", Qos.EXACTLY_ONCE);
        session.pubRec(pubRec(1));
        deliver(session, "b", Qos.AT_LEAST_ONCE);
        session.pubAck(pubAck(2));
        session.publish(publish(Qos.EXACTLY_ONCE, 1, "c"));
        session.routed(1, ReasonCode.SUCCESS);
        session.pubRel(Worlds.pubRel(1));
        session.willDone();
        session.detach();
        assertThat(session.state()).isEqualTo(Session.State.ENDED);
        assertThat(effects.records).isEmpty();
    }

    @Test
    void whatWaitsIsDroppedWhenTheSessionEnds() {
        Session session = connected(LIMITS, effects, v5(1, 0));
        session.subscribe(subscription("a", Qos.EXACTLY_ONCE));
        deliver(session, "sent", Qos.AT_LEAST_ONCE);
        deliver(session, "waiting", Qos.AT_LEAST_ONCE);
        session.publish(publish(Qos.EXACTLY_ONCE, 1, "c"));
        session.end();
        session.end();
        session.detach();
        session.routed(1, ReasonCode.SUCCESS);
        assertThat(effects.dropped())
                .extracting(FakeEffects.Dropped::reason)
                .containsExactly(DropReason.UNACKNOWLEDGED, DropReason.SESSION_ENDED);
        assertThat(effects.records).endsWith(new SessionRecord.Ended());
        assertThat(effects.records)
                .filteredOn(each -> each instanceof SessionRecord.Ended)
                .hasSize(1);
        assertThat(session.inFlight()).isZero();
        assertThat(session.queued()).isZero();
        assertThat(session.queuedBytes()).isZero();
        assertThat(session.inboundInUse(1)).isFalse();
        assertThat(session.isPersistent()).isFalse();
        assertThat(session.parkedAt()).isEqualTo(-1);
        assertThat(session.subscriptions()).as("for those who tidy up").hasSize(1);
        assertThat(deliver(session, "late", Qos.AT_MOST_ONCE)).isEqualTo(Delivery.DROPPED);
        assertThat(snapshot(session)).containsExactly("Ended[]");
        assertThatThrownBy(() -> session.attach(v5())).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void twoConnectionsAtOnceAreAMistakeOfTheCaller() {
        Session session = connected(LIMITS, effects, v5());
        assertThatThrownBy(() -> session.attach(v5())).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> new Session("c", LIMITS, effects).publish(publish(Qos.AT_MOST_ONCE, 0, "")))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aStoredSessionThatComesBackWithoutExpiryIsThereToTheEndOfItsConnection() {
        Session session = connected(LIMITS, effects, v5());
        session.subscribe(subscription("a", Qos.EXACTLY_ONCE));
        deliver(session, "a", Qos.AT_LEAST_ONCE);
        session.detach();
        effects.forget();
        session.attach(expiring(0, will()));
        session.resume();
        assertThat(effects.sent()).hasSize(1);
        assertThat(session.subscriptionCount()).isEqualTo(1);
        session.pubAck(pubAck(1));
        deliver(session, "b", Qos.AT_LEAST_ONCE);
        session.willDone();
        session.detach();
        assertThat(effects.of(SessionRecord.class))
                .containsExactly(
                        new SessionRecord.Attached(effects.now, 0, will(), effects.epoch),
                        new SessionRecord.WillDone(),
                        new SessionRecord.Ended());
    }

    @Test // MQTT 5, 3.14.2.2.2
    void disconnectMayChangeTheExpiryButNotReviveASessionThatEnds() {
        Session session = connected(LIMITS, effects, v5());
        session.sessionExpiryInterval(10);
        session.detach();
        assertThat(effects.records).endsWith(new SessionRecord.Parked(effects.now, 10));

        session.attach(v5());
        session.sessionExpiryInterval(0);
        assertThatThrownBy(() -> session.sessionExpiryInterval(1))
                .isInstanceOfSatisfying(
                        ProtocolError.class,
                        error -> assertThat(error.reasonCode()).isEqualTo(ReasonCode.PROTOCOL_ERROR));
        session.sessionExpiryInterval(0);
        session.detach();
        assertThat(session.state()).isEqualTo(Session.State.ENDED);
        assertThat(effects.records).endsWith(new SessionRecord.Ended());
    }

    @Test
    void aParkedSessionKeepsQos1And2AndDropsQos0() {
        Session session = connected(LIMITS, effects, v5());
        session.detach();
        assertThat(deliver(session, "a", Qos.AT_MOST_ONCE)).isEqualTo(Delivery.DROPPED);
        assertThat(deliver(session, "b", Qos.AT_LEAST_ONCE)).isEqualTo(Delivery.QUEUED);
        assertThat(effects.dropped()).extracting(FakeEffects.Dropped::reason).containsExactly(DropReason.OFFLINE);
        session.attach(v3());
        session.resume();
        assertThat(effects.sent())
                .extracting(sent -> Worlds.text(sent.message()))
                .containsExactly("b");
    }

    // Will.

    @Test // MQTT-3.1.2-10
    void aWillIsThereUntilItIsPublishedOrWithdrawn() {
        Session session = new Session("client", LIMITS, effects);
        session.attach(expiring(60, will()));
        session.willDone();
        session.willDone();
        assertThat(session.will()).isNull();
        assertThat(effects.records)
                .filteredOn(new SessionRecord.WillDone()::equals)
                .hasSize(1);
    }

    @Test
    void aNewConnectionReplacesTheWillAndTheEndLeavesItToBePublished() {
        Session session = new Session("client", LIMITS, effects);
        session.attach(expiring(60, will()));
        session.detach();
        session.attach(expiring(60, null));
        assertThat(session.will()).isNull();
        session.detach();
        session.attach(expiring(60, will()));
        session.end();
        assertThat(session.will()).isEqualTo(will());
        session.willDone();
        assertThat(session.will()).isNull();
        assertThat(effects.records).endsWith(new SessionRecord.Ended());
    }

    // Subscriptions.

    @Test
    void aSubscriptionIsAddedReplacedInItsPlaceAndRemoved() {
        Session session = connected(LIMITS, effects, v5());
        effects.records.clear();
        Subscription first = subscription("a", Qos.AT_MOST_ONCE);
        Subscription better = subscription("a", Qos.EXACTLY_ONCE);
        Subscription other = subscription("b", Qos.AT_MOST_ONCE);
        assertThat(session.subscribe(first)).isTrue();
        assertThat(session.subscribe(other)).isTrue();
        assertThat(session.subscribe(better)).isFalse();
        assertThat(session.subscribe(better))
                .as("the same again changes nothing")
                .isFalse();
        assertThat(session.subscriptions()).containsExactly(better, other);
        assertThat(session.subscription(TopicFilter.of("a"))).isEqualTo(better);
        assertThat(session.subscription(TopicFilter.of("c"))).isNull();
        assertThat(session.unsubscribe(TopicFilter.of("c"))).isFalse();
        assertThat(session.unsubscribe(TopicFilter.of("a"))).isTrue();
        assertThat(session.subscriptionCount()).isEqualTo(1);
        assertThat(effects.records)
                .containsExactly(
                        new SessionRecord.Subscribed(first),
                        new SessionRecord.Subscribed(other),
                        new SessionRecord.Subscribed(better),
                        new SessionRecord.Unsubscribed(TopicFilter.of("a")));
    }

    @Test
    void manySubscriptionsKeepTheirOrder() {
        Session session = connected(LIMITS, effects, v5());
        List<Subscription> expected = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            Subscription each = subscription("t" + i, Qos.AT_MOST_ONCE);
            expected.add(each);
            assertThat(session.subscribe(each)).isTrue();
            assertThat(session.subscriptions()).containsExactlyElementsOf(expected);
        }
        Subscription changed = subscription("t20", Qos.EXACTLY_ONCE);
        expected.set(20, changed);
        assertThat(session.subscribe(changed)).isFalse();
        while (!expected.isEmpty()) {
            Subscription gone = expected.remove(expected.size() / 2);
            assertThat(session.subscription(gone.filter())).isEqualTo(gone);
            assertThat(session.unsubscribe(gone.filter())).isTrue();
            assertThat(session.subscriptions()).containsExactlyElementsOf(expected);
        }
    }
}
