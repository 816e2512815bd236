package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.port.Loop;
import io.coppice.port.RetainedStore;
import io.coppice.topic.RetainedTree;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The retained messages of the node: what is kept, what it may weigh, and what has expired (MQTT 5, 3.3.1.3). */
final class RetainedBook {
    /** Steps of the sweep for expired messages each time it is due. */
    private static final int SWEEP_STEPS = 1000;

    final RetainedTree tree = new RetainedTree();
    final RetainedStore store;
    /** What the broker itself keeps below $SYS takes no client's place. */
    private final AtomicLong ownCount = new AtomicLong();

    private final AtomicLong ownBytes = new AtomicLong();
    /** What is not in the tree yet has its place there. */
    private final AtomicLong comingCount = new AtomicLong();

    private final AtomicLong comingBytes = new AtomicLong();
    // Of all loops, and no dearer to read than the counts beside them.
    private volatile long messagesMax;
    private volatile long bytesMax;

    RetainedBook(RetainedStore store, long messagesMax, long bytesMax) {
        this.store = store;
        this.messagesMax = messagesMax;
        this.bytesMax = bytesMax;
    }

    /** Keeps up to so many from now on; what is there stays. */
    void change(long otherMessagesMax, long otherBytesMax) {
        messagesMax = otherMessagesMax;
        bytesMax = otherBytesMax;
    }

    /** Whether a message may be kept; clearing and replacing always may, unless the new one is heavier than there is room for. */
    boolean hasRoomFor(Message message) {
        if (message.payload().length == 0) {
            return true;
        }
        Message former = tree.get(message.topic());
        if (former == null && tree.count() - ownCount.get() + comingCount.get() >= messagesMax) {
            return false;
        }
        long others = tree.bytes() - ownBytes.get() + comingBytes.get() - (former == null ? 0 : former.weight());
        return others + message.weight() <= bytesMax;
    }

    /** The place of a message that is not in the tree yet; to be released once. */
    final class Room {
        private final long count;
        private final long bytes;

        private Room(long count, long bytes) {
            this.count = count;
            this.bytes = bytes;
            comingCount.addAndGet(count);
            comingBytes.addAndGet(bytes);
        }

        void release() {
            comingCount.addAndGet(-count);
            comingBytes.addAndGet(-bytes);
        }
    }

    /** Takes a place for a message that is put into the tree later, or not at all. */
    Room reserve(Message message) {
        if (message.payload().length == 0) {
            return new Room(0, 0);
        }
        Message former = tree.get(message.topic());
        return former == null
                ? new Room(1, message.weight())
                : new Room(0, Math.max(0, message.weight() - former.weight()));
    }

    /**
     * Reads what is stored; on a node that is alone, before it serves.
     *
     * @param then told on the loop whether all could be read
     */
    void readAll(Loop loop, Consumer<Boolean> then) {
        store.readAll(
                loop,
                kept -> {
                    Message message = kept.message();
                    if (message != null) {
                        tree.put(message);
                    }
                },
                then);
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
        synchronized (store) { // of two loops that change one topic the same one is the later here and there
            Message kept = putHere(message);
            store.put(loop, message.topic(), kept, stored -> then.accept(stored != null));
        }
    }

    /** Keeps a message of the broker itself, which other nodes have their own of, on this one only. */
    void keepOwn(Message message) {
        countOwn(message);
        putHere(message);
    }

    private @Nullable Message putHere(Message message) {
        if (message.payload().length == 0) {
            tree.remove(message.topic());
            return null;
        }
        Message kept = message.unnumbered();
        tree.put(kept);
        return kept;
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
