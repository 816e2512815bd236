package io.coppice.topic;

import org.jspecify.annotations.Nullable;

/** The nodes that follow one node, told apart by their first level. Written by one at a time, read by anyone. */
final class Branches {
    /** What follows with '+' as its first level. */
    volatile @Nullable SubscriptionNode plus;

    /** The filters that end here with '#'. */
    volatile @Nullable SubscriptionNode hash;

    /** A {@link Bag} of the nodes that begin with a literal level. */
    volatile @Nullable Object literals;

    Branches(SubscriptionNode only) {
        put(only);
    }

    /** The node that begins with a level of a topic, which is no wildcard. */
    @Nullable
    SubscriptionNode literal(String level) {
        return Bag.get(literals, level);
    }

    /** The node that begins with a level of a filter. */
    @Nullable
    SubscriptionNode get(String level) {
        return switch (level) {
            case LevelPool.PLUS -> plus;
            case LevelPool.HASH -> hash;
            default -> literal(level);
        };
    }

    /** Adds a node, or puts it in the place of the one with the same first level. */
    void put(SubscriptionNode node) {
        switch (node.key()) {
            case LevelPool.PLUS -> plus = node;
            case LevelPool.HASH -> hash = node;
            default -> literals = Bag.with(literals, node);
        }
    }

    void remove(SubscriptionNode node) {
        switch (node.key()) {
            case LevelPool.PLUS -> plus = null;
            case LevelPool.HASH -> hash = null;
            default -> literals = Bag.without(literals, node.key());
        }
    }

    int size() {
        return Bag.size(literals) + (plus == null ? 0 : 1) + (hash == null ? 0 : 1);
    }

    /** The only node there is, or null when there are more. */
    @Nullable
    SubscriptionNode only() {
        if (size() > 1) {
            return null;
        }
        SubscriptionNode wildcard = plus == null ? hash : plus;
        return wildcard == null ? Bag.<SubscriptionNode>iterator(literals).next() : wildcard;
    }
}
