package io.coppice.broker;

import io.coppice.port.SessionStore;
import io.coppice.port.Times;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** The records of one turn, and what may leave only when they are stored: output of clients, answers to publishers on other loops. */
final class Group {
    /** Output of a client up to a mark, which depends on its own records and on these. */
    private record Held(String clientId, Client client, long mark, int from, int to) {}

    /** An answer that depends on the records from one index to before another. */
    private record Answer(Receipt receipt, int parts, boolean rejected, int from, int to) {}

    /**
     * Messages of a session that it holds in memory until they are stored.
     *
     * @param upTo the sequence of the last one
     * @param failures of storing, of which the session knew when these messages were last recorded
     */
    private record Queued(SessionSlot slot, long upTo, int failures) {}

    /** Messages that came when the clock said a time and leave with this group. */
    private record Measured(Times.Span span, long since, int times) {}

    private final Shard shard;
    private final List<SessionStore.Entry> records;
    private final List<Measured> measured = new ArrayList<>(0);
    private final List<SessionSlot> writers = new ArrayList<>(0);
    private final List<Queued> queued = new ArrayList<>(0);
    private final List<Held> held = new ArrayList<>(0);
    private final List<Answer> answers = new ArrayList<>(0);
    private final List<Consumer<SessionStore.Outcome>> tasks = new ArrayList<>(0);

    /** @param records of the turn, in order; more come while it lasts */
    Group(Shard shard, List<SessionStore.Entry> records) {
        this.shard = shard;
        this.records = records;
    }

    /** Some of the records are this session's. */
    void wrote(SessionSlot slot) {
        writers.add(slot);
        long unstored = slot.behind ? 0 : slot.session.unstored();
        if (unstored > 0) {
            queued.add(new Queued(slot, unstored, slot.failures));
        }
    }

    /**
     * Holds back what a client is sent.
     *
     * @param from index of the first record of other sessions that it depends on
     * @param to index behind the last
     */
    void hold(SessionSlot slot, Client client, long mark, int from, int to) {
        held.add(new Held(slot.clientId(), client, mark, from, to));
    }

    /** Notes what is to be measured when it leaves. */
    void measure(Times.Span span, long since, int times) {
        measured.add(new Measured(span, since, times));
    }

    /**
     * Answers a publish once records are stored.
     *
     * @param from index of the first one that it depends on; the last is the latest one
     */
    void answer(Receipt receipt, int parts, boolean rejected, int from) {
        answers.add(new Answer(receipt, parts, rejected, from, records.size()));
    }

    /** Runs a task on the loop once it is known what became of the records. */
    void then(Consumer<SessionStore.Outcome> task) {
        tasks.add(task);
    }

    /** Nothing that depends on records may be seen where they are not safe. */
    void stored(SessionStore.Outcome outcome) {
        shard.stored(this, outcome.isLoadable());
        if (outcome.safe()) {
            queued.forEach(Group::letGo);
        } else if (!outcome.isLoadable()) {
            writers.forEach(SessionSlot::notStored);
        }
        for (String clientId : outcome.fenced()) {
            SessionSlot slot = shard.slots.get(clientId);
            if (slot != null) {
                slot.fenced();
            }
        }
        if (shard.untold.holds()) {
            shard.untold.add(() -> letOut(outcome, true));
        } else {
            letOut(outcome, false);
        }
        for (Answer one : answers) {
            shard.deliverer.answer(one.receipt(), one.parts(), isSafe(outcome, one.from, one.to), one.rejected());
        }
        for (Consumer<SessionStore.Outcome> task : tasks) {
            task.accept(outcome); // whose session was fenced sees that it is gone
        }
    }

    private static void letGo(Queued messages) {
        SessionSlot slot = messages.slot;
        if (!slot.isGone() && slot.failures == messages.failures) {
            slot.session.stored(messages.upTo);
            slot.shard.touch(slot);
        }
    }

    /**
     * What has been held back since goes with it.
     *
     * @param late whether the node could not act for a time: who is served elsewhere by now gets nothing from here
     */
    private void letOut(SessionStore.Outcome outcome, boolean late) {
        if (outcome.safe() && !measured.isEmpty()) {
            long now = shard.loop.nanosNow();
            measured.forEach(each -> shard.counters.times().took(each.span, now - each.since, each.times));
        }
        Set<Client> lost = Set.of();
        for (Held one : held) {
            Client client = one.client();
            if (client.heldBy == this) {
                client.heldBy = null;
            }
            if (lost.contains(client)) {
                continue; // what comes behind something that may not be seen may not be seen either
            }
            if (late && isElsewhere(one.clientId)) {
                client.connection.abort();
            } else if (isSafe(outcome, one.from, one.to) && !outcome.fenced().contains(one.clientId)) {
                shard.letOut(client, one.mark());
            } else {
                lost = lost.isEmpty() ? new HashSet<>() : lost;
                lost.add(client);
                client.lost("the session's changes could not be stored");
            }
        }
    }

    private boolean isElsewhere(String clientId) {
        SessionSlot slot = shard.slots.get(clientId);
        return slot == null || slot.isEvicted();
    }

    /** Whether records were stored: those of a session that has gone elsewhere were not. */
    private boolean isSafe(SessionStore.Outcome outcome, int from, int to) {
        if (!outcome.safe() || outcome.fenced().isEmpty()) {
            return outcome.safe();
        }
        for (int i = from; i < to; i++) {
            if (outcome.fenced().contains(records.get(i).clientId())) {
                return false;
            }
        }
        return true;
    }
}
