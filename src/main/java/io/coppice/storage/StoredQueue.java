package io.coppice.storage;

/** How much there is in the queue of a session, what is in flight included. */
final class StoredQueue {
    int messages;
    /** Their weight. */
    long bytes;
    /** The highest sequence. */
    long last;
    /** How many of the messages came through shared subscriptions. */
    int shared;
}
