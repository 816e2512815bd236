package io.coppice.session;

import static io.coppice.session.Worlds.LIMITS;
import static io.coppice.session.Worlds.NO_IDS;
import static io.coppice.session.Worlds.connected;
import static io.coppice.session.Worlds.message;
import static io.coppice.session.Worlds.pubAck;
import static io.coppice.session.Worlds.reconnect;
import static io.coppice.session.Worlds.replayed;
import static io.coppice.session.Worlds.v5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicFilter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Messages of shared subscriptions that are taken back for another member (MQTT 5, 4.8.2). */
class SharedMessagesTest {
    private final FakeEffects effects = new FakeEffects();

    private static final TopicFilter ONE = TopicFilter.of("$share/one/t");
    private static final TopicFilter TWO = TopicFilter.of("$share/two/t");

    private static void deliver(Session session, String payload, Qos qos, TopicFilter share) {
        session.deliver(message("topic", payload), qos, true, NO_IDS, share);
    }

    private static Delivery deliver(Session session, String payload, Qos qos) {
        return session.deliver(message("topic", payload), qos, false, NO_IDS);
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
        reconnect(session, v5());
        assertThat(effects.sent())
                .extracting(sent -> Worlds.text(sent.message()))
                .containsExactly("2", "3", "5");
        assertThat(effects.sent()).extracting(FakeEffects.Sent::retain).containsExactly(true, true, false);
    }

    @Test
    void whatIsTakenBackIsRecordedAsOwedUntilAnotherMemberHasIt() {
        Session session = sharing();
        session.detach();
        List<Reclaimed> lent = new ArrayList<>();
        session.reclaim(ONE::equals, true, lent::add);
        assertThat(lent).extracting(Reclaimed::sequence).containsExactly(1L, 4L, 6L);
        assertThat(owed(replayed(effects.records, LIMITS))).containsExactly("1", "4", "6");
        List<SessionRecord> snapshot = new ArrayList<>();
        session.snapshot(snapshot::add);
        assertThat(owed(replayed(snapshot, LIMITS))).containsExactly("1", "4", "6");

        effects.forget();
        session.given(lent.get(1));
        assertThat(effects.of(SessionRecord.class)).containsExactly(new SessionRecord.Settled(4));
        session.given(lent.get(1));
        session.given(lent.get(0));
        assertThat(effects.of(SessionRecord.class))
                .containsExactly(new SessionRecord.Settled(4), new SessionRecord.Settled(1));
    }

    @Test
    void aSessionKnowsWhetherItIsGivingQos2MessagesAway() {
        Session session = sharing();
        List<Reclaimed> lent = new ArrayList<>();
        session.reclaim(TWO::equals, true, lent::add);
        assertThat(lent).hasSize(1);
        assertThat(session.isLendingQos2()).isFalse();
        session.reclaim(ONE::equals, true, lent::add);
        assertThat(session.isLendingQos2()).isTrue();
        lent.forEach(session::given);
        assertThat(session.isLendingQos2()).isFalse();
    }

    @Test
    void aSessionKnowsWhetherItOwesSharedMessages() {
        Session session = connected(LIMITS, effects, v5(1, 0));
        deliver(session, "1", Qos.AT_LEAST_ONCE);
        assertThat(session.owesShared()).isFalse();
        deliver(session, "2", Qos.AT_LEAST_ONCE, ONE);
        assertThat(session.owesShared()).isTrue();
        assertThat(replayed(effects.records, LIMITS).owesShared()).isTrue();
        session.pubAck(pubAck(1));
        session.pubAck(pubAck(2));
        assertThat(session.owesShared()).isFalse();
    }

    @Test
    void whatIsTakenAlongKeepsItsPlaceInTheQueue() {
        Session session = connected(LIMITS, effects, v5(0, 0));
        session.detach();
        for (int i = 1; i <= 4; i++) {
            deliver(session, "" + i, Qos.EXACTLY_ONCE, i == 2 ? ONE : TWO);
        }
        session.reclaim(ONE::equals, true, lent -> {});
        Session heir = heir(heir(session));
        assertThat(heir.queued()).isEqualTo(4);
        List<String> queue = new ArrayList<>();
        heir.reclaim(share -> true, true, each -> queue.add(Worlds.text(each.message())));
        assertThat(queue).containsExactly("1", "2", "3", "4");
    }

    private static Session heir(Session session) {
        List<SessionRecord> snapshot = new ArrayList<>();
        session.snapshot(snapshot::add);
        return replayed(snapshot, LIMITS);
    }

    private static List<String> owed(Session heir) {
        List<String> owed = new ArrayList<>();
        heir.reclaim(ONE::equals, true, each -> owed.add(Worlds.text(each.message())));
        return owed;
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
}
