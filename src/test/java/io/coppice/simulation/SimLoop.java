package io.coppice.simulation;

import io.coppice.port.Loop;
import java.util.ArrayList;
import java.util.List;

/** A loop whose turns come when chance wants it, and whose tasks run in order. */
public final class SimLoop extends Actor implements Loop {
    private final World world;
    private final int index;
    private long now;
    private int timers;
    private boolean stalled;
    /** Milliseconds by which its time is behind, as in a turn that has begun so long ago. */
    long behind;

    private final List<Runnable> late = new ArrayList<>();

    final SimNode node;

    SimLoop(World world, SimNode node, int index) {
        super(world);
        this.world = world;
        this.node = node;
        this.index = index;
        this.now = world.now() + node.clockAhead;
    }

    @Override
    void turnBegins() {
        now = Math.max(now, world.now() + node.clockAhead - behind - world.delay(world.turnMax));
    }

    @Override
    public int index() {
        return index;
    }

    @Override
    public long now() {
        return now;
    }

    @Override
    void add(Runnable task) {
        if (!node.alive) {
            return;
        }
        if (stalled) {
            late.add(task);
        } else {
            super.add(task);
        }
    }

    /** Whether it does nothing at all, and catches up later. */
    public void stalled(boolean now) {
        stalled = now;
        if (!now) {
            late.forEach(super::add);
            late.clear();
        }
    }

    @Override
    public void execute(Runnable task) {
        add(task);
    }

    @Override
    public void after(long delayMillis, Runnable task) {
        timers++;
        world.at(
                world.now() + delayMillis,
                () -> add(() -> {
                    timers--;
                    task.run();
                }));
    }

    /** Nothing that was to be done is done any more. */
    void die() {
        late.clear();
        forget();
    }

    /** Timers that were set and have not run. */
    public int timers() {
        return timers;
    }
}
