package io.coppice.broker;

import io.coppice.mqtt.TopicName;

/**
 * What two nodes compare to know whether they have the same versions of the same topics: a sum for each bucket of
 * topics, in which order does not matter and which follows each change at a fixed cost.
 */
final class RetainedSums {
    static final int BUCKETS = 256;

    private final long[] sums = new long[BUCKETS];

    /** All that is known of a topic for the methods below. */
    static long hash(TopicName topic) {
        long bits = 0xcbf29ce484222325L;
        for (byte each : topic.utf8()) {
            bits = (bits ^ each) * 0x100000001b3L;
        }
        return mixed(bits);
    }

    static int bucket(long hash) {
        return (int) (hash & BUCKETS - 1);
    }

    void add(long hash, long version) {
        sums[bucket(hash)] += item(hash, version);
    }

    void remove(long hash, long version) {
        sums[bucket(hash)] -= item(hash, version);
    }

    private static long item(long hash, long version) {
        return mixed(hash + version * 0x9e3779b97f4a7c15L);
    }

    private static long mixed(long value) {
        long bits = (value ^ value >>> 30) * 0xbf58476d1ce4e5b9L;
        bits = (bits ^ bits >>> 27) * 0x94d049bb133111ebL;
        return bits ^ bits >>> 31;
    }

    /** One sum for each bucket, as they are now. */
    long[] copy() {
        return sums.clone();
    }
}
