package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.session.Delivery;
import io.coppice.session.DropReason;
import io.coppice.topic.SharedGroup;
import io.coppice.topic.Target;
import org.jspecify.annotations.Nullable;

/**
 * Brings messages from a publisher on this shard to all they concern: sessions here directly, sessions on other
 * shards by one batch a turn. A QoS 1 or 2 publisher is answered when every part has been taken over.
 */
final class Router {
    /** Plans remembered per shard; a power of two. A topic that falls on another's place is planned again. */
    private static final int PLANS = 8192;
    /** Bytes of a topic. Plans of longer ones are not remembered: what the memory of all can weigh stays small. */
    private static final int REMEMBERED_TOPIC_MAX = 256;

    private final Shard shard;
    private final Broker broker;
    private final @Nullable Plan[] plans = new @Nullable Plan[PLANS];

    /** How one dispatch has gone so far; fields rather than an object, for it is the hottest path. */
    private boolean rejected;

    private @Nullable Receipt receipt;

    Router(Shard shard) {
        this.shard = shard;
        this.broker = shard.broker;
    }

    /** A message of a client here; see {@link io.coppice.session.SessionEffects#route}. */
    void publish(SessionSlot publisher, Message message, int packetId) {
        ReasonCode verdict = judge(publisher, message);
        if (verdict != ReasonCode.SUCCESS) {
            if (packetId != 0) {
                publisher.routed(packetId, message, verdict);
            }
            return;
        }
        int records = shard.recordCount();
        boolean matched = dispatch(message, publisher, packetId);
        Receipt open = receipt;
        receipt = null;
        if (packetId == 0) {
            return;
        }
        if (shard.recordCount() != records) {
            publisher.holds = true;
        }
        if (open == null) {
            publisher.routed(packetId, message, Receipt.reason(false, rejected, matched));
        } else {
            open.seal(matched, rejected);
        }
    }

    /** A message of the broker itself: nobody is answered. */
    void publish(Message message) {
        dispatch(message, null, 0);
    }

    /** SUCCESS, or why the message goes no further, which is then counted. */
    private ReasonCode judge(SessionSlot publisher, Message message) {
        ReasonCode refusal = refusal(publisher, message);
        if (refusal != ReasonCode.SUCCESS) {
            shard.counters.dropped(dropReason(refusal));
        }
        return refusal;
    }

    private ReasonCode refusal(SessionSlot publisher, Message message) {
        if (!mayPublish(publisher, message)) {
            return ReasonCode.NOT_AUTHORIZED;
        }
        if (broker.settings.payloadFormatCheck()
                && message.properties().number(Property.PAYLOAD_FORMAT_INDICATOR, 0) == 1
                && !Utf8.isValid(message.payload())) {
            return ReasonCode.PAYLOAD_FORMAT_INVALID;
        }
        if (message.retain() && !broker.retained.hasRoomFor(message)) {
            return ReasonCode.QUOTA_EXCEEDED;
        }
        return ReasonCode.SUCCESS;
    }

    private boolean mayPublish(SessionSlot publisher, Message message) {
        boolean allowed = publisher.identity != null
                && broker.gatekeeper.mayPublish(publisher.identity, message.topic(), message.qos(), message.retain());
        shard.counters.authorized(allowed);
        return allowed;
    }

    /** A will is published as if its client did so now, with the rights it has now (MQTT 5, 3.1.2.5). */
    void publishWill(SessionSlot client, Message will) {
        if (judge(client, will) == ReasonCode.SUCCESS) {
            dispatch(will, null, 0);
        }
    }

    private static DropReason dropReason(ReasonCode refusal) {
        return switch (refusal) {
            case QUOTA_EXCEEDED -> DropReason.QUOTA_EXCEEDED;
            case PAYLOAD_FORMAT_INVALID -> DropReason.PAYLOAD_FORMAT_INVALID;
            default -> DropReason.NOT_AUTHORIZED;
        };
    }

    /** True when anybody subscribes; sets {@link #rejected} and {@link #receipt}. */
    private boolean dispatch(Message message, @Nullable SessionSlot publisher, int packetId) {
        rejected = false;
        receipt = null;
        if (message.retain()) {
            retain(message, publisher, packetId);
        }
        Plan plan = plan(message.topic());
        if (!plan.matched) {
            shard.counters.dropped(DropReason.NO_SUBSCRIBERS);
            return false;
        }
        for (Target target : plan.on(shard.index)) {
            hand(target, message, null, publisher, packetId);
        }
        for (int other = 0; other < broker.shards.size(); other++) {
            if (other != shard.index && plan.on(other).length > 0) {
                handOver(other, message, plan.on(other), null, publisher, packetId);
            }
        }
        for (SharedGroup group : plan.groups) {
            Target picked = pick(group, message, null);
            if (picked != null) {
                give(picked, group, message, publisher, packetId);
            }
        }
        return true;
    }

    private void retain(Message message, @Nullable SessionSlot publisher, int packetId) {
        Receipt waiting = receiptFor(publisher, packetId, message);
        if (waiting == null) {
            broker.retained.keep(shard.loop, message, safe -> {});
            return;
        }
        waiting.expect(1);
        broker.retained.keep(shard.loop, message, safe -> waiting.settle(1, safe, false));
    }

    private @Nullable Target pick(SharedGroup group, Message message, @Nullable SessionSlot except) {
        return group.pick(
                broker.settings.shareStrategy(),
                message.topic(),
                message.publisher(),
                shard.random,
                except == null ? null : member -> member == except);
    }

