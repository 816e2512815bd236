package io.coppice.session;

import static io.coppice.session.Worlds.NO_IDS;
import static io.coppice.session.Worlds.connected;
import static io.coppice.session.Worlds.message;
import static io.coppice.session.Worlds.pubAck;
import static io.coppice.session.Worlds.pubComp;
import static io.coppice.session.Worlds.pubRec;
import static io.coppice.session.Worlds.reconnect;
import static io.coppice.session.Worlds.v5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Qos;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What waits: its limits, what a full queue does, and expiry (MQTT 5, 3.3.2.3.3). */
class PendingQueueTest {
    /** Weight of a message with topic "topic" and one byte. */
    private static final int WEIGHT = message("topic", "x").weight();

    private final FakeEffects effects = new FakeEffects();

    private static SessionLimits limits(int messages, long bytes, Overflow overflow) {
        return new SessionLimits(1, messages, bytes, Long.MAX_VALUE, overflow, 1, 1, 0, 0);
    }

    /** With one message in flight and a full window. */
    private Session busy(SessionLimits limits) {
        Session session = connected(limits, effects, v5());
        deliver(session, "0");
        effects.forget();
        return session;
    }

    private static Delivery deliver(Session session, String payload) {
        Qos qos = session.inFlight() == 0 ? Qos.AT_LEAST_ONCE : Qos.EXACTLY_ONCE;
        return session.deliver(message("topic", payload), qos, false, NO_IDS);
    }

    private static Delivery deliver(Session session, String payload, long expiresAt) {
        return session.deliver(message("topic", payload, expiresAt), Qos.EXACTLY_ONCE, false, NO_IDS);
    }

    private List<String> dropped() {
        return effects.dropped().stream()
                .map(each -> Worlds.text(each.message()) + " " + each.reason())
                .toList();
    }

    /** What is sent from now on when the client answers everything. */
    private List<String> drained(Session session) {
        effects.forget();
        for (int id = 1; session.inFlight() > 0; id++) {
            if (id == 1) {
                session.pubAck(pubAck(id));
            } else {
                session.pubRec(pubRec(id));
                session.pubComp(pubComp(id));
            }
        }
        return effects.sent().stream().map(sent -> Worlds.text(sent.message())).toList();
    }

    @Test
    void dropNewestKeepsWhatWaits() {
        Session session = busy(limits(2, 1_000_000, Overflow.DROP_NEWEST));
        assertThat(deliver(session, "1")).isEqualTo(Delivery.QUEUED);
        assertThat(deliver(session, "2")).isEqualTo(Delivery.QUEUED);
        assertThat(deliver(session, "3")).isEqualTo(Delivery.DROPPED);
        assertThat(dropped()).containsExactly("3 QUEUE_FULL");
        assertThat(drained(session)).containsExactly("1", "2");
    }

    @Test
    void dropOldestMakesRoomAmongWhatWaitsAndNeverInFlight() {
        Session session = busy(limits(2, 1_000_000, Overflow.DROP_OLDEST));
        for (String payload : List.of("1", "2", "3", "4")) {
            assertThat(deliver(session, payload)).isEqualTo(Delivery.QUEUED);
        }
        assertThat(dropped()).containsExactly("1 QUEUE_FULL", "2 QUEUE_FULL");
        assertThat(effects.of(SessionRecord.Settled.class))
                .containsExactly(new SessionRecord.Settled(2), new SessionRecord.Settled(3));
        assertThat(session.queued()).isEqualTo(2);
        assertThat(drained(session)).containsExactly("3", "4");
    }

    @Test
    void rejectTakesNothingAndLeavesTheTellingToTheCaller() {
        Session session = busy(limits(1, 1_000_000, Overflow.REJECT));
        deliver(session, "1");
        assertThat(deliver(session, "2")).isEqualTo(Delivery.REJECTED);
        assertThat(effects.dropped()).isEmpty();
        assertThat(drained(session)).containsExactly("1");
    }

