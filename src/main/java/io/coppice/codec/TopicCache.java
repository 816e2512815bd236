package io.coppice.codec;

import io.coppice.mqtt.TopicName;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Topics seen lately, found by their bytes, so that a topic that comes again is the same object and no string
 * is made of it. Sets of two; a collision costs the older of them its place, never time.
 */
final class TopicCache {
    /** Longer topics are not kept: the memory of the whole stays bounded by entries times this. */
    static final int TOPIC_LENGTH_MAX = 256;

    private static final VarHandle WORD = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long FACTOR = 0x9E37_79B9_7F4A_7C15L;

    private final @Nullable TopicName[] names;
    private final int[] levels;
    private int found;

    /** @param sizeLog2 the cache holds 2 to this power of topics; 1 to 20 */
    TopicCache(int sizeLog2) {
        names = new @Nullable TopicName[1 << sizeLog2];
        levels = new int[names.length];
    }

    /** The topic with these bytes, or null; {@link #foundLevels} then tells its levels. */
    @Nullable
    TopicName find(byte[] bytes, int from, int length) {
        int slot = slot(bytes, from, length);
        for (int i = slot; i <= slot + 1; i++) {
            TopicName name = names[i];
            if (name != null && same(name.utf8(), bytes, from, length)) {
                found = i;
                return name;
            }
        }
        return null;
    }

    int foundLevels() {
        return levels[found];
    }

    void add(TopicName name, int levelCount) {
        byte[] utf8 = name.utf8();
        if (utf8.length > TOPIC_LENGTH_MAX) {
            return;
        }
        int slot = slot(utf8, 0, utf8.length);
        names[slot + 1] = names[slot];
        levels[slot + 1] = levels[slot];
        names[slot] = name;
        levels[slot] = levelCount;
    }

    static boolean same(byte[] known, byte[] bytes, int from, int length) {
        return known.length == length && Arrays.equals(known, 0, length, bytes, from, from + length);
    }

    private int slot(byte[] bytes, int from, int length) {
        long hash = length * FACTOR;
        int i = from;
        int to = from + length;
        for (; i <= to - Long.BYTES; i += Long.BYTES) {
            hash = mix(hash, (long) WORD.get(bytes, i));
        }
        if (length >= Long.BYTES) {
            hash = mix(hash, (long) WORD.get(bytes, to - Long.BYTES));
        } else {
            for (; i < to; i++) {
                hash = mix(hash, bytes[i]);
            }
        }
        return (int) (hash >>> 32) & (names.length - 2);
    }

    private static long mix(long hash, long word) {
        long mixed = (hash ^ word) * FACTOR;
        return mixed ^ mixed >>> 29;
    }
}
