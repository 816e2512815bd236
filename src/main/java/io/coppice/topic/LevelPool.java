package io.coppice.topic;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Makes the text of equal long levels of filters one object as far as it remembers them: it forgets those not asked for
 * lately, so it needs no word of filters that go. For one writer at a time.
 */
final class LevelPool {
    private static final int SETS = 1024;

    /** How many levels of one set of places are remembered: the ones asked for last. */
    private static final int SET_SIZE = 4;

    /** Bytes. So what is remembered of filters that have gone stays below some 2 MB. */
    private static final int LONGEST = 256;

    private final LevelCodes levels;
    private final byte[] @Nullable [] places = new byte[SET_SIZE * SETS][];

    LevelPool(LevelCodes levels) {
        this.levels = levels;
    }

    /** The bytes to keep for a level. */
    byte[] shared(byte[] utf8, int from, int to, long code) {
        if (to - from > LONGEST) {
            return Arrays.copyOfRange(utf8, from, to);
        }
        int first = levels.place(code, SETS) * SET_SIZE;
        int last = first + SET_SIZE - 1;
        int at = first;
        while (at < last && !isAt(at, utf8, from, to)) {
            at++;
        }
        byte[] remembered = places[at];
        byte[] kept = remembered != null && isAt(at, utf8, from, to) ? remembered : Arrays.copyOfRange(utf8, from, to);
        System.arraycopy(places, first, places, first + 1, at - first);
        places[first] = kept;
        return kept;
    }

    private boolean isAt(int at, byte[] utf8, int from, int to) {
        byte[] text = places[at];
        return text != null && Arrays.equals(text, 0, text.length, utf8, from, to);
    }
}
