package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Trail;
import io.coppice.port.Counters;
import io.coppice.port.NodeId;
import io.coppice.port.Origin;
import io.coppice.port.PeerMessage;
import io.coppice.port.Questions;
import io.coppice.session.Delivery;
import io.coppice.session.DropReason;
import io.coppice.topic.SharedGroup;
import io.coppice.topic.Target;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Brings messages from a publisher on this shard to all they concern: sessions here directly, sessions on other
 * shards and other nodes by one batch a turn. A QoS 1 or 2 publisher is answered when every part has been taken over.
 */
final class Router {
    /** Plans remembered per shard; a power of two. A topic that falls on another's place is planned again. */
    private static final int PLANS = 8192;
    /** Bytes of a topic. Plans of longer ones are not remembered: what the memory of all can weigh stays small. */
    private static final int REMEMBERED_TOPIC_MAX = 256;

    private final Shard shard;
    private final Broker broker;
    private final Deliverer deliverer;
    private final Withheld withheld;
    private final @Nullable Plan[] plans = new @Nullable Plan[PLANS];
    /** Of the topics of the plans: where another one is in the place it need not be looked at, which is most of the cost. */
    private final int[] plansFor = new int[PLANS];
    /** Of the message handed on last; a message that goes several ways has one stamp. */
    private long stamp;

    /** How one dispatch has gone so far; fields rather than an object, for it is the hottest path. */
    private boolean rejected;

    private @Nullable Receipt receipt;

    /** In the place of the packet identifier of a message that no client has sent, and whose way is watched all the same. */
    private static final int WATCHED = -1;

    Router(Shard shard) {
        this.shard = shard;
        this.broker = shard.broker;
        this.deliverer = shard.deliverer;
        this.withheld = new Withheld(shard);
    }

    /** That of the message that was handed on last. */
    long stamp() {
        return stamp;
    }

    /** A message of a client here; see {@link io.coppice.session.SessionEffects#route}. */
    void publish(SessionSlot publisher, Message message, int packetId) {
        publish(publisher, message, packetId, shard.loop.nanos());
    }

    /** @param since when the message came */
    void publish(SessionSlot publisher, Message message, int packetId, long since) {
        if (packetId != 0 && withheld.holds()) {
            int failures = publisher.publishFailures();
            withheld.add(() -> {
                if (publisher.maySend(failures)) {
                    publish(publisher, message, packetId, since);
                } else { // its client repeats it, where the session is now
                    shard.drops.refused(DropReason.NOT_TAKEN, message);
                }
            });
            return;
        }
        if (publisher.mustAsk(
                message, Questions.ANY_TIME)) { // it was known when the message came, and has been forgotten since
            ask(publisher, message, () -> {
                if (publisher.isSettled()) {
                    publish(publisher, message, packetId);
                }
            });
            return;
        }
        ReasonCode verdict = judge(publisher, message);
        if (verdict != ReasonCode.SUCCESS) {
            if (packetId != 0) {
                PublishReceipt.routed(publisher, packetId, message, verdict);
            }
            return;
        }
        if (packetId != 0 && broker.store.refusal() != null) {
            shard.drops.refused(DropReason.QUOTA_EXCEEDED, message);
            PublishReceipt.unsafe(publisher, packetId, message);
            return;
        }
        int records = shard.recordCount();
        receipt = null;
        shard.times.begin(since, false);
        boolean matched = dispatch(message, publisher, packetId);
        shard.times.over();
        Trail trail = message.trail();
        if (trail != null) {
            shard.tracing.routed(message, trail, since);
        }
        if (packetId == 0) {
            receipt = null;
            return;
        }
        if (shard.recordCount() != records) {
            if (message.number() == 0 || !publisher.session.isPersistent()) {
                publisher.dependsOn(records);
            } else {
                // that it was routed may not be stored before what it was routed to: it would never be routed again
                Receipt waiting = receiptFor(publisher, packetId, message);
                waiting.expect(1);
                shard.group().answer(waiting, 1, false, records);
            }
        }
        Receipt open = receipt;
        receipt = null;
        if (open == null) {
            PublishReceipt.routed(publisher, packetId, message, PublishReceipt.reason(rejected, matched));
        } else {
            ((PublishReceipt) open).matched(matched);
            open.seal(rejected);
        }
    }

    /** A message of the broker itself: nobody is answered. */
    void publish(Message message) {
        dispatchUnanswered(message);
    }

    private void ask(SessionSlot publisher, Message message, Runnable then) {
        Questions questions = Objects.requireNonNull(publisher.questions);
        questions.ask(message.topic(), message.qos(), message.retain(), shard.loop, answered -> then.run());
    }