    private void give(
            Target target, SharedGroup group, Message message, @Nullable SessionSlot publisher, int packetId) {
        int home = SessionSlot.of(target).shard.index;
        if (home == shard.index) {
            hand(target, message, group, publisher, packetId);
        } else {
            handOver(home, message, new Target[] {target}, group, publisher, packetId);
        }
    }

    /** Whether a member of a shared subscription other than this one is there to take messages. */
    boolean othersAreThere(TopicFilter share, SessionSlot except) {
        return groupWithOthers(share, except) != null;
    }

    private @Nullable SharedGroup groupWithOthers(TopicFilter share, SessionSlot except) {
        SharedGroup group = broker.tree.group(share);
        return group != null && group.anyOnline(member -> member == except) ? group : null;
    }

    /** Gives a message that a shared subscriber did not acknowledge to another member of its group; false where nobody else is there. */
    boolean redispatch(Message message, TopicFilter share, SessionSlot except) {
        SharedGroup group = groupWithOthers(share, except);
        Target picked = group == null ? null : pick(group, message, except);
        if (group == null || picked == null) {
            return false;
        }
        give(picked, group, message, null, 0);
        return true;
    }

    private void hand(
            Target target,
            Message message,
            @Nullable SharedGroup share,
            @Nullable SessionSlot publisher,
            int packetId) {
        SessionSlot to = SessionSlot.of(target);
        if (to.isArriving()) {
            Receipt waiting = receiptFor(publisher, packetId, message);
            if (waiting != null) {
                waiting.expect(1);
            }
            await(to, target, message, share, waiting);
        } else if (deliver(to, target, message, share) == Delivery.REJECTED) {
            rejected = true;
        }
    }

    /** The session is on its way to this shard; the message waits for it, and so does a receipt that expects it already. */
    private void await(
            SessionSlot to, Target target, Message message, @Nullable SharedGroup share, @Nullable Receipt waiting) {
        to.whenHere(() -> arrive(message, new Target[] {target}, share, waiting));
    }

    private void handOver(
            int other,
            Message message,
            Target[] targets,
            @Nullable SharedGroup share,
            @Nullable SessionSlot publisher,
            int packetId) {
        Outbox outbox = shard.outbox(other);
        outbox.hand(message, targets, share, receiptFor(publisher, packetId, message));
        if (outbox.isCrowded() && publisher != null && publisher.client != null) {
            shard.slowDown(publisher.client);
        }
    }

    /** The receipt of the dispatch that is going on, made when it is first needed; null where nobody is answered. */
    private @Nullable Receipt receiptFor(@Nullable SessionSlot publisher, int packetId, Message message) {
        if (publisher == null || packetId == 0) {
            return null;
        }
        Receipt open = receipt;
        if (open == null) {
            open = new Receipt(publisher, packetId, message);
            receipt = open;
        }
        return open;
    }

    /** A message from another shard for sessions on this one. */
    void arrive(Message message, Target[] targets, @Nullable SharedGroup share, @Nullable Receipt waiting) {
        int records = shard.recordCount();
        boolean anyRejected = false;
        int parts = 0;
        for (Target target : targets) {
            SessionSlot to = SessionSlot.of(target);
            if (to.isArriving()) {
                await(to, target, message, share, waiting);
            } else {
                anyRejected |= deliver(to, target, message, share) == Delivery.REJECTED;
                parts++;
            }
        }
        if (waiting == null || parts == 0) {
            return;
        }
        if (shard.recordCount() != records) {
            shard.group().answer(waiting, parts, anyRejected);
        } else {
            answer(waiting, parts, true, anyRejected);
        }
    }

    /** Tells a publish, on whatever loop it waits, that some parts of it are done. */
    void answer(Receipt waiting, int parts, boolean safe, boolean anyRejected) {
        if (waiting.shard() == shard) {
            waiting.settle(parts, safe, anyRejected);
        } else {
            shard.outbox(waiting.shard().index).answer(waiting, parts, safe, anyRejected);
        }
    }

    private Delivery deliver(SessionSlot to, Target target, Message message, @Nullable SharedGroup share) {
        Target wanted = target;
        Target reduced = target.withoutNoLocal();
        if (reduced != target && to.clientId().equals(message.publisher())) {
            if (reduced == null) {
                shard.counters.dropped(DropReason.NO_LOCAL);
                return Delivery.DROPPED;
            }
            wanted = reduced;
        }
        Qos qos = message.qos().atMost(wanted.qos());
        boolean retain = message.retain() && wanted.retainAsPublished();
        return to.deliver(message, qos, retain, wanted.identifiers(), share == null ? null : share.filter());
    }

    private Plan plan(TopicName topic) {
        int place = spread(topic.hashCode()) & (PLANS - 1);
        Plan plan = plans[place];
        long version = broker.tree.version();
        if (plan != null && plan.version == version && plan.topic.equals(topic)) {
            return plan;
        }
        // the version is read first: a change during the match makes the plan old, never wrong for ever
        plan = new Plan(topic, version, broker.tree.match(topic), broker.shards.size());
        if (topic.utf8().length <= REMEMBERED_TOPIC_MAX) {
            plans[place] = plan;
        }
        return plan;
    }

    private static int spread(int hash) {
        return hash ^ hash >>> 16;
    }
}
