package io.coppice.simulation;

import java.util.ArrayDeque;

/** Something that does one thing after the other: an event loop, or a client at the far end of a network. */
class Actor {
    private final World world;
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private boolean listed;

    Actor(World world) {
        this.world = world;
    }

    void add(Runnable task) {
        tasks.add(task);
        if (!listed) {
            listed = true;
            world.busy.add(this);
        }
    }

    /** Runs up to so many tasks; whether more are left. */
    boolean turn(int atMost) {
        turnBegins();
        for (int i = 0; i < atMost && !tasks.isEmpty(); i++) {
            tasks.remove().run();
        }
        listed = !tasks.isEmpty();
        return listed;
    }

    /** Nothing that waits is done any more. */
    void forget() {
        tasks.clear();
    }

    /** Before the first task of a turn. */
    void turnBegins() {}
}
