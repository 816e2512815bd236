package io.coppice.broker;

import io.coppice.session.Session;

/** What of a session stands in its shard's gauges. */
final class SlotCounts {
    private int queued;
    private long queuedBytes;
    private long queuedMemory;
    private int queuedInStore;
    private int inFlight;
    /** In the shard's row of queues to look through. */
    private boolean swept;

    /** Brings the gauges up to what the session holds now; whether a queue begins that nobody looks through yet. */
    boolean count(Session session, Gauges gauges) {
        int nowQueued = session.queued();
        int nowInFlight = session.inFlight();
        boolean begins = nowQueued != queued && !swept;
        if (nowQueued != queued) {
            Gauges.add(gauges.queued, nowQueued - queued);
            queued = nowQueued;
            swept = true;
        }
        long nowQueuedBytes = session.queuedBytes();
        if (nowQueuedBytes != queuedBytes) {
            Gauges.add(gauges.queuedBytes, nowQueuedBytes - queuedBytes);
            queuedBytes = nowQueuedBytes;
        }
        long nowQueuedMemory = session.queuedBytesInMemory();
        if (nowQueuedMemory != queuedMemory) {
            Gauges.add(gauges.queuedMemory, nowQueuedMemory - queuedMemory);
            queuedMemory = nowQueuedMemory;
        }
        int nowInStore = session.queuedInStore();
        if (nowInStore != queuedInStore) {
            Gauges.add(gauges.queuedInStore, nowInStore - queuedInStore);
            queuedInStore = nowInStore;
        }
        if (nowInFlight != inFlight) {
            Gauges.add(gauges.inFlight, nowInFlight - inFlight);
            inFlight = nowInFlight;
        }
        return begins;
    }

    /** Nobody looks through its queue any more. */
    void noQueue() {
        swept = false;
    }

    void countOut(Gauges gauges) {
        Gauges.add(gauges.queued, -queued);
        Gauges.add(gauges.queuedBytes, -queuedBytes);
        Gauges.add(gauges.queuedMemory, -queuedMemory);
        Gauges.add(gauges.queuedInStore, -queuedInStore);
        Gauges.add(gauges.inFlight, -inFlight);
        queuedInStore = 0;
        queuedBytes = 0;
        queuedMemory = 0;
        queued = 0;
        inFlight = 0;
    }
}
