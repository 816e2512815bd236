package io.coppice.broker;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.port.NodeControl.Shedding;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends some of a node's clients to others, which have fewer. First those go whose sessions outlive their connections: they miss
 * nothing. Who comes back here is let in, and is not sent away a second time.
 */
final class Shedder {
    private static final Logger LOG = LoggerFactory.getLogger(Shedder.class);

    /** One time that so many were to go. */
    private static final class Run {
        final int wanted;
        final int aSecond;
        /** Places that no shard has taken. */
        final AtomicInteger free;

        final AtomicInteger moved = new AtomicInteger();
        final AtomicInteger shardsAtIt;

        Run(int wanted, int aSecond, int shards) {
            this.wanted = wanted;
            this.aSecond = aSecond;
            this.free = new AtomicInteger(wanted);
            this.shardsAtIt = new AtomicInteger(shards);
        }

        /** How many of so many may go. */
        int take(int most) {
            int left = free.getAndUpdate(now -> Math.max(0, now - most));
            return Math.min(left, most);
        }
    }

    private final Broker broker;
    private volatile @Nullable Run latest;
    private volatile boolean calledOff;

    Shedder(Broker broker) {
        this.broker = broker;
    }

    synchronized void begin(int clients, int aSecond) {
        long all = Math.max(1, broker.connections());
        int wanted = (int) Math.min(clients, all);
        Run run = new Run(wanted, aSecond, broker.shards.size());
        latest = run;
        calledOff = false;
        LOG.info(
                getMarker("rebalance-begun"),
                "Node {} sends {} of its {} clients to other nodes, {} a second",
                broker.self(),
                wanted,
                all,
                aSecond);
        broker.shards.forEach(shard -> shard.loop.execute(() -> shed(shard, run, all)));
    }

    synchronized void end() {
        calledOff = true;
    }

    Shedding state() {
        Run run = latest;
        return run == null ? new Shedding(false, 0, 0) : new Shedding(isOn(run), run.wanted, run.moved.get());
    }

    private boolean isOn(Run run) {
        return run.shardsAtIt.get() > 0 && goesOn(run);
    }

    @SuppressWarnings("ReferenceEquality") // another time is another one, whatever was wanted
    private boolean goesOn(Run run) {
        return run == latest && !calledOff && !broker.isDraining() && !broker.vacating.isOn();
    }

    private void shed(Shard shard, Run run, long all) {
        List<Client> clients = Drain.connected(shard);
        clients.sort(
                Comparator.comparing(client -> !client.requireSlot().session.isPersistent()));
        int share = run.take((int) Math.min(clients.size(), (run.wanted * (long) clients.size() + all - 1) / all));
        new SendingAway(
                        shard,
                        clients.subList(0, share),
                        Drain.aMilli(shard, run.aSecond),
                        () -> goesOn(run),
                        client -> move(client, run),
                        () -> ended(run))
                .run();
    }

    private static void move(Client client, Run run) {
        if (!client.isGone()) {
            run.moved.incrementAndGet();
            client.sendForBalance();
        }
    }

    private void ended(Run run) {
        if (run.shardsAtIt.decrementAndGet() == 0) {
            LOG.info(
                    getMarker("rebalance-ended"),
                    "Node {} has sent {} of {} clients to other nodes",
                    broker.self(),
                    run.moved.get(),
                    run.wanted);
        }
    }
}
