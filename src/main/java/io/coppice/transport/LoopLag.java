package io.coppice.transport;

import io.coppice.port.Times;
import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;

/** Measures by how much a loop is late: a timer of its own, again and again. What is late for that is late for every client. */
final class LoopLag {
    private static final long PERIOD_MILLIS = 100;

    private final EventLoop eventLoop;
    private final Times times;
    private long due;

    LoopLag(EventLoop eventLoop, Times times) {
        this.eventLoop = eventLoop;
        this.times = times;
    }

    void begin() {
        eventLoop.execute(this::set);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // it goes with its loop
    private void set() {
        if (!eventLoop.isShuttingDown()) {
            due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PERIOD_MILLIS);
            eventLoop.schedule(this::ring, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void ring() {
        times.took(Times.Span.LATENESS, System.nanoTime() - due, 1);
        set();
    }
}
