package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.TopicFilter;
import io.coppice.port.Counters;
import io.coppice.port.NodeId;
import io.coppice.port.Origin;
import io.coppice.port.PeerMessage;
import io.coppice.session.DropReason;
import io.coppice.topic.ShareStrategy;
import io.coppice.topic.SharedGroup;
import io.coppice.topic.Subscriber;
import io.coppice.topic.Target;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Messages of shared subscriptions on one shard (MQTT 5, 4.8.2): each goes to one member, and to another one where that
 * one cannot take it. A message for a member on another node goes to that node, which picks the member, or sends the message
 * back when it has nobody who is there: whoever brought the message into the group finds another member, so it never
 * wanders from node to node.
 */
final class Sharing {
    private final Shard shard;
    private final Broker broker;
    private final Router router;
    private final ShareStrategy strategy;
    private final boolean preferLocal;

    Sharing(Shard shard) {
        this.shard = shard;
        this.broker = shard.broker;
        this.router = shard.router;
        this.strategy = broker.settings.shareStrategy();
        this.preferLocal = broker.settings.sharePreferLocal();
    }

    /** The member that gets a message, wherever it is; null when nobody is left. */
    @Nullable
    Target pick(SharedGroup group, Message message, @Nullable Predicate<Subscriber> except) {
        Target here = preferLocal ? pickHere(group, true, message, except) : null;
        return here != null ? here : group.pick(strategy, message.topic(), message.publisher(), shard.random, except);
    }

    private @Nullable Target pickHere(
            SharedGroup group, boolean online, Message message, @Nullable Predicate<Subscriber> except) {
        return group.pickHere(online, strategy, message.topic(), message.publisher(), shard.random, except);
    }

    // --- from one member to another

    /**
     * Whether a shared subscription has another member than this one.
     *
     * @param alsoAway whether those count whose clients are away
     */
    boolean hasOthers(TopicFilter share, SessionSlot except, boolean alsoAway) {
        SharedGroup group = broker.tree.group(share);
        Predicate<Subscriber> itself = member -> member == except;
        return group != null && (alsoAway ? group.any(itself) : group.anyOnline(itself));
    }

    /**
     * Gives a message that a shared subscriber did not acknowledge to another member of its group.
     *
     * @param alsoAway whether also to one whose client is away
     * @param receipt told when that one has it
     * @return false where nobody else is there
     */
    boolean redispatch(Message message, TopicFilter share, SessionSlot except, boolean alsoAway, Receipt receipt) {
        SharedGroup group = broker.tree.group(share);
        Target picked = group == null || !hasOthers(share, except, alsoAway)
                ? null
                : pick(group, message, member -> member == except);
        if (group == null || picked == null) {
            return false;
        }
        shard.counters.due(Counters.Source.MEMBER, 1);
        router.give(picked, group, message, receipt, null);
        receipt.seal(false);
        return true;
    }

    /**
     * The member that was picked has gone before the message came: another one gets it. On the loop of that member.
     *
     * @param waiting expects the answer already; null for none
     */
    void again(
            Message message,
            TopicFilter share,
            SessionSlot gone,
            Origin origin,
            long stamp,
            @Nullable Receipt waiting) {
        if (waiting == null) {
            SharedGroup group = broker.tree.group(share);
            Target picked = group == null ? null : pickHere(group, true, message, member -> member == gone);
            if (group == null || picked == null) {
                shard.drops.dropped(DropReason.SESSION_ENDED, message, null);
            } else {
                bring(picked, group, message, origin, stamp, null);
            }
        } else if (waiting.shard != shard) {
            Sharing its = waiting.shard.sharing;
            waiting.shard.loop.execute(() -> its.again(message, share, gone, origin, stamp, waiting));
        } else if (waiting instanceof ForwardReceipt forwarded) {
            onceMore(message, share, gone, origin, stamp, forwarded);
        } else {
            elsewhere(message, share, member -> member == gone, waiting);
        }
    }

    /** What came from another node is for members here, or goes back there. */
    private void onceMore(
            Message message, TopicFilter share, SessionSlot gone, Origin origin, long stamp, ForwardReceipt waiting) {
        SharedGroup group = broker.tree.group(share);
        Target picked = group == null ? null : pickHere(group, true, message, member -> member == gone);
        if (group == null || picked == null) {
            shard.counters.handedOn(Counters.Onward.NODE, 1);
            waiting.giveBack();
            waiting.settle(1, true, false);
        } else {
            bring(picked, group, message, origin, stamp, waiting);
        }
    }

