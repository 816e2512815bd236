package io.coppice.session;

import static io.coppice.session.Worlds.LIMITS;
import static io.coppice.session.Worlds.NO_IDS;
import static io.coppice.session.Worlds.connected;
import static io.coppice.session.Worlds.expiring;
import static io.coppice.session.Worlds.message;
import static io.coppice.session.Worlds.pubAck;
import static io.coppice.session.Worlds.pubRec;
import static io.coppice.session.Worlds.publish;
import static io.coppice.session.Worlds.reconnect;
import static io.coppice.session.Worlds.replayed;
import static io.coppice.session.Worlds.snapshot;
import static io.coppice.session.Worlds.subscription;
import static io.coppice.session.Worlds.v3;
import static io.coppice.session.Worlds.v5;
import static io.coppice.session.Worlds.will;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.ProtocolError;
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
                        new SessionRecord.Attached(effects.now - 5, 60, will()),
                        new SessionRecord.Parked(effects.now, 60));
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
        assertThat(effects.dropped()).hasSize(1);
        assertThat(effects.dropped().get(0).reason()).isEqualTo(DropReason.SESSION_ENDED);
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
                        new SessionRecord.Attached(effects.now, 0, will()),
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
                .isInstanceOfSatisfying(ProtocolError.class, error -> assertThat(error.reasonCode())
                        .isEqualTo(ReasonCode.PROTOCOL_ERROR));
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

    // Shared subscriptions.

    private static final TopicFilter ONE = TopicFilter.of("$share/one/t");
    private static final TopicFilter TWO = TopicFilter.of("$share/two/t");

    private static void deliver(Session session, String payload, Qos qos, TopicFilter share) {
        session.deliver(message("topic", payload), qos, true, NO_IDS, share);
    }

    private Session sharing() {
        Session session = connected(LIMITS, effects, v5(3, 0));
        deliver(session, "1", Qos.AT_LEAST_ONCE, ONE);
        deliver(session, "2", Qos.EXACTLY_ONCE, ONE);
        deliver(session, "3", Qos.AT_LEAST_ONCE, TWO);
        deliver(session, "4", Qos.EXACTLY_ONCE, ONE);
        deliver(session, "5", Qos.AT_LEAST_ONCE);
        deliver(session, "6", Qos.AT_LEAST_ONCE, ONE);
        return session;
    }

    private static List<String> reclaim(Session session, TopicFilter share, boolean sentToo) {
        List<String> taken = new ArrayList<>();
        session.reclaim(
                share::equals,
                sentToo,
                each -> taken.add(Worlds.text(each.message()) + each.qos().code() + each.sent() + each.share()));
        return taken;
    }

    @Test // MQTT-3.10.4-3 of MQTT 3.1.1
    void onUnsubscribeOnlyWhatWasNotSentIsTakenBack() {
        Session session = sharing();
        assertThat(reclaim(session, ONE, false)).containsExactly("42false" + ONE, "61false" + ONE);
        assertThat(session.queued()).isEqualTo(1);
        assertThat(session.inFlight()).isEqualTo(3);
    }

    @Test // MQTT-4.8.2-4, MQTT-4.8.2-5
    void whenTheReaderIsGoneSentQos1IsTakenBackTooAndSentQos2Stays() {
        Session session = sharing();
        effects.forget();
        assertThat(reclaim(session, ONE, true)).containsExactly("11true" + ONE, "42false" + ONE, "61false" + ONE);
        assertThat(effects.of(SessionRecord.class))
                .containsExactly(
                        new SessionRecord.Settled(1), new SessionRecord.Settled(4), new SessionRecord.Settled(6));
        reconnect(session, v5());
        assertThat(effects.sent())
                .extracting(sent -> Worlds.text(sent.message()))
                .containsExactly("2", "3", "5");
        assertThat(effects.sent()).extracting(FakeEffects.Sent::retain).containsExactly(true, true, false);
    }

    @Test
    void aReplayedSessionStillKnowsWhatItShares() {
        sharing().detach();
        Session heir = replayed(effects.records, LIMITS);
        assertThat(reclaim(heir, ONE, true)).containsExactly("11true" + ONE, "42false" + ONE, "61false" + ONE);
        assertThat(reclaim(heir, TWO, true)).containsExactly("31true" + TWO);
        assertThat(reclaim(heir, ONE, true)).isEmpty();
    }

    @Test
    void whatIsTakenBackMayComeToTheSameSessionAgain() {
        Session session = sharing();
        session.reclaim(
                ONE::equals,
                true,
                each -> session.deliver(each.message(), each.qos(), each.retain(), NO_IDS, each.share()));
        assertThat(session.inFlight()).isEqualTo(2);
        session.pubAck(pubAck(3));
        assertThat(session.inFlight()).isEqualTo(3);
        assertThat(session.queued()).isEqualTo(2);
    }

    // Records.

    @Test
    void aSnapshotIsTheShortestWayToTheSameSession() {
        Session session = connected(LIMITS, effects, v5(3, 0));
        session.subscribe(subscription("a", Qos.AT_LEAST_ONCE));
        session.subscribe(subscription("b", Qos.AT_LEAST_ONCE));
        session.unsubscribe(TopicFilter.of("b"));
        for (String payload : List.of("1", "2", "3", "4", "5")) {
            deliver(session, payload, Qos.EXACTLY_ONCE);
        }
        session.pubRec(pubRec(2));
        session.pubRec(pubRec(1, ReasonCode.UNSPECIFIED_ERROR));
        session.publish(publish(Qos.EXACTLY_ONCE, 9, "routed"));
        session.publish(publish(Qos.EXACTLY_ONCE, 8, "open"));
        session.publish(publish(Qos.AT_LEAST_ONCE, 7, "forgotten"));
        session.publish(publish(Qos.EXACTLY_ONCE, 6, "refused"));
        session.routed(9, ReasonCode.SUCCESS);
        session.routed(6, ReasonCode.NOT_AUTHORIZED);

        long at = effects.now;
        List<String> expected = List.of(
                "Attached[at=" + at + ", sessionExpiryInterval=3600, will=null]",
                "Subscribed[subscription=" + subscription("a", Qos.AT_LEAST_ONCE) + "]",
                "Accepted[8 open]",
                "Routed[packetId=9]",
                "Enqueued[2 2 EXACTLY_ONCE false [] null]",
                "Assigned[sequence=2, packetId=2]",
                "Received[sequence=2]",
                "Enqueued[3 3 EXACTLY_ONCE false [] null]",
                "Assigned[sequence=3, packetId=3]",
                "Enqueued[4 4 EXACTLY_ONCE false [] null]",
                "Assigned[sequence=4, packetId=4]",
                "Enqueued[5 5 EXACTLY_ONCE false [] null]");
        assertThat(snapshot(session)).isEqualTo(expected);
        assertThat(snapshot(replayed(effects.records, LIMITS))).isEqualTo(expected);
        List<SessionRecord> short1 = new ArrayList<>();
        session.snapshot(short1::add);
        assertThat(snapshot(replayed(short1, LIMITS))).isEqualTo(expected);
    }

    @Test
    void noSequenceIsUsedTwiceEvenWhenASnapshotHasNoMessages() {
        Session session = connected(LIMITS, effects, v5());
        deliver(session, "1", Qos.AT_LEAST_ONCE);
        session.pubAck(pubAck(1));
        List<SessionRecord> records = new ArrayList<>();
        session.snapshot(records::add);
        assertThat(records).endsWith(new SessionRecord.Settled(1));

        FakeEffects others = new FakeEffects();
        Session heir = new Session("client", LIMITS, others);
        records.forEach(heir::replay);
        deliver(heir, "2", Qos.AT_LEAST_ONCE);
        assertThat(others.records.get(0))
                .isInstanceOfSatisfying(SessionRecord.Enqueued.class, each -> assertThat(each.sequence())
                        .isEqualTo(2));
    }

    @Test
    void aSessionWhoseNodeEndedIsParkedByDetachAndGoesOnWithAttach() {
        Session session = connected(LIMITS, effects, v5());
        deliver(session, "1", Qos.AT_LEAST_ONCE);
        for (boolean parks : new boolean[] {true, false}) {
            FakeEffects others = new FakeEffects();
            Session heir = new Session("client", LIMITS, others);
            effects.records.forEach(heir::replay);
            assertThat(heir.state()).isEqualTo(Session.State.CONNECTED);
            assertThat(heir.isAttached()).isFalse();
            assertThat(deliver(heir, "2", Qos.AT_LEAST_ONCE)).isEqualTo(Delivery.QUEUED);
            assertThat(deliver(heir, "0", Qos.AT_MOST_ONCE)).isEqualTo(Delivery.DROPPED);
            if (parks) {
                heir.detach();
                assertThat(heir.state()).isEqualTo(Session.State.PARKED);
                assertThat(heir.parkedAt()).isEqualTo(others.now);
            }
            heir.attach(v5());
            heir.resume();
            assertThat(others.sent()).extracting(FakeEffects.Sent::dup).containsExactly(true, false);
            assertThat(others.sent()).extracting(FakeEffects.Sent::packetId).containsExactly(1, 2);
        }
    }

    @Test
    void aReplayedEndIsAnEndAndIsNotRecordedAgain() {
        Session session = connected(LIMITS, effects, v5());
        session.end();
        FakeEffects others = new FakeEffects();
        Session heir = new Session("client", LIMITS, others);
        effects.records.forEach(heir::replay);
        assertThat(heir.state()).isEqualTo(Session.State.ENDED);
        heir.end();
        assertThat(others.all).isEmpty();
    }

    @Test
    void recordsToldTwiceOrAboutNothingChangeNothing() {
        Session session = connected(LIMITS, effects, v5());
        deliver(session, "1", Qos.EXACTLY_ONCE);
        deliver(session, "2", Qos.EXACTLY_ONCE);
        session.pubRec(pubRec(1));
        session.publish(publish(Qos.EXACTLY_ONCE, 5, "x"));
        List<SessionRecord> twice = new ArrayList<>();
        for (SessionRecord record : effects.records) {
            twice.add(record);
            twice.add(record);
        }
        twice.add(new SessionRecord.Assigned(77, 3));
        twice.add(new SessionRecord.Received(77));
        twice.add(new SessionRecord.Released(77));
        assertThat(snapshot(replayed(twice, LIMITS))).isEqualTo(snapshot(session));
    }

    @Test
    void aLongQueueIsReplayedAlsoWhereItsMiddleIsSettled() {
        SessionLimits wide = new SessionLimits(200, 10_000, 10_000_000, Overflow.REJECT, 1, 1, 0, 0);
        Session session = connected(wide, effects, v5());
        for (int i = 1; i <= 400; i++) {
            long expiresAt = i > 250 && i % 3 == 0 ? effects.now + 10 : Message.NEVER;
            session.deliver(message("topic", String.valueOf(i), expiresAt), Qos.AT_LEAST_ONCE, false, NO_IDS);
        }
        for (int id = 200; id > 50; id -= 2) {
            session.pubAck(pubAck(id));
        }
        effects.now += 10;
        session.removeExpired(1000);
        deliver(session, "last", Qos.AT_LEAST_ONCE);
        Session heir = replayed(effects.records, wide);
        assertThat(snapshot(heir)).isEqualTo(snapshot(session));
        assertThat(heir.queued()).isEqualTo(session.queued());
        assertThat(heir.queuedBytes()).isEqualTo(session.queuedBytes());
    }

    @Test
    void packetIdentifiersGoOnWhereTheyWereAfterReplay() {
        Session session = connected(LIMITS, effects, v5());
        for (int id = 1; id <= 5; id++) {
            deliver(session, "x", Qos.AT_LEAST_ONCE);
            session.pubAck(pubAck(id));
        }
        session.detach();
        FakeEffects others = new FakeEffects();
        Session heir = new Session("client", LIMITS, others);
        effects.records.forEach(heir::replay);
        heir.attach(v5());
        heir.resume();
        deliver(heir, "y", Qos.AT_LEAST_ONCE);
        assertThat(others.sent().get(0).packetId())
                .as("a late answer to 1 to 5 hits nothing")
                .isEqualTo(6);
    }
}
