package io.coppice.topic;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The nodes that follow one node, told apart by their first level. Written by one at a time, read by anyone: a node that
 * stays, or whose place another takes, is found by every reader.
 */
final class Branches {
    private static final VarHandle PLACE = MethodHandles.arrayElementVarHandle(SubscriptionNode[].class);
    private static final int PLACES_MIN = 4;

    /** In the place of a node that was removed: what was put behind it is still found there. */
    private static final SubscriptionNode GONE =
            new SubscriptionNode(new FilterPath(new long[] {LevelCodes.NONE}, null));

    /** What follows with '+' as its first level. */
    volatile @Nullable SubscriptionNode plus;

    /** The filters that end here with '#'. */
    volatile @Nullable SubscriptionNode hash;

    /** The nodes that begin with a literal level: null, the only one, or a table of them, each at the place of its number or the next free one. */
    private volatile @Nullable Object literals;

    private int literalCount;
    /** Places of the table that are not free. */
    private int taken;

    /** The node that begins with a level of a topic. */
    @Nullable
    SubscriptionNode literal(TopicLevels levels, int depth) {
        Object found = literals;
        long code = levels.code(depth);
        if (found instanceof SubscriptionNode only) {
            return isFirst(only, code, levels, depth) ? only : null;
        }
        if (found == null) {
            return null;
        }
        SubscriptionNode[] table = (SubscriptionNode[]) found;
        int at = levels.place(depth, table.length);
        while (true) {
            SubscriptionNode node = (SubscriptionNode) PLACE.getAcquire(table, at);
            if (node == null || isFirst(node, code, levels, depth)) {
                return node;
            }
            at = at + 1 & table.length - 1;
        }
    }

    private static boolean isFirst(SubscriptionNode node, long code, TopicLevels levels, int depth) {
        return node.first == code && (!LevelCodes.isLong(code) || levels.isText(depth, node.text(0)));
    }

    // --- the one who writes

    /** The node that begins with a level of a filter. */
    @Nullable
    SubscriptionNode get(FilterPath path, int depth, LevelCodes numbers) {
        long code = path.codes()[depth];
        if (code == LevelCodes.PLUS) {
            return plus;
        }
        if (code == LevelCodes.HASH) {
            return hash;
        }
        Object all = literals;
        if (all instanceof SubscriptionNode only) {
            return only.begins(path, depth) ? only : null;
        }
        if (all == null) {
            return null;
        }
        SubscriptionNode[] table = (SubscriptionNode[]) all;
        return table[place(table, path, depth, numbers)];
    }

    /** Where the node is that begins with a level, or the first free place behind where it could be. */
    private static int place(SubscriptionNode[] table, FilterPath path, int depth, LevelCodes numbers) {
        int at = numbers.place(path.codes()[depth], table.length);
        while (table[at] != null && !table[at].begins(path, depth)) {
            at = at + 1 & table.length - 1;
        }
        return at;
    }

    /** Adds a node, or puts it in the place of the one with the same first level. */
    void put(SubscriptionNode node, LevelCodes numbers) {
        if (node.first == LevelCodes.PLUS) {
            plus = node;
        } else if (node.first == LevelCodes.HASH) {
            hash = node;
        } else {
            putLiteral(node, numbers);
        }
    }

    private void putLiteral(SubscriptionNode node, LevelCodes numbers) {
        FilterPath path = node.path();
        Object all = literals;
        if (all == null || all instanceof SubscriptionNode only && only.begins(path, 0)) {
            literals = node;
            literalCount = 1;
            return;
        }
        SubscriptionNode[] table = all instanceof SubscriptionNode[] some ? some : table(PLACES_MIN, numbers);
        int at = place(table, path, 0, numbers);
        if (table[at] == null) {
            literalCount++;
            if (4 * (taken + 1) > 3 * table.length) {
                table = table(2 * Integer.highestOneBit(2 * literalCount - 1), numbers);
                at = place(table, path, 0, numbers);
            }
            taken++;
        }
        PLACE.setRelease(table, at, node);
        literals = table;
    }

    /** All literal nodes in a table of so many places, of which they take half at most. */
    private SubscriptionNode[] table(int places, LevelCodes numbers) {
        SubscriptionNode[] table = new SubscriptionNode[places];
        taken = 0;
        if (literals instanceof SubscriptionNode only) {
            table[free(table, only, numbers)] = only;
            taken = 1;
        } else if (literals instanceof SubscriptionNode[] former) {
            for (SubscriptionNode node : former) {
                if (node != null && node != GONE) {
                    table[free(table, node, numbers)] = node;
                    taken++;
                }
            }
        }
        return table;
    }

    /** Where a node goes of which the table holds none that begins alike. */
    private static int free(SubscriptionNode[] table, SubscriptionNode node, LevelCodes numbers) {
        int at = numbers.place(node.first, table.length);
        while (table[at] != null) {
            at = at + 1 & table.length - 1;
        }
        return at;
    }

    /** Removes a node that is there. */
    void remove(SubscriptionNode node, LevelCodes numbers) {
        if (node.first == LevelCodes.PLUS) {
            plus = null;
        } else if (node.first == LevelCodes.HASH) {
            hash = null;
        } else {
            removeLiteral(node, numbers);
        }
    }

    private void removeLiteral(SubscriptionNode node, LevelCodes numbers) {
        literalCount--;
        if (!(literals instanceof SubscriptionNode[] table)) {
            literals = null;
            return;
        }
        PLACE.setRelease(table, place(table, node.path(), 0, numbers), GONE);
        if (literalCount == 1) {
            literals = onlyOf(table);
        } else if (literalCount < table.length / 8) {
            literals = table(2 * Integer.highestOneBit(2 * literalCount - 1), numbers);
        }
    }

    private static SubscriptionNode onlyOf(SubscriptionNode[] table) {
        for (SubscriptionNode node : table) {
            if (node != null && node != GONE) {
                return node;
            }
        }
        throw new IllegalStateException("a table of nodes holds none");
    }

    int size() {
        return literalCount + (plus == null ? 0 : 1) + (hash == null ? 0 : 1);
    }

    /** The only node there is, or null when there are more. */
    @Nullable
    SubscriptionNode only() {
        if (size() > 1) {
            return null;
        }
        SubscriptionNode wildcard = plus == null ? hash : plus;
        return wildcard == null ? (SubscriptionNode) literals : wildcard;
    }

    /** In no order. */
    List<SubscriptionNode> literals() {
        Object all = literals;
        if (all == null) {
            return List.of();
        }
        if (all instanceof SubscriptionNode only) {
            return List.of(only);
        }
        return Arrays.stream((SubscriptionNode[]) all)
                .filter(node -> node != null && node != GONE)
                .toList();
    }
}
