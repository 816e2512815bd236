package io.coppice.session;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Messages by packet identifier: open addressing without boxing, without any array while it is empty from
 * the start or after {@link #trim}.
 */
final class IdTable<T extends IdTable.Identified> {
    /** What has a packet identifier, 1 to 65,535, that does not change while it is in a table. */
    interface Identified {
        int packetId();
    }

    private static final int CAPACITY_MIN = 8;
    /** Larger arrays are given up as soon as they are empty; smaller ones are kept for the next message. */
    private static final int CAPACITY_KEPT = 64;

    /** 2^32 divided by the golden ratio, odd. */
    private static final int GOLDEN_RATIO = 0x9E37_79B9;

    private static final @Nullable Object[] NOTHING = new @Nullable Object[0];

    private @Nullable Object[] slots = NOTHING;
    private int size;

    int size() {
        return size;
    }

    /** Slots held, a measure of memory. */
    int capacity() {
        return slots.length;
    }

    @Nullable
    T get(int packetId) {
        return size == 0 ? null : at(find(packetId));
    }

    boolean contains(int packetId) {
        return get(packetId) != null;
    }

    /** Adds a message whose identifier is not in the table yet. */
    void add(T message) {
        if (slots.length == 0) {
            slots = new @Nullable Object[CAPACITY_MIN];
        } else if (size * 4 >= slots.length * 3) {
            rehash(slots.length * 2);
        }
        slots[find(message.packetId())] = message;
        size++;
    }

    void remove(int packetId) {
        if (size == 0) {
            return;
        }
        int hole = find(packetId);
        if (slots[hole] == null) {
            return;
        }
        size--;
        if (size == 0 && slots.length > CAPACITY_KEPT) {
            slots = NOTHING;
            return;
        }
        closeGap(hole);
    }

    /** Moves later members of the probe sequence forward, so that no tombstones are needed. */
    private void closeGap(int hole) {
        int mask = slots.length - 1;
        int free = hole;
        slots[free] = null;
        int i = free + 1 & mask;
        for (T message = at(i); message != null; message = at(i)) {
            int home = home(message.packetId());
            if ((i - home & mask) >= (i - free & mask)) {
                slots[free] = message;
                slots[i] = null;
                free = i;
            }
            i = i + 1 & mask;
        }
    }

    /** Gives back the memory that the present size does not need. */
    void trim() {
        if (size == 0) {
            slots = NOTHING;
            return;
        }
        int capacity = CAPACITY_MIN;
        while (size * 4 >= capacity * 3) {
            capacity *= 2;
        }
        if (capacity < slots.length) {
            rehash(capacity);
        }
    }

    void clear() {
        slots = NOTHING;
        size = 0;
    }

    /** The identifiers present, ascending. */
    int[] packetIds() {
        int[] ids = new int[size];
        int n = 0;
        for (int i = 0; i < slots.length; i++) {
            T message = at(i);
            if (message != null) {
                ids[n++] = message.packetId();
            }
        }
        Arrays.sort(ids);
        return ids;
    }

    private void rehash(int capacity) {
        @Nullable Object[] old = slots;
        slots = new @Nullable Object[capacity];
        for (Object each : old) {
            if (each != null) {
                slots[find(((Identified) each).packetId())] = each;
            }
        }
    }

    /** The slot that holds the identifier, or the free one where it belongs. */
    private int find(int packetId) {
        int mask = slots.length - 1;
        int i = home(packetId);
        for (T message = at(i); message != null && message.packetId() != packetId; message = at(i)) {
            i = i + 1 & mask;
        }
        return i;
    }

    private int home(int packetId) {
        // Identifiers come one after another. Taken as they are they would fill the array without a gap, and
        // closeGap would walk through all of them; multiples of the golden ratio leave gaps everywhere.
        return (packetId * GOLDEN_RATIO) >>> (Integer.numberOfLeadingZeros(slots.length) + 1);
    }

    @SuppressWarnings("unchecked") // only add() writes, and it takes T
    private @Nullable T at(int slot) {
        return (T) slots[slot];
    }
}
