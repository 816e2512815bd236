package io.coppice.topic;

import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The subscribers that share the messages of one filter under one share name (MQTT 5, 4.8.2): clients of this node, and
 * of each other node all its members as one, which is a {@link NodeShare}. Any thread may pick; it sees the members of
 * that moment. A change of membership copies the list of members, which is meant for up to a few thousand of them.
 */
public final class SharedGroup extends Keyed {
    private static final int PROBES = 4;
    private static final Target[] NOBODY = new Target[0];
    private static final NodeChoice.Standing[] STANDINGS = NodeChoice.Standing.values();

    private final TopicFilter filter;
    private final String name;
    private volatile Members members;

    /** The place from which taking turns goes on. */
    private final AtomicInteger turn = new AtomicInteger();

    private volatile @Nullable Favourite favourite;

    /** Null where no other node has had members, and none was told of those here. */
    private volatile @Nullable NodeChoice nodes;

    /** Members here in the order of joining, and the hash of each one's client identifier. */
    private record Members(Target[] targets, long[] hashes) {}

    /** Who {@link ShareStrategy#STICKY} keeps to: a place in a list of members. */
    private record Favourite(Members members, int at) {}

    SharedGroup(TopicFilter filter, String name, Target first) {
        this.filter = filter;
        this.name = name;
        this.members = new Members(new Target[0], new long[0]);
        put(first);
    }

    @Override
    String key() {
        return name;
    }

    /** The share name. */
    public String name() {
        return name;
    }

    /** The filter, with {@code $share/} and the share name. */
    public TopicFilter filter() {
        return filter;
    }

    /** How many members there are now, those of another node together as one. */
    public int size() {
        return members.targets.length + others().length;
    }

    private Target[] others() {
        NodeChoice choice = nodes;
        return choice == null ? NOBODY : choice.others().targets();
    }

    /** The members of this moment. */
    void forEach(Consumer<Target> to) {
        for (Target target : members.targets) {
            to.accept(target);
        }
        for (Target target : others()) {
            to.accept(target);
        }
    }

    /** Whether a session of this node is a member. */
    boolean anyHere() {
        for (Target target : members.targets) {
            if (!target.subscriber().isElsewhere()) {
                return true;
            }
        }
        return false;
    }

    /** Whether a client of a member is connected, those left out who are excepted. */
    public boolean anyOnline(@Nullable Predicate<Subscriber> except) {
        return any(members.targets, true, except) || any(others(), true, except);
    }

    /** Whether there is a member, connected or not, those left out who are excepted. */
    public boolean any(Predicate<Subscriber> except) {
        return any(members.targets, false, except) || any(others(), false, except);
    }

    private static boolean any(Target[] all, boolean online, @Nullable Predicate<Subscriber> except) {
        for (Target target : all) {
            if (suits(target, online, except)) {
                return true;
            }
        }
        return false;
    }

    /** What the other nodes were told of the members here: this node chooses by the same figures. */
    public void told(NodeShare own) {
        choice().own(own);
    }

    private synchronized NodeChoice choice() {
        NodeChoice choice = nodes;
        if (choice == null) {
            choice = new NodeChoice(filter.value());
            nodes = choice;
        }
        return choice;
    }

    /**
     * The member that gets a message: one whose client is connected, or if there is none one who keeps the message
     * for its client. Where other nodes have members, first the node is chosen and then, if it is this one, the member.
     *
     * @param publisher client identifier of who published the message
     * @param except who must not get it; null for nobody
     * @return null when nobody is left
     */
    public @Nullable Target pick(
            ShareStrategy strategy,
            TopicName topic,
            String publisher,
            RandomGenerator random,
            @Nullable Predicate<Subscriber> except) {
        NodeChoice choice = nodes;
        NodeChoice.Others elsewhere = choice == null ? null : choice.others();
        if (choice == null || elsewhere == null || elsewhere.size() == 0) {
            Target here = pickHere(true, strategy, topic, publisher, random, except);
            return here != null ? here : pickHere(false, strategy, topic, publisher, random, except);
        }
        String key = strategy == ShareStrategy.HASH_TOPIC ? topic.value() : publisher;
        for (NodeChoice.Standing standing : STANDINGS) {
            int at = choice.choose(elsewhere, standing, true, strategy, key, random, except);
            if (at < 0) {
                boolean online = standing == NodeChoice.Standing.CONNECTED;
                Target here = pickHere(online, strategy, topic, publisher, random, except);
                if (here != null) {
                    return here;
                }
            }
            if (at == NodeChoice.HERE) { // of whom others were told has gone since, or is excepted
                at = choice.choose(elsewhere, standing, false, strategy, key, random, except);
            }
            if (at >= 0) {
                return elsewhere.targets()[at];
            }
        }
        return null;
    }

    /**
     * As {@link #pick}, of the members on this node only.
     *
     * @param online whether only those count whose clients are connected
     */
    public @Nullable Target pickHere(
            boolean online,
            ShareStrategy strategy,
            TopicName topic,
            String publisher,
            RandomGenerator random,
            @Nullable Predicate<Subscriber> except) {
        Members all = members;
        int at = pick(strategy, all, topic, publisher, random, online, except);
        return at < 0 ? null : all.targets[at];
    }

    private int pick(
            ShareStrategy strategy,
            Members all,
            TopicName topic,
            String publisher,
            RandomGenerator random,
            boolean online,
            @Nullable Predicate<Subscriber> except) {
        return switch (strategy) {
            case ROUND_ROBIN -> next(all.targets, online, except);
            case RANDOM -> anyone(all.targets, random, online, except);
            case LEAST_INFLIGHT -> leastInFlight(all.targets, online, except);
            case STICKY -> sticky(all, random, online, except);
            case HASH_CLIENT -> rendezvous(all, publisher, online, except);
            case HASH_TOPIC -> rendezvous(all, topic.value(), online, except);
        };
    }

