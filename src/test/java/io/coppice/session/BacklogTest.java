package io.coppice.session;

import static io.coppice.session.Worlds.NO_IDS;
import static io.coppice.session.Worlds.connected;
import static io.coppice.session.Worlds.message;
import static io.coppice.session.Worlds.pubAck;
import static io.coppice.session.Worlds.v5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What of a queue is in the store and not in memory. */
class BacklogTest {
    /** Weight of a message with topic "topic" and two bytes. */
    private static final int WEIGHT = message("topic", "10").weight();

    private static final TopicFilter SHARE = TopicFilter.of("$share/g/topic");

    private final FakeEffects effects = new FakeEffects();

    /** Memory for four messages that wait, and one in flight. */
    private static SessionLimits limits(int messages, Overflow overflow) {
        return new SessionLimits(1, messages, 1_000_000, 4 * WEIGHT, overflow, 1, 1, 0, 0);
    }

    /** With message 10 in flight. */
    private Session busy(SessionLimits limits) {
        Session session = connected(limits, effects, v5());
        deliver(session, 10, 10);
        return session;
    }

    /** From one number to another, and the store has them all. */
    private void queue(Session session, int from, int to) {
        deliver(session, from, to);
        session.stored(session.unstored());
    }

    private void deliver(Session session, int from, int to) {
        for (int i = from; i <= to; i++) {
            session.deliver(message("topic", "" + i), Qos.AT_LEAST_ONCE, false, NO_IDS);
        }
    }

    private void share(Session session, int number) {
        session.deliver(message("topic", "" + number), Qos.AT_LEAST_ONCE, false, NO_IDS, SHARE);
    }

    /** Messages that the session has handed out to be stored, by their numbers: 10 has sequence 1. */
    private List<SessionRecord.Enqueued> stored(long... numbers) {
        return LongStream.of(numbers)
                .mapToObj(number -> effects.records.stream()
                        .filter(each -> each instanceof SessionRecord.Enqueued message
                                && Worlds.text(message.message()).equals("" + number))
                        .map(SessionRecord.Enqueued.class::cast)
                        .findFirst()
                        .orElseThrow())
                .toList();
    }

    private void answer(Session session, boolean all, long... numbers) {
        assertThat(effects.wanted).isNotNull();
        effects.wanted = null;
        session.queueRead(stored(numbers), all);
    }

    /** The client acknowledges what it was sent last, so often. */
    private void acknowledge(Session session, int times) {
        for (int i = 0; i < times; i++) {
            List<FakeEffects.Sent> sent = effects.sent();
            session.pubAck(pubAck(sent.get(sent.size() - 1).packetId()));
        }
    }

    private List<String> sent() {
        return effects.sent().stream().map(each -> Worlds.text(each.message())).toList();
    }

    private List<String> told(Session session) {
        List<String> told = new ArrayList<>();
        session.snapshot(record -> {
            if (record instanceof SessionRecord.Enqueued enqueued) {
                told.add(Worlds.text(enqueued.message()));
            } else if (record instanceof SessionRecord.Backlog) {
                told.add(record.toString());
            }
        });
        return told;
    }

