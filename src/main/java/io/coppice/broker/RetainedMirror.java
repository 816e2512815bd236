package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.TopicName;
import io.coppice.port.PeerMessage.TopicVersion;
import io.coppice.port.RetainedStore.Kept;
import io.coppice.topic.RetainedTree;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The retained messages of the whole cluster as this node has them. Of two values of a topic the one with the higher
 * version stays, in whichever order and from whomever they come, so all mirrors that are told the same are the same.
 * Any thread may ask and change; one at a time.
 */
final class RetainedMirror {
    /** What became of a value that was brought. */
    enum Outcome {
        TAKEN,
        /** What is here is as new or newer. */
        KNOWN,
        /** Nothing is known here of the topic, and it may have been cleared so long ago that this is forgotten. */
        DOUBTFUL
    }

    /** Longer than what is told takes to come, even a second time. */
    private static final long SETTLING_MILLIS = 2000;

    private final RetainedTree tree;
    private final Consumer<Kept> heard;
    private final Tombstones tombstones;
    private final RetainedSums sums = new RetainedSums(SETTLING_MILLIS);
    /** Messages that expire, the next one first: each mirror removes them by itself, and all do so at the same time. */
    private final TreeSet<Message> expiring = new TreeSet<>(Comparator.comparingLong(Message::expiresAt)
            .thenComparing(message -> message.topic().value()));

    /**
     * An empty mirror.
     *
     * @param tree where what is retained is read
     * @param heard told whatever it takes
     * @param tombstoneLife milliseconds
     */
    RetainedMirror(RetainedTree tree, Consumer<Kept> heard, long tombstoneLife, int tombstonesMax) {
        this.tree = tree;
        this.heard = heard;
        this.tombstones = new Tombstones(tombstoneLife, tombstonesMax);
    }

    /** Takes a value that the store has just given, if it is newer; whether it was. */
    synchronized boolean take(Kept kept, long now) {
        if (kept.version() <= version(kept.topic())) {
            return false;
        }
        put(kept, now, false);
        return true;
    }

    /** Takes a value that was read from the store, if it is newer. */
    synchronized void takeRead(Kept kept, long now) {
        if (kept.version() > version(kept.topic())) {
            put(kept, now, true);
        }
    }

    /** Takes a value that another mirror has, if it is known to be newer. */
    synchronized Outcome takeBrought(Kept kept, long now) {
        long present = version(kept.topic());
        if (kept.version() <= present) {
            return Outcome.KNOWN;
        }
        if (present == 0 && kept.message() != null && kept.version() <= tombstones.forgotten()) {
            return Outcome.DOUBTFUL;
        }
        put(kept, now, true);
        return Outcome.TAKEN;
    }

    private void put(Kept kept, long now, boolean settled) {
        heard.accept(kept);
        TopicName topic = kept.topic();
        Message message = kept.message();
        boolean here = message != null && !message.expiredAt(now);
        Message former = tree.get(topic);
        if (former != null) {
            leave(former, !here);
        }
        if (message != null && here) {
            tree.put(message, kept.version());
            if (settled) {
                sums.putSettled(topic, kept.version());
            } else {
                sums.put(topic, kept.version(), now);
            }
            tombstones.remove(topic);
            if (message.expiresAt() != Message.NEVER) {
                expiring.add(message);
            }
        } else {
            tombstones.put(topic, kept.version(), now);
        }
    }

    private void leave(Message former, boolean theTreeToo) {
        TopicName topic = former.topic();
        sums.remove(topic, tree.version(topic));
        if (former.expiresAt() != Message.NEVER) {
            expiring.remove(former);
        }
        if (theTreeToo) {
            tree.remove(topic);
        }
    }

    /** Removes what has expired, so many at most, and forgets what was cleared long ago. */
    synchronized void expire(long now, int atMost) {
        for (int left = atMost; left > 0 && !expiring.isEmpty(); left--) {
            Message next = expiring.first();
            if (!next.expiredAt(now)) {
                break;
            }
            // what is older than a message that has expired stays as old as what is older than one that was cleared
            long version = tree.version(next.topic());
            leave(next, true);
            tombstones.put(next.topic(), version, now);
        }
        tombstones.forgetOld(now);
        sums.settle(now);
    }

    /** The version of a topic, also of one that was cleared lately; 0 where nothing is known of it. */
    synchronized long version(TopicName topic) {
        long version = tree.version(topic);
        return version == 0 ? tombstones.version(topic) : version;
    }

    /** What is known of a topic, or null. */
    synchronized @Nullable Kept kept(TopicName topic) {
        long version = version(topic);
        return version == 0 ? null : new Kept(topic, version, tree.get(topic));
    }

    /** A sum for each bucket of topics; see {@link RetainedSums}. */
    synchronized long[] sums(long now) {
        sums.settle(now);
        return sums.copy();
    }

    /** The topics in some buckets that were cleared lately. */
    synchronized List<TopicVersion> cleared(BitSet buckets) {
        List<TopicVersion> cleared = new ArrayList<>();
        tombstones.forEach((topic, version) -> {
            if (buckets.get(RetainedSums.bucket(topic))) {
                cleared.add(new TopicVersion(topic, version));
            }
        });
        return cleared;
    }

    /** All messages that are here, one after the other while others are written. */
    RetainedTree.Cursor all() {
        return tree.all();
    }
}