    private int next(Target[] all, boolean online, @Nullable Predicate<Subscriber> except) {
        while (true) {
            int from = turn.get();
            int at = -1;
            for (int i = 0; i < all.length && at < 0; i++) {
                int candidate = (from + i) % all.length;
                at = suits(all[candidate], online, except) ? candidate : -1;
            }
            // The turn goes on behind who was picked, not one further than before: otherwise the neighbour of one
            // who is skipped would get two shares.
            if (at < 0 || turn.compareAndSet(from, at + 1)) {
                return at;
            }
        }
    }

    private static int anyone(
            Target[] all, RandomGenerator random, boolean online, @Nullable Predicate<Subscriber> except) {
        for (int probe = 0; probe < PROBES && all.length > 0; probe++) {
            int at = random.nextInt(all.length);
            if (suits(all[at], online, except)) {
                return at;
            }
        }
        int chosen = -1;
        int seen = 0;
        for (int i = 0; i < all.length; i++) {
            if (suits(all[i], online, except) && random.nextInt(++seen) == 0) {
                chosen = i;
            }
        }
        return chosen;
    }

    private int leastInFlight(Target[] all, boolean online, @Nullable Predicate<Subscriber> except) {
        int from = turn.get();
        int chosen = -1;
        int least = 0;
        for (int i = 0; i < all.length; i++) {
            int at = (from + i) % all.length;
            if (suits(all[at], online, except)) {
                int inFlight = all[at].subscriber().inFlight();
                if (chosen < 0 || inFlight < least) {
                    chosen = at;
                    least = inFlight;
                }
            }
        }
        if (chosen >= 0) {
            turn.set(chosen + 1);
        }
        return chosen;
    }

    private int sticky(Members all, RandomGenerator random, boolean online, @Nullable Predicate<Subscriber> except) {
        int at = favouriteAmong(all);
        if (at >= 0 && suits(all.targets[at], online, except)) {
            return at;
        }
        int other = anyone(all.targets, random, online, except);
        // Who is only excepted for this message stays the favourite.
        boolean excepted = at >= 0 && except != null && except.test(all.targets[at].subscriber());
        if (other >= 0 && !excepted) {
            favourite = new Favourite(all, other);
        }
        return other;
    }

    private int favouriteAmong(Members all) {
        Favourite kept = favourite;
        if (kept == null) {
            return -1;
        }
        if (kept.members == all) {
            return kept.at;
        }
        int at = indexOf(all.targets, kept.members.targets[kept.at].key());
        if (at >= 0) {
            favourite = new Favourite(all, at);
        }
        return at;
    }

    /** Rendezvous hashing: who leaves gives up its own keys, who joins takes its share evenly from all. */
    private static int rendezvous(Members all, String key, boolean online, @Nullable Predicate<Subscriber> except) {
        long keyHash = Hashes.of(key);
        int chosen = -1;
        long highest = 0;
        for (int i = 0; i < all.targets.length; i++) {
            long weight = Hashes.mix(keyHash ^ all.hashes[i]);
            if ((chosen < 0 || weight > highest) && suits(all.targets[i], online, except)) {
                chosen = i;
                highest = weight;
            }
        }
        return chosen;
    }

    private static boolean suits(Target target, boolean online, @Nullable Predicate<Subscriber> except) {
        Subscriber subscriber = target.subscriber();
        return (!online || subscriber.online()) && (except == null || !except.test(subscriber));
    }

    @Nullable
    Target member(String clientId) {
        Target[] all = members.targets;
        int at = indexOf(all, clientId);
        NodeChoice choice = nodes;
        return at >= 0 ? all[at] : choice == null ? null : choice.find(clientId);
    }

    void put(Target target) {
        if (target.subscriber() instanceof NodeShare share) {
            choice().put(target, share);
            return;
        }
        Members all = members;
        int at = indexOf(all.targets, target.key());
        int length = all.targets.length;
        Target[] targets = Arrays.copyOf(all.targets, at < 0 ? length + 1 : length);
        targets[at < 0 ? length : at] = target;
        long[] hashes = all.hashes;
        if (at < 0) {
            hashes = Arrays.copyOf(hashes, length + 1);
            hashes[length] = Hashes.of(target.key());
        }
        members = new Members(targets, hashes);
    }

    boolean remove(Subscriber subscriber) {
        NodeChoice choice = nodes;
        if (subscriber instanceof NodeShare) {
            return choice != null && choice.remove(subscriber);
        }
        Members all = members;
        int at = indexOf(all.targets, subscriber.clientId());
        if (at < 0 || all.targets[at].subscriber() != subscriber) {
            return false;
        }
        int left = all.targets.length - 1;
        Target[] targets = Arrays.copyOf(all.targets, left);
        System.arraycopy(all.targets, at + 1, targets, at, left - at);
        long[] hashes = Arrays.copyOf(all.hashes, left);
        System.arraycopy(all.hashes, at + 1, hashes, at, left - at);
        members = new Members(targets, hashes);
        // Nobody loses a turn because someone before it has left.
        turn.updateAndGet(next -> next > at ? next - 1 : next);
        return true;
    }

    private static int indexOf(Target[] all, String clientId) {
        for (int i = 0; i < all.length; i++) {
            if (all[i].key().equals(clientId)) {
                return i;
            }
        }
        return -1;
    }
}
