package io.coppice.broker;

import io.coppice.mqtt.TopicName;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What two nodes compare to know whether they have the same versions of the same topics: a sum for each bucket of
 * topics, in which order does not matter and which follows each change at a fixed cost. A topic that was changed a moment ago is
 * left out, for the other node may not have heard of that yet: topics that change all the time never count.
 */
final class RetainedSums {
    static final int BUCKETS = 256;

    /** A version of a topic, and from when on it counts. */
    private record Recent(long version, long from) {}

    private final long settling;
    private final long[] sums = new long[BUCKETS];
    /** What does not count yet, in the order in which it will. */
    private final Map<TopicName, Recent> recent = new LinkedHashMap<>();

    /** @param settling milliseconds after which a change counts */
    RetainedSums(long settling) {
        this.settling = settling;
    }

    static int bucket(TopicName topic) {
        return bucket(hash(topic));
    }

    private static int bucket(long hash) {
        return (int) (hash & BUCKETS - 1);
    }

    private static long hash(TopicName topic) {
        long bits = 0xcbf29ce484222325L;
        for (byte each : topic.utf8()) {
            bits = (bits ^ each) * 0x100000001b3L;
        }
        return mixed(bits);
    }

    private static long mixed(long value) {
        long bits = (value ^ value >>> 30) * 0xbf58476d1ce4e5b9L;
        bits = (bits ^ bits >>> 27) * 0x94d049bb133111ebL;
        return bits ^ bits >>> 31;
    }

    /** What a version of a topic adds. */
    private static long item(long hash, long version) {
        return mixed(hash + version * 0x9e3779b97f4a7c15L);
    }

    /** A topic has a version; another that it had has been removed. */
    void put(TopicName topic, long version, long now) {
        recent.put(topic, new Recent(version, now + settling));
    }

    /** As {@link #put}; it counts at once. */
    void putSettled(TopicName topic, long version) {
        long hash = hash(topic);
        sums[bucket(hash)] += item(hash, version);
    }

    /** A topic has this version no more. */
    void remove(TopicName topic, long version) {
        if (recent.remove(topic) == null) {
            long hash = hash(topic);
            sums[bucket(hash)] -= item(hash, version);
        }
    }

    /** Lets count what has settled. */
    void settle(long now) {
        Iterator<Map.Entry<TopicName, Recent>> oldest = recent.entrySet().iterator();
        while (oldest.hasNext()) {
            Map.Entry<TopicName, Recent> each = oldest.next();
            if (each.getValue().from > now) {
                return;
            }
            putSettled(each.getKey(), each.getValue().version);
            oldest.remove();
        }
    }

    /** One sum for each bucket. */
    long[] copy() {
        return sums.clone();
    }
}