    /** SUCCESS, or why the message goes no further, which is then counted. */
    private ReasonCode judge(SessionSlot publisher, Message message) {
        ReasonCode refusal = refusal(publisher, message);
        if (refusal != ReasonCode.SUCCESS) {
            shard.drops.refused(dropReason(refusal), message);
        }
        return refusal;
    }

    private ReasonCode refusal(SessionSlot publisher, Message message) {
        if (!publisher.mayPublish(message)) {
            return ReasonCode.NOT_AUTHORIZED;
        }
        if (shard.settings.payloadFormatCheck()
                && message.properties().number(Property.PAYLOAD_FORMAT_INDICATOR, 0) == 1
                && !Utf8.isValid(message.payload())) {
            return ReasonCode.PAYLOAD_FORMAT_INVALID;
        }
        if (message.retain() && !broker.retained.hasRoomFor(message)) {
            return ReasonCode.QUOTA_EXCEEDED;
        }
        return ReasonCode.SUCCESS;
    }

    /**
     * A will is published as if its client did so now, with the rights it has now (MQTT 5, 3.1.2.5).
     *
     * @param client null where its session went with a node that is gone
     * @param waiting told of all that have to take it safely, and not sealed here
     */
    void publishWill(@Nullable SessionSlot client, Message will, Receipt waiting) {
        if (client != null && client.mustAsk(will, shard.loop.now())) {
            waiting.expect(1);
            ask(client, will, () -> {
                publishJudgedWill(client, will, waiting);
                waiting.settle(1, true, false);
            });
        } else {
            publishJudgedWill(client, will, waiting);
        }
    }

    /** Of what has been found out about the right to publish it the last answer counts. */
    private void publishJudgedWill(@Nullable SessionSlot client, Message will, Receipt waiting) {
        if (withheld.holds()) {
            waiting.expect(1);
            withheld.add(() -> {
                publishJudgedWill(client, will, waiting);
                waiting.settle(1, true, false);
            });
            return;
        }
        // of one whose client was connected to a node that is gone nobody here knows who it was
        boolean known = client != null && (client.isKnown() || !client.isAdopted());
        if (client != null && known && judge(client, will) != ReasonCode.SUCCESS) {
            return;
        }
        int records = shard.recordCount();
        receipt = waiting;
        dispatch(will, null, WATCHED);
        receipt = null;
        if (shard.recordCount() != records) {
            waiting.expect(1);
            shard.group().answer(waiting, 1, false, records);
        }
    }

    /**
     * A message that no client has sent, and whose way is watched.
     *
     * @param waiting told of all that have to take it safely, and not sealed here
     */
    void publishWatched(Message message, Receipt waiting) {
        publishWill(null, message, waiting);
    }

    private static DropReason dropReason(ReasonCode refusal) {
        return switch (refusal) {
            case QUOTA_EXCEEDED -> DropReason.QUOTA_EXCEEDED;
            case PAYLOAD_FORMAT_INVALID -> DropReason.PAYLOAD_FORMAT_INVALID;
            default -> DropReason.NOT_AUTHORIZED;
        };
    }

    private void dispatchUnanswered(Message message) {
        receipt = null;
        dispatch(message, null, 0);
        Receipt open = receipt;
        receipt = null;
        if (open != null) {
            open.seal(false);
        }
    }

    /** True when anybody subscribes; sets {@link #rejected}, and {@link #receipt} where there was none. */
    private boolean dispatch(Message message, @Nullable SessionSlot publisher, int packetId) {
        rejected = false;
        stamp++;
        if (message.retain()) {
            retain(message, publisher, packetId);
        }
        Plan plan = plan(message.topic());
        if (!plan.matched) {
            shard.drops.refused(DropReason.NO_SUBSCRIBERS, message);
            return false;
        }
        Trail trail = message.trail();
        if (trail != null) {
            shard.tracing.matched(trail, plan);
        }
        shard.counters.due(Counters.Source.MATCH, plan.due(!message.publisher().isEmpty()));
        Target[] here = plan.on(shard.index);
        shard.toMany = here.length > Flushes.SLICE;
        try {
            for (Target target : here) {
                hand(target, message, null, publisher, packetId);
            }
        } finally {
            shard.toMany = false;
        }
        for (int other = 0; other < broker.shards.size(); other++) {
            if (other != shard.index && plan.on(other).length > 0) {
                handOver(other, message, plan.on(other), null, publisher, packetId);
            }
        }
        for (Target target : plan.peers) {
            forward((Peer) target.subscriber(), target.qos(), message, null, null, publisher, packetId);
        }
        for (SharedGroup group : plan.groups) {
            Target picked = shard.sharing.pick(group, message, null);
            if (picked == null) {
                shard.drops.dropped(DropReason.NO_SUBSCRIBERS, message, null);
            } else {
                give(picked, group, message, publisher, packetId, null);
            }
        }
        return true;
    }

