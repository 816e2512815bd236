package io.coppice.topic;

import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import java.util.Iterator;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All subscriptions of a node, found by the topics that they match (MQTT 5, 4.7). Any thread may read and write;
 * reading never waits. A reader sees each subscription as it is before or after a change; one that exists
 * throughout a match is found by it.
 */
public final class SubscriptionTree {
    private final Object writing = new Object();
    private final SubscriptionNode root = SubscriptionNode.root();
    private final LevelCodes levels;
    private final LevelPool pool;

    /** Of the latest subscription: those that a client makes in a row mostly differ in their filters only. */
    private @Nullable Target last;

    private volatile long version;
    private volatile int size;
    private volatile int sharedSize;
    private volatile int filters;

    /** @param chance that nobody can foretell who names levels */
    public SubscriptionTree(long chance) {
        levels = new LevelCodes(chance);
        pool = new LevelPool(levels);
    }

    /**
     * Adds a subscription, or replaces the one that the client of the subscriber has with this filter, whether it
     * belongs to this subscriber or to an earlier one (MQTT-3.8.4-3). A shared one joins the group of its share name
     * and filter.
     */
    public void put(Subscription subscription, Subscriber subscriber) {
        TopicFilter filter = subscription.filter();
        synchronized (writing) {
            Target target = target(subscription, subscriber);
            SubscriptionNode node = root.grow(levels.path(filter.inner(), pool), levels);
            String shareName = filter.shareName();
            boolean changed = shareName == null ? putPlain(node, target) : putShared(node, filter, shareName, target);
            // Only after the change: a match that began with the new number has seen it.
            if (changed) {
                version++;
            }
        }
    }

    private Target target(Subscription subscription, Subscriber subscriber) {
        Target target = Target.of(subscriber, subscription);
        if (last == null || !last.same(target)) {
            last = target;
        }
        return last;
    }

    private boolean putPlain(SubscriptionNode node, Target target) {
        Target former = Bag.get(node.targets, target.key());
        if (former != null && former.same(target)) {
            return false;
        }
        boolean counts = former == null && !target.subscriber().isElsewhere();
        if (counts && !anyHere(node.targets)) {
            filters++;
        }
        node.targets = Bag.with(node.targets, target);
        if (counts) {
            size++;
        }
        return true;
    }

    /** Whether a session of this node is among some targets; of those that are not there is one for each other node at most, so this is a short look. */
    private static boolean anyHere(@Nullable Object targets) {
        Iterator<Target> each = Bag.iterator(targets);
        while (each.hasNext()) {
            if (!each.next().subscriber().isElsewhere()) {
                return true;
            }
        }
        return false;
    }

    private boolean putShared(SubscriptionNode node, TopicFilter filter, String shareName, Target target) {
        SharedGroup group = Bag.get(node.groups, shareName);
        boolean first = group == null || !group.anyHere();
        if (group == null) {
            group = new SharedGroup(filter, shareName, target);
            node.groups = Bag.with(node.groups, group);
        } else {
            Target former = group.member(target.key());
            if (former != null && former.same(target)) {
                return false;
            }
            group.put(target);
            if (former != null) {
                return true;
            }
        }
        if (!target.subscriber().isElsewhere()) {
            size++;
            sharedSize++;
            filters += first ? 1 : 0;
        }
        return true;
    }

    /**
     * Removes the subscription with a filter if it is the very subscriber's, not that of another one with the same
     * client identifier.
     *
     * @return whether there was one
     */
    public boolean remove(TopicFilter filter, Subscriber subscriber) {
        synchronized (writing) {
            FilterPath path = levels.path(filter.inner());
            SubscriptionNode node = root.find(path, levels);
            if (node == null) {
                return false;
            }
            String shareName = filter.shareName();
            boolean removed =
                    shareName == null ? removePlain(node, subscriber) : removeShared(node, shareName, subscriber);
            if (removed) {
                forget(subscriber);
                if (node.isBare()) {
                    root.prune(path, levels);
                }
                size -= subscriber.isElsewhere() ? 0 : 1;
                version++;
            }
            return removed;
        }
    }

    /** Else the tree would hold a session that has ended until the next one subscribes. */
    private void forget(Subscriber subscriber) {
        if (last != null && last.subscriber() == subscriber) {
            last = null;
        }
    }

    private boolean removePlain(SubscriptionNode node, Subscriber subscriber) {
        Target former = Bag.get(node.targets, subscriber.clientId());
        if (former == null || former.subscriber() != subscriber) {
            return false;
        }
        node.targets = Bag.without(node.targets, subscriber.clientId());
        if (!subscriber.isElsewhere() && !anyHere(node.targets)) {
            filters--;
        }
        return true;
    }

    private boolean removeShared(SubscriptionNode node, String shareName, Subscriber subscriber) {
        SharedGroup group = Bag.get(node.groups, shareName);
        if (group == null || !group.remove(subscriber)) {
            return false;
        }
        if (group.size() == 0) {
            node.groups = Bag.without(node.groups, shareName);
        }
        if (!subscriber.isElsewhere()) {
            sharedSize--;
            filters -= group.anyHere() ? 0 : 1;
        }
        return true;
    }

    /** The subscribers and shared groups with at least one filter that matches a topic. */
    public Matches match(TopicName topic) {
        long before = version;
        Matches matches = matcher(topic).match(root);
        return version == before ? matches : new Matcher(topic, levels, true).match(root);
    }

    Matcher matcher(TopicName topic) {
        return new Matcher(topic, levels, false);
    }

    /** The node at which a filter ends, or null. */
    @Nullable
    SubscriptionNode find(TopicFilter filter) {
        return root.find(levels.path(filter.inner()), levels);
    }

    SubscriptionNode root() {
        return root;
    }

    /** A number that moves with every change: {@link Matches} are up to date while it is what it was before the match. */
    public long version() {
        return version;
    }

    /** How many subscriptions sessions of this node have, shared ones among them. */
    public int size() {
        return size;
    }

    /** How many shared subscriptions sessions of this node have. */
    public int sharedSize() {
        return sharedSize;
    }

    /** How many different filters sessions of this node subscribe to; with different share names they are different. */
    public int filters() {
        return filters;
    }

    /** Whoever subscribes with exactly this filter; of one with {@code $share/} the members of the group. */
    public void subscribers(TopicFilter filter, Consumer<Target> to) {
        SubscriptionNode node = find(filter);
        if (node == null) {
            return;
        }
        String shareName = filter.shareName();
        if (shareName == null) {
            Bag.forEach(node.targets, to);
        } else {
            SharedGroup group = Bag.get(node.groups, shareName);
            if (group != null) {
                group.forEach(to);
            }
        }
    }

    /** The group of a filter with {@code $share/}, or null when nobody is in it. */
    public @Nullable SharedGroup group(TopicFilter share) {
        SubscriptionNode node = find(share);
        return node == null ? null : Bag.get(node.groups, Objects.requireNonNull(share.shareName()));
    }
}
