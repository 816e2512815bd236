package io.coppice.transport;

/** What is waited for among the events of a connection. */
final class HouseEvents {
    private HouseEvents() {}

    /** Waits until the connection has ended; what comes before that is let pass. */
    static boolean closed(RecordingGate.Sink sink) {
        Object event;
        do {
            event = House.nextEvent(sink);
        } while (!event.equals(RecordingGate.CLOSED));
        return true;
    }
}
