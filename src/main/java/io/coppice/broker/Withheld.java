package io.coppice.broker;

import java.util.ArrayList;
import java.util.List;

/**
 * Messages of clients of one loop, at QoS 1 and 2, that came while the node may not act for the cluster. They are not
 * routed: others may have told their clients that they are subscribed, without this node having heard of it. No more wait than clients may
 * have unanswered (Receive Maximum), in their order.
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

    void add(Runnable publish) {
        waiting.add(publish);
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
