package io.coppice.session;

import static io.coppice.session.Worlds.LIMITS;
import static io.coppice.session.Worlds.NO_IDS;
import static io.coppice.session.Worlds.connected;
import static io.coppice.session.Worlds.message;
import static io.coppice.session.Worlds.pubAck;
import static io.coppice.session.Worlds.pubRec;
import static io.coppice.session.Worlds.publish;
import static io.coppice.session.Worlds.replayed;
import static io.coppice.session.Worlds.snapshot;
import static io.coppice.session.Worlds.subscription;
import static io.coppice.session.Worlds.v5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicFilter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Records and what a replay makes of them. */
class SessionRecordsTest {
    private final FakeEffects effects = new FakeEffects();

    private static Delivery deliver(Session session, String payload, Qos qos) {
        return session.deliver(message("topic", payload), qos, false, NO_IDS);
    }

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
                "Attached[at=" + at + ", sessionExpiryInterval=3600, will=null, epoch=1, owner=null]",
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
                .isInstanceOfSatisfying(
                        SessionRecord.Enqueued.class,
                        each -> assertThat(each.sequence()).isEqualTo(2));
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
        SessionLimits wide = new SessionLimits(200, 10_000, 10_000_000, Long.MAX_VALUE, Overflow.REJECT, 1, 1, 0, 0);
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
