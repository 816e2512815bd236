package io.coppice.session;

import io.coppice.mqtt.Message;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The QoS 1 and 2 messages that were not sent yet, in order, and how much room is left. Lives with the session. */
final class PendingQueue {
    private final SessionLimits limits;
    private final MessageList messages = new MessageList();
    private long bytes;
    /** No message in the queue expires before this, milliseconds since the epoch; it may be too early, never too late. */
    private long nextExpiry = Message.NEVER;
    /** Where the search for expired messages goes on, or null for the beginning. */
    private @Nullable OutboundMessage sweepAt;
    /** The earliest expiry among what the present search has passed. */
    private long sweptExpiry = Message.NEVER;

    PendingQueue(SessionLimits limits) {
        this.limits = limits;
    }

    @Nullable
    OutboundMessage first() {
        return messages.first();
    }

    boolean isEmpty() {
        return messages.size() == 0;
    }

    int size() {
        return messages.size();
    }

    /** Weight of the messages in bytes, see {@link Message#weight}. */
    long bytes() {
        return bytes;
    }

    boolean hasRoomFor(Message message) {
        return messages.size() < limits.queueMessagesMax() && bytes + message.weight() <= limits.queueBytesMax();
    }

    /** Whether the message would fit if nothing else waited. */
    boolean couldHold(Message message) {
        return limits.queueMessagesMax() > 0 && message.weight() <= limits.queueBytesMax();
    }

    void add(OutboundMessage message) {
        messages.add(message);
        bytes += message.message.weight();
        nextExpiry = Math.min(nextExpiry, message.message.expiresAt());
    }

    void remove(OutboundMessage message) {
        if (sweepAt == message) {
            sweepAt = message.next;
        }
        messages.remove(message);
        bytes -= message.message.weight();
        if (isEmpty()) {
            clear();
        }
    }

    void clear() {
        messages.clear();
        bytes = 0;
        nextExpiry = Message.NEVER;
        sweepAt = null;
        sweptExpiry = Message.NEVER;
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
}
