package io.coppice.broker;

import io.coppice.mqtt.TopicName;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/** Topics that were cleared lately, each with the version of that, so that an older value is known to be old. */
final class Tombstones {
    private record Tombstone(long version, long until) {}

    private final long life;
    private final int max;
    /** In the order in which they end. */
    private final Map<TopicName, Tombstone> all = new LinkedHashMap<>();

    private long forgotten;

    /**
     * None yet.
     *
     * @param life milliseconds that each stays
     * @param max how many stay; of more the oldest go before their time
     */
    Tombstones(long life, int max) {
        this.life = life;
        this.max = max;
    }

    /** The version with which a topic was cleared; 0 where nothing is known of that. */
    long version(TopicName topic) {
        Tombstone known = all.get(topic);
        return known == null ? 0 : known.version;
    }

    void put(TopicName topic, long version, long now) {
        all.remove(topic);
        all.put(topic, new Tombstone(version, now + life));
        forgetOld(now);
    }

    void remove(TopicName topic) {
        all.remove(topic);
    }

    void forgetOld(long now) {
        Iterator<Tombstone> oldest = all.values().iterator();
        while (oldest.hasNext()) {
            Tombstone each = oldest.next();
            if (each.until > now && all.size() <= max) {
                return;
            }
            forgotten = Math.max(forgotten, each.version);
            oldest.remove();
        }
    }

    /** The highest version that was forgotten: of a topic of which nothing is known, what is not above it may be old. */
    long forgotten() {
        return forgotten;
    }

    int size() {
        return all.size();
    }

    void forEach(BiConsumer<TopicName, Long> action) {
        for (Map.Entry<TopicName, Tombstone> each : all.entrySet()) {
            action.accept(each.getKey(), each.getValue().version);
        }
    }
}
