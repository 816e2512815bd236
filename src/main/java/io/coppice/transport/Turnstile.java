package io.coppice.transport;

import io.coppice.port.Loop;
import java.util.ArrayDeque;

/**
 * Comings and goings of a loop's clients. One costs as much as many messages, and when a thousand come or go together everybody who
 * stays would wait for all of them. So some of a turn happen at once, and the others in their order, some at a time, each time behind
 * what the network has brought meanwhile. On its loop alone.
 */
final class Turnstile {
    /** Comings and goings at a time: about half a millisecond's work. */
    static final int SLICE = 16;

    /** Something that comes or goes. */
    interface Passenger {
        /** Now it may. */
        void pass();
    }

    private final Loop loop;
    private final Runnable endTurn = this::endTurn;
    private final Runnable letSome = this::letSome;
    private final ArrayDeque<Passenger> waiting = new ArrayDeque<>(0);
    private int passed;

    Turnstile(Loop loop) {
        this.loop = loop;
    }

    /** @return whether it may at once; otherwise it is told when it may */
    boolean asks(Passenger passenger) {
        if (waiting.isEmpty() && passed < SLICE) {
            if (passed++ == 0) {
                loop.execute(endTurn);
            }
            return true;
        }
        waiting.add(passenger);
        if (waiting.size() == 1) {
            loop.after(0, letSome);
        }
        return false;
    }

    /** How many have to wait. */
    int waiting() {
        return waiting.size();
    }

    private void endTurn() {
        passed = 0;
    }

    private void letSome() {
        for (int i = 0; i < SLICE && !waiting.isEmpty(); i++) {
            waiting.remove().pass();
        }
        if (!waiting.isEmpty()) {
            loop.after(0, letSome);
        }
    }
}
