package io.coppice.simulation;

import io.coppice.port.NodeId;
import io.coppice.port.Parcel;
import io.coppice.port.Peers;
import io.coppice.port.View;
import io.coppice.port.WireVersions;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Several nodes, a network between them that loses, repeats and delays what it carries, and a membership that all agree
 * on and hear of at different times.
 */
public final class SimCluster {
    private static final int OVERTAKING_ONE_IN = 20;
    private static final int SIZE = 3;
    /** Milliseconds after which a node that is not heard would have been given up. */
    private static final long SILENT_MAX = 8_000;

    private record Way(SimNode from, NodeId to, int shard) {}

    /** Nothing that one node sends comes to the other. */
    record OneWay(SimNode from, SimNode to, long since) {}

    private final World world;
    private final int loopsOfEach;
    final List<SimNode> nodes = new ArrayList<>();
    private final List<SimNode> members = new ArrayList<>();
    private final Map<SimNode, Long> lastView = new HashMap<>();

    /** Nothing comes from it or to it; whoever asks it for something, and whatever it asks for, waits. */
    @Nullable
    SimNode cutOff;

    /** Where the one that is cut off reaches all others but one. */
    @Nullable
    SimNode cutFrom;

    /** Null where every way leads both ways. */
    @Nullable
    OneWay silenced;

    /** One parcel in so many is lost; 0 for none. */
    public int lossOneIn;
    /** One parcel in so many comes twice; 0 for none. */
    public int doubleOneIn;
    /** Whether what comes twice cannot be told from what comes once, as no network may. */
    boolean forgetful;
    /** Milliseconds that a parcel takes, at most. */
    public long delayMax;
    /** Milliseconds until a node hears that another has come or gone, at most. */
    public long viewDelayMax;

    /** Told of each parcel that a node sends. */
    Consumer<Parcel> onSent = parcel -> {};
    /** Parcels that are lost besides. */
    Predicate<Parcel> swallowed = parcel -> false;

    /** Of which release a node is that is started now; null where all are of one, and parcels go as they are. */
    private @Nullable WireVersions release;

    private final Map<Way, Long> latest = new HashMap<>();
    private long lives;

    SimCluster(World world, int loopsOfEach) {
        this.world = world;
        this.loopsOfEach = loopsOfEach;
    }

    SimNode start(String name) {
        SimNode node = new SimNode(world, new NodeId(name, ++lives), loopsOfEach);
        greet(node);
        Peers way = (from, to, shard, parcel) -> {
            world.requireOn(from);
            carry(new Way(node, to, shard), parcel);
        };
        world.start(node, way);
        nodes.add(node);
        members.add(node);
        tellView();
        return node;
    }

    /** From now on nodes are of releases, and those that are started of this one. */
    void release(WireVersions next) {
        boolean first = release == null;
        release = next;
        if (first) {
            nodes.forEach(node -> be(node, next));
        }
    }

    /** A node that may not come, since it does not read what is written, comes as one of the next release. */
    private void greet(SimNode node) {
        if (release == null) {
            return;
        }
        WireVersions known = release;
        for (SimNode elder : members) {
            if (elder != node && elder.release().version.greet(known.newest()).promised() > known.newest()) {
                known = SimRelease.NEXT;
            }
        }
        be(node, known);
    }

    private void be(SimNode node, WireVersions known) {
        SimRelease of = new SimRelease(world, node, known);
        node.release(of);
        world.at(world.now(), of::look);
    }

    /** Whether as many are there as there are meant to be. */
    boolean isComplete() {
        return members.size() == SIZE && allAreMembers();
    }

    List<SimNode> othersOf(SimNode node) {
        return members.stream().filter(other -> other != node).toList();
    }

    /** Whether all others answer when a node asks. */
    boolean hearsAll(SimNode node) {
        return othersOf(node).stream().noneMatch(other -> other.isStalled() || isCut(node, other));
    }

    /** Whether a member hears at once who keeps what is known by a key. One that was thrown out waits for nobody. */
    boolean reaches(SimNode asking, String key) {
        if (!isMember(asking)) {
            return true;
        }
        int number = Math.floorMod(key.hashCode(), members.size());
        SimNode keeper = members.get(number);
        SimNode copy = members.get((number + 1) % members.size());
        return !isCut(asking, keeper) && (cutFrom == null || !isCut(keeper, copy));
    }

    private boolean isCut(SimNode one, @Nullable SimNode other) {
        if (cutOff == null || one == other) {
            return false;
        }
        return cutFrom == null
                ? one == cutOff || other == cutOff
                : one == cutOff && other == cutFrom || one == cutFrom && other == cutOff;
    }

    /** Whether nobody who is there was given up. */
    boolean allAreMembers() {
        return members.containsAll(nodes);
    }

    boolean isMember(SimNode node) {
        return members.contains(node);
    }

    boolean isMember(NodeId id) {
        return members.stream().anyMatch(node -> node.id.equals(id));
    }

    private void carry(Way way, Parcel parcel) {
        onSent.accept(parcel);
        if (isCut(way.from, find(way.to)) || isSilenced(way)) {
            return;
        }
        if (swallowed.test(parcel) || lossOneIn > 0 && world.random.nextInt(lossOneIn) == 0) {
            return;
        }
        if (forgetful) {
            twice(way, parcel);
            return;
        }
        deliver(way, parcel);
        if (doubleOneIn > 0 && world.random.nextInt(doubleOneIn) == 0) {
            deliver(way, parcel);
        }
    }