    @Test
    void theQueueIsLimitedByBytesToo() {
        Session newest = busy(limits(100, 2L * WEIGHT, Overflow.DROP_NEWEST));
        deliver(newest, "1");
        assertThat(newest.queuedBytes()).isEqualTo(WEIGHT);
        deliver(newest, "2");
        assertThat(newest.queuedBytes()).isEqualTo(2L * WEIGHT);
        assertThat(deliver(newest, "3")).isEqualTo(Delivery.DROPPED);

        Session oldest = busy(limits(100, 2L * WEIGHT, Overflow.DROP_OLDEST));
        deliver(oldest, "1");
        deliver(oldest, "2");
        assertThat(deliver(oldest, "33")).as("one byte more drops two").isEqualTo(Delivery.QUEUED);
        assertThat(oldest.queued()).isEqualTo(1);
        assertThat(deliver(oldest, "4".repeat(2 * WEIGHT))).as("fits nowhere").isEqualTo(Delivery.DROPPED);
        assertThat(oldest.queued()).isEqualTo(1);
    }

    @Test
    void theBytesOfWhatLeavesTheQueueAreFreeAgain() {
        Session session = busy(limits(100, 4L * WEIGHT, Overflow.DROP_OLDEST));
        for (String payload : List.of("1", "2", "3", "44", "5")) {
            deliver(session, payload);
        }
        assertThat(dropped()).containsExactly("1 QUEUE_FULL", "2 QUEUE_FULL");
        assertThat(session.queuedBytes()).isEqualTo(3L * WEIGHT + 1);
        session.pubAck(pubAck(1));
        assertThat(session.queuedBytes()).isEqualTo(2L * WEIGHT + 1);
    }

    @Test
    void aQueueOfNoMessagesHoldsNone() {
        for (Overflow overflow : Overflow.values()) {
            Session session = busy(limits(0, 1_000_000, overflow));
            assertThat(deliver(session, "1"))
                    .isEqualTo(overflow == Overflow.REJECT ? Delivery.REJECTED : Delivery.DROPPED);
        }
    }

    @Test
    void expiredMessagesAtTheFrontMakeRoomBeforeAnyPolicy() {
        Session session = busy(limits(2, 1_000_000, Overflow.REJECT));
        deliver(session, "1", effects.now + 10);
        deliver(session, "2", effects.now + 10);
        effects.now += 10;
        assertThat(deliver(session, "3")).isEqualTo(Delivery.QUEUED);
        assertThat(dropped()).containsExactly("1 EXPIRED", "2 EXPIRED");
        assertThat(session.queued()).isEqualTo(1);
    }

    @Test // MQTT-3.3.2-5
    void anExpiredMessageIsNeitherTakenNorSent() {
        Session session = busy(limits(10, 1_000_000, Overflow.REJECT));
        assertThat(deliver(session, "old", effects.now)).isEqualTo(Delivery.DROPPED);
        assertThat(session.deliver(message("topic", "old", effects.now), Qos.AT_MOST_ONCE, false, NO_IDS))
                .isEqualTo(Delivery.DROPPED);
        deliver(session, "1", effects.now + 10);
        deliver(session, "2", effects.now + 11);
        effects.now += 10;
        session.pubAck(pubAck(1));
        assertThat(dropped()).containsExactly("old EXPIRED", "old EXPIRED", "1 EXPIRED");
        assertThat(effects.sent())
                .extracting(sent -> Worlds.text(sent.message()))
                .containsExactly("2");
        assertThat(effects.records).contains(new SessionRecord.Settled(2));
    }

    @Test // MQTT-4.3.3-7, MQTT-4.3.3-13
    void whatWasSentOnceNoLongerExpires() {
        Session session = connected(limits(10, 1_000_000, Overflow.REJECT), effects, v5());
        deliver(session, "1", effects.now + 10);
        effects.now += 1000;
        session.removeExpired(100);
        reconnect(session, v5());
        assertThat(effects.sent()).extracting(FakeEffects.Sent::dup).containsExactly(false, true);
        session.pubRec(pubRec(1));
        session.pubComp(pubComp(1));
        assertThat(effects.dropped()).isEmpty();
    }

    @Test
    void expiredMessagesAreRemovedAFewAtATime() {
        Session session = busy(limits(100, 1_000_000, Overflow.REJECT));
        for (int i = 0; i < 10; i++) {
            deliver(session, String.valueOf(i), i % 2 == 0 ? effects.now + 10 : Message.NEVER);
        }
        session.removeExpired(100);
        assertThat(session.queued()).isEqualTo(10);
        effects.now += 10;
        session.removeExpired(3);
        assertThat(dropped()).containsExactly("0 EXPIRED", "2 EXPIRED");
        session.removeExpired(3);
        session.removeExpired(3);
        session.removeExpired(3);
        assertThat(session.queued()).isEqualTo(5);
        assertThat(drained(session)).containsExactly("1", "3", "5", "7", "9");
    }

