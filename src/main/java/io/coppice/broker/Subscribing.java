package io.coppice.broker;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.RetainHandling;
import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.SubscriptionOptions;
import io.coppice.mqtt.TopicFilter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** SUBSCRIBE and UNSUBSCRIBE: filter by filter into the session and the tree, then the answer, then the retained messages (MQTT 5, 3.8 to 3.11). */
final class Subscribing {
    private Subscribing() {}

    static void subscribe(SessionSlot slot, Packet.Subscribe packet) {
        Packet refusal =
                new Packet.SubAck(packet.packetId(), inUse(packet.requests().size()), Properties.NONE);
        requireRoom(slot, refusal);
        if (slot.session.inboundInUse(packet.packetId())) {
            slot.send(refusal);
            return;
        }
        int[] identifiers = packet.properties().subscriptionIdentifiers();
        int identifier = identifiers.length == 0 ? 0 : identifiers[0];
        List<ReasonCode> answers = new ArrayList<>(packet.requests().size());
        List<Subscription> toReplay = new ArrayList<>(0);
        List<TopicFilter> granted = new ArrayList<>(0);
        for (Packet.Request request : packet.requests()) {
            answers.add(subscribe(slot, request, identifier, toReplay, granted));
        }
        forgetOthers(slot, packet);
        Client client = slot.client;
        Cluster cluster = slot.shard.broker.cluster;
        Meanwhile meanwhile = toReplay.isEmpty() || cluster.isAlone() ? null : slot.subscribes();
        Runnable answer = () -> {
            if (meanwhile != null) {
                slot.subscribed(meanwhile);
            }
            if (slot.client == client) {
                slot.send(new Packet.SubAck(packet.packetId(), answers, Properties.NONE));
            }
            if (!slot.isGone()) {
                replay(slot, toReplay, meanwhile);
            }
        };
        cluster.routes.changed(slot.shard, granted, () -> cluster.retained.whenOver(slot.shard, toReplay, answer));
    }

    /** What was found out about filters that were not granted after all. */
    private static void forgetOthers(SessionSlot slot, Packet.Subscribe packet) {
        if (slot.questions != null) {
            for (Packet.Request request : packet.requests()) {
                TopicFilter filter = filterOf(slot, request);
                if (filter != null) {
                    slot.forget(filter);
                }
            }
        }
    }

    /** What is asked for; null where that is no filter, or one that nobody may have. */
    static @Nullable TopicFilter filterOf(SessionSlot slot, Packet.Request request) {
        Broker broker = slot.shard.broker;
        try {
            TopicFilter filter = TopicFilter.of(request.filter());
            boolean tooLong = filter.levels().length > broker.settings.topicLevelsMax()
                    || request.filter().getBytes(StandardCharsets.UTF_8).length > broker.settings.topicLengthMax();
            return tooLong ? null : filter;
        } catch (ProtocolError invalid) {
            return null;
        }
    }

    /**
     * Subscribes for a client that has not asked for it, with the rights that it has. Retained messages come where it is
     * connected.
     *
     * @param then given a reason code for each request, when messages come
     */
    static void subscribe(
            SessionSlot slot, List<Packet.Request> requests, int identifier, Consumer<List<ReasonCode>> then) {
        List<ReasonCode> answers = new ArrayList<>(requests.size());
        List<Subscription> toReplay = new ArrayList<>(0);
        List<TopicFilter> granted = new ArrayList<>(0);
        for (Packet.Request request : requests) {
            answers.add(subscribe(slot, request, identifier, toReplay, granted));
        }
        slot.shard.touch(slot);
        Cluster cluster = slot.shard.broker.cluster;
        Meanwhile meanwhile = toReplay.isEmpty() || cluster.isAlone() ? null : slot.subscribes();
        cluster.routes.changed(
                slot.shard,
                granted,
                () -> cluster.retained.whenOver(slot.shard, toReplay, () -> {
                    if (meanwhile != null) {
                        slot.subscribed(meanwhile);
                    }
                    if (!slot.isGone() && slot.client != null) {
                        replay(slot, toReplay, meanwhile);
                    }
                    then.accept(answers);
                }));
    }

