package io.coppice.topic;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * TopicLevels that follow each other in filters: as many as there are without a fork and without the end of a filter
 * (path compression, as in a radix tree). Written by one at a time, read by anyone.
 *
 * <p>The levels of a node never change. Where a filter forks off or ends within them, and where two nodes can be one,
 * the nodes that shall be are built from the old ones and put in their place by one volatile write. A reader that
 * stands on an old node finds there what was there then, and below it what everyone finds: all that stays, once.
 */
final class SubscriptionNode {
    /** {@link #rest} of all nodes of a single level. */
    static final long[] NONE = {};

    /** The number of the first level, see {@link LevelCodes}. */
    final long first;

    /** The numbers of the levels after the first; not to be written to. */
    final long[] rest;

    /** As in {@link FilterPath}, of the first level and those after it. */
    private final byte @Nullable [] @Nullable [] texts;

    /** What follows the last level; null for nothing. */
    volatile @Nullable Branches below;

    /** A {@link Bag} of {@link Target}s: the subscriptions of the filter that ends here. */
    volatile @Nullable Object targets;

    /** A {@link Bag} of {@link SharedGroup}s of the filter that ends here. */
    volatile @Nullable Object groups;

    /** @param path at least one level */
    SubscriptionNode(FilterPath path) {
        this.first = path.codes()[0];
        this.rest = path.length() == 1 ? NONE : Arrays.copyOfRange(path.codes(), 1, path.length());
        this.texts = path.texts();
    }

    /** The node above all filters, the level of which nobody asks for. */
    static SubscriptionNode root() {
        return new SubscriptionNode(new FilterPath(new long[] {LevelCodes.NONE}, null));
    }

    FilterPath path() {
        long[] codes = new long[length()];
        codes[0] = first;
        System.arraycopy(rest, 0, codes, 1, rest.length);
        return new FilterPath(codes, texts);
    }

    boolean hasTexts() {
        return texts != null;
    }

    /** The bytes of a long level of this node; 0 for its first. */
    byte @Nullable [] text(int at) {
        return texts == null ? null : texts[at];
    }

    /** Whether '#' is the last level: then nothing is below. */
    boolean takesAllBelow() {
        return rest.length > 0 && rest[rest.length - 1] == LevelCodes.HASH;
    }

    /** The node at which a filter ends, or null. */
    @Nullable
    SubscriptionNode find(FilterPath filter, LevelCodes numbers) {
        SubscriptionNode node = this;
        for (int depth = 0; depth < filter.length(); depth += node.length()) {
            node = node.below(filter, depth, numbers);
            if (node == null || node.common(filter, depth) < node.length()) {
                return null;
            }
        }
        return node;
    }

    /** The node at which a filter ends; made if there is none. */
    SubscriptionNode grow(FilterPath filter, LevelCodes numbers) {
        SubscriptionNode node = this;
        int depth = 0;
        while (depth < filter.length()) {
            SubscriptionNode next = node.below(filter, depth, numbers);
            if (next == null) {
                next = new SubscriptionNode(filter.part(depth, filter.length()));
                node.attach(next, numbers);
                return next;
            }
            int common = next.common(filter, depth);
            if (common < next.length()) {
                next = next.split(common, numbers);
                node.attach(next, numbers);
            }
            node = next;
            depth += common;
        }
        return node;
    }

    /** Takes out of the tree what was there for a filter only that has gone; the node at which it ended is bare now. */
    void prune(FilterPath filter, LevelCodes numbers) {
        SubscriptionNode higher = this;
        SubscriptionNode above = this;
        SubscriptionNode node = this;
        for (int depth = 0; depth < filter.length(); depth += node.length()) {
            higher = above;
            above = node;
            node = Objects.requireNonNull(node.below(filter, depth, numbers));
        }
        if (node.below != null) {
            above.straighten(node, numbers);
            return;
        }
        above.detach(node, numbers);
        if (above != this) {
            higher.straighten(above, numbers);
        }
    }

    /** Makes a node below this one and what is below that one node, where nothing forks or ends between them. */
    private void straighten(SubscriptionNode node, LevelCodes numbers) {
        Branches branches = node.below;
        SubscriptionNode only = branches == null || !node.isBare() ? null : branches.only();
        if (only != null) {
            attach(node.joined(only), numbers);
        }
    }

    private @Nullable SubscriptionNode below(FilterPath filter, int depth, LevelCodes numbers) {
        Branches branches = below;
        return branches == null ? null : branches.get(filter, depth, numbers);
    }

    private void attach(SubscriptionNode node, LevelCodes numbers) {
        Branches branches = below;
        if (branches == null) {
            branches = new Branches();
            branches.put(node, numbers);
            below = branches;
        } else {
            branches.put(node, numbers);
        }
    }

    private void detach(SubscriptionNode node, LevelCodes numbers) {
        Branches branches = below;
        if (branches != null) {
            branches.remove(node, numbers);
            if (branches.size() == 0) {
                below = null;
            }
        }
    }

    private int length() {
        return 1 + rest.length;
    }

    /** Whether the first level of this node is one of a filter. */
    boolean begins(FilterPath filter, int depth) {
        return first == filter.codes()[depth]
                && (!LevelCodes.isLong(first) || Arrays.equals(text(0), filter.text(depth)));
    }

    /** How many levels of this node a filter has too, from a depth on at which it has the first. */
    private int common(FilterPath filter, int depth) {
        FilterPath own = path();
        int most = Math.min(own.length(), filter.length() - depth);
        int common = 1;
        while (common < most && own.same(common, filter, depth + common)) {
            common++;
        }
        return common;
    }

    /** The same as this node in two: one of so many levels, and below it one of the others. */
    private SubscriptionNode split(int at, LevelCodes numbers) {
        SubscriptionNode lower = new SubscriptionNode(path().part(at, length()));
        lower.takeOver(this);
        SubscriptionNode upper = new SubscriptionNode(path().part(0, at));
        upper.attach(lower, numbers);
        return upper;
    }

    /** The same as this node, at which no filter ends, and the only one below it in one. */
    private SubscriptionNode joined(SubscriptionNode lower) {
        SubscriptionNode both = new SubscriptionNode(path().with(lower.path()));
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