    @Test
    void theSearchForExpiredMessagesGoesOnWhenTheQueueChangesUnderIt() {
        Session session = busy(limits(100, 1_000_000, Overflow.DROP_OLDEST));
        long soon = effects.now + 10;
        for (int i = 0; i < 6; i++) {
            deliver(session, String.valueOf(i), i < 3 ? soon + 1000 : soon);
        }
        effects.now = soon;
        session.removeExpired(2); // has looked at 0 and 1
        session.pubAck(pubAck(1)); // sends 0
        session.pubRec(pubRec(2));
        session.pubComp(pubComp(2)); // sends 1
        session.pubRec(pubRec(3));
        session.pubComp(pubComp(3)); // sends 2, where the search was to go on
        session.removeExpired(100);
        assertThat(dropped()).containsExactly("3 EXPIRED", "4 EXPIRED", "5 EXPIRED");
        deliver(session, "6", soon + 5);
        session.removeExpired(100);
        assertThat(session.queued()).isEqualTo(1);
        effects.now = soon + 5;
        session.removeExpired(100);
        assertThat(session.queued()).isZero();
        assertThat(session.queuedBytes()).isZero();
    }

    @Test
    void whenMemoryIsFullTheNewestIsDropped() {
        Session session = busy(limits(10, 1_000, Overflow.DROP_NEWEST));
        deliver(session, "1");
        effects.memoryFull = true;
        assertThat(deliver(session, "2")).isEqualTo(Delivery.DROPPED);
        effects.memoryFull = false;
        assertThat(deliver(session, "3")).isEqualTo(Delivery.QUEUED);
        assertThat(dropped()).containsExactly("2 MEMORY_FULL");
        assertThat(drained(session)).containsExactly("1", "3");
    }

    @Test
    void whenMemoryIsFullThePublisherIsRefusedWhereAFullQueueRefusesIt() {
        Session session = busy(limits(10, 1_000, Overflow.REJECT));
        effects.memoryFull = true;
        assertThat(deliver(session, "1")).isEqualTo(Delivery.REJECTED);
        assertThat(dropped()).isEmpty();
        assertThat(session.queued()).isZero();
    }

    @Test
    void whenMemoryIsFullTheOldestMakesRoomWhereAFullQueueHasItSo() {
        Session session = busy(limits(10, 1_000, Overflow.DROP_OLDEST));
        deliver(session, "1");
        deliver(session, "2");
        effects.memoryFull = true;
        assertThat(deliver(session, "3")).isEqualTo(Delivery.QUEUED);
        assertThat(session.queuedBytesInMemory()).isEqualTo(2 * WEIGHT);
        assertThat(deliver(session, "x".repeat(500))).isEqualTo(Delivery.DROPPED);
        assertThat(dropped())
                .containsExactly("1 MEMORY_FULL", "2 MEMORY_FULL", "3 MEMORY_FULL", "x".repeat(500) + " MEMORY_FULL");
    }

    @Test
    void aSearchThatFoundNothingIsNotRepeatedUntilSomethingCanExpire() {
        PendingQueue queue = new PendingQueue(new SessionBounds(limits(100, 1_000_000, Overflow.REJECT)), effects);
        queue.add(new OutboundMessage(1, message("topic", "a", 20), Qos.AT_LEAST_ONCE, false, NO_IDS, null));
        OutboundMessage first =
                new OutboundMessage(2, message("topic", "b", 10), Qos.AT_LEAST_ONCE, false, NO_IDS, null);
        queue.add(first);
        queue.sweep(9, 10, queue::remove);
        assertThat(queue.size()).isEqualTo(2);
        queue.sweep(10, 10, queue::remove);
        assertThat(queue.size()).isEqualTo(1);
        queue.sweep(19, 10, each -> {
            throw new AssertionError("nothing has expired");
        });
        queue.sweep(20, 10, queue::remove);
        assertThat(queue.isEmpty()).isTrue();
    }
}
