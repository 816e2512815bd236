package io.coppice.transport;

import io.coppice.port.Loop;
import io.netty.channel.EventLoop;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/** One of Vert.x's event loops as the core sees it: time and order. */
final class VertxLoop implements Loop {
    private static final long NOT_READ = Long.MIN_VALUE;

    private final int index;
    private final EventLoop eventLoop;
    private final long wallAtStart = System.currentTimeMillis();
    private final long nanosAtStart = System.nanoTime();
    private final Runnable endTurn = this::endTurn;
    private long nowOfTurn = NOT_READ;
    private long nanosOfTurn;

    VertxLoop(int index, EventLoop eventLoop) {
        this.index = index;
        this.eventLoop = eventLoop;
    }

    EventLoop eventLoop() {
        return eventLoop;
    }

    @Override
    public int index() {
        return index;
    }

    /** From another thread: the time of that moment. */
    @Override
    public long now() {
        long now = nowOfTurn;
        return now == NOT_READ || !eventLoop.inEventLoop() ? millis(read()) : now;
    }

    @Override
    public long nanos() {
        return nowOfTurn == NOT_READ || !eventLoop.inEventLoop() ? read() : nanosOfTurn;
    }

    @Override
    public long nanosNow() {
        return System.nanoTime();
    }

    /** The nanoseconds of this moment, which are those of the turn where this is the loop. */
    private long read() {
        long nanos = System.nanoTime();
        if (eventLoop.inEventLoop()) {
            keepForThisTurn(nanos);
        }
        return nanos;
    }

    private void keepForThisTurn(long nanos) {
        try {
            // A turn is a batch of I/O and the tasks it brought about, so a task is what ends it.
            eventLoop.execute(endTurn);
            nanosOfTurn = nanos;
            nowOfTurn = millis(nanos);
        } catch (RejectedExecutionException shuttingDown) {
            nowOfTurn = NOT_READ;
        }
    }

    private void endTurn() {
        nowOfTurn = NOT_READ;
    }

    /** The wall clock of the start and what a clock that nobody sets has counted since: it never goes back. */
    private long millis(long nanos) {
        return wallAtStart + TimeUnit.NANOSECONDS.toMillis(nanos - nanosAtStart);
    }

    @Override
    public void execute(Runnable task) {
        eventLoop.execute(task);
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // there is no way to call it off
    public void after(long delayMillis, Runnable task) {
        eventLoop.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
    }

    @Override
    public String toString() {
        return "loop " + index;
    }
}
