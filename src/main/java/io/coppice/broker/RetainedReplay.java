package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.Subscription;
import io.coppice.port.Counters;
import io.coppice.session.DropReason;
import io.coppice.topic.RetainedTree;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The retained messages that a session is still to be sent for its new subscriptions, in slices: a turn of the loop
 * sends so many, and none while the client does not keep up, so 100,000 topics under one '#' stall nobody.
 * Lives with the session: what a lost connection cut short goes on with the next one.
 */
final class RetainedReplay {
    /** Messages in one turn. */
    static final int SLICE = 128;

    private record Part(
            Subscription subscription,
            RetainedTree.Cursor cursor,
            @Nullable Meanwhile meanwhile) {
        boolean isOwed(Message message, SessionSlot to, long now) {
            return !message.expiredAt(now)
                    && (meanwhile == null || !meanwhile.hasCome(message))
                    && to.mayReceive(message);
        }
    }

    private final SessionSlot slot;
    private final ArrayDeque<Part> parts = new ArrayDeque<>(1);
    private boolean scheduled;

    RetainedReplay(SessionSlot slot) {
        this.slot = slot;
    }

    /** @param meanwhile what came live since the client subscribed, or null */
    void add(Subscription subscription, @Nullable Meanwhile meanwhile) {
        parts.add(new Part(subscription, slot.shard.broker.retained.tree.match(subscription.filter()), meanwhile));
    }

    /** The subscription is gone: what it was still to be sent is not. */
    void remove(Subscription subscription) {
        parts.removeIf(part -> part.subscription.filter().equals(subscription.filter()));
    }

    /** The filters and their cursors go on in another slot of the same session. */
    RetainedReplay moveTo(SessionSlot other) {
        RetainedReplay moved = new RetainedReplay(other);
        moved.parts.addAll(parts);
        return moved;
    }

    /**
     * Sends the first slice at once, in the turn of the SUBACK: what is retained only after the client has that is a
     * live message to it, and does not come with RETAIN set as well (MQTT-3.3.1-12).
     */
    void begin() {
        if (!scheduled && mayGoOn()) {
            slice();
        }
    }

    /** Goes on if the client keeps up; called when it was written to, acknowledged or drained. */
    void resume() {
        if (!scheduled && !parts.isEmpty() && mayGoOn()) {
            scheduled = true;
            slot.shard.loop.execute(this::slice);
        }
    }

    private boolean mayGoOn() {
        return slot.client != null && slot.session.queued() == 0 && slot.client.connection.writable();
    }

    private void slice() {
        scheduled = false;
        long now = slot.shard.loop.now();
        // what has expired counts too: to pass over it is most of the work
        for (int looked = 0; looked < SLICE && mayGoOn(); looked++) {
            Part part = parts.peek();
            if (part == null) {
                break;
            }
            Message message = part.cursor.next();
            if (message == null) {
                parts.remove();
            } else if (part.isOwed(message, slot, now)) {
                slot.shard.counters.due(Counters.Source.RETAINED, 1);
                if (slot.shard.sources.allow(message)) {
                    deliver(message, part.subscription);
                } else {
                    slot.shard.drops.dropped(DropReason.NOT_AUTHORIZED, message, slot);
                }
            }
        }
        if (parts.isEmpty()) {
            slot.replay(null);
        } else {
            resume();
        }
    }

    private void deliver(Message message, Subscription subscription) {
        Qos qos = message.qos().atMost(subscription.options().maximumQos());
        int[] identifiers = subscription.identifier() == 0 ? NO_IDENTIFIERS : new int[] {subscription.identifier()};
        slot.bring(message, qos, true, identifiers, null);
    }

    private static final int[] NO_IDENTIFIERS = {};
}
