package io.coppice.simulation;

import io.coppice.port.Loop;

/** A loop whose turns come when chance wants it, and whose tasks run in order. */
public final class SimLoop extends Actor implements Loop {
    private final World world;
    private final int index;
    private long now;
    private int timers;

    SimLoop(World world, int index) {
        super(world);
        this.world = world;
        this.index = index;
        this.now = world.now();
    }

    @Override
    void turnBegins() {
        now = world.now();
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

    /** Timers that were set and have not run. */
    public int timers() {
        return timers;
    }
}