    private void retain(Message published, @Nullable SessionSlot publisher, int packetId) {
        Receipt waiting = packetId == 0 ? null : receiptFor(publisher, packetId, published);
        Trail trail = published.trail();
        if (trail != null) {
            shard.tracing.retained(trail, published);
        }
        Message message = published.unfollowed();
        if (!broker.cluster.isAlone()) {
            shard.retained.write(message, publisher, waiting);
            return;
        }
        if (waiting == null) {
            broker.retained.keep(shard.loop, message, safe -> {});
            return;
        }
        waiting.expect(1);
        broker.retained.keep(shard.loop, message, safe -> waiting.settle(1, safe, false));
    }

    /**
     * Gives a message to one member of a shared subscription, besides what is being dispatched.
     *
     * @param waiting told when the member has it; null for nobody
     * @param origin that of this loop where the message has been somewhere else in the group already, or null
     */
    void give(Target target, SharedGroup group, Message message, @Nullable Receipt waiting, @Nullable Origin origin) {
        boolean outerRejected = rejected;
        Receipt outer = receipt;
        stamp++;
        rejected = false;
        receipt = waiting;
        give(target, group, message, null, 0, origin);
        if (rejected && waiting != null) {
            waiting.expect(1);
            waiting.settle(1, true, true);
        }
        rejected = outerRejected;
        receipt = outer;
    }

    private void give(
            Target target,
            SharedGroup group,
            Message message,
            @Nullable SessionSlot publisher,
            int packetId,
            @Nullable Origin origin) {
        if (target.subscriber() instanceof PeerShare share) {
            forward(share.peer, target.qos(), message, group.filter(), origin, publisher, packetId);
            return;
        }
        int home = SessionSlot.of(target).shard.index;
        if (home == shard.index) {
            hand(target, message, group, publisher, packetId);
        } else {
            handOver(home, message, new Target[] {target}, group, publisher, packetId);
        }
    }

    private void hand(
            Target target,
            Message message,
            @Nullable SharedGroup share,
            @Nullable SessionSlot publisher,
            int packetId) {
        SessionSlot to = SessionSlot.of(target);
        if (to.isEvicted() && share == null) {
            Receipt waiting = answering(publisher, packetId, message);
            if (waiting != null) {
                waiting.expect(1);
            }
            deliverer.notTaken(message, to, waiting);
        } else if (to.isMoving()) {
            Receipt waiting = answering(publisher, packetId, message);
            if (waiting != null) {
                waiting.expect(1);
            }
            deliverer.deliverMoving(to, target, message, share, shard.origin, stamp, null, waiting);
        } else {
            Delivery delivery = deliverer.deliver(to, target, message, share, shard.origin, stamp, true);
            if (delivery == Delivery.REJECTED) {
                rejected = true;
            } else if (delivery == Delivery.DROPPED && message.number() != 0) {
                // perhaps a repeat of something that is not stored yet
                Receipt waiting = answering(publisher, packetId, message);
                if (waiting != null) {
                    waiting.expect(1);
                    deliverer.settleRepeat(waiting, 1, false);
                }
            }
        }
    }

    private void handOver(
            int other,
            Message message,
            Target[] targets,
            @Nullable SharedGroup share,
            @Nullable SessionSlot publisher,
            int packetId) {
        Outbox outbox = shard.outbox(other);
        Receipt waiting = answering(publisher, packetId, message);
        outbox.hand(message, targets, share, shard.origin, stamp, null, waiting);
        if (outbox.isCrowded() && publisher != null && publisher.client != null) {
            shard.slowDown(publisher.client);
        }
    }

    private void forward(
            Peer peer,
            Qos wanted,
            Message message,
            @Nullable TopicFilter share,
            @Nullable Origin origin,
            @Nullable SessionSlot publisher,
            int packetId) {
        if (message.publisher().isEmpty()) {
            if (share != null) {
                shard.drops.dropped(DropReason.NO_SUBSCRIBERS, message, null);
            }
            return; // what the broker says of itself it says on this node
        }
        boolean answered = message.qos() != Qos.AT_MOST_ONCE && wanted != Qos.AT_MOST_ONCE;
        Lane lane = shard.lanes.to(peer);
        Trail trail = message.trail();
        Message going = trail == null ? message : shard.tracing.forwarded(message, trail, peer);
        if (answered) {
            lane.publish(
                    new PeerMessage.Publish(going, stamp, 0, share, null, origin),
                    receiptFor(publisher, packetId, message));
        } else {
            lane.publish(going, stamp, share, origin);
        }
        if (lane.isCrowded() && publisher != null && publisher.client != null) {
            shard.slowDown(publisher.client);
        }
    }

