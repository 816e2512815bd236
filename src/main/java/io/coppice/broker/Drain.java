package io.coppice.broker;

import java.util.ArrayDeque;

/**
 * Sends the clients of one shard away at a rate, so that they do not all come to the next node in one moment. The shards
 * have equal parts of it, and none takes longer than a stop may.
 */
final class Drain implements Runnable {
    /** At a time, whatever the rate. */
    private static final int SLICE = 200;

    private static final long PAUSE_MILLIS = 5;
    /** Half of what is commonly granted to a process that is told to stop. */
    private static final long MILLIS_MAX = 15_000;

    private final Shard shard;
    private final Runnable done;
    private final ArrayDeque<Client> left = new ArrayDeque<>();
    private final long begun;
    private double aMilli;
    private long sent;

    private Drain(Shard shard, Runnable done) {
        this.shard = shard;
        this.done = done;
        this.begun = shard.loop.now();
    }

    /** @param done told when all that the clients were told and all their records are safe */
    static void begin(Shard shard, Runnable done) {
        Drain drain = new Drain(shard, done);
        for (SessionSlot slot : shard.slots.values()) {
            if (slot.client != null) {
                drain.left.add(slot.client);
            }
        }
        int rate = shard.broker.settings.drainRateMax();
        double part = rate / 1_000.0 / shard.broker.shards.size();
        drain.aMilli = rate == 0 ? SLICE : Math.max(part, (double) drain.left.size() / MILLIS_MAX);
        shard.adopting.over();
        drain.run();
    }

    @Override
    public void run() {
        long due = 1 + (long) (aMilli * (shard.loop.now() - begun + PAUSE_MILLIS));
        for (int i = 0; i < SLICE && sent < due && !left.isEmpty(); i++) {
            left.remove().sendAway();
            sent++;
        }
        if (left.isEmpty()) {
            shard.whenStored(safe -> done.run());
        } else {
            shard.loop.after(PAUSE_MILLIS, this);
        }
    }
}
