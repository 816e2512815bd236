package io.coppice.session;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Which numbers of each publisher a session has had, of the publishers that were heard of last. A message may come before
 * an earlier one that nobody could take: so it is not the newest number alone that counts, but each of the last ones. Wills
 * have numbers of their own, below 0, of which only a lower one is new.
 */
public final class Newest extends LinkedHashMap<Newest.Source, Newest.Had> {
    private static final long serialVersionUID = 1;
    /** Who sends again what it had sent before so many others have sent something comes too late. */
    private static final int SOURCES_MAX = 1000;

    /** Numbers of one publisher from one of its connections on: they follow each other. */
    public record Source(String publisher, long epoch) {
        public static Source of(String publisher, long number) {
            return new Source(publisher, number < 0 ? Long.MIN_VALUE : number >> InboundFlow.NUMBERS_OF_EPOCH_BITS);
        }
    }

    /** The highest number, and which of those right before it there were. */
    public static final class Had {
        private long highest;
        /** Bit by bit, the one right before the highest first. */
        private long[] before = {};

        private Had() {}

        private boolean add(long number) {
            if (number < 0) {
                boolean isNew = number < highest;
                highest = Math.min(highest, number);
                return isNew;
            }
            long distance = number - highest;
            if (distance > 0) {
                before = highest == 0 ? before : shifted(distance);
                highest = number;
                return true;
            }
            return distance != 0 && set(-distance - 1);
        }

        /** Whether it was not set; what is too far back was. */
        private boolean set(long bit) {
            int word = (int) (bit / Long.SIZE);
            if (bit >= SessionRecord.Newest.BITS_MAX) {
                return false;
            }
            if (word >= before.length) {
                before = Arrays.copyOf(before, word + 1);
            }
            boolean isNew = (before[word] & 1L << bit) == 0;
            before[word] |= 1L << bit;
            return isNew;
        }

        /** The same as seen from a higher number. */
        private long[] shifted(long distance) {
            if (distance > SessionRecord.Newest.BITS_MAX) {
                return new long[0];
            }
            int length = (int) Math.min(
                    (before.length * (long) Long.SIZE + distance + Long.SIZE - 1) / Long.SIZE,
                    SessionRecord.Newest.BITS_MAX / Long.SIZE);
            long[] moved = new long[length];
            int words = (int) (distance / Long.SIZE);
            int bits = (int) (distance % Long.SIZE);
            for (int i = length - 1; i >= words; i--) {
                int from = i - words;
                long low = from < before.length ? before[from] << bits : 0;
                long carried = bits > 0 && from > 0 && from - 1 < before.length ? before[from - 1] >>> -bits : 0;
                moved[i] = low | carried;
            }
            moved[(int) ((distance - 1) / Long.SIZE)] |= 1L << distance - 1;
            return moved;
        }
    }

    private @Nullable Source forgotten;

    public Newest() {
        super(4, 0.75f, true);
    }

    /** Whether the session has not had the number of the publisher; it has now. */
    public boolean isNew(String publisher, long number) {
        return computeIfAbsent(Source.of(publisher, number), source -> new Had())
                .add(number);
    }

    /** What a session has had according to its records. */
    public void replay(SessionRecord.Newest record) {
        Had had = computeIfAbsent(Source.of(record.publisher(), record.number()), source -> new Had());
        if (record.number() < 0) {
            had.highest = Math.min(had.highest, record.number());
        } else if (record.number() > had.highest) {
            had.highest = record.number();
            had.before = record.before();
        }
    }

    /** Tells what there is to know of each publisher. */
    void snapshot(Consumer<SessionRecord> to) {
        forEach((source, had) -> to.accept(record(source, had)));
    }

    private static SessionRecord.Newest record(Source source, Had had) {
        return new SessionRecord.Newest(source.publisher(), had.highest, had.before.clone());
    }

    /** What there is to know of one of which there is something. */
    public SessionRecord.Newest record(Source source) {
        return record(source, Objects.requireNonNull(get(source)));
    }

    /** The one that was forgotten for another since this was asked last; null for none. */
    public @Nullable Source takeForgotten() {
        Source one = forgotten;
        forgotten = null;
        return one;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<Source, Had> eldest) {
        if (size() <= SOURCES_MAX) {
            return false;
        }
        forgotten = eldest.getKey();
        return true;
    }
}
