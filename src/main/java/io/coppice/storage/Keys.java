package io.coppice.storage;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Keys of sessions: the client identifier in UTF-8, which holds no zero, a zero, a tag, and what tells several of a kind
 * apart; in {@link Family#QUEUES} the sequence (8 bytes) in the place of both. What belongs to one session lies together, in
 * an order in which it can be replayed.
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

    private Keys() {}

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
    static byte[] queued(byte[] prefix, long sequence) {
        return ByteBuffer.allocate(prefix.length + Long.BYTES)
                .put(prefix)
                .putLong(sequence)
                .array();
    }

    /** The sequence of a key in {@link Family#QUEUES}. */
    static long sequence(byte[] key) {
        return ByteBuffer.wrap(key).getLong(idLength(key) + 1);
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
        int tag = idLength(key) + 1;
        return tag == key.length - 1 && key[tag] == EPOCH;
    }

    static String clientId(byte[] key) {
        return new String(key, 0, idLength(key), StandardCharsets.UTF_8);
    }
}
