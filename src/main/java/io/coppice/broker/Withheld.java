package io.coppice.broker;

import java.util.ArrayList;
import java.util.List;

/**
 * What one loop may not do while the node may not act for the cluster, in its order. Messages of clients at QoS 1 and 2 are
 * not routed: others may have told their clients that they are subscribed, without this node having heard of it. And what
 * clients are sent is not let out, though it is stored: others may serve them by now. There is no more of it than clients may
 * have unanswered in either direction (Receive Maximum).
 */
final class Withheld {
    private final Shard shard;
    private List<Runnable> waiting = new ArrayList<>(0);

    Withheld(Shard shard) {
        this.shard = shard;
    }

    /** Whether what comes now has to wait. */
    boolean holds() {
        return !waiting.isEmpty() || !shard.broker.cluster.mayAct(shard.loop.now());
    }

    void add(Runnable task) {
        waiting.add(task);
        if (waiting.size() == 1) {
            shard.broker.cluster.whenInTouch(shard, this::goOn);
        }
    }

    private void goOn() {
        List<Runnable> all = waiting;
        waiting = new ArrayList<>(0);
        all.forEach(Runnable::run);
    }
}