    @Test
    void whatIsStoredAndBehindTheWindowIsCountedAndReadWhenItsTurnComes() {
        Session session = busy(limits(100, Overflow.REJECT));
        queue(session, 11, 20);
        assertThat(session.queued()).isEqualTo(10);
        assertThat(session.queuedBytes()).isEqualTo(10 * WEIGHT);
        assertThat(session.queuedInStore()).isEqualTo(6);
        assertThat(effects.of(SessionRecord.Enqueued.class))
                .as("all are recorded")
                .hasSize(11);

        acknowledge(session, 1);
        assertThat(effects.wanted).as("three of four are left").isNull();
        acknowledge(session, 1);
        assertThat(effects.wanted).isEqualTo(new FakeEffects.Wanted(5, 2 * WEIGHT));
        acknowledge(session, 3);
        assertThat(sent()).as("nothing is sent before it").containsExactly("10", "11", "12", "13", "14");
        deliver(session, 21, 21);
        answer(session, false, 15, 16, 17);
        assertThat(session.queued()).isEqualTo(6);
        acknowledge(session, 2);
        answer(session, true, 18, 19, 20);
        acknowledge(session, 4);
        assertThat(sent()).containsExactly("10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "21");
        assertThat(session.queued()).isZero();
        assertThat(session.queuedBytes()).isZero();
        assertThat(effects.wanted).isNull();
    }

    @Test
    void whatIsNotKnownToBeStoredStaysInMemory() {
        Session session = busy(limits(100, Overflow.REJECT));
        deliver(session, 11, 16);
        long all = session.unstored();
        deliver(session, 17, 17);
        assertThat(session.queuedInStore()).isZero();
        session.stored(all);
        assertThat(session.queuedInStore()).isEqualTo(2);
        assertThat(told(session))
                .containsExactly(
                        new SessionRecord.Backlog(5, 7, 2, 2 * WEIGHT).toString(), "10", "11", "12", "13", "14", "17");
        acknowledge(session, 4);
        answer(session, true, 15, 16, 17);
        acknowledge(session, 3);
        assertThat(sent()).containsExactly("10", "11", "12", "13", "14", "15", "16", "17");
    }

    @Test
    void aWindowThatHasRoomTakesFromMemoryWhatWasNotStoredYet() {
        Session session = busy(limits(100, Overflow.REJECT));
        deliver(session, 11, 16);
        acknowledge(session, 6);
        session.stored(session.unstored());
        assertThat(effects.wanted).isNull();
        assertThat(sent()).containsExactly("10", "11", "12", "13", "14", "15", "16");
    }

    @Test
    void theStoreMayHaveTakenMoreThanItHasSaid() {
        Session session = busy(limits(100, Overflow.REJECT));
        queue(session, 11, 15);
        deliver(session, 16, 17);
        acknowledge(session, 2);
        long unstored = session.unstored();
        session.stored(unstored); // said between question and answer, and read before it was written
        answer(session, true, 15);
        assertThat(session.queued()).isEqualTo(5);
        acknowledge(session, 1);
        answer(session, true, 16, 17);
        acknowledge(session, 5);
        assertThat(sent()).containsExactly("10", "11", "12", "13", "14", "15", "16", "17");
    }

    @Test
    void messagesOfSharedSubscriptionsStayAndKeepTheirPlace() {
        Session session = busy(limits(100, Overflow.REJECT));
        queue(session, 11, 15);
        share(session, 16);
        share(session, 17);
        queue(session, 18, 18);
        assertThat(session.queuedInStore()).isEqualTo(2);
        List<Reclaimed> given = new ArrayList<>();
        session.reclaim(share -> true, false, given::add);
        assertThat(given).hasSize(2);
        session.given(given.get(0));
        session.deliver(given.get(1).message(), Qos.AT_LEAST_ONCE, false, NO_IDS, SHARE); // as one that is taken back
        session.given(given.get(1));
        share(session, 19);
        acknowledge(session, 3);
        answer(session, true, 15, 16, 18, 19);
        acknowledge(session, 5);
        assertThat(sent()).containsExactly("10", "11", "12", "13", "14", "15", "18", "17", "19");
        assertThat(session.owesShared()).isTrue();
        acknowledge(session, 1);
        assertThat(session.owesShared()).isFalse();
    }

    @Test
    void theOldestAreDroppedOnceTheyHaveBeenRead() {
        Session session = busy(limits(8, Overflow.DROP_OLDEST));
        queue(session, 11, 18);
        assertThat(session.queued()).isEqualTo(8);
        queue(session, 19, 23); // the window holds four of them
        assertThat(session.queued()).isEqualTo(9);
        answer(session, false, 15, 16, 17);
        assertThat(session.queued()).isEqualTo(8);
        acknowledge(session, 1);
        answer(session, true, 18, 19, 20, 21, 22, 23);
        acknowledge(session, 8);
        assertThat(sent()).containsExactly("10", "16", "17", "18", "19", "20", "21", "22", "23");
        assertThat(effects.dropped()).hasSize(5);
    }

    @ParameterizedTest
    @EnumSource(
            value = Overflow.class,
            names = {"DROP_NEWEST", "REJECT"})
    void aFullQueueIsFullWhereverItsMessagesAre(Overflow overflow) {
        Session session = busy(limits(8, overflow));
        queue(session, 11, 18);
        Delivery expected = overflow == Overflow.REJECT ? Delivery.REJECTED : Delivery.DROPPED;
        assertThat(session.deliver(message("topic", "19"), Qos.AT_LEAST_ONCE, false, NO_IDS))
                .isEqualTo(expected);
    }

    @Test
    void whatHasExpiredIsDroppedWhenItIsRead() {
        Session session = busy(limits(100, Overflow.REJECT));
        queue(session, 11, 14);
        for (int i = 15; i <= 16; i++) {
            Message message = message("topic", "" + i, i == 15 ? effects.now + 10 : Message.NEVER);
            session.deliver(message, Qos.AT_LEAST_ONCE, false, NO_IDS);
        }
        session.stored(session.unstored());
        effects.now += 10;
        acknowledge(session, 2);
        answer(session, true, 15, 16);
        session.removeExpired(100);
        assertThat(effects.dropped()).hasSize(1);
        acknowledge(session, 3);
        assertThat(sent()).containsExactly("10", "11", "12", "13", "14", "16");
    }

    /** Damage may have taken some of them. */
    @Test
    void theQueueEndsWhereTheStoreSaysThatItDoes() {
        Session session = busy(limits(100, Overflow.REJECT));
        queue(session, 11, 20);
        acknowledge(session, 3);
        answer(session, true, 16, 19);
        assertThat(session.queued()).isEqualTo(3);
        assertThat(session.queuedBytes()).isEqualTo(3 * WEIGHT);
        acknowledge(session, 3);
        deliver(session, 21, 21);
        assertThat(sent()).containsExactly("10", "11", "12", "13", "14", "16", "19");
        acknowledge(session, 1);
        assertThat(session.queued()).isZero();
    }

    @Test
    void aSessionThatMovesAsksForItselfAndGoesOnInOrder() {
        Session session = busy(limits(100, Overflow.REJECT));
        queue(session, 11, 20);
        acknowledge(session, 4);
        assertThat(effects.wanted).isNotNull();
        session.detach();
        effects.wanted = null;
        List<SessionRecord> snapshot = new ArrayList<>();
        session.snapshot(snapshot::add);
        Session moved = new Session("client", limits(100, Overflow.REJECT), effects);
        snapshot.forEach(moved::replay);
        assertThat(moved.queued()).isEqualTo(6);
        assertThat(moved.queuedBytes()).isEqualTo(6 * WEIGHT);
        deliver(moved, 21, 21);
        effects.forget();
        moved.attach(v5());
        moved.resume();
        answer(moved, true, 15, 16, 17, 18, 19, 20);
        acknowledge(moved, 7);
        assertThat(sent()).containsExactly("14", "15", "16", "17", "18", "19", "20", "21");
    }

    @Test
    void whatIsUnreadWhenTheSessionEndsIsDropped() {
        Session session = busy(limits(100, Overflow.REJECT));
        queue(session, 11, 20);
        session.end();
        assertThat(effects.dropped())
                .extracting(FakeEffects.Dropped::reason)
                .containsExactly(
                        DropReason.UNACKNOWLEDGED,
                        DropReason.SESSION_ENDED,
                        DropReason.SESSION_ENDED,
                        DropReason.SESSION_ENDED,
                        DropReason.SESSION_ENDED);
        assertThat(effects.of(FakeEffects.DroppedInStore.class))
                .containsExactly(new FakeEffects.DroppedInStore(DropReason.SESSION_ENDED, 6));
        assertThat(session.queued()).isZero();
    }

    @Test
    void aSessionThatIsNotStoredAnyMoreReadsWhatWasAndHoldsTheRest() {
        Session session = busy(limits(100, Overflow.REJECT));
        queue(session, 11, 16);
        session.detach();
        session.attach(Worlds.expiring(0, null));
        session.resume();
        effects.forget();
        deliver(session, 17, 22);
        assertThat(session.unstored()).isZero();
        session.pubAck(pubAck(1));
        acknowledge(session, 2);
        answer(session, true, 15, 16);
        acknowledge(session, 10);
        assertThat(sent()).containsExactly("11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "21", "22");
        assertThat(session.queued()).isZero();
    }

    @Test
    void aSessionThatIsNotStoredHoldsAllInMemory() {
        Session session = connected(limits(100, Overflow.REJECT), effects, Worlds.expiring(0, null));
        deliver(session, 10, 30);
        assertThat(session.unstored()).isZero();
        for (int i = 0; i < 50 && session.inFlight() > 0; i++) {
            acknowledge(session, 1);
        }
        assertThat(sent()).hasSize(21).isSorted();
        assertThat(effects.wanted).isNull();
    }

    @Test
    void whileMemoryIsFullOneMessageIsInItAndNoneIsLost() {
        Session session = busy(limits(100, Overflow.REJECT));
        effects.memoryFull = true;
        queue(session, 11, 20);
        assertThat(session.queuedBytesInMemory()).isEqualTo(WEIGHT);
        assertThat(session.queuedInStore()).isEqualTo(9);
        assertThat(effects.wanted).isNull();

        acknowledge(session, 1); // sends 11, and nothing is left in memory
        answer(session, false, 12, 13);
        acknowledge(session, 2);
        effects.memoryFull = false;
        answer(session, true, 14, 15, 16, 17, 18, 19, 20);
        acknowledge(session, 8);
        assertThat(effects.sent().stream().map(each -> Worlds.text(each.message())))
                .containsExactly("10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20");
        assertThat(effects.dropped()).isEmpty();
        assertThat(session.queued()).isZero();
    }

    @Test
    void whileMemoryIsFullWhatTheStoreDoesNotGiveBackIsNotTaken() {
        Session session = busy(limits(100, Overflow.DROP_NEWEST));
        effects.memoryFull = true;
        share(session, 11);
        assertThat(effects.dropped()).extracting(FakeEffects.Dropped::reason).containsExactly(DropReason.MEMORY_FULL);
        assertThat(session.queued()).isZero();
    }
}
