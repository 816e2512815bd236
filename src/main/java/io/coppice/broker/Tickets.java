package io.coppice.broker;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What waits for answers, by numbers that are given out in order and mostly come back so. */
final class Tickets<T> {
    private static final int INITIAL = 16;

    private @Nullable Object[] ring = new @Nullable Object[INITIAL];
    /** The oldest number that may be open, and the next to be given out; never 0. */
    private long first = 1;

    private long next = 1;
    private int open;

    /** Gives a number to what waits. */
    long add(T waiting) {
        if (next - first == ring.length) {
            grow();
        }
        ring[at(next)] = waiting;
        open++;
        return next++;
    }

    /** What waits under a number, which is free then; null where nothing does. */
    @Nullable
    T take(long number) {
        T waiting = get(number);
        if (waiting == null) {
            return null;
        }
        ring[at(number)] = null;
        open--;
        while (first < next && ring[at(first)] == null) {
            first++;
        }
        return waiting;
    }

    @SuppressWarnings("unchecked")
    private @Nullable T get(long number) {
        return number < first || number >= next ? null : (T) ring[at(number)];
    }

    /** Everything that waits, in the order of the numbers. */
    void forEach(Consumer<T> action) {
        long end = next;
        for (long number = first; number < end; number++) {
            T waiting = get(number);
            if (waiting != null) {
                action.accept(waiting);
            }
        }
    }

    int size() {
        return open;
    }

    private int at(long number) {
        return (int) (number & (ring.length - 1));
    }

    private void grow() {
        @Nullable Object[] larger = Arrays.copyOf(ring, 2 * ring.length);
        Arrays.fill(larger, null);
        for (long number = first; number < next; number++) {
            larger[(int) (number & (larger.length - 1))] = ring[at(number)];
        }
        ring = larger;
    }
}
