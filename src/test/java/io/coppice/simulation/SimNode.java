package io.coppice.simulation;

import io.coppice.broker.Broker;
import io.coppice.port.Loop;
import io.coppice.port.NodeId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One process: a broker and its loops, until it dies. */
public final class SimNode {
    final NodeId id;
    /** By how many milliseconds its clock is ahead. */
    final long clockAhead;

    final List<SimLoop> loops = new ArrayList<>();
    final List<SimConnection> connections = new ArrayList<>();
    final SimDisk disk;
    boolean alive = true;
    private boolean stalled;
    private @Nullable Broker broker;
    private @Nullable SimRelease release;

    SimNode(World world, NodeId id, int loopCount) {
        this.id = id;
        this.clockAhead = world.clockAhead(id);
        this.disk = new SimDisk(world.store);
        for (int i = 0; i < loopCount; i++) {
            loops.add(new SimLoop(world, this, i));
        }
    }

    void start(Broker started) {
        broker = started;
    }

    /** Of which release it is, where there are several. */
    void release(SimRelease of) {
        release = of;
    }

    SimRelease release() {
        if (release == null) {
            throw new IllegalStateException(id + " is of no release");
        }
        return release;
    }

    Broker broker() {
        if (broker == null) {
            throw new IllegalStateException(id + " was not started");
        }
        return broker;
    }

    List<Loop> loops() {
        return List.copyOf(loops);
    }

    /** The process is killed: its loops do nothing more, and its clients' connections break. */
    void die() {
        alive = false;
        loops.forEach(SimLoop::die);
        connections.forEach(SimConnection::broken);
    }

    boolean isStalled() {
        return stalled;
    }

    void stalled(boolean now) {
        stalled = now;
        loops.forEach(loop -> loop.stalled(now));
    }
}
