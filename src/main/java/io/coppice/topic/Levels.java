package io.coppice.topic;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The levels of a topic as text, each cut from it the first time it is asked for. For one thread. */
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
}
