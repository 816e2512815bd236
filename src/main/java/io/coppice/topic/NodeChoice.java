package io.coppice.topic;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Which node's members of a shared group get a message; which of them, the node decides. A node counts for as many as it
 * has members, so that each member gets its part wherever it is connected. Any thread may choose.
 */
final class NodeChoice {
    /** What {@link #choose} says for the members on this node, and where there is nobody. */
    static final int HERE = -1;

    static final int NOBODY = -2;

    /** Who counts: a message goes to those of the first of these that somebody belongs to. */
    enum Standing {
        CONNECTED,
        REACHABLE,
        ANY;

        private int count(NodeShare share) {
            return switch (this) {
                case CONNECTED -> share.connected();
                case REACHABLE -> share.reachable();
                case ANY -> share.members();
            };
        }
    }

    /** Other nodes in the order in which they came, and the hash of each one's name. */
    record Others(Target[] targets, NodeShare[] shares, long[] hashes) {
        int size() {
            return targets.length;
        }
    }

    /** What this node has told the others of its own members: so all nodes choose by the same figures. */
    private record Own(NodeShare share, long hash) {}

    /** For those that have been connected since the same moment: else one node would have all groups. */
    private final long salt;

    private volatile Others others = new Others(new Target[0], new NodeShare[0], new long[0]);
    private volatile @Nullable Own own;
    private final AtomicInteger turn = new AtomicInteger();

    NodeChoice(String filter) {
        this.salt = Hashes.of(filter);
    }

    Others others() {
        return others;
    }

    void own(NodeShare share) {
        own = new Own(share, Hashes.of(share.node()));
    }

    /**
     * Chooses a node.
     *
     * @param nodes of {@link #others} at one moment
     * @param withHere whether the members on this node may get it
     * @param key what hashing goes by
     * @param except whose members must not get it; null for nobody's
     * @return the place among the others, {@link #HERE} or {@link #NOBODY}
     */
    int choose(
            Others nodes,
            Standing standing,
            boolean withHere,
            ShareStrategy strategy,
            String key,
            RandomGenerator random,
            @Nullable Predicate<Subscriber> except) {
        Own here = withHere ? own : null;
        return switch (strategy) {
            case ROUND_ROBIN, LEAST_INFLIGHT -> {
                int total = total(nodes, here, standing, except);
                yield total == 0
                        ? NOBODY
                        : holder(nodes, here, standing, except, (turn.getAndIncrement() & Integer.MAX_VALUE) % total);
            }
            case RANDOM -> {
                int total = total(nodes, here, standing, except);
                yield total == 0 ? NOBODY : holder(nodes, here, standing, except, random.nextInt(total));
            }
            case STICKY -> longest(nodes, here, standing, except);
            case HASH_CLIENT, HASH_TOPIC -> rendezvous(nodes, here, standing, except, Hashes.of(key));
        };
    }

    private static int count(Others nodes, int at, Standing standing, @Nullable Predicate<Subscriber> except) {
        int count = standing.count(nodes.shares[at]);
        return count == 0 || except != null && except.test(nodes.targets[at].subscriber()) ? 0 : count;
    }

    private static int total(
            Others nodes, @Nullable Own here, Standing standing, @Nullable Predicate<Subscriber> except) {
        int total = here == null ? 0 : standing.count(here.share);
        for (int i = 0; i < nodes.size(); i++) {
            total += count(nodes, i, standing, except);
        }
        return total;
    }

    /** Whose member has a place in the row of all members. */
    private static int holder(
            Others nodes, @Nullable Own here, Standing standing, @Nullable Predicate<Subscriber> except, int place) {
        int before = here == null ? 0 : standing.count(here.share);
        if (place < before) {
            return HERE;
        }
        int last = here == null ? NOBODY : HERE;
        for (int i = 0; i < nodes.size(); i++) {
            int count = count(nodes, i, standing, except);
            before += count;
            if (place < before) {
                return i;
            }
            last = count > 0 ? i : last;
        }
        return last; // somebody has gone since the members were counted
    }

    /** The node that has been connected to a member for longest: who comes later takes nothing away. */
    private int longest(Others nodes, @Nullable Own here, Standing standing, @Nullable Predicate<Subscriber> except) {
        int chosen = NOBODY;
        long since = 0;
        long hash = 0;
        if (here != null && standing.count(here.share) > 0) {
            chosen = HERE;
            since = since(here.share, standing);
            hash = Hashes.mix(salt ^ here.hash);
        }
        for (int i = 0; i < nodes.size(); i++) {
            if (count(nodes, i, standing, except) > 0) {
                long its = since(nodes.shares[i], standing);
                long itsHash = Hashes.mix(salt ^ nodes.hashes[i]);
                if (chosen == NOBODY || its < since || its == since && itsHash > hash) {
                    chosen = i;
                    since = its;
                    hash = itsHash;
                }
            }
        }
        return chosen;
    }

    private static long since(NodeShare share, Standing standing) {
        return standing == Standing.CONNECTED ? share.connectedSince() : 0;
    }

    /** Rendezvous hashing with weights: a node that has a member more, or one less, takes or gives only the keys of that one. */
    private static int rendezvous(
            Others nodes, @Nullable Own here, Standing standing, @Nullable Predicate<Subscriber> except, long keyHash) {
        int chosen = NOBODY;
        double highest = 0;
        if (here != null && standing.count(here.share) > 0) {
            chosen = HERE;
            highest = score(standing.count(here.share), keyHash ^ here.hash);
        }
        for (int i = 0; i < nodes.size(); i++) {
            int count = count(nodes, i, standing, except);
            if (count > 0) {
                double score = score(count, keyHash ^ nodes.hashes[i]);
                if (chosen == NOBODY || score > highest) {
                    chosen = i;
                    highest = score;
                }
            }
        }
        return chosen;
    }

    /** Strict, for every node has to come to the same. */
    private static double score(int count, long bits) {
        return -count / StrictMath.log(Hashes.fraction(Hashes.mix(bits)));
    }

    // --- by one writer at a time

    void put(Target target, NodeShare share) {
        Others all = others;
        int at = indexOf(target.key());
        int size = at < 0 ? all.size() + 1 : all.size();
        int place = at < 0 ? all.size() : at;
        Target[] targets = Arrays.copyOf(all.targets, size);
        NodeShare[] shares = Arrays.copyOf(all.shares, size);
        long[] hashes = Arrays.copyOf(all.hashes, size);
        targets[place] = target;
        shares[place] = share;
        hashes[place] = Hashes.of(share.node());
        others = new Others(targets, shares, hashes);
    }

    boolean remove(Subscriber subscriber) {
        Others all = others;
        int at = indexOf(subscriber.clientId());
        if (at < 0 || all.targets[at].subscriber() != subscriber) {
            return false;
        }
        int left = all.size() - 1;
        Target[] targets = Arrays.copyOf(all.targets, left);
        NodeShare[] shares = Arrays.copyOf(all.shares, left);
        long[] hashes = Arrays.copyOf(all.hashes, left);
        System.arraycopy(all.targets, at + 1, targets, at, left - at);
        System.arraycopy(all.shares, at + 1, shares, at, left - at);
        System.arraycopy(all.hashes, at + 1, hashes, at, left - at);
        others = new Others(targets, shares, hashes);
        return true;
    }

    @Nullable
    Target find(String key) {
        int at = indexOf(key);
        return at < 0 ? null : others.targets[at];
    }

    private int indexOf(String key) {
        Target[] all = others.targets;
        for (int i = 0; i < all.length; i++) {
            if (all[i].key().equals(key)) {
                return i;
            }
        }
        return -1;
    }
}