    private boolean isSilenced(Way way) {
        return silenced != null && way.from == silenced.from && way.to.equals(silenced.to.id);
    }

    /** Each batch comes as two, numbered as if they were; whoever has both has confirmed one. */
    private void twice(Way way, Parcel parcel) {
        if (parcel instanceof Parcel.Batch batch) {
            long second = 2 * batch.number();
            deliver(way, new Parcel.Batch(batch.from(), batch.fromShard(), second - 1, batch.messages()));
            deliver(way, new Parcel.Batch(batch.from(), batch.fromShard(), second, batch.messages()));
        } else if (parcel instanceof Parcel.Confirmation confirmation) {
            deliver(
                    way,
                    new Parcel.Confirmation(confirmation.from(), confirmation.fromShard(), confirmation.number() / 2));
        }
    }

    private void deliver(Way way, Parcel parcel) {
        long at = world.now() + world.delay(delayMax);
        if (world.random.nextInt(OVERTAKING_ONE_IN) > 0) {
            at = Math.max(at, latest.getOrDefault(way, 0L));
            latest.put(way, at);
        }
        ByteBuf bytes = release == null ? null : way.from.release().encoded(parcel);
        world.at(at, () -> {
            SimNode node = find(way.to);
            if (node != null) {
                Parcel read = bytes == null ? parcel : node.release().decoded(bytes);
                node.loops.get(way.shard).add(() -> node.broker().received(way.shard, read));
            }
        });
    }

    private @Nullable SimNode find(NodeId id) {
        return nodes.stream().filter(node -> node.id.equals(id)).findFirst().orElse(null);
    }

    /**
     * A node is cut off, or stays so for longer, is given up, ends and is replaced, or is back, as chance wants it.
     *
     * @param weather says whether from all others, or from one of them
     * @param kill ends a process
     * @param onGivenUp told before
     */
    void cutOrHeal(Simulation.Weather weather, Consumer<SimNode> kill, Consumer<SimNode> onGivenUp) {
        SimNode cut = cutOff;
        if (cut == null || !cut.alive) {
            cutOff = allAreMembers() ? nodes.get(world.random.nextInt(nodes.size())) : null;
            boolean fromOne = weather.gaps() && (!weather.cuts() || world.random.nextBoolean());
            cutFrom = cutOff == null || !fromOne ? null : nodes.get((nodes.indexOf(cutOff) + 1) % nodes.size());
        } else if (!isMember(cut)) {
            world.pass(world.random.nextInt(4000)); // others may have its sessions by now, or not
            cutOff = null;
            kill.accept(cut);
            start("again");
        } else {
            switch (world.random.nextInt(3)) {
                case 0 -> {
                    onGivenUp.accept(cut);
                    giveUp(cut);
                }
                case 1 -> cutOff = null;
                default -> world.pass(world.random.nextInt(4000));
            }
        }
    }

    /** A node is not heard by another one, or for longer, or is again, also because the other one has died, as chance wants it. */
    void silenceOrHeal() {
        OneWay now = silenced;
        if (now == null || !now.from.alive || !now.to.alive) {
            silenced = null;
            if (nodes.size() == SIZE && allAreMembers()) {
                int from = world.random.nextInt(SIZE);
                int to = (from + 1 + world.random.nextInt(SIZE - 1)) % SIZE;
                silenced = new OneWay(nodes.get(from), nodes.get(to), world.now());
            }
            return;
        }
        if (world.now() - now.since > SILENT_MAX) {
            silenced = null;
            return;
        }
        switch (world.random.nextInt(4)) {
            case 0 -> silenced = null;
            case 1 -> {
                if (nodes.size() == SIZE && allAreMembers()) {
                    silenced = null;
                    kill(now.to);
                    start("again");
                }
            }
            default -> world.pass(world.random.nextInt(4000));
        }
    }

    /** Nobody is cut off any more; who was given up ends. */
    void heal(Consumer<SimNode> kill) {
        SimNode cut = cutOff;
        cutOff = null;
        if (cut != null && cut.alive && !isMember(cut)) {
            kill.accept(cut);
        }
    }

    /** Everyone who is there is told who is, each after a while of its own, and each in the same order. */
    private void tellView() {
        View view = new View(members.stream()
                .map(node -> new View.Member(node.id, node.loops.size()))
                .toList());
        for (SimNode node : members) {
            long at = Math.max(world.now() + world.delay(viewDelayMax), lastView.getOrDefault(node, 0L));
            lastView.put(node, at);
            world.at(at, () -> node.loops.get(0).add(() -> node.broker().viewChanged(view)));
        }
    }

    /** A node is told to stop: it leaves, and after a while, in which it does nothing, the others see it no more. */
    void leave(SimNode node) {
        node.broker()
                .drain(() -> world.at(world.now() + world.delay(viewDelayMax), () -> {
                    if (node.alive) {
                        kill(node);
                    }
                }));
    }

    /** A process is killed, and the others notice. */
    void kill(SimNode node) {
        node.die();
        nodes.remove(node);
        world.loops.removeAll(node.loops);
        giveUp(node);
    }

    /** The others see a node no more. */
    void giveUp(SimNode node) {
        if (members.remove(node)) {
            tellView();
        }
    }
}
