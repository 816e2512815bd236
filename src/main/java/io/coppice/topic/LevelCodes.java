package io.coppice.topic;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Levels as numbers, so that to compare two takes one step and no look at their text. A level of up to eight bytes
 * of UTF-8 is its number; a longer one has a hash that is the number of no short one, and its text has to be compared too.
 *
 * <p>Names of levels come from strangers. Places in tables, and the numbers of long levels, depend on a factor that they
 * do not know, so that nobody can name levels that all fall on one place.
 */
final class LevelCodes {
    /** The most bytes of a level that is its number. */
    static final int SHORT_MAX = Long.BYTES;

    static final long PLUS = (long) '+' << Long.SIZE - Byte.SIZE;
    static final long HASH = (long) '#' << Long.SIZE - Byte.SIZE;

    /** What no level has. */
    static final long NONE = -1;

    /** The first byte of a hash: one with which no UTF-8 begins. */
    private static final long LONG = 0xFFL << Long.SIZE - Byte.SIZE;

    private static final VarHandle WORD = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final long SLASHES = 0x2F2F_2F2F_2F2F_2F2FL;
    private static final long LOWER = 0x7F7F_7F7F_7F7F_7F7FL;

    private final long factor;

    /** @param chance what the factor is made of */
    LevelCodes(long chance) {
        long mixed = (chance ^ chance >>> 32) * 0x9E37_79B9_7F4A_7C15L;
        factor = mixed ^ mixed >>> 32 | 1;
    }

    /** Whether a number is that of a level longer than {@link #SHORT_MAX}. */
    static boolean isLong(long code) {
        return code >>> Long.SIZE - Byte.SIZE == 0xFF;
    }

    /** The number of a level that some bytes are. */
    long of(byte[] utf8, int from, int to) {
        return to - from <= SHORT_MAX ? packed(utf8, from, to) : hashed(utf8, from, to);
    }

    private static long packed(byte[] utf8, int from, int to) {
        int unused = Byte.SIZE * (SHORT_MAX - (to - from));
        if (from == to) {
            return 0;
        }
        if (from <= utf8.length - Long.BYTES) {
            return (long) WORD.get(utf8, from) >>> unused << unused;
        }
        long code = 0;
        for (int i = from; i < to; i++) {
            code = code << Byte.SIZE | utf8[i] & 0xFF;
        }
        return code << unused;
    }

    private long hashed(byte[] utf8, int from, int to) {
        long hash = to - from;
        int last = to - Long.BYTES;
        for (int i = from; i < last; i += Long.BYTES) {
            hash = mixed(hash ^ (long) WORD.get(utf8, i));
        }
        hash = mixed(hash ^ (long) WORD.get(utf8, last)) | LONG;
        return hash == NONE ? LONG : hash;
    }

    private long mixed(long word) {
        long product = word * factor;
        return product ^ product >>> 29;
    }

    /** The place of a number among so many, a power of two from 2 on. */
    int place(long code, int places) {
        // twice, for names that differ in digits only would else lie in heaps
        return (int) (mixed(code) * factor >>> Long.numberOfLeadingZeros(places - 1));
    }

    /** Where the level ends that begins at some byte: at the next '/', or behind the last byte. */
    static int end(byte[] utf8, int from) {
        int at = from;
        while (at <= utf8.length - Long.BYTES) {
            int bytes = bytesBeforeSlash((long) WORD.get(utf8, at));
            at += bytes;
            if (bytes < Long.BYTES) {
                return at;
            }
        }
        while (at < utf8.length && utf8[at] != '/') {
            at++;
        }
        return at;
    }

    /** 0 to 8, for eight bytes one of which may be a '/'. */
    private static int bytesBeforeSlash(long word) {
        long others = word ^ SLASHES;
        long slashes = ~((others & LOWER) + LOWER | others | LOWER);
        return Long.numberOfLeadingZeros(slashes) / Byte.SIZE;
    }

    /** The levels of a filter without its share name. */
    FilterPath path(String inner) {
        return path(inner, null);
    }

    /** @param pool where the texts of long levels are kept that others may have too */
    FilterPath path(String inner, @Nullable LevelPool pool) {
        byte[] utf8 = inner.getBytes(StandardCharsets.UTF_8);
        int count = 1;
        for (byte b : utf8) {
            count += b == '/' ? 1 : 0;
        }
        long[] codes = new long[count];
        byte[][] texts = null;
        int from = 0;
        for (int i = 0; i < count; i++) {
            int to = end(utf8, from);
            codes[i] = of(utf8, from, to);
            if (to - from > SHORT_MAX) {
                texts = texts == null ? new byte[count][] : texts;
                texts[i] = pool == null ? Arrays.copyOfRange(utf8, from, to) : pool.shared(utf8, from, to, codes[i]);
            }
            from = to + 1;
        }
        return new FilterPath(codes, texts);
    }
}
