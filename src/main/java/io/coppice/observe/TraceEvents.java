package io.coppice.observe;

import io.coppice.port.Tracing.Step;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Predicate;

/** The latest events of one trace on this node. Written by loops, each for moments only; read by whoever asks. */
final class TraceEvents {
    /** @param number of the events of a trace on one node, from 1 */
    record Noted(long number, Instant time, Step step) {}

    private final int max;
    private final Deque<Noted> kept = new ArrayDeque<>();
    private long latest;

    TraceEvents(int max) {
        this.max = max;
    }

    /** @return whether an older one was let go for it */
    synchronized boolean note(Instant time, Step step) {
        boolean full = kept.size() == max;
        if (full) {
            kept.removeFirst();
        }
        kept.addLast(new Noted(++latest, time, step));
        return full;
    }

    /** The first that came after one. */
    synchronized List<Noted> after(long number, int limit) {
        List<Noted> some = new ArrayList<>();
        for (Noted each : kept) {
            if (some.size() == limit) {
                break;
            }
            if (each.number() > number) {
                some.add(each);
            }
        }
        return some;
    }

    /** The latest of some kind. */
    synchronized List<Noted> latest(Predicate<Noted> wanted, int limit) {
        List<Noted> some = new ArrayList<>();
        for (var each = kept.descendingIterator(); each.hasNext() && some.size() < limit; ) {
            Noted noted = each.next();
            if (wanted.test(noted)) {
                some.add(noted);
            }
        }
        return some;
    }

    synchronized long count() {
        return latest;
    }

    synchronized long letGo() {
        return latest - kept.size();
    }
}
