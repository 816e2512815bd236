package io.coppice.observe;

/** What one node asks of another, and of itself, to answer for all of them. */
enum Task {
    NODE(false),
    FIGURES(false),
    CLIENTS(false),
    CLIENT(false),
    QUEUE(false),
    SUBSCRIPTIONS(false),
    PUBLISHING(false),
    BANS(false),
    CONFIG(false),
    CHECK_CONFIG(false),
    ORDERS(false),
    LOG_LEVELS(false),
    DRAINING(false),
    SHEDDING(false),
    TRACES(false),
    TRACE_EVENTS(false),
    FIND_MESSAGES(false),
    MESSAGE_WAYS(false),
    KICK(true),
    END_SESSION(true),
    SUBSCRIBE(true),
    UNSUBSCRIBE(true),
    BAN(true),
    UNBAN(true),
    CHANGE_CONFIG(true),
    DRAIN(true),
    UNDRAIN(true),
    SHED(true),
    END_SHEDDING(true),
    LOG_LEVEL(true),
    TRACE(true),
    END_TRACE(true);

    private final boolean changes;

    Task(boolean changes) {
        this.changes = changes;
    }

    /** Whether it changes something, and is written down where it is done. */
    boolean changes() {
        return changes;
    }
}
