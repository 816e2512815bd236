package io.coppice.session;

import io.coppice.mqtt.TopicName;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The topic aliases the broker has given towards a client (MQTT 5, 3.3.2.3.4). The least recently used one
 * is given anew when none is left. Lives with the connection.
 */
final class OutboundAliases {
    private static final int CAPACITY_MIN = 8;

    private final int max;
    private int given;
    /** By alias; index 0 is the head of the circle in which {@link #newer} and {@link #older} link the aliases. */
    private @Nullable TopicName[] topics;

    private int[] newer;
    private int[] older;
    /** Aliases by topic, open addressing; 0 is free. A power of two, at least twice as many as there are aliases. */
    private int[] slots;

    /** @param max highest alias, 1 to 65,535 */
    OutboundAliases(int max) {
        this.max = max;
        int capacity = Math.min(max, CAPACITY_MIN);
        topics = new @Nullable TopicName[capacity + 1];
        newer = new int[capacity + 1];
        older = new int[capacity + 1];
        slots = new int[slotsFor(capacity)];
    }

    private static int slotsFor(int capacity) {
        return Integer.highestOneBit(capacity * 2 - 1) * 2;
    }

    /**
     * The alias for a topic.
     *
     * @return 1 and up where the client knows it; negated where the alias is new and the topic must go with it
     */
    int use(TopicName topic) {
        int alias = slots[find(topic)];
        if (alias != 0) {
            unlink(alias);
            linkNewest(alias);
            return alias;
        }
        if (given < max) {
            if (given + 1 == topics.length) {
                grow();
            }
            alias = ++given;
        } else {
            alias = newer[0]; // the circle is closed: what is newer than its head is the oldest
            unlink(alias);
            forget(alias);
        }
        topics[alias] = topic;
        slots[find(topic)] = alias;
        linkNewest(alias);
        return -alias;
    }

    private void linkNewest(int alias) {
        int newest = older[0];
        older[alias] = newest;
        newer[alias] = 0;
        newer[newest] = alias;
        older[0] = alias;
    }

    private void unlink(int alias) {
        newer[older[alias]] = newer[alias];
        older[newer[alias]] = older[alias];
    }

    private void grow() {
        int capacity = Math.min(max, given * 2);
        topics = Arrays.copyOf(topics, capacity + 1);
        newer = Arrays.copyOf(newer, capacity + 1);
        older = Arrays.copyOf(older, capacity + 1);
        slots = new int[slotsFor(capacity)];
        for (int alias = 1; alias <= given; alias++) {
            slots[find(topicOf(alias))] = alias;
        }
    }

    private void forget(int alias) {
        int mask = slots.length - 1;
        int free = find(topicOf(alias));
        slots[free] = 0;
        for (int i = free + 1 & mask; slots[i] != 0; i = i + 1 & mask) {
            int home = home(topicOf(slots[i]));
            if ((i - home & mask) >= (i - free & mask)) {
                slots[free] = slots[i];
                slots[i] = 0;
                free = i;
            }
        }
    }

    /** The slot that holds the topic's alias, or the free one where it belongs. */
    private int find(TopicName topic) {
        int mask = slots.length - 1;
        int i = home(topic);
        while (slots[i] != 0 && !topicOf(slots[i]).equals(topic)) {
            i = i + 1 & mask;
        }
        return i;
    }

    private int home(TopicName topic) {
        int hash = topic.hashCode()
                * 0x9E3779B9; // topics differ at their ends, which leaves the high bits of their hashes alike
        return (hash ^ hash >>> 16) & slots.length - 1;
    }

    private TopicName topicOf(int alias) {
        TopicName topic = topics[alias];
        if (topic == null) {
            throw new AssertionError("alias " + alias + " is in the table without a topic");
        }
        return topic;
    }
}
