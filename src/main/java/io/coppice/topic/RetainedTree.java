package io.coppice.topic;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import org.jspecify.annotations.Nullable;

/**
 * The retained message of each topic, found by topic and by filter (MQTT 5, 3.3.1.3). Any thread may read and
 * write; reading never waits.
 */
public final class RetainedTree {
    private static final String[] EVERYTHING = {"#"};

    private final Object writing = new Object();
    private final Object sweeping = new Object();
    private final RetainedNode root = new RetainedNode("", null);
    private RetainedWalk sweep = sweepFromStart();
    private volatile long count;
    private volatile long bytes;

    /** Keeps a message for its topic, in place of the one before; its version is 0. */
    public void put(Message message) {
        put(message, 0);
    }

    /** Keeps a message for its topic, in place of the one before, and with it a version that means nothing to the tree. */
    public void put(Message message, long version) {
        synchronized (writing) {
            RetainedNode node = root.grow(new Levels(message.topic().value()));
            Message former = node.message;
            node.message = message;
            node.version = version;
            if (former == null) {
                count++;
            }
            bytes += message.weight() - (former == null ? 0 : former.weight());
        }
    }

    /** Forgets the message of a topic; returns whether there was one. */
    public boolean remove(TopicName topic) {
        return remove(topic, null);
    }

    private boolean remove(TopicName topic, @Nullable Message only) {
        synchronized (writing) {
            RetainedNode node = root.find(new Levels(topic.value()));
            Message former = node == null ? null : node.message;
            if (node == null || former == null || only != null && former != only) {
                return false;
            }
            node.message = null;
            node.prune();
            count--;
            bytes -= former.weight();
            return true;
        }
    }

    /** The message of a topic, also when it has expired, or null. */
    public @Nullable Message get(TopicName topic) {
        RetainedNode node = root.find(new Levels(topic.value()));
        return node == null ? null : node.message;
    }

    /** The version that the message of a topic was put with; 0 where there is none. */
    public long version(TopicName topic) {
        synchronized (writing) {
            RetainedNode node = root.find(new Levels(topic.value()));
            return node == null || node.message == null ? 0 : node.version;
        }
    }

    /** All messages, also those of topics that begin with '$'. */
    public Cursor all() {
        return new Cursor(sweepFromStart());
    }

    /** The messages of all topics that a filter matches; of a shared one, those that its inner filter matches. */
    public Cursor match(TopicFilter filter) {
        return new Cursor(walk(filter));
    }

    RetainedWalk walk(TopicFilter filter) {
        return new RetainedWalk(root, filter.levels(), false);
    }

    /**
     * Removes expired messages that it comes across, and goes on next time from where it stopped; at the end of the
     * tree it stops too.
     *
     * @param now milliseconds since the epoch
     * @param maxSteps how many nodes of the tree to look at
     * @return how many messages were removed
     */
    public int removeExpired(long now, int maxSteps) {
        int removed = 0;
        synchronized (sweeping) {
            for (int steps = 0; steps < maxSteps; steps++) {
                Message message = sweep.step();
                if (message != null && message.expiredAt(now) && remove(message.topic(), message)) {
                    removed++;
                }
                if (sweep.finished()) {
                    sweep = sweepFromStart();
                    break;
                }
            }
        }
        return removed;
    }

    private RetainedWalk sweepFromStart() {
        return new RetainedWalk(root, EVERYTHING, true);
    }

    /** How many topics have a message. */
    public long count() {
        return count;
    }

    /** The sum of {@link Message#weight()}. */
    public long bytes() {
        return bytes;
    }

    /**
     * Messages one after the other, looked up when asked for; for one thread at a time. One that is there from
     * beginning to end of the reading is returned once, in its old or its new form if it is replaced meanwhile;
     * one that comes or goes meanwhile may be returned or not. It may have expired.
     */
    public static final class Cursor {
        private final RetainedWalk walk;

        private Cursor(RetainedWalk walk) {
            this.walk = walk;
        }

        /** The next message, or null at the end. */
        public @Nullable Message next() {
            Message message = null;
            while (message == null && !walk.finished()) {
                message = walk.step();
            }
            return message;
        }
    }
}
