package io.coppice.simulation;

import io.coppice.broker.Broker;
import io.coppice.port.Loop;
import io.coppice.port.NodeId;
import io.coppice.port.Peers;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One broker and everything around it, in one thread: time passes only when told to, and whose turn it is comes from
 * the seed. The same seed makes the same world.
 */
public final class World {
    private static final long BEGIN = 1_700_000_000_000L;
    /** A world that takes longer to become quiet never will. */
    private static final int STEPS_MAX = 10_000_000;

    /** Until somebody who could not be reached is tried again. */
    private static final long REACH_MILLIS = 20;

    private record Timed(long at, long order, Runnable task) {}

    public final SplittableRandom random;
    public final List<SimLoop> loops = new ArrayList<>();
    public final SimStore store;
    public final SimRegistry registry;
    public final SimRetainedStore retainedStore;
    final SimRouteBoard routeBoard = new SimRouteBoard();
    public final SimGatekeeper gatekeeper = new SimGatekeeper();
    public final SimEvents events = new SimEvents();
    /** The only one, or the first one that was started. */
    public final Broker broker;

    private final Settings settings;
    private final @Nullable SimCluster cluster;

    final List<Actor> busy = new ArrayList<>();
    private final PriorityQueue<Timed> timed =
            new PriorityQueue<>(Comparator.comparingLong(Timed::at).thenComparingLong(Timed::order));
    /** Milliseconds that a turn of a loop takes at most: it knows the time at which it began. */
    long turnMax;

    private long now = BEGIN;
    private long order;
    private int connections;
    /** Whose turn it is. */
    private @Nullable Actor current;

    private int assigned;

    /** What the next collection leaves, which is told once; below 0 for none. */
    public final AtomicReference<Double> heapPercent = new AtomicReference<>(-1.0);

    /** A node that is alone. */
    public World(long seed, int loopCount, Settings settings) {
        this(seed, 1, loopCount, settings);
    }

    /** Several nodes, which see each other, or one that is alone. */
    World(long seed, int nodeCount, int loopsOfEach, Settings settings) {
        this.settings = settings;
        random = new SplittableRandom(seed);
        store = new SimStore(this);
        registry = new SimRegistry(this);
        retainedStore = new SimRetainedStore(this);
        if (nodeCount == 1) {
            cluster = null;
            broker = start(new SimNode(this, new NodeId("oak", 1), loopsOfEach), Peers.NONE);
            while (!broker.ready()) {
                pass(0);
            }
        } else {
            cluster = new SimCluster(this, loopsOfEach);
            broker = cluster.start("node0").broker();
            for (int i = 1; i < nodeCount; i++) {
                cluster.start("node" + i);
            }
        }
    }

    /** Lets a node begin to work. */
    Broker start(SimNode node, Peers peers) {
        Broker started = new Broker(
                settings.build(node.id),
                node.loops(),
                new Broker.Doors(
                        registry,
                        peers,
                        peers == Peers.NONE ? store : node.disk,
                        retainedStore,
                        routeBoard,
                        gatekeeper,
                        events,
                        () -> "assigned-" + ++assigned,
                        () -> heapPercent.getAndSet(-1.0)),
                random.split());
        node.start(started);
        loops.addAll(node.loops);
        started.open();
        return started;
    }

    /** The nodes, where there are several. */
    SimCluster cluster() {
        return Objects.requireNonNull(cluster);
    }

    boolean isCluster() {
        return cluster != null;
    }

    boolean isMember(NodeId id) {
        return cluster != null && cluster.isMember(id);
    }

    /** Whether what a loop asks of the cluster is heard: it is not when its node was thrown out. */
    boolean isMember(Loop loop) {
        return cluster == null || cluster.isMember(((SimLoop) loop).node);
    }

    /** Runs a task as soon as a loop reaches who keeps what is known by some keys. */
    void whenReached(Loop loop, Collection<String> keys, Runnable task) {
        SimNode asking = ((SimLoop) loop).node;
        if (cluster == null || keys.stream().allMatch(key -> cluster.reaches(asking, key))) {
            task.run();
        } else {
            at(now + REACH_MILLIS, () -> whenReached(loop, keys, task));
        }
    }

    public long now() {
        return now;
    }

    long clockAhead(NodeId node) {
        return settings.clocksAhead.getOrDefault(node.name(), 0L);
    }

    public SimClient client(String clientId) {
        return new SimClient(this, clientId);
    }

    /** Fails where something of a loop is touched from elsewhere: with real threads that would be a race. */
    void requireOn(Loop loop) {
        if (current != loop) {
            throw new AssertionError("used by " + current + " instead of its own loop " + loop.index());
        }
    }

    int nextConnection() {
        return ++connections;
    }

    /** Something that happens at a time, on no loop. */
    void at(long when, Runnable task) {
        timed.add(new Timed(Math.max(when, now), ++order, task));
    }

    /** A random delay in milliseconds, often none. */
    long delay(long atMost) {
        return atMost == 0 || random.nextInt(3) == 0 ? 0 : random.nextLong(atMost + 1);
    }

    /** One turn of someone who has something to do; false when nobody has, without time passing. */
    public boolean step() {
        ripen();
        if (busy.isEmpty()) {
            return false;
        }
        int who = random.nextInt(busy.size());
        Actor actor = busy.get(who);
        current = actor;
        boolean more = actor.turn(1 + random.nextInt(4));
        current = null;
        if (!more) {
            busy.set(who, busy.get(busy.size() - 1));
            busy.remove(busy.size() - 1);
        }
        return true;
    }

    private void ripen() {
        while (!timed.isEmpty() && timed.peek().at <= now) {
            timed.remove().task.run();
        }
    }

    /** Lets everything happen that needs no time. */
    public World run() {
        for (int steps = 0; step(); steps++) {
            if (steps > STEPS_MAX) {
                throw new AssertionError("the world never comes to rest");
            }
        }
        return this;
    }

    /** Lets time pass, with everything that happens in it. */
    public World pass(long millis) {
        long until = now + millis;
        while (true) {
            run();
            Timed next = timed.peek();
            if (next == null || next.at > until) {
                now = until;
                run();
                return this;
            }
            now = next.at;
        }
    }
}
