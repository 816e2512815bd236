package io.coppice.session;

import java.util.Locale;

/** Why a message went no further; each is a label of {@code mqtt_messages_dropped_total}. */
public enum DropReason {
    /** Nobody subscribes to its topic. */
    NO_SUBSCRIBERS,
    /** The session's queue holds as many messages or bytes as it may. */
    QUEUE_FULL,
    /** What waits for all clients takes as much of the node's memory as it may. */
    MEMORY_FULL,
    /** Its Message Expiry Interval went by. */
    EXPIRED,
    /** The subscriber said that it takes no packet of this size. */
    TOO_LARGE,
    /** The reader is slow and the message is QoS 0. */
    SLOW_READER,
    /** The publisher or the subscriber has no right to it. */
    NOT_AUTHORIZED,
    /** The payload is not the UTF-8 that it says it is. */
    PAYLOAD_FORMAT_INVALID,
    /** A limit of the publisher or of the node. */
    QUOTA_EXCEEDED,
    /** More messages were on their way between two event loops than may be. */
    LOOP_BACKLOG,
    /** More messages were on their way to another node than may be. */
    FORWARD_BACKLOG,
    /** The session is away and the message is QoS 0. */
    OFFLINE,
    /** The session ended with messages still waiting. */
    SESSION_ENDED,
    /** It was sent, and the session ended before its client had acknowledged it. */
    UNACKNOWLEDGED,
    /** The publisher had more unanswered messages than it may have, and was disconnected. */
    RECEIVE_MAXIMUM,
    /** The PUBLISH is against the standard: a topic alias that was not set, a packet identifier that is in use. */
    PROTOCOL_ERROR,
    /** The store does not have it any more, or cannot read it. */
    DAMAGED,
    /** Nobody could say that it is safe, so its sender sends it again; not a loss. */
    NOT_TAKEN,
    /** The session has had it already: it was routed once more, or came on two ways; not a loss. */
    REPEATED,
    /** A No Local subscription keeps its own client's message from it; not a loss. */
    NO_LOCAL;

    /** The label's value. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
