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

    /** Client identifiers that are being admitted. */
    public static int admissions(Broker broker) {
        return broker.shards.stream().mapToInt(shard -> shard.admissions.size()).sum();
    }

    /** Fails unless no publish waits for an answer, nothing is between loops and every gauge says what the sessions hold. */
    public static void requireQuiet(Broker broker) {
        long queued = 0;
        long inFlight = 0;
        for (Shard shard : broker.shards) {
            for (SessionSlot slot : shard.slots.values()) {
                queued += slot.session.queued();
                inFlight += slot.session.inFlight();
                boolean[] quiet = {false};
                slot.whenQuiet(() -> quiet[0] = true);
                require(quiet[0], slot.clientId() + " has open receipts");
                require(!slot.isArriving(), slot.clientId() + " never arrives");
            }
            for (Shard other : broker.shards) {
                require(shard.outbox(other.index).depth() == 0, "messages are still between loops");
            }
        }
        require(admissions(broker) == 0, "someone is still being admitted");
        require(queued == broker.queuedMessages(), "queued is " + queued + ", told is " + broker.queuedMessages());
        require(inFlight == broker.inFlightMessages(), "in flight: " + inFlight + ", " + broker.inFlightMessages());
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
