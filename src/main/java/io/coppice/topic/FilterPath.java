package io.coppice.topic;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Levels of a filter, one after the other.
 *
 * @param codes their numbers, see {@link LevelCodes}; not to be written to
 * @param texts of the long ones the bytes, null for the others; null where none is long; not to be written to
 */
record FilterPath(long[] codes, byte @Nullable [] @Nullable [] texts) {

    int length() {
        return codes.length;
    }

    /** Whether a level is the same as one of another path. */
    boolean same(int at, FilterPath other, int otherAt) {
        return codes[at] == other.codes[otherAt]
                && (!LevelCodes.isLong(codes[at]) || Arrays.equals(text(at), other.text(otherAt)));
    }

    byte @Nullable [] text(int at) {
        return texts == null ? null : texts[at];
    }

    /** The levels from one, included, to another. */
    FilterPath part(int from, int to) {
        byte[][] some = null;
        for (int i = from; texts != null && i < to; i++) {
            if (texts[i] != null) {
                some = Arrays.copyOfRange(texts, from, to);
                break;
            }
        }
        return new FilterPath(Arrays.copyOfRange(codes, from, to), some);
    }

    /** These levels and behind them others. */
    FilterPath with(FilterPath more) {
        long[] all = Arrays.copyOf(codes, length() + more.length());
        System.arraycopy(more.codes, 0, all, length(), more.length());
        if (texts == null && more.texts == null) {
            return new FilterPath(all, null);
        }
        byte[][] both = new byte[all.length][];
        for (int i = 0; i < all.length; i++) {
            both[i] = i < length() ? text(i) : more.text(i - length());
        }
        return new FilterPath(all, both);
    }
}