    /** @param waiting expects the answer already */
    private void elsewhere(Message message, TopicFilter share, Predicate<Subscriber> except, Receipt waiting) {
        if (!waiting.mayTryAgain()) {
            shard.drops.dropped(DropReason.NOT_TAKEN, message, null);
            waiting.settle(1, false, false);
            return;
        }
        SharedGroup group = broker.tree.group(share);
        Target picked = group == null ? null : pick(group, message, except);
        if (group == null || picked == null) {
            shard.drops.dropped(DropReason.NO_SUBSCRIBERS, message, null);
        } else {
            router.give(picked, group, message, waiting, shard.origin);
        }
        waiting.settle(1, true, false);
    }

    /**
     * A message that was sent to another node has found nobody there.
     *
     * @param receipt expects the answer already
     */
    void returned(Peer from, PeerMessage.Publish publish, Receipt receipt) {
        TopicFilter share = publish.share();
        SharedGroup group = share == null ? null : broker.tree.group(share);
        shard.counters.due(Counters.Source.NODE, 1);
        if (share == null || group == null) {
            shard.drops.dropped(DropReason.NO_SUBSCRIBERS, publish.message(), null);
            receipt.settle(1, true, false);
            return;
        }
        Predicate<Subscriber> itsMembers = member -> member instanceof PeerShare others
                ? others.peer == from
                : from.replaced && member instanceof SessionSlot slot && slot.isLeavingFor(from.id);
        // where nobody else is, somebody there has to keep it for a client that is away
        boolean mayGoBack = publish.origin() == null && !from.replaced && !group.any(itsMembers);
        elsewhere(publish.message(), share, mayGoBack ? member -> false : itsMembers, receipt);
    }

    // --- from other nodes

    /**
     * A message of another node for a member here.
     *
     * @param waiting null where nobody waits for an answer
     */
    void arrive(PeerMessage.Publish publish, TopicFilter share, Origin origin, @Nullable ForwardReceipt waiting) {
        Message message = publish.message();
        SharedGroup group = broker.tree.group(share);
        Target picked = group == null ? null : pickHere(group, true, message, null);
        if (group != null && picked == null && (publish.origin() != null || !group.anyOnline(null))) {
            picked = pickHere(group, false, message, null);
        }
        if (group != null && picked != null) {
            shard.counters.due(Counters.Source.NODE, 1);
            if (waiting != null) {
                waiting.expect(1);
            }
            bring(picked, group, message, origin, publish.stamp(), waiting);
        } else if (waiting != null) {
            waiting.giveBack();
        } else {
            passOn(group, message, publish.origin() == null);
        }
    }

    /** At QoS 0 nobody waits for an answer, so what finds nobody connected here goes on by itself, once. */
    private void passOn(@Nullable SharedGroup group, Message message, boolean mayGoOn) {
        Target picked = group == null || !mayGoOn ? null : pick(group, message, null);
        shard.counters.due(Counters.Source.NODE, 1);
        if (group == null || picked == null) {
            shard.drops.dropped(DropReason.NO_SUBSCRIBERS, message, null);
        } else {
            router.give(picked, group, message, null, shard.origin);
        }
    }

    /** @param waiting expects the answer already */
    private void bring(
            Target picked, SharedGroup group, Message message, Origin origin, long stamp, @Nullable Receipt waiting) {
        int home = SessionSlot.of(picked).shard.index;
        Target[] one = {picked};
        if (home == shard.index) {
            shard.deliverer.arrive(message, one, group, origin, stamp, null, waiting);
        } else {
            shard.outbox(home).hand(message, one, group, origin, stamp, null, waiting);
            if (waiting != null) {
                waiting.settle(1, true, false);
            }
        }
    }

    // --- after a node has died

    /**
     * Whether a session that was at home on a node which is gone, and is here now, has a message: then it stays with it.
     *
     * @param then told on this loop
     */
    void ask(TopicFilter share, Message message, NodeId formerly, Consumer<Boolean> then) {
        AtomicBoolean found = new AtomicBoolean();
        broker.onEveryLoop(
                shard,
                each -> broker.tree.subscribers(share, target -> {
                    if (target.subscriber() instanceof SessionSlot slot
                            && slot.shard == each
                            && slot.cameFrom(formerly)
                            && slot.session.owes(message, share)) {
                        found.set(true);
                    }
                }),
                () -> then.accept(found.get()));
    }
}
