package io.coppice.topic;

import org.jspecify.annotations.Nullable;

/** The filters that begin with the same levels. Written by one at a time, read by anyone. */
final class SubscriptionNode extends Keyed {
    private final String level;
    final @Nullable SubscriptionNode parent;

    /** What follows '+' here. */
    volatile @Nullable SubscriptionNode plus;

    /** The filters that end here with '#'. */
    volatile @Nullable SubscriptionNode hash;

    /** A {@link Bag} of the nodes one literal level below. */
    private volatile @Nullable Object children;

    /** A {@link Bag} of {@link Target}s: the subscriptions of the filter that ends here. */
    volatile @Nullable Object targets;

    /** A {@link Bag} of {@link SharedGroup}s of the filter that ends here. */
    volatile @Nullable Object groups;

    SubscriptionNode(String level, @Nullable SubscriptionNode parent) {
        this.level = level;
        this.parent = parent;
    }

    @Override
    String key() {
        return level;
    }

    @Nullable
    SubscriptionNode literal(String wanted) {
        return Bag.get(children, wanted);
    }

    @Nullable
    SubscriptionNode find(String[] levels) {
        SubscriptionNode node = this;
        for (String each : levels) {
            node = node.child(each);
            if (node == null) {
                return null;
            }
        }
        return node;
    }

    SubscriptionNode grow(String[] levels) {
        SubscriptionNode node = this;
        for (String each : levels) {
            SubscriptionNode child = node.child(each);
            if (child == null) {
                child = new SubscriptionNode(each, node);
                node.attach(child);
            }
            node = child;
        }
        return node;
    }

    /** Takes this node and those above it out of the tree, as far as nothing hangs on them. */
    void prune() {
        SubscriptionNode node = this;
        SubscriptionNode above = node.parent;
        while (above != null && node.isEmpty()) {
            above.detach(node);
            node = above;
            above = node.parent;
        }
    }

    private @Nullable SubscriptionNode child(String wanted) {
        return switch (wanted) {
            case "+" -> plus;
            case "#" -> hash;
            default -> literal(wanted);
        };
    }

    private void attach(SubscriptionNode child) {
        switch (child.level) {
            case "+" -> plus = child;
            case "#" -> hash = child;
            default -> children = Bag.with(children, child);
        }
    }

    private void detach(SubscriptionNode child) {
        switch (child.level) {
            case "+" -> plus = null;
            case "#" -> hash = null;
            default -> children = Bag.without(children, child.level);
        }
    }

    private boolean isEmpty() {
        return targets == null && groups == null && children == null && plus == null && hash == null;
    }
}
