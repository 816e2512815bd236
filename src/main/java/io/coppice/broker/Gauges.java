package io.coppice.broker;

import java.util.concurrent.atomic.AtomicLong;

/** What one shard has at the moment; written by its loop, read from anywhere a moment late. */
final class Gauges {
    final AtomicLong connections = new AtomicLong();
    final AtomicLong sessions = new AtomicLong();
    final AtomicLong queued = new AtomicLong();
    final AtomicLong queuedBytes = new AtomicLong();
    final AtomicLong queuedMemory = new AtomicLong();
    final AtomicLong queuedInStore = new AtomicLong();
    final AtomicLong inFlight = new AtomicLong();

    // Looked at once a second.
    final AtomicLong backlog = new AtomicLong();
    final AtomicLong backlogBytes = new AtomicLong();
    final AtomicLong arriving = new AtomicLong();
    final AtomicLong departing = new AtomicLong();
    final AtomicLong adopting = new AtomicLong();

    /** Adds without a fence: there is one writer. */
    static void add(AtomicLong gauge, long delta) {
        gauge.lazySet(gauge.getPlain() + delta);
    }
}
