package io.coppice.session;

import io.coppice.mqtt.Message;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The QoS 1 and 2 messages that were not sent yet, in order, and how much room is left. The first of them are in memory, as
 * many as the window takes; what is behind them is {@link Backlog}. Lives with the session.
 */
final class PendingQueue {
    /** Bytes that are read at once for a window that has run empty while memory is full. */
    private static final long LITTLE = 16 * 1024;

    private final SessionBounds bounds;
    private final SessionEffects effects;
    private final MessageList messages = new MessageList();
    /** Weight of the messages in the window. */
    private long bytes;
    /** What is behind the window; null where nothing is. */
    private @Nullable Backlog backlog;
    /** No message in the window expires before this, milliseconds since the epoch; it may be too early, never too late. */
    private long nextExpiry = Message.NEVER;
    /** Where the search for expired messages goes on, or null for the beginning. */
    private @Nullable OutboundMessage sweepAt;
    /** The earliest expiry among what the present search has passed. */
    private long sweptExpiry = Message.NEVER;

    /** @param effects of which {@link SessionEffects#isMemoryFull} is asked, and nothing else */
    PendingQueue(SessionBounds bounds, SessionEffects effects) {
        this.bounds = bounds;
        this.effects = effects;
    }

    /** The first message, where it is in memory: behind it there may be others while the store is being read. */
    @Nullable
    OutboundMessage first() {
        return messages.first();
    }

    boolean isEmpty() {
        return messages.size() == 0 && backlog == null;
    }

    int size() {
        return messages.size() + (backlog == null ? 0 : backlog.size());
    }

    /** How many of them are in the store only. */
    int storedOnly() {
        return backlog == null ? 0 : backlog.storedMessages();
    }

    /** Weight of the messages in bytes, see {@link Message#weight}. */
    long bytes() {
        return bytes + (backlog == null ? 0 : backlog.bytes());
    }

    /** Weight of those that are in memory. */
    long bytesInMemory() {
        return bytes + (backlog == null ? 0 : backlog.bytesInMemory());
    }

    boolean hasRoomFor(Message message) {
        return size() < bounds.limits().queueMessagesMax()
                && bytes() + message.weight() <= bounds.limits().queueBytesMax();
    }

    /** Whether the message would fit if nothing else waited. */
    boolean couldHold(Message message) {
        return bounds.limits().queueMessagesMax() > 0
                && message.weight() <= bounds.limits().queueBytesMax();
    }

    /** Whether there is more than the limits allow, since what came first was in the store when more came. */
    boolean isOver() {
        return size() > bounds.limits().queueMessagesMax()
                || bytes() > bounds.limits().queueBytesMax();
    }

    void add(OutboundMessage message) {
        if (backlog == null && !fits(message)) {
            backlog = new Backlog(message.sequence - 1);
        }
        if (backlog != null && backlog.holds(message.sequence)) {
            backlog.add(message);
        } else {
            addToWindow(message);
        }
    }

    /** Whether the window takes it: one message it takes always. */
    private boolean fits(OutboundMessage message) {
        return messages.size() == 0 || bytes + message.message.weight() <= windowMax();
    }

    /** Weight of the window, but for one message. */
    private long windowMax() {
        SessionLimits limits = bounds.limits();
        return limits.isPaged() && effects.isMemoryFull() ? 0 : limits.queueMemoryMax();
    }

    private void addToWindow(OutboundMessage message) {
        messages.add(message);
        bytes += message.message.weight();
        nextExpiry = Math.min(nextExpiry, message.message.expiresAt());
        // a search that is about to end has not seen it
        sweptExpiry = Math.min(sweptExpiry, message.message.expiresAt());
    }

    /** Takes out a message that is in memory. */
    void remove(OutboundMessage message) {
        if (backlog != null && backlog.holds(message.sequence)) {
            backlog.remove(message);
        } else {
            if (sweepAt == message) {
                sweepAt = message.next;
            }
            messages.remove(message);
            bytes -= message.message.weight();
        }
        moveUp();
        if (isEmpty()) {
            clear();
        }
    }

