package io.coppice.topic;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The levels of a topic, each cut from it the first time it is asked for. For one thread. */
final class Levels {
    private final String topic;
    private String[] cut = new String[6];
    private int count;
    private int from;

    Levels(String topic) {
        this.topic = topic;
    }

    /** The level at a depth from 0, or null where the topic has ended. */
    @Nullable
    String at(int depth) {
        while (count <= depth) {
            if (from < 0) {
                return null;
            }
            cutNext();
        }
        return cut[depth];
    }

    private void cutNext() {
        int slash = topic.indexOf('/', from);
        if (count == cut.length) {
            cut = Arrays.copyOf(cut, 2 * count);
        }
        cut[count++] = topic.substring(from, slash < 0 ? topic.length() : slash);
        from = slash < 0 ? -1 : slash + 1;
    }

    /**
     * Whether the levels from a depth on are what a part of a filter asks for.
     *
     * @param part literal levels, {@link LevelPool#PLUS}, and at the end perhaps {@link LevelPool#HASH}
     */
    boolean fit(String[] part, int depth) {
        int length = LevelPool.endsWithHash(part) ? part.length - 1 : part.length;
        if (length > 0 && at(depth + length - 1) == null) {
            return false;
        }
        String[] own = cut;
        for (int i = 0; i < length; i++) {
            String wanted = part[i];
            String found = own[depth + i];
            // A choice of values, not of ways: no processor can foretell which levels of a long filter are '+'.
            String meant = wanted == LevelPool.PLUS ? wanted : found;
            if (meant != wanted && !is(depth + i, wanted)) {
                return false;
            }
        }
        return true;
    }

    private boolean is(int depth, String level) {
        if (!cut[depth].equals(level)) {
            return false;
        }
        // Filters share their strings: the level of this name in other filters is now the very same object.
        cut[depth] = level;
        return true;
    }
}
