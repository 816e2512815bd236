package io.coppice.broker;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.port.Counters;
import io.coppice.port.NodeControl.Draining;
import io.coppice.session.DropReason;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node leaves on purpose. Its clients are sent away, and what they and the node have begun comes to its end: their
 * messages are with the other nodes, records and homes are as they are meant to stay. Then the node falls silent: what
 * others say to it changes nothing and gets no answer, so that they keep it for whoever takes over. Its last word,
 * {@link io.coppice.port.PeerMessage.Farewell}, lets them do so at once. Where all that takes too long the node goes without
 * that word, and the others wait for its lease as if it had died.
 */
final class Leaving {
    private static final Logger LOG = LoggerFactory.getLogger(Leaving.class);

    /** How long store, registry and other nodes may take for what was begun, once the clients are gone. */
    private static final long END_MILLIS_MAX = 5_000;

    /** How long clients that were sent away may take to close. */
    private static final long GOODBYE_MILLIS_MAX = 2_000;

    private static final long CHECK_MILLIS = 10;

    private final Broker broker;
    private final Runnable told;
    private final Runnable then;
    private final AtomicBoolean late = new AtomicBoolean();
    private final long begun;
    private volatile long deadline;

    /**
     * @param told once, on the first loop, when the clients have been sent away
     * @param then told once, on the first loop, when the node may be taken apart
     */
    Leaving(Broker broker, Runnable told, Runnable then) {
        this.broker = broker;
        this.told = told;
        this.then = then;
        this.begun = first().loop.now();
    }

    void begin() {
        DrainSettings settings = broker.settings.drain();
        LOG.info(
                getMarker("leave-begun"),
                "Node {} stops: it sends its {} clients away, {} a second (0: all at once) or as fast as takes {} ms, and lets nobody in",
                broker.self(),
                broker.connections(),
                settings.rateMax(),
                settings.millisMax());
        onEveryLoop(Drain::begin, this::sentAway);
    }

    /** How far it is. */
    Draining state() {
        DrainSettings settings = broker.settings.drain();
        long clients = broker.connections();
        long left = clients == 0
                ? 0
                : Math.min(
                        Drain.millisLeft(clients, settings.rateMax()),
                        Math.max(0, begun + settings.millisMax() - first().loop.now()));
        return new Draining(true, begun, clients, left);
    }

    private void sentAway() {
        LOG.info(
                getMarker("leave-clients-gone"),
                "Node {} has sent its clients away in {} ms",
                broker.self(),
                first().loop.now() - begun);
        told.run();
        deadline = first().loop.now() + END_MILLIS_MAX;
        onEveryLoop((shard, done) -> await(shard, this::hasEnded, done), this::ended);
    }

    /** Whether what clients and the node itself have begun is done: nothing takes effect later where others act by then. */
    private boolean hasEnded(Shard shard) {
        return shard.admissions.isEmpty()
                && !shard.adopting.isAsking()
                && shard.retained.isIdle()
                && shard.openWills == 0
                && broker.registry.releasing() == 0
                && isQuiet(shard);
    }

    /** Whether nothing is on its way from the loop to others, or to the store. */
    private boolean isQuiet(Shard shard) {
        for (Shard other : broker.shards) {
            if (shard.outbox(other.index).depth() > 0) {
                return false;
            }
        }
        return shard.unstored() == null && shard.lanes.allConfirmed();
    }

    private void ended() {
        broker.fallSilent();
        // what came before this moment may still have begun something
        onEveryLoop((shard, done) -> await(shard, this::hasEnded, done), this::silent);
    }

    private void silent() {
        if (late.get()) {
            LOG.warn(
                    getMarker("leave-unfinished"),
                    "Node {} leaves without farewell: what it had begun did not end in {} ms; the others wait for its lease",
                    broker.self(),
                    END_MILLIS_MAX);
        } else {
            broker.cluster.sayFarewell();
        }
        await(first(), shard -> shard.lanes.allConfirmed(), this::saidFarewell);
    }

    private void saidFarewell() {
        onEveryLoop(
                (shard, done) -> {
                    count(shard);
                    done.run();
                },
                () -> {
                    broker.stop();
                    deadline = first().loop.now() + GOODBYE_MILLIS_MAX;
                    // what clients were told last reaches them only while their connections are left alone
                    await(first(), shard -> broker.connectionsOpen() == 0, then);
                });
    }

    private void count(Shard shard) {
        int lost = shard.lanes.unconfirmedPublishes();
        if (lost > 0) {
            shard.counters.due(Counters.Source.NODE, lost);
            shard.counters.dropped(DropReason.FORWARD_BACKLOG, lost);
            LOG.warn(
                    getMarker("leave-unconfirmed"),
                    "Node {} leaves without having heard that other nodes have {} messages of its clients; those at QoS 1 "
                            + "and 2 were not acknowledged, and their publishers will send them again",
                    broker.self(),
                    lost);
        }
    }

    private Shard first() {
        return broker.shards.get(0);
    }

    /** Takes a step on every loop, and goes on on the first one when all are done with it. */
    private void onEveryLoop(BiConsumer<Shard, Runnable> step, Runnable next) {
        AtomicInteger left = new AtomicInteger(broker.shards.size());
        for (Shard shard : broker.shards) {
            shard.loop.execute(() -> step.accept(shard, () -> {
                if (left.decrementAndGet() == 0) {
                    first().loop.execute(next);
                }
            }));
        }
    }

    private void await(Shard shard, Predicate<Shard> condition, Runnable done) {
        if (condition.test(shard)) {
            done.run();
        } else if (shard.loop.now() >= deadline) {
            late.set(true);
            done.run();
        } else {
            shard.loop.after(CHECK_MILLIS, () -> await(shard, condition, done));
        }
    }
}
