package io.coppice.topic;

/** Who a subscription belongs to: a session, or another node that has some. What it tells may be read on any thread and may be a moment old. */
public interface Subscriber {
    /** The client identifier: two subscribers with the same one are the same session, before and after a move. */
    String clientId();

    /** How many QoS 1 and 2 messages are sent to the client and not yet acknowledged. */
    int inFlight();

    /** Whether a client is connected. */
    boolean online();

    /** Whether it stands for sessions of another node: their subscriptions are counted there, and not here. Always the same. */
    default boolean isElsewhere() {
        return false;
    }
}
