package io.coppice.broker;

import io.coppice.port.NodeControl.Draining;
import java.util.ArrayDeque;

/**
 * A node that an operator drains: it lets nobody in and sends its clients to other nodes, at the rate at which a stop would.
 * It goes on to be a node like the others, with the sessions of clients that have not come back elsewhere.
 */
final class Vacating {
    private static final int SLICE = 200;
    private static final long PAUSE_MILLIS = 5;
    /** After which it looks for clients that were about to be let in. */
    private static final long AGAIN_MILLIS = 1_000;

    private static final double MILLIS_OF_SECOND = 1_000;

    private final Broker broker;
    /** Since when, milliseconds since the epoch; 0 while it is not. Each time is another one. */
    private volatile long since;

    Vacating(Broker broker) {
        this.broker = broker;
    }

    boolean isOn() {
        return since != 0;
    }

    synchronized void begin() {
        if (since == 0) {
            long begun = Math.max(1, broker.shards.get(0).loop.now());
            since = begun;
            broker.shards.forEach(shard -> shard.loop.execute(() -> sendAway(shard, begun)));
        }
    }

    synchronized void end() {
        since = 0;
    }

    Draining state() {
        return new Draining(isOn(), since, broker.connections());
    }

    private void sendAway(Shard shard, long begun) {
        if (since != begun || broker.isStopped()) {
            return; // called off
        }
        ArrayDeque<Client> left = new ArrayDeque<>();
        for (SessionSlot slot : shard.slots.values()) {
            if (slot.client != null) {
                left.add(slot.client);
            }
        }
        int rate = broker.settings.drainRateMax();
        double aMilli = rate == 0 ? SLICE : rate / MILLIS_OF_SECOND / broker.shards.size();
        go(shard, begun, left, aMilli, shard.loop.now(), 0);
    }

    private void go(Shard shard, long begun, ArrayDeque<Client> left, double aMilli, long from, long sent) {
        if (since != begun) {
            return; // called off
        }
        long due = 1 + (long) (aMilli * (shard.loop.now() - from + PAUSE_MILLIS));
        long gone = sent;
        for (int i = 0; i < SLICE && gone < due && !left.isEmpty(); i++) {
            left.remove().sendElsewhere();
            gone++;
        }
        if (left.isEmpty()) {
            shard.loop.after(AGAIN_MILLIS, () -> sendAway(shard, begun));
        } else {
            long soFar = gone;
            shard.loop.after(PAUSE_MILLIS, () -> go(shard, begun, left, aMilli, from, soFar));
        }
    }
}
