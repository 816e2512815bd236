package io.coppice.broker;

import java.util.ArrayDeque;

/** Sends the clients of one shard away in slices, so that they do not all come to the next node in one moment. */
final class Drain implements Runnable {
    private static final int SLICE = 200;
    private static final long PAUSE_MILLIS = 5;

    private final Shard shard;
    private final Runnable done;
    private final ArrayDeque<Client> left = new ArrayDeque<>();

    private Drain(Shard shard, Runnable done) {
        this.shard = shard;
        this.done = done;
    }

    /** @param done told when all that the clients were told and all their records are safe */
    static void begin(Shard shard, Runnable done) {
        Drain drain = new Drain(shard, done);
        for (SessionSlot slot : shard.slots.values()) {
            if (slot.client != null) {
                drain.left.add(slot.client);
            }
        }
        shard.adopting.over();
        drain.run();
    }

    @Override
    public void run() {
        for (int i = 0; i < SLICE && !left.isEmpty(); i++) {
            left.remove().sendAway();
        }
        if (left.isEmpty()) {
            shard.whenStored(safe -> done.run());
        } else {
            shard.loop.after(PAUSE_MILLIS, this);
        }
    }
}
