package io.coppice.broker;

import io.coppice.mqtt.Subscription;
import io.coppice.port.PeerMessage;
import java.util.List;

/**
 * The retained messages of a cluster: every node has all of them in its {@link RetainedMirror}. The store orders the
 * changes of a topic ({@link RetainedWriter}); who subscribes while one is under way waits for it
 * ({@link RetainedWrites}); who has come, or may have missed something, reads the store ({@link RetainedReading});
 * and what differs all the same is found and put right ({@link RetainedRepair}).
 */
final class RetainedTable {
    final RetainedMirror mirror;
    final RetainedWrites writes = new RetainedWrites();
    final RetainedReading reading;
    final RetainedRepair repair;

    /** Expired messages that are removed at a time. */
    private static final int EXPIRED_PER_SWEEP = 10_000;

    private final Broker broker;
    private final Cluster cluster;

    RetainedTable(Broker broker, Cluster cluster) {
        this.broker = broker;
        this.cluster = cluster;
        ClusterSettings settings = broker.settings.cluster();
        this.mirror = new RetainedMirror(
                broker.retained.tree, broker.retained.store::heard, settings.tombstoneLife(), settings.tombstonesMax());
        this.reading = new RetainedReading(broker, cluster, mirror);
        this.repair = new RetainedRepair(broker, cluster, mirror, reading);
    }

    private Shard first() {
        return broker.shards.get(0);
    }

    /**
     * Runs a task on the shard's loop, where this is called, when what is being retained for some subscriptions is in the
     * mirror: a message that was given to everyone before them they find there. It is not waited for longer than for
     * other nodes to know of a subscription; and not run before the node may act, for the others wait for no mirror
     * of one that may not.
     */
    void whenOver(Shard shard, List<Subscription> subscriptions, Runnable then) {
        if (cluster.isAlone() || subscriptions.isEmpty()) {
            then.run();
        } else {
            long patience = broker.settings.cluster().announce();
            writes.whenOver(shard.loop, subscriptions, patience, () -> cluster.whenInTouch(shard, then));
        }
    }

    /** Something that another node tells; on the loop to which it was told. */
    void received(Shard shard, Peer peer, int fromShard, PeerMessage.Retaining message) {
        if (message instanceof PeerMessage.RetainedBegun begun) {
            writes.begun(new RetainedWrites.Write(peer.id, fromShard, begun.write()), begun.topic());
        } else if (message instanceof PeerMessage.RetainedKept kept) {
            mirror.take(kept.kept(), shard.loop.now());
            writes.ended(new RetainedWrites.Write(peer.id, fromShard, kept.write()));
        } else if (message instanceof PeerMessage.RetainedEnded ended) {
            writes.ended(new RetainedWrites.Write(peer.id, fromShard, ended.write()));
        } else if (message instanceof PeerMessage.RetainedFollows) {
            first().loop.execute(() -> reading.told(peer, fromShard));
        } else {
            repair.received(peer, message);
        }
    }

    // --- who is there; on the first loop

    void joined(Peer peer) {
        broker.onEveryLoop(first(), shard -> shard.retained.joined(peer), () -> {});
    }

    void left(Peer peer) {
        repair.left(peer);
    }

    /**
     * A node is gone. What it had the store keep and told nobody of is in no mirror: one of those who are left looks for
     * that, and brings it to the others as it does everything that differs.
     */
    void gone(Peer peer, boolean looksForOthers) {
        broker.onEveryLoop(first(), shard -> shard.retained.gone(peer), () -> {});
        reading.gone(peer);
        writes.gone(peer.id);
        if (looksForOthers) {
            reading.again();
        }
    }

    // --- from time to time

    void sweep(long now) {
        mirror.expire(now, EXPIRED_PER_SWEEP);
    }
}
