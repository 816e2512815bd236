package io.coppice.topic;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Levels that follow each other in filters: as many as there are without a fork and without the end of a filter
 * (path compression, as in a radix tree). Written by one at a time, read by anyone.
 *
 * <p>The levels of a node never change. Where a filter forks off or ends within them, and where two nodes can be one,
 * the nodes that shall be are built from the old ones and put in their place by one volatile write. A reader that
 * stands on an old node finds there what was there then, and below it what everyone finds: all that stays, once.
 */
final class SubscriptionNode extends Keyed {
    /** {@link #rest} of all nodes of a single level. */
    static final String[] NONE = {};

    private final String level;

    /** The levels after the first; not to be written to. */
    final String[] rest;

    /** What follows the last level; null for nothing. */
    volatile @Nullable Branches below;

    /** A {@link Bag} of {@link Target}s: the subscriptions of the filter that ends here. */
    volatile @Nullable Object targets;

    /** A {@link Bag} of {@link SharedGroup}s of the filter that ends here. */
    volatile @Nullable Object groups;

    private SubscriptionNode(String level, String[] rest) {
        this.level = level;
        this.rest = rest.length == 0 ? NONE : rest;
    }

    /** The node above all filters, which has no level itself. */
    static SubscriptionNode root() {
        return new SubscriptionNode("", NONE);
    }

    private static SubscriptionNode leaf(String[] levels, int from, LevelPool pool) {
        String[] rest = new String[levels.length - from - 1];
        for (int i = 0; i < rest.length; i++) {
            rest[i] = pool.shared(levels[from + 1 + i]);
        }
        return new SubscriptionNode(pool.shared(levels[from]), rest);
    }

    /** The first level. */
    @Override
    String key() {
        return level;
    }

    /** Whether '#' is the last level: then nothing is below. */
    boolean takesAllBelow() {
        return LevelPool.endsWithHash(rest);
    }

    /** The node at which a filter ends, or null. */
    @Nullable
    SubscriptionNode find(String[] levels) {
        SubscriptionNode node = this;
        for (int depth = 0; depth < levels.length; depth += node.length()) {
            node = node.below(levels[depth]);
            if (node == null || node.common(levels, depth) < node.length()) {
                return null;
            }
        }
        return node;
    }

    /** The node at which a filter ends; made if there is none. */
    SubscriptionNode grow(String[] levels, LevelPool pool) {
        SubscriptionNode node = this;
        int depth = 0;
        while (depth < levels.length) {
            SubscriptionNode next = node.below(levels[depth]);
            if (next == null) {
                next = leaf(levels, depth, pool);
                node.attach(next);
                return next;
            }
            int common = next.common(levels, depth);
            if (common < next.length()) {
                next = next.split(common);
                node.attach(next);
            }
            node = next;
            depth += common;
        }
        return node;
    }

    /** Takes out of the tree what was there for a filter only that has gone; the node at which it ended is bare now. */
    void prune(String[] levels) {
        SubscriptionNode higher = this;
        SubscriptionNode above = this;
        SubscriptionNode node = this;
        for (int depth = 0; depth < levels.length; depth += node.length()) {
            higher = above;
            above = node;
            node = Objects.requireNonNull(node.below(levels[depth]));
        }
        if (node.below != null) {
            above.straighten(node);
            return;
        }
        above.detach(node);
        if (above != this) {
            higher.straighten(above);
        }
    }

    /** Makes a node below this one and what is below that one node, where nothing forks or ends between them. */
    private void straighten(SubscriptionNode node) {
        Branches branches = node.below;
        SubscriptionNode only = branches == null || !node.isBare() ? null : branches.only();
        if (only != null) {
            attach(node.joined(only));
        }
    }

    private @Nullable SubscriptionNode below(String wanted) {
        Branches branches = below;
        return branches == null ? null : branches.get(wanted);
    }

    private void attach(SubscriptionNode node) {
        Branches branches = below;
        if (branches == null) {
            below = new Branches(node);
        } else {
            branches.put(node);
        }
    }

    private void detach(SubscriptionNode node) {
        Branches branches = below;
        if (branches != null) {
            branches.remove(node);
            if (branches.size() == 0) {
                below = null;
            }
        }
    }

    private int length() {
        return 1 + rest.length;
    }

    /** How many levels of this node a filter has too, from a depth on at which it has the first. */
    private int common(String[] levels, int depth) {
        int most = Math.min(length(), levels.length - depth);
        int common = 1;
        while (common < most && rest[common - 1].equals(levels[depth + common])) {
            common++;
        }
        return common;
    }

    /** The same as this node in two: one of so many levels, and below it one of the others. */
    private SubscriptionNode split(int at) {
        SubscriptionNode lower = new SubscriptionNode(rest[at - 1], Arrays.copyOfRange(rest, at, rest.length));
        lower.takeOver(this);
        SubscriptionNode upper = new SubscriptionNode(level, Arrays.copyOf(rest, at - 1));
        upper.below = new Branches(lower);
        return upper;
    }

    /** The same as this node, at which no filter ends, and the only one below it in one. */
    private SubscriptionNode joined(SubscriptionNode lower) {
        String[] levels = Arrays.copyOf(rest, rest.length + lower.length());
        levels[rest.length] = lower.level;
        System.arraycopy(lower.rest, 0, levels, rest.length + 1, lower.rest.length);
        SubscriptionNode both = new SubscriptionNode(level, levels);
        both.takeOver(lower);
        return both;
    }

    private void takeOver(SubscriptionNode former) {
        below = former.below;
        targets = former.targets;
        groups = former.groups;
    }

    /** Whether no filter ends here. */
    boolean isBare() {
        return targets == null && groups == null;
    }
}
