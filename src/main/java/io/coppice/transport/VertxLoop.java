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
        if (now == NOT_READ || !eventLoop.inEventLoop()) {
            now = read();
            if (eventLoop.inEventLoop()) {
                keepForThisTurn(now);
            }
        }
        return now;
    }

    private void keepForThisTurn(long now) {
        try {
            // A turn is a batch of I/O and the tasks it brought about, so a task is what ends it.
            eventLoop.execute(endTurn);
            nowOfTurn = now;
        } catch (RejectedExecutionException shuttingDown) {
            nowOfTurn = NOT_READ;
        }
    }

    private void endTurn() {
        nowOfTurn = NOT_READ;
    }

    /** The wall clock of the start and what a clock that nobody sets has counted since: it never goes back. */
    private long read() {
        return wallAtStart + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanosAtStart);
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
