package io.coppice.port;

/**
 * One event loop: the only thread that touches the sessions and connections that live on it. Inside the core
 * it is time and order, and nothing else.
 */
public interface Loop {
    /** Which of the node's loops, 0 and up. */
    int index();

    /** Milliseconds since the epoch, the same within one turn, never going back. */
    long now();

    /** Nanoseconds of a clock that all loops of the node have in common, the same within one turn, never going back. */
    default long nanos() {
        return now() * 1_000_000;
    }

    /** {@link #nanos} at this very moment; costs a look at the clock. */
    default long nanosNow() {
        return nanos();
    }

    /** Runs a task on this loop: after the present turn's reads when called on the loop, as a message to it from elsewhere. In order. */
    void execute(Runnable task);

    /** Runs a task on this loop after some milliseconds; there is no way to call it off, so use it for ticks. */
    void after(long delayMillis, Runnable task);
}
