package io.coppice.topic;

import org.jspecify.annotations.Nullable;

/**
 * Makes equal levels of filters one string as far as it remembers them: it forgets those not asked for lately,
 * so it needs no word of filters that go. For one writer at a time.
 */
final class LevelPool {
    /** The only string that stands for this wildcard in the tree. */
    static final String PLUS = "+";

    /** The only string that stands for this wildcard in the tree. */
    static final String HASH = "#";

    private static final int SET_BITS = 10;

    /** How many levels of one set of places are remembered: the ones asked for last. */
    private static final int SET_SIZE = 4;

    /** Characters. So what is remembered of filters that have gone stays below some 2 MB. */
    private static final int LONGEST = 256;

    private final @Nullable String[] places = new String[SET_SIZE << SET_BITS];

    static boolean endsWithHash(String[] levels) {
        return levels.length > 0 && levels[levels.length - 1] == HASH;
    }

    /** The string to keep for a level. */
    String shared(String level) {
        if (level.equals(PLUS)) {
            return PLUS;
        }
        if (level.equals(HASH)) {
            return HASH;
        }
        if (level.length() > LONGEST) {
            return level;
        }
        // Spread by the golden ratio: names that are numbered have hash codes side by side.
        int first = (level.hashCode() * 0x9E3779B9 >>> 32 - SET_BITS) * SET_SIZE;
        int last = first + SET_SIZE - 1;
        int at = first;
        while (at < last && !level.equals(places[at])) {
            at++;
        }
        String remembered = places[at];
        String kept = level.equals(remembered) ? remembered : level;
        System.arraycopy(places, first, places, first + 1, at - first);
        places[first] = kept;
        return kept;
    }
}
