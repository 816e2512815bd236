package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.TopicName;
import io.coppice.port.PeerMessage;
import io.coppice.port.PeerMessage.TopicVersion;
import io.coppice.port.RetainedStore.Kept;
import io.coppice.topic.RetainedTree;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Compares the mirrors of retained messages by their sums, and brings together what differs, bucket by bucket. Two
 * mirrors may differ for a moment; a bucket that does so in the same way twice, or again and again, does not put itself
 * right. On the first loop, but for the questions.
 */
final class RetainedRepair {
    /** How often a bucket that keeps changing may be found to differ. */
    private static final int ROUNDS_MAX = 4;
    /** Rounds from one exchange with a node to the next: the first has to have ended. Twice as many after each in vain. */
    private static final int ROUNDS_BETWEEN = 2;

    private static final int ROUNDS_BETWEEN_MAX = 128;

    private static final int BUCKETS_AT_A_TIME = 16;
    /** Steps of a walk over everything in one turn. */
    private static final int WALK = 500;
    /** Topics in one message. */
    private static final int PART = 1000;
    /** Messages brought in one turn, and bytes after which it is enough. */
    private static final int BRING = 100;

    private static final int BRING_BYTES = 256 * 1024;

    /** How one other node compares. */
    private static final class Other {
        long[] mine = new long[RetainedSums.BUCKETS];
        long[] theirs = new long[RetainedSums.BUCKETS];
        /** In how many rounds running each bucket has differed. */
        final int[] rounds = new int[RetainedSums.BUCKETS];
        /** Those whose difference stands. */
        final BitSet standing = new BitSet();

        int roundsToWait;
        int roundsBetween = ROUNDS_BETWEEN;
        /** Buckets that stood at the last exchange. */
        int stood;

        final List<TopicVersion> parts = new ArrayList<>();
    }

    private final Broker broker;
    private final Cluster cluster;
    private final RetainedMirror mirror;
    private final RetainedReading reading;
    private final Map<Peer, Other> others = new HashMap<>();
    private boolean walking;
    private final AtomicLong divergent = new AtomicLong();
    private final AtomicLong repaired = new AtomicLong();

    RetainedRepair(Broker broker, Cluster cluster, RetainedMirror mirror, RetainedReading reading) {
        this.broker = broker;
        this.cluster = cluster;
        this.mirror = mirror;
        this.reading = reading;
    }

    private Shard first() {
        return broker.shards.get(0);
    }

    private Lane lane(Peer peer) {
        return first().lanes.to(peer, 0);
    }

    /** Other nodes whose retained messages are not the same as here, and do not become so by themselves. */
    long divergent() {
        return divergent.get();
    }

    /** Retained messages that were found to be out of date and were put right. */
    long repaired() {
        return repaired.get();
    }

    void tellDigest() {
        if (!reading.complete()) {
            return;
        }
        PeerMessage digest =
                new PeerMessage.RetainedDigest(mirror.sums(first().loop.now()));
        for (Peer peer : cluster.presentPeers()) {
            lane(peer).tell(digest);
        }
    }

    void left(Peer peer) {
        others.remove(peer);
        count();
    }

    private void count() {
        divergent.set(others.values().stream()
                .filter(each -> !each.standing.isEmpty())
                .count());
    }

    void received(Peer peer, PeerMessage.Retaining message) {
        if (peer.left) {
            return;
        }
        if (message instanceof PeerMessage.RetainedDigest digest) {
            compare(peer, digest.sums());
        } else if (message instanceof PeerMessage.RetainedVersions versions) {
            answer(peer, versions);
        } else if (message instanceof PeerMessage.RetainedWanted wanted) {
            bring(peer, wanted.topics(), 0);
        } else if (message instanceof PeerMessage.RetainedBrought brought) {
            brought.all().forEach(this::take);
        }
    }

    // --- sums

    private void compare(Peer peer, long[] theirs) {
        if (!reading.complete()) {
            return;
        }
        Other other = others.computeIfAbsent(peer, unknown -> new Other());
        long[] mine = mirror.sums(first().loop.now());
        for (int bucket = 0; bucket < mine.length; bucket++) {
            if (mine[bucket] == theirs[bucket]) {
                other.rounds[bucket] = 0;
                other.standing.clear(bucket);
                continue;
            }
            boolean same = other.rounds[bucket] > 0
                    && other.mine[bucket] == mine[bucket]
                    && other.theirs[bucket] == theirs[bucket];
            if (same || ++other.rounds[bucket] >= ROUNDS_MAX) {
                other.standing.set(bucket);
            }
        }
        other.mine = mine;
        other.theirs = theirs;
        if (other.standing.isEmpty()) {
            other.stood = 0;
        }
        other.roundsToWait--;
        count();
        // an exchange goes both ways: one of two begins it
        if (broker.self().compareTo(peer.id) < 0 && !other.standing.isEmpty() && other.roundsToWait <= 0 && !walking) {
            pace(other);
            begin(peer, other.standing.stream().limit(BUCKETS_AT_A_TIME).toArray());
        }
    }

