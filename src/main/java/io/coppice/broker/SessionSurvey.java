package io.coppice.broker;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Looks through sessions of one shard for the first ones by client identifier, some in each turn. Of those that are found it
 * holds no more than are wanted.
 */
final class SessionSurvey {
    /** Sessions looked at in one turn. */
    static final int SLICE = 512;

    private static final Comparator<SessionSlot> BY_CLIENT = Comparator.comparing(SessionSlot::clientId);

    private final Shard shard;
    private final Iterator<SessionSlot> left;
    private final Predicate<SessionSlot> wanted;
    private final int atMost;
    private final Consumer<List<SessionSlot>> then;
    /** The last of those that were found first. */
    private final PriorityQueue<SessionSlot> found = new PriorityQueue<>(BY_CLIENT.reversed());

    private SessionSurvey(
            Shard shard,
            Collection<SessionSlot> slots,
            Predicate<SessionSlot> wanted,
            int atMost,
            Consumer<List<SessionSlot>> then) {
        this.shard = shard;
        this.left = slots.iterator();
        this.wanted = wanted;
        this.atMost = atMost;
        this.then = then;
    }

    /**
     * Looks at some sessions; on the shard's loop.
     *
     * @param slots not changed by others meanwhile
     * @param wanted asked only of sessions that are here
     * @param then given what was found, in order, on the shard's loop
     */
    static void of(
            Shard shard,
            Collection<SessionSlot> slots,
            Predicate<SessionSlot> wanted,
            int atMost,
            Consumer<List<SessionSlot>> then) {
        new SessionSurvey(shard, slots, wanted, atMost, then).slice();
    }

    private void slice() {
        for (int looked = 0; looked < SLICE && left.hasNext(); looked++) {
            look(left.next());
        }
        if (left.hasNext()) {
            shard.loop.execute(this::slice);
            return;
        }
        List<SessionSlot> all = new ArrayList<>(found);
        all.removeIf(SessionSlot::isGone); // since it was looked at
        all.sort(BY_CLIENT);
        then.accept(all);
    }

    private void look(SessionSlot slot) {
        SessionSlot last = found.peek();
        boolean late = last != null && found.size() >= atMost && BY_CLIENT.compare(slot, last) >= 0;
        if (late || slot.isGone() || slot.isArriving() || !wanted.test(slot)) {
            return;
        }
        found.add(slot);
        if (found.size() > atMost) {
            found.poll();
        }
    }
}
