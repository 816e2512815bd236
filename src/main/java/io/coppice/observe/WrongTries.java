package io.coppice.observe;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Makes addresses wait that try passwords and tokens: after some that were wrong a second, and twice as long after each
 * further one. Tries that are still being checked count as wrong ones, so that many at once win nothing. Any thread.
 */
final class WrongTries {
    static final long FIRST_WAIT_MILLIS = 1_000;
    /** Without a wrong try for so long after the last wait an address begins anew. */
    static final long FORGET_MILLIS = 900_000;

    private static final int DOUBLINGS_MAX = 40;

    private static final class Entry {
        private int wrong;
        private int underWay;
        private long waitUntil;
        private long last;
    }

    private final int free;
    private final long waitMillisMax;
    private final int entriesMax;
    private final Map<String, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * Nobody has tried yet.
     *
     * @param free wrong tries that cost nothing
     * @param waitMillisMax longest wait
     * @param entriesMax addresses that are remembered; of more those are forgotten that were not seen for longest
     */
    WrongTries(int free, long waitMillisMax, int entriesMax) {
        this.free = free;
        this.waitMillisMax = waitMillisMax;
        this.entriesMax = entriesMax;
    }

    /** How long an address has to wait before its next try is looked at, milliseconds; 0 for not at all. */
    synchronized long waitMillis(String address, long now) {
        Entry entry = entries.get(address);
        if (entry == null) {
            return 0;
        }
        if (now < entry.waitUntil) {
            return entry.waitUntil - now;
        }
        boolean allUnderWay = entry.underWay > 0 && entry.underWay + entry.wrong >= free;
        return allUnderWay ? FIRST_WAIT_MILLIS : 0;
    }

    /** A try is being checked; {@link #over} must follow. */
    synchronized void begin(String address, long now) {
        entry(address, now).underWay++;
    }

    synchronized void over(String address, boolean wrong, long now) {
        Entry entry = entry(address, now);
        entry.underWay = Math.max(0, entry.underWay - 1);
        if (wrong) {
            count(entry, now);
        } else if (entry.wrong == 0 && entry.underWay == 0) {
            entries.remove(address);
        }
    }

    /** A try was wrong that needed no checking. */
    synchronized void wrong(String address, long now) {
        count(entry(address, now), now);
    }

    private void count(Entry entry, long now) {
        entry.wrong++;
        entry.last = now;
        if (entry.wrong >= free) {
            long wait = FIRST_WAIT_MILLIS << Math.min(entry.wrong - free, DOUBLINGS_MAX);
            entry.waitUntil = now + Math.min(wait, waitMillisMax);
        }
    }

    private Entry entry(String address, long now) {
        Entry entry = entries.get(address);
        if (entry == null) {
            if (entries.size() >= entriesMax) {
                var oldest = entries.values().iterator();
                oldest.next();
                oldest.remove();
            }
            entry = new Entry();
            entries.put(address, entry);
        } else if (now - Math.max(entry.last, entry.waitUntil) > FORGET_MILLIS) {
            entry.wrong = 0;
        }
        return entry;
    }

    /** How many addresses are remembered. */
    synchronized int size() {
        return entries.size();
    }
}
