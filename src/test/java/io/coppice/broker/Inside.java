package io.coppice.broker;

/** What a broker holds that its doors do not show. */
public final class Inside {
    private Inside() {}

    /** Timers that are set, on all loops. */
    public static int timers(Broker broker) {
        return broker.shards.stream().mapToInt(shard -> shard.wheel.size()).sum();
    }

    /** Sessions that the shards know. */
    public static int slots(Broker broker) {
        return broker.shards.stream().mapToInt(shard -> shard.slots.size()).sum();
    }
}