    private static ReasonCode subscribe(
            SessionSlot slot,
            Packet.Request request,
            int identifier,
            List<Subscription> toReplay,
            List<TopicFilter> granted) {
        TopicFilter filter;
        try {
            filter = TopicFilter.of(request.filter());
        } catch (ProtocolError invalid) {
            return invalid.reasonCode();
        }
        Broker broker = slot.shard.broker;
        if (filter.levels().length > broker.settings.topicLevelsMax()
                || request.filter().getBytes(StandardCharsets.UTF_8).length > broker.settings.topicLengthMax()) {
            return ReasonCode.TOPIC_FILTER_INVALID;
        }
        SubscriptionOptions options = request.options();
        ReasonCode verdict = slot.maySubscribe(filter, options.maximumQos());
        if (verdict.isError()) {
            return verdict;
        }
        boolean known = slot.session.subscription(filter) != null;
        if (!known
                && slot.session.subscriptionCount() >= broker.settings.session().subscriptionsMax()) {
            return ReasonCode.QUOTA_EXCEEDED;
        }
        Subscription subscription = new Subscription(filter, options, identifier);
        slot.session.subscribe(subscription);
        broker.tree.put(subscription, slot);
        granted.add(filter);
        RetainHandling handling = options.retainHandling();
        boolean wantsRetained =
                handling == RetainHandling.SEND_ALWAYS || handling == RetainHandling.SEND_IF_NEW && !known;
        if (wantsRetained && !filter.isShared()) {
            toReplay.add(subscription);
        }
        return ReasonCode.granted(options.maximumQos());
    }

    private static void replay(SessionSlot slot, List<Subscription> subscriptions, @Nullable Meanwhile meanwhile) {
        if (subscriptions.isEmpty()) {
            return;
        }
        RetainedReplay replay = slot.replay();
        if (replay == null) {
            replay = new RetainedReplay(slot);
            slot.replay(replay);
        }
        for (Subscription subscription : subscriptions) {
            replay.remove(subscription);
            if (subscription.equals(slot.session.subscription(subscription.filter()))) {
                replay.add(subscription, meanwhile); // or it has gone meanwhile
            }
        }
        replay.begin();
    }

    static void unsubscribe(SessionSlot slot, Packet.Unsubscribe packet) {
        Packet refusal =
                new Packet.UnsubAck(packet.packetId(), inUse(packet.filters().size()), Properties.NONE);
        requireRoom(slot, refusal);
        if (slot.session.inboundInUse(packet.packetId())) {
            slot.send(refusal);
            return;
        }
        List<ReasonCode> answers = new ArrayList<>(packet.filters().size());
        List<TopicFilter> removed = new ArrayList<>(0);
        for (String filter : packet.filters()) {
            answers.add(unsubscribe(slot, filter, removed));
        }
        slot.shard.broker.cluster.routes.changed(slot.shard, removed, () -> {});
        slot.send(new Packet.UnsubAck(packet.packetId(), answers, Properties.NONE));
    }

    /** Ends subscriptions of a client that has not asked for it; a reason code for each filter. */
    static List<ReasonCode> unsubscribe(SessionSlot slot, List<String> filters) {
        List<ReasonCode> answers = new ArrayList<>(filters.size());
        List<TopicFilter> removed = new ArrayList<>(0);
        for (String filter : filters) {
            answers.add(unsubscribe(slot, filter, removed));
        }
        slot.shard.broker.cluster.routes.changed(slot.shard, removed, () -> {});
        slot.shard.touch(slot);
        return answers;
    }

    private static ReasonCode unsubscribe(SessionSlot slot, String wanted, List<TopicFilter> removed) {
        TopicFilter filter;
        try {
            filter = TopicFilter.of(wanted);
        } catch (ProtocolError invalid) {
            return invalid.reasonCode();
        }
        Subscription former = slot.session.subscription(filter);
        if (former == null) {
            return ReasonCode.NO_SUBSCRIPTION_EXISTED;
        }
        remove(slot, former);
        removed.add(filter);
        return ReasonCode.SUCCESS;
    }

    /** Ends a subscription; other nodes are still to be told. */
    static void remove(SessionSlot slot, Subscription former) {
        TopicFilter filter = former.filter();
        slot.shard.broker.tree.remove(filter, slot);
        if (filter.isShared()) {
            Parking.giveBack(slot, filter, false, false);
        }
        slot.session.unsubscribe(filter);
        slot.forget(filter);
        RetainedReplay replay = slot.replay();
        if (replay != null) {
            replay.remove(former);
        }
    }

    /** An answer that the client does not take would never come; all answers to one request have one size. */
    private static void requireRoom(SessionSlot slot, Packet answer) {
        if (!slot.fits(answer)) {
            throw new ProtocolError(
                    ReasonCode.PACKET_TOO_LARGE, "the client takes no packet as large as the answer, " + answer.type());
        }
    }

    private static List<ReasonCode> inUse(int filters) {
        return Collections.nCopies(filters, ReasonCode.PACKET_IDENTIFIER_IN_USE);
    }
}
