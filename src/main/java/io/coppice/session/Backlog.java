package io.coppice.session;

import static java.util.Objects.requireNonNull;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What of a queue is behind its window: messages that are in the store, of which no more is known than how many there are,
 * and two kinds that stay in memory. Those that are not known to be stored yet are here until they are; those of shared
 * subscriptions until their turn comes, because another member may have to get them at any moment. Lives with the session.
 */
final class Backlog {
    private final MessageList unstored = new MessageList();
    private final MessageList shared = new MessageList();
    /** Weight of both. */
    private long bytes;

    /** What has this sequence or a lower one is before the backlog. */
    private long after;
    /** The highest sequence of what is in the store only; at most {@link #after} when that has come to its end. */
    private long last;

    private int storedMessages;
    private long storedBytes;
    /** By how many messages the store had more than was counted, since this was asked last. */
    private int miscounted;

    /** Whether the store has been asked for more, and up to which sequence it has everything that it had to have then. */
    private boolean reading;

    private long asked;

    /** An empty one, behind a sequence. */
    Backlog(long after) {
        this.after = after;
        this.last = after;
    }

    Backlog(SessionRecord.Backlog record) {
        this.after = record.after();
        this.last = record.last();
        this.storedMessages = record.messages();
        this.storedBytes = record.bytes();
    }

    SessionRecord.@Nullable Backlog record() {
        return isInStore() ? new SessionRecord.Backlog(after, last, storedMessages, storedBytes) : null;
    }

    /** Whether a message is in here, by its sequence. */
    boolean holds(long sequence) {
        return sequence > after;
    }

    boolean isEmpty() {
        return !isInStore() && first() == null;
    }

    int size() {
        return storedMessages + unstored.size() + shared.size();
    }

    long bytes() {
        return storedBytes + bytes;
    }

    long bytesInMemory() {
        return bytes;
    }

    /** How many messages are in the store only. */
    int storedMessages() {
        return storedMessages;
    }

    void add(OutboundMessage message) {
        listOf(message).add(message);
        bytes += message.message.weight();
    }

    /** Takes out a message that is in memory. */
    void remove(OutboundMessage message) {
        listOf(message).remove(message);
        bytes -= message.message.weight();
    }

    private MessageList listOf(OutboundMessage message) {
        return message.share == null ? unstored : shared;
    }

    /** The sequence of the newest message that waits to be stored, 0 for none. */
    long lastUnstored() {
        OutboundMessage newest = unstored.last();
        return newest == null ? 0 : newest.sequence;
    }

    /** The message in memory that comes first, or null. */
    @Nullable
    OutboundMessage first() {
        OutboundMessage one = unstored.first();
        OutboundMessage other = shared.first();
        return one == null || other != null && other.sequence < one.sequence ? other : one;
    }

    /** Hands over the messages in memory, in order. */
    void forEach(Consumer<OutboundMessage> to) {
        OutboundMessage one = unstored.first();
        OutboundMessage other = shared.first();
        while (one != null || other != null) {
            if (one == null || other != null && other.sequence < one.sequence) {
                OutboundMessage next = requireNonNull(other);
                other = next.next;
                to.accept(next);
            } else {
                OutboundMessage next = one;
                one = next.next;
                to.accept(next);
            }
        }
    }

    /** Everything up to a sequence is stored: it is not held in memory any more. */
    void stored(long upTo) {
        for (OutboundMessage each = unstored.first(); each != null && each.sequence <= upTo; each = unstored.first()) {
            remove(each);
            storedMessages++;
            storedBytes += each.message.weight();
            last = Math.max(last, each.sequence);
        }
    }

    // --- what is read from the store

    /** Whether there is something in the store that has to be read before anything else. */
    boolean isInStore() {
        return after < last;
    }

    long after() {
        return after;
    }

    boolean isReading() {
        return reading;
    }

    void ask() {
        reading = true;
        asked = last;
    }

    void answered() {
        reading = false;
    }

    /** Up to which sequence the store had everything that it had to have when it was asked. */
    long asked() {
        return asked;
    }

    long last() {
        return last;
    }

    /** A message of the queue was read: whether it is one that is to be sent, and not one that is in memory or is done with. */
    boolean read(SessionRecord.Enqueued message) {
        if (!holds(message.sequence())) {
            return false;
        }
        boolean wanted = message.share() == null;
        if (wanted) {
            miscounted += storedMessages == 0 ? 1 : 0;
            storedMessages = Math.max(0, storedMessages - 1);
            storedBytes = Math.max(0, storedBytes - message.message().weight());
        }
        readTo(message.sequence());
        return wanted;
    }

    /** Nothing up to a sequence is in the store only. At its end nothing is, whatever was counted. */
    void readTo(long sequence) {
        after = Math.max(after, sequence);
        if (!isInStore()) {
            miscounted -= storedMessages;
            storedMessages = 0;
            storedBytes = 0;
        }
    }

    /** By how many messages the store had more than was counted; below 0 where it had less. Told once. */
    int miscounted() {
        int told = miscounted;
        miscounted = 0;
        return told;
    }

    /** A message in memory goes before the backlog. */
    void leave(OutboundMessage message) {
        remove(message);
        after = Math.max(after, message.sequence);
    }
}
