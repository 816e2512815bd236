package io.coppice.session;

import org.jspecify.annotations.Nullable;

/** Messages in order, linked through themselves: nothing is allocated, and any one leaves in constant time. */
final class MessageList {
    private @Nullable OutboundMessage first;
    private @Nullable OutboundMessage last;
    private int size;

    @Nullable
    OutboundMessage first() {
        return first;
    }

    @Nullable
    OutboundMessage last() {
        return last;
    }

    int size() {
        return size;
    }

    void add(OutboundMessage message) {
        message.previous = last;
        message.next = null;
        if (last == null) {
            first = message;
        } else {
            last.next = message;
        }
        last = message;
        size++;
    }

    /** Takes out a message that is in this list. */
    void remove(OutboundMessage message) {
        OutboundMessage before = message.previous;
        OutboundMessage after = message.next;
        if (before == null) {
            first = after;
        } else {
            before.next = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.previous = before;
        }
        message.previous = null;
        message.next = null;
        size--;
    }

    void clear() {
        first = null;
        last = null;
        size = 0;
    }
}