    /** Fills the window with what is in memory behind it, unless something in the store comes before that. */
    private void moveUp() {
        Backlog behind = backlog;
        if (behind == null || behind.isInStore()) {
            return;
        }
        for (OutboundMessage next = behind.first(); next != null && fits(next); next = behind.first()) {
            behind.leave(next);
            addToWindow(next);
        }
        if (behind.isEmpty()) {
            backlog = null;
        }
    }

    void clear() {
        messages.clear();
        bytes = 0;
        backlog = null;
        nextExpiry = Message.NEVER;
        sweepAt = null;
        sweptExpiry = Message.NEVER;
    }

    /** Hands over all that is in memory, in order. */
    void forEach(Consumer<OutboundMessage> to) {
        for (OutboundMessage each = messages.first(); each != null; each = each.next) {
            to.accept(each);
        }
        if (backlog != null) {
            backlog.forEach(to);
        }
    }

    /**
     * Looks for expired messages where the last search stopped.
     *
     * @param atMost how many messages to look at
     * @param expired takes the message out of this queue
     */
    void sweep(long now, int atMost, Consumer<OutboundMessage> expired) {
        if (now < nextExpiry) {
            return; // most queues hold nothing that expires
        }
        OutboundMessage here = sweepAt == null ? messages.first() : sweepAt;
        for (int looked = 0; here != null && looked < atMost; looked++) {
            OutboundMessage after = here.next;
            if (here.message.expiredAt(now)) {
                expired.accept(here);
            } else {
                sweptExpiry = Math.min(sweptExpiry, here.message.expiresAt());
            }
            here = after;
        }
        sweepAt = here;
        if (here == null) {
            nextExpiry = sweptExpiry;
            sweptExpiry = Message.NEVER;
        }
    }

    // --- what is in the store only

    /** Whether messages are behind the window, in memory or not. */
    boolean hasBacklog() {
        return backlog != null;
    }

    SessionRecord.@Nullable Backlog backlog() {
        return backlog == null ? null : backlog.record();
    }

    void replay(SessionRecord.Backlog record) {
        if (record.after() < record.last()) {
            backlog = new Backlog(record);
        }
    }

    /** The sequence of the newest message that is held in memory until it is stored; 0 for none. */
    long lastUnstored() {
        return backlog == null ? 0 : backlog.lastUnstored();
    }

    /** Everything up to a sequence is stored. */
    void stored(long upTo) {
        if (backlog != null) {
            backlog.stored(upTo);
        }
    }

    /** Bytes of messages that are to be read from the store now; 0 for none. */
    long wanted() {
        long max = windowMax();
        if (backlog == null || !backlog.isInStore() || backlog.isReading() || bytes > max / 2) {
            return 0;
        }
        return Math.max(1, max == 0 ? Math.min(LITTLE, bounds.limits().queueMemoryMax()) : max - bytes);
    }

    /** The store is asked for what comes next; gives the sequence behind which that begins. */
    long ask() {
        if (backlog == null) {
            throw new IllegalStateException("nothing is in the store");
        }
        backlog.ask();
        return backlog.after();
    }

    /**
     * The store has answered.
     *
     * @param all whether there was no more when it answered
     * @return how many more messages there were than was known; below 0 where some are missing
     */
    int read(List<SessionRecord.Enqueued> found, boolean all) {
        Backlog behind = backlog;
        if (behind == null || !behind.isReading()) {
            return 0;
        }
        behind.answered();
        for (SessionRecord.Enqueued each : found) {
            if (each.sequence() > behind.last()) {
                behind.readTo(behind.last()); // what comes now is in memory
                break;
            }
            moveUpTo(each.sequence(), behind);
            if (behind.read(each)) {
                addToWindow(OutboundMessage.of(each));
            }
        }
        if (all) {
            moveUpTo(behind.asked(), behind);
            behind.readTo(behind.asked());
        }
        moveUp();
        if (isEmpty()) {
            clear();
        }
        return behind.miscounted();
    }

    /** Messages of shared subscriptions have their place among those that are read. */
    private void moveUpTo(long sequence, Backlog behind) {
        for (OutboundMessage next = behind.first(); next != null && next.sequence <= sequence; next = behind.first()) {
            behind.leave(next);
            addToWindow(next);
        }
    }
}
