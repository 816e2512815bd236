package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.port.Loop;
import io.coppice.port.RetainedStore;
import io.coppice.topic.RetainedTree;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** The retained messages of the node: what is kept, what it may weigh, and what has expired (MQTT 5, 3.3.1.3). */
final class RetainedBook {
    /** Steps of the sweep for expired messages each time it is due. */
    private static final int SWEEP_STEPS = 1000;

    final RetainedTree tree = new RetainedTree();
    /** What the broker itself keeps below $SYS takes no client's place. */
    private final AtomicLong ownCount = new AtomicLong();

    private final AtomicLong ownBytes = new AtomicLong();
    private final RetainedStore store;
    private final long messagesMax;
    private final long bytesMax;

    RetainedBook(RetainedStore store, long messagesMax, long bytesMax) {
        this.store = store;
        this.messagesMax = messagesMax;
        this.bytesMax = bytesMax;
    }

    /** Whether a message may be kept; clearing and replacing always may, unless the new one is heavier than there is room for. */
    boolean hasRoomFor(Message message) {
        if (message.payload().length == 0) {
            return true;
        }
        Message former = tree.get(message.topic());
        if (former == null && tree.count() - ownCount.get() >= messagesMax) {
            return false;
        }
        return tree.bytes() - ownBytes.get() + message.weight() - (former == null ? 0 : former.weight()) <= bytesMax;
    }

    /**
     * Keeps a message as its topic's retained one; an empty payload clears the topic.
     *
     * @param then true when it is safe, possibly before this returns
     */
    void keep(Loop loop, Message message, Consumer<Boolean> then) {
        if (message.publisher().isEmpty()) {
            countOwn(message);
        }
        if (message.payload().length == 0) {
            tree.remove(message.topic());
            store.put(loop, message.topic(), null, stored -> then.accept(stored != null));
        } else {
            Message kept = message.unnumbered();
            tree.put(kept);
            store.put(loop, message.topic(), kept, stored -> then.accept(stored != null));
        }
    }

    private void countOwn(Message message) {
        Message former = tree.get(message.topic());
        boolean kept = message.payload().length > 0;
        ownCount.addAndGet((kept ? 1 : 0) - (former == null ? 0 : 1));
        ownBytes.addAndGet((kept ? message.weight() : 0) - (former == null ? 0 : former.weight()));
    }

    /** Removes some of the expired messages; a later call goes on where this one stopped. */
    void sweep(long now) {
        tree.removeExpired(now, SWEEP_STEPS);
    }
}
