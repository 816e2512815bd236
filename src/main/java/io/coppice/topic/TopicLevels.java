package io.coppice.topic;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The levels of a topic as numbers, each cut from it the first time it is asked for. For one thread. */
final class TopicLevels {
    private final byte[] topic;
    private final LevelCodes numbers;
    private long[] codes = new long[6];
    /** Where each level that was cut begins, and where the next one would. */
    private int[] starts = new int[7];

    private int count;

    TopicLevels(byte[] topic, LevelCodes numbers) {
        this.topic = topic;
        this.numbers = numbers;
    }

    /** Whether the topic has a level at a depth from 0. */
    boolean has(int depth) {
        while (count <= depth) {
            if (starts[count] > topic.length) {
                return false;
            }
            cutNext();
        }
        return true;
    }

    private void cutNext() {
        if (count == codes.length) {
            codes = Arrays.copyOf(codes, 2 * count);
            starts = Arrays.copyOf(starts, 2 * count + 1);
        }
        int from = starts[count];
        int to = LevelCodes.end(topic, from);
        codes[count++] = numbers.of(topic, from, to);
        starts[count] = to + 1;
    }

    /** The number of a level that the topic has. */
    long code(int depth) {
        return codes[depth];
    }

    /** The place of the number of a level among so many, see {@link LevelCodes#place}. */
    int place(int depth, int places) {
        return numbers.place(codes[depth], places);
    }

    /** Whether a level with the number of a long one has a text. */
    boolean isText(int depth, byte @Nullable [] text) {
        return text != null && Arrays.equals(topic, starts[depth], starts[depth + 1] - 1, text, 0, text.length);
    }

    /** Whether the levels from a depth on are what a node asks for behind its first one; a '#' at its end asks for nothing. */
    boolean fit(SubscriptionNode node, int depth) {
        long[] rest = node.rest;
        int length = node.takesAllBelow() ? rest.length - 1 : rest.length;
        if (length > 0 && !has(depth + length - 1)) {
            return false;
        }
        long[] own = codes;
        for (int i = 0; i < length; i++) {
            long wanted = rest[i];
            // Reckoned, not decided: no processor can foretell which levels of a long filter are '+'.
            long noPlus = wanted ^ LevelCodes.PLUS;
            long compared = (noPlus | -noPlus) >> Long.SIZE - 1;
            if (((wanted ^ own[depth + i]) & compared) != 0) {
                return false;
            }
        }
        return !node.hasTexts() || textsFit(node, depth, length);
    }

    private boolean textsFit(SubscriptionNode node, int depth, int length) {
        for (int i = 0; i < length; i++) {
            if (LevelCodes.isLong(node.rest[i]) && !isText(depth + i, node.text(1 + i))) {
                return false;
            }
        }
        return true;
    }
}