    /** The receipt of the dispatch that is going on, where somebody waits for an answer. */
    private @Nullable Receipt answering(@Nullable SessionSlot publisher, int packetId, Message message) {
        return packetId == 0 ? receipt : receiptFor(publisher, packetId, message);
    }

    /** The receipt of the dispatch that is going on, made when it is first needed; one that answers nobody where there is no publisher to be answered. */
    private Receipt receiptFor(@Nullable SessionSlot publisher, int packetId, Message message) {
        Receipt open = receipt;
        if (open == null) {
            open = publisher == null || packetId == 0
                    ? Receipt.forNobody(shard)
                    : new PublishReceipt(publisher, packetId, message);
            receipt = open;
        }
        return open;
    }

    // --- messages of other nodes

    /** A message that another node has handed to those whom it concerns here. */
    void arriveFromPeer(Lane back, Origin sender, PeerMessage.Publish sent) {
        Trail trail = sent.message().trail();
        PeerMessage.Publish publish = trail == null
                ? sent
                : sent.with(shard.tracing.arrived(
                        sent.message(), trail, sender.node().name()));
        Origin origin = publish.origin() == null ? sender : publish.origin();
        TopicFilter share = publish.share();
        NodeId formerly = publish.formerly();
        shard.counters.arrived();
        if (share != null && formerly != null) {
            shard.sharing.ask(
                    share,
                    publish.message(),
                    formerly,
                    found -> back.tell(new PeerMessage.Answer(publish.ticket(), found, false)));
            return;
        }
        ForwardReceipt waiting = publish.ticket() == 0 ? null : new ForwardReceipt(shard, back, publish.ticket());
        shard.times.begin(shard.loop.nanos(), true);
        if (share != null) {
            shard.sharing.arrive(publish, share, origin, waiting);
        } else {
            arrive(publish.message(), origin, publish.stamp(), formerly, publish.only(), waiting);
        }
        shard.times.over();
        if (waiting != null) {
            waiting.seal(false);
        }
    }

    /** A message that was held for a node that is gone, for its sessions that are here now. */
    void arriveFormerly(PeerMessage.Publish publish, Receipt waiting) {
        Origin origin = publish.origin() == null ? shard.origin : publish.origin();
        arrive(publish.message(), origin, publish.stamp(), publish.formerly(), publish.only(), waiting);
    }

    private void arrive(
            Message message,
            Origin origin,
            long itsStamp,
            @Nullable NodeId formerly,
            @Nullable String only,
            @Nullable Receipt waiting) {
        Plan plan = plan(message.topic());
        if (formerly == null) { // else it is for some of them only
            shard.counters.due(Counters.Source.NODE, Math.max(1, plan.here));
            if (plan.here == 0) {
                shard.drops.dropped(DropReason.NO_SUBSCRIBERS, message, null);
            }
        }
        for (int to = 0; to < broker.shards.size(); to++) {
            Target[] targets = only == null ? plan.on(to) : targetsOf(only, plan.on(to));
            if (targets.length == 0) {
                continue;
            }
            if (to == shard.index) {
                if (waiting != null) {
                    waiting.expect(targets.length);
                }
                deliverer.arrive(message, targets, null, origin, itsStamp, formerly, waiting);
            } else {
                shard.outbox(to).hand(message, targets, null, origin, itsStamp, formerly, waiting);
            }
        }
    }

    private static Target[] targetsOf(String clientId, Target[] targets) {
        return Arrays.stream(targets)
                .filter(target -> target.subscriber().clientId().equals(clientId))
                .toArray(Target[]::new);
    }

    private Plan plan(TopicName topic) {
        int hash = spread(topic.hashCode());
        int place = hash & (PLANS - 1);
        long version = broker.tree.version();
        if (plansFor[place] == hash) {
            Plan known = plans[place];
            if (known != null && known.version == version && known.topic.equals(topic)) {
                return known;
            }
        }
        // the version is read first: a change during the match makes the plan old, never wrong for ever
        Plan plan = new Plan(topic, version, broker.tree.match(topic), broker.shards.size());
        if (topic.utf8().length <= REMEMBERED_TOPIC_MAX) {
            plans[place] = plan;
            plansFor[place] = hash;
        }
        return plan;
    }

    private static int spread(int hash) {
        return hash ^ hash >>> 16;
    }
}
