package io.coppice.topic;

import io.coppice.mqtt.Message;
import org.jspecify.annotations.Nullable;

/** The topics that begin with the same levels. Written by one at a time, read by anyone. */
final class RetainedNode extends Keyed {
    private final String level;
    final @Nullable RetainedNode parent;

    /** A {@link Bag} of the nodes one level below. */
    volatile @Nullable Object children;

    /** The retained message of the topic that ends here. */
    volatile @Nullable Message message;

    /** Of the message, as its writer counts; read and written under the tree's lock. */
    long version;

    RetainedNode(String level, @Nullable RetainedNode parent) {
        this.level = level;
        this.parent = parent;
    }

    @Override
    String key() {
        return level;
    }

    boolean isSystem() {
        return !level.isEmpty() && level.charAt(0) == '$';
    }

    @Nullable
    RetainedNode child(String wanted) {
        return Bag.get(children, wanted);
    }

    @Nullable
    RetainedNode find(Levels levels) {
        RetainedNode node = this;
        int depth = 0;
        String wanted = levels.at(depth);
        while (node != null && wanted != null) {
            node = node.child(wanted);
            wanted = levels.at(++depth);
        }
        return node;
    }

    RetainedNode grow(Levels levels) {
        RetainedNode node = this;
        int depth = 0;
        String wanted = levels.at(depth);
        while (wanted != null) {
            RetainedNode child = node.child(wanted);
            if (child == null) {
                child = new RetainedNode(wanted, node);
                node.children = Bag.with(node.children, child);
            }
            node = child;
            wanted = levels.at(++depth);
        }
        return node;
    }

    /** Takes this node and those above it out of the tree, as far as nothing hangs on them. */
    void prune() {
        RetainedNode node = this;
        RetainedNode above = node.parent;
        while (above != null && node.message == null && node.children == null) {
            above.children = Bag.without(above.children, node.level);
            node = above;
            above = node.parent;
        }
    }
}
