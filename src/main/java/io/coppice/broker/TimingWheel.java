package io.coppice.broker;

import io.coppice.port.Loop;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The timers of one loop: keep-alive, session expiry, will delay. A timer is a node in a bucket's list, so setting
 * and cancelling it allocates nothing; the loop itself is asked for one tick at a time, and for none while
 * no timer is set. A timer fires up to one tick late, never early.
 */
final class TimingWheel {
    static final long TICK_MILLIS = 100;
    private static final int BUCKETS = 1024;

    /** Something to be done at a time; its owner keeps it and sets it again at will. */
    static final class Timer {
        private final Runnable action;
        private long deadline;
        private @Nullable Timer previous;
        private @Nullable Timer next;
        private int bucket = -1;
        private boolean due;

        Timer(Runnable action) {
            this.action = action;
        }

        boolean isSet() {
            return bucket >= 0;
        }
    }

    private final Loop loop;
    private final @Nullable Timer[] buckets = new @Nullable Timer[BUCKETS];
    private final List<Timer> due = new ArrayList<>();
    private long tick;
    private int set;
    private boolean ticking;

    TimingWheel(Loop loop) {
        this.loop = loop;
        this.tick = loop.now() / TICK_MILLIS;
    }

    /** Sets a timer, or moves it. */
    void set(Timer timer, long deadlineMillis) {
        cancel(timer);
        timer.deadline = deadlineMillis;
        if (set == 0 && !ticking) {
            tick = loop.now() / TICK_MILLIS;
        }
        link(timer);
        if (!ticking) {
            ticking = true;
            loop.after(TICK_MILLIS, this::tick);
        }
    }

    void cancel(Timer timer) {
        timer.due = false;
        if (!timer.isSet()) {
            return;
        }
        if (timer.previous == null) {
            buckets[timer.bucket] = timer.next;
        } else {
            timer.previous.next = timer.next;
        }
        if (timer.next != null) {
            timer.next.previous = timer.previous;
        }
        timer.previous = null;
        timer.next = null;
        timer.bucket = -1;
        set--;
    }

    /** How many timers are set. */
    int size() {
        return set;
    }

    private void link(Timer timer) {
        long due = Math.max(Math.floorDiv(timer.deadline + TICK_MILLIS - 1, TICK_MILLIS), tick + 1);
        int bucket = (int) (due % BUCKETS);
        Timer head = buckets[bucket];
        timer.next = head;
        if (head != null) {
            head.previous = timer;
        }
        buckets[bucket] = timer;
        timer.bucket = bucket;
        set++;
    }

    private void tick() {
        try {
            advance(loop.now() / TICK_MILLIS);
        } finally {
            if (set > 0) {
                loop.after(TICK_MILLIS, this::tick);
            } else {
                ticking = false;
            }
        }
    }

    private void advance(long now) {
        // after a long pause one round visits every bucket; more would visit them again for nothing
        long last = Math.min(now, tick + BUCKETS);
        while (tick < last) {
            tick++;
            fire((int) (tick % BUCKETS), now);
        }
        tick = now;
    }

    private void fire(int bucket, long nowTicks) {
        Timer timer = buckets[bucket];
        while (timer != null) {
            Timer following = timer.next;
            if (timer.deadline <= nowTicks * TICK_MILLIS) {
                cancel(timer);
                timer.due = true;
                due.add(timer);
            }
            timer = following;
        }
        int done = 0;
        try {
            // an action may cancel or set a timer that is due in the same tick, so each is asked again
            while (done < due.size()) {
                Timer ripe = due.get(done++);
                if (ripe.due) {
                    ripe.due = false;
                    ripe.action.run();
                }
            }
        } finally {
            // an action that failed takes no other's turn
            while (done < due.size()) {
                Timer left = due.get(done++);
                if (left.due) {
                    set(left, left.deadline);
                }
            }
            due.clear();
        }
    }
}
