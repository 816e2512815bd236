package io.coppice.broker;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.port.NodeControl.Draining;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node that an operator drains: it lets nobody in and sends its clients to other nodes, at the rate at which a stop would.
 * It goes on to be a node like the others, with the sessions of clients that have not come back elsewhere.
 */
final class Vacating {
    private static final Logger LOG = LoggerFactory.getLogger(Vacating.class);

    /** After which it looks for clients that were about to be let in. */
    private static final long AGAIN_MILLIS = 1_000;

    private final Broker broker;
    /** Since when, milliseconds since the epoch; 0 while it is not. Each time is another one. */
    private volatile long since;

    /** Whether nobody was left at some time since then. */
    private volatile boolean vacant;

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
            vacant = false;
            LOG.info(
                    getMarker("drain-begun"),
                    "An operator drains node {}: it sends {} clients to other nodes, {} a second at most (0: all at once), and lets nobody in",
                    broker.self(),
                    broker.connections(),
                    broker.settings.drain().rateMax());
            broker.shards.forEach(shard -> shard.loop.execute(() -> sendAway(shard, begun)));
        }
    }

    synchronized void end() {
        if (since != 0) {
            LOG.info(
                    getMarker("drain-called-off"),
                    "Node {} is drained no more: it has {} clients, and lets others in",
                    broker.self(),
                    broker.connections());
        }
        since = 0;
    }

    Draining state() {
        long left = broker.connections();
        return new Draining(
                isOn(),
                since,
                left,
                isOn() ? Drain.millisLeft(left, broker.settings.drain().rateMax()) : 0);
    }

    private void sendAway(Shard shard, long begun) {
        if (since != begun || broker.isStopped()) {
            return; // called off
        }
        new SendingAway(
                        shard,
                        Drain.connected(shard),
                        Drain.aMilli(shard, shard.settings.drain().rateMax()),
                        () -> since == begun,
                        Client::sendElsewhere,
                        () -> again(shard, begun))
                .run();
    }

    private void again(Shard shard, long begun) {
        if (since == begun && !vacant && broker.connections() == 0) {
            vacant = true;
            LOG.info(
                    getMarker("drain-ended"),
                    "Node {} has no clients any more, {} ms after an operator began to drain it",
                    broker.self(),
                    shard.loop.now() - begun);
        }
        shard.loop.after(AGAIN_MILLIS, () -> sendAway(shard, begun));
    }
}