    /** What an exchange does not put right, such as clocks that do not agree on what has expired, is not tried all the time. */
    private static void pace(Other other) {
        int standing = other.standing.cardinality();
        boolean inVain = other.stood > 0 && standing >= other.stood;
        other.roundsBetween = inVain ? Math.min(2 * other.roundsBetween, ROUNDS_BETWEEN_MAX) : ROUNDS_BETWEEN;
        other.roundsToWait = other.roundsBetween;
        other.stood = standing;
    }

    // --- an exchange

    private static BitSet set(int[] buckets) {
        BitSet set = new BitSet();
        for (int bucket : buckets) {
            set.set(bucket);
        }
        return set;
    }

    private void begin(Peer peer, int[] buckets) {
        BitSet wanted = set(buckets);
        walk(wanted, versions -> {
            versions.addAll(mirror.cleared(wanted));
            int from = 0;
            do {
                int to = Math.min(from + PART, versions.size());
                lane(peer)
                        .tell(new PeerMessage.RetainedVersions(
                                buckets, from == 0, to == versions.size(), versions.subList(from, to)));
                from = to;
            } while (from < versions.size());
        });
    }

    /** Collects the versions of all messages in some buckets, in slices, and hands them on. */
    private void walk(BitSet buckets, Consumer<List<TopicVersion>> then) {
        walking = true;
        walk(mirror.all(), buckets, new ArrayList<>(), then);
    }

    private void walk(
            RetainedTree.Cursor cursor, BitSet buckets, List<TopicVersion> found, Consumer<List<TopicVersion>> then) {
        for (int steps = 0; steps < WALK; steps++) {
            Message message = cursor.next();
            if (message == null) {
                walking = false;
                then.accept(found);
                return;
            }
            TopicName topic = message.topic();
            if (buckets.get(RetainedSums.bucket(topic))) {
                long version = mirror.version(topic);
                if (version > 0) {
                    found.add(new TopicVersion(topic, version));
                }
            }
        }
        first().loop.execute(() -> walk(cursor, buckets, found, then));
    }

    /** The other node has told what it has in some buckets: it gets what is newer here, and is asked for what is newer there. */
    private void answer(Peer peer, PeerMessage.RetainedVersions versions) {
        List<TopicVersion> parts = others.computeIfAbsent(peer, unknown -> new Other()).parts;
        if (versions.first()) {
            parts.clear();
        }
        parts.addAll(versions.versions());
        if (!versions.last()) {
            return;
        }
        Map<TopicName, Long> theirs = new HashMap<>();
        parts.forEach(each -> theirs.put(each.topic(), each.version()));
        parts.clear();
        walk(set(versions.buckets()), mine -> {
            List<TopicName> newerHere = new ArrayList<>();
            List<TopicName> newerThere = new ArrayList<>();
            for (TopicVersion each : mine) {
                sort(each.topic(), each.version(), theirs.remove(each.topic()), newerHere, newerThere);
            }
            theirs.forEach((topic, version) -> sort(topic, mirror.version(topic), version, newerHere, newerThere));
            bring(peer, newerHere, 0);
            for (int from = 0; from < newerThere.size(); from += PART) {
                lane(peer)
                        .tell(new PeerMessage.RetainedWanted(
                                newerThere.subList(from, Math.min(from + PART, newerThere.size()))));
            }
        });
    }

    private static void sort(
            TopicName topic, long mine, @Nullable Long theirs, List<TopicName> newerHere, List<TopicName> newerThere) {
        if (theirs == null || theirs < mine) {
            newerHere.add(topic);
        } else if (theirs > mine) {
            newerThere.add(topic);
        }
    }

    /** Tells what is here of some topics, a part each turn. */
    private void bring(Peer peer, List<TopicName> topics, int from) {
        List<Kept> part = new ArrayList<>();
        int bytes = 0;
        int next = from;
        while (next < topics.size() && part.size() < BRING && bytes < BRING_BYTES) {
            Kept kept = mirror.kept(topics.get(next++));
            if (kept != null) {
                part.add(kept);
                Message message = kept.message();
                bytes += message == null ? 0 : message.weight();
            }
        }
        if (!part.isEmpty()) {
            lane(peer).tell(new PeerMessage.RetainedBrought(part));
        }
        if (next < topics.size()) {
            int rest = next;
            first().loop.execute(() -> bring(peer, topics, rest));
        }
    }

    private void take(Kept kept) {
        switch (mirror.takeBrought(kept, first().loop.now())) {
            case TAKEN -> repaired.incrementAndGet();
            case DOUBTFUL -> reading.againLater();
            case KNOWN -> {
                // it has come on another way meanwhile
            }
        }
    }
}
