package io.coppice.session;

/** What became of a message that was handed to a session. */
public enum Delivery {
    /** Appended to the connection's output; at QoS 1 and 2 it is in flight. */
    SENT,
    /** Waits in the session's queue. */
    QUEUED,
    /** Gone; the session has told {@link SessionEffects#dropped} why. */
    DROPPED,
    /** Not taken because the queue is full and the policy is to refuse the publisher (0x97). */
    REJECTED
}
