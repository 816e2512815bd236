package io.coppice.storage;

import java.nio.charset.StandardCharsets;

/** What the journal keeps apart. The names are on disk, and so are the numbers, which the store gives in this order. */
enum Family {
    /** What is true of the journal as a whole. */
    ABOUT("default"),
    /** Sessions without their messages. */
    SESSIONS("sessions"),
    /** Messages for clients, in the order of their sessions. */
    QUEUES("queues"),
    /** Messages that several queues have in common. */
    SHARED("shared"),
    RETAINED("retained"),
    /** Sessions that have ended, for nodes that may have an older part of them: the epoch, and when. */
    ENDED("ended");

    private final String label;

    Family(String label) {
        this.label = label;
    }

    /** Whether most of what is on disk may be there. */
    boolean hasMessages() {
        return this == QUEUES || this == SHARED || this == RETAINED;
    }

    byte[] label() {
        return label.getBytes(StandardCharsets.UTF_8);
    }
}
