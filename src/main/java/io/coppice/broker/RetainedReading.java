package io.coppice.broker;

import io.coppice.port.RetainedStore;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads all retained messages from the store: once when the node has come, and again where the mirrors may have missed
 * something. On the first loop, but for the questions.
 */
final class RetainedReading {
    private static final long RETRY_MILLIS = 500;
    /** Between two readings that nothing is known to need. */
    private static final long PAUSE_MILLIS = 60_000;

    private final Broker broker;
    private final Cluster cluster;
    private final RetainedMirror mirror;
    private final RetainedStore store;
    /** Which loops of the other nodes tell of their changes. */
    private final Map<Peer, BitSet> telling = new HashMap<>();

    private boolean begun;
    private boolean running;
    private boolean wanted;
    private boolean scheduled;
    private long lastBegun;
    private volatile boolean complete;

    RetainedReading(Broker broker, Cluster cluster, RetainedMirror mirror) {
        this.broker = broker;
        this.cluster = cluster;
        this.mirror = mirror;
        this.store = broker.retained.store;
    }

    private Shard first() {
        return broker.shards.get(0);
    }

    /** Whether everything has been read: the mirror has what the others have. */
    boolean complete() {
        return complete;
    }

    /** A loop of another node tells of all its changes from now on. */
    void told(Peer peer, int shard) {
        telling.computeIfAbsent(peer, from -> new BitSet()).set(shard);
        beginWhenTold();
    }

    void gone(Peer peer) {
        telling.remove(peer);
    }

    /**
     * Reads for the first time, if everyone who is there tells of changes: what was changed before that is in the store,
     * and what is changed after it is told.
     */
    void beginWhenTold() {
        if (begun || !cluster.inQuorum()) {
            return;
        }
        for (Peer peer : cluster.presentPeers()) {
            BitSet loops = telling.get(peer);
            if (loops == null || loops.cardinality() < peer.shards) {
                return;
            }
        }
        begun = true;
        read();
    }

    /** Reads once more, after a reading that is going on. */
    void again() {
        if (running) {
            wanted = true;
        } else if (begun) {
            read();
        }
    }

    /** Reads once more, but not too often; on any loop. */
    void againLater() {
        first().loop.execute(() -> {
            if (!scheduled) {
                scheduled = true;
                long wait = Math.max(0, lastBegun + PAUSE_MILLIS - first().loop.now());
                first().loop.after(wait, () -> {
                    scheduled = false;
                    again();
                });
            }
        });
    }

    private void read() {
        if (broker.isStopped()) {
            return;
        }
        running = true;
        wanted = false;
        lastBegun = first().loop.now();
        store.readAll(first().loop, kept -> mirror.takeRead(kept, first().loop.now()), this::hasRead);
    }

    private void hasRead(boolean all) {
        if (!all) {
            first().loop.after(RETRY_MILLIS, this::read);
            return;
        }
        running = false;
        complete = true;
        if (wanted) {
            read();
        }
    }
}
