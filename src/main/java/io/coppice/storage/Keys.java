package io.coppice.storage;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Keys of sessions: the client identifier in UTF-8, which holds no zero, a zero, a tag, and what tells several of a kind
 * apart; in {@link Family#QUEUES} a slot (1 byte) and the sequence (7 bytes) in the place of both. What belongs to one session
 * lies together, in an order in which it can be replayed. A session has its queue in one slot; what lies in others is a queue
 * that comes from elsewhere and is not whole, and counts for nothing.
 */
final class Keys {
    // On disk: a number is never used again for something else.
    static final int ATTACHED = 1;
    static final int PARKED = 2;
    static final int WILL_DONE = 3;
    /** Followed by the filter. */
    static final int SUBSCRIBED = 4;
    /** Followed by the publisher, a zero and an epoch (8 bytes). */
    static final int NEWEST = 5;

    /** Followed by the packet identifier (2 bytes): a message of the client, or that it was routed. */
    static final int INBOUND = 6;
    /** Followed by the sequence (8 bytes), big-endian like all numbers here. */
    static final int ASSIGNED = 7;
    /** Followed by the sequence. */
    static final int RECEIVED = 8;
    /** The epoch of the home (8 bytes), where it is newer than that of the newest connection; no record. */
    static final int EPOCH = 9;

    /** The slot of the queue (1 byte), where it is not the first; no record. */
    static final int SLOT = 10;

    /** Where the queue of a session that began here lies. */
    static final int FIRST_SLOT = 0;

    private static final int SLOT_MAX = 127;
    private static final int SLOT_SHIFT = 56;
    private static final long SEQUENCES = (1L << SLOT_SHIFT) - 1;

    private Keys() {}

    /** Where a queue that comes may lie beside the one in a slot, and beside that of a session which begins here. */
    static int slotBeside(int slot) {
        return slot % SLOT_MAX + 1;
    }

    /** A sequence as it stands in keys of {@link Family#QUEUES}. */
    static long inSlot(int slot, long sequence) {
        return (long) slot << SLOT_SHIFT | sequence;
    }

    /** What all keys of a session begin with. */
    static byte[] prefix(String clientId) {
        byte[] id = clientId.getBytes(StandardCharsets.UTF_8);
        return Arrays.copyOf(id, id.length + 1);
    }

    /**
     * The key of a message in {@link Family#QUEUES}.
     *
     * @param prefix of its session
     */
    static byte[] queued(byte[] prefix, int slot, long sequence) {
        return ByteBuffer.allocate(prefix.length + Long.BYTES)
                .put(prefix)
                .putLong(inSlot(slot, sequence))
                .array();
    }

    /** The sequence of a key in {@link Family#QUEUES}. */
    static long sequence(byte[] key) {
        return ByteBuffer.wrap(key).getLong(idLength(key) + 1) & SEQUENCES;
    }

    /** The slot of a key in {@link Family#QUEUES}. */
    static int slot(byte[] key) {
        return key[idLength(key) + 1] & 0xff;
    }

    /** The key of the slot in {@link Family#SESSIONS}. */
    static byte[] slotKey(byte[] prefix) {
        byte[] key = Arrays.copyOf(prefix, prefix.length + 1);
        key[prefix.length] = SLOT;
        return key;
    }

    /** What comes behind all keys that begin with a prefix. */
    static byte[] behind(byte[] prefix) {
        byte[] end = prefix.clone();
        end[end.length - 1] = 1;
        return end;
    }

    /** Where the client identifier ends: the index of the zero behind it. */
    static int idLength(byte[] key) {
        for (int i = 0; i < key.length; i++) {
            if (key[i] == 0) {
                return i;
            }
        }
        throw new IllegalArgumentException("a key of " + key.length + " bytes is no session's");
    }

    /** Whether a key of {@link Family#SESSIONS} is that of an epoch. */
    static boolean isEpoch(byte[] key) {
        return isJust(EPOCH, key);
    }

    /** Whether a key of {@link Family#SESSIONS} is that of a slot. */
    static boolean isSlot(byte[] key) {
        return isJust(SLOT, key);
    }

    private static boolean isJust(int kind, byte[] key) {
        int tag = idLength(key) + 1;
        return tag == key.length - 1 && key[tag] == kind;
    }

    static String clientId(byte[] key) {
        return new String(key, 0, idLength(key), StandardCharsets.UTF_8);
    }
}
