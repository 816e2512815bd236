package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Will;
import io.coppice.port.Gatekeeper;
import io.coppice.port.NodeView;
import io.coppice.port.Permissions;
import io.coppice.topic.Matches;
import io.coppice.topic.SharedGroup;
import io.coppice.topic.Subscriber;
import io.coppice.topic.Target;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A node's sessions, subscriptions and retained messages, for who wants to look at them. */
final class Overview implements NodeView {
    private static final Comparator<Subscription> BY_FILTER =
            Comparator.comparing(held -> held.filter().value());
    private static final Comparator<Held> BY_CLIENT_AND_FILTER =
            Comparator.comparing(Held::clientId).thenComparing(Held::subscription, BY_FILTER);

    private final Broker broker;

    Overview(Broker broker) {
        this.broker = broker;
    }

    /** Has every loop look for its first sessions and tell them on itself. */
    private void everyLoop(
            Function<Shard, Collection<SessionSlot>> slots,
            Predicate<SessionSlot> wanted,
            int atMost,
            Consumer<List<SessionSlot>> then) {
        for (Shard shard : broker.shards) {
            shard.loop.execute(() -> SessionSurvey.of(shard, List.copyOf(slots.apply(shard)), wanted, atMost, then));
        }
    }

    // --- clients

    @Override
    public void clients(ClientFilter filter, String after, int limit, Consumer<Page<ClientEntry>> then) {
        Gathering<ClientEntry> gathering =
                new Gathering<>(broker.shards.size(), Comparator.comparing(ClientEntry::clientId), limit, then);
        everyLoop(
                shard -> shard.slots.values(),
                slot -> slot.clientId().compareTo(after) > 0 && fits(slot, filter),
                limit + 1,
                found -> gathering.add(found.stream().map(Overview::told).toList()));
    }

    private static boolean fits(SessionSlot slot, ClientFilter filter) {
        String id = slot.clientId();
        Client client = slot.client;
        return id.startsWith(filter.prefix())
                && id.contains(filter.part())
                && (filter.connected() == null || filter.connected() == (client != null))
                && (filter.user() == null || filter.user().equals(userOf(slot)))
                && (filter.address().isEmpty()
                        || client != null && client.connection.remoteHost().startsWith(filter.address()));
    }

    private static @Nullable String userOf(SessionSlot slot) {
        Gatekeeper.Identity who = slot.identity;
        return who == null ? null : who.userName();
    }

    private static ClientEntry told(SessionSlot slot) {
        Client client = slot.client;
        return new ClientEntry(
                slot.clientId(),
                client == null ? null : link(client),
                userOf(slot),
                slot.session.sessionExpiryInterval(),
                slot.session.parkedAt(),
                slot.session.subscriptionCount(),
                slot.session.inFlight(),
                slot.session.queued(),
                slot.session.queuedBytes(),
                slot.session.queuedInStore(),
                slot.shard.index);
    }

    private static Link link(Client client) {
        ProtocolVersion version = client.connection.claimedVersion();
        return new Link(
                client.connection.remoteAddress(),
                client.connection.listener(),
                version == null ? "" : name(version),
                client.requireSupervision().keepAliveSeconds(),
                client.requireSupervision().since());
    }

    private static String name(ProtocolVersion version) {
        return switch (version) {
            case V3_1 -> "3.1";
            case V3_1_1 -> "3.1.1";
            case V5 -> "5";
        };
    }

    // --- one of them

    /** Asks every loop for a session; what the one says that has it is told, or null. */
    private <T> void one(String clientId, Function<SessionSlot, T> tell, Consumer<@Nullable T> then) {
        Gathering<T> gathering = new Gathering<>(broker.shards.size(), (one, other) -> 0, 1, page -> {
            List<T> found = page.items();
            then.accept(found.isEmpty() ? null : found.get(0));
        });
        for (Shard shard : broker.shards) {
            shard.loop.execute(() -> {
                SessionSlot slot = shard.slots.get(clientId);
                gathering.add(slot == null || slot.isArriving() ? List.of() : List.of(tell.apply(slot)));
            });
        }
    }

    @Override
    public void client(String clientId, int subscriptionsMax, Consumer<@Nullable Detail> then) {
        one(
                clientId,
                slot -> {
                    Will will = slot.session.will();
                    return new Detail(
                            told(slot),
                            will == null ? null : will.topic(),
                            slot.session.subscriptions().stream()
                                    .sorted(BY_FILTER)
                                    .limit(subscriptionsMax)
                                    .toList());
                },
                then);
    }

    @Override
    public void queue(String clientId, int messagesMax, Consumer<@Nullable Queue> then) {
        one(
                clientId,
                slot -> new Queue(told(slot), slot.session.inFlight(messagesMax), slot.session.queueHead(messagesMax)),
                then);
    }

    @Override
    public void publishing(String clientId, TopicName topic, Consumer<@Nullable Publishing> then) {
        one(
                clientId,
                slot -> {
                    Permissions may = slot.permissions();
                    return new Publishing(publishing(may, topic, false), publishing(may, topic, true));
                },
                then);
    }

    /** Of a client that nobody here knows it is not known what it may do, so it may nothing. */
    private static List<Boolean> publishing(@Nullable Permissions may, TopicName topic, boolean retain) {
        return Arrays.stream(Qos.values())
                .map(qos -> may != null && may.mayPublish(topic, qos, retain))
                .toList();
    }

    // --- subscriptions

    @Override
    public void subscriptions(
            SubscriptionFilter filter, String afterClient, String afterFilter, int limit, Consumer<Page<Held>> then) {
        Predicate<Held> later = held -> {
            int order = held.clientId().compareTo(afterClient);
            return order > 0
                    || order == 0 && held.subscription().filter().value().compareTo(afterFilter) > 0;
        };
        Predicate<SessionSlot> wanted = slot -> slot.clientId().compareTo(afterClient) >= 0
                && held(slot, filter).anyMatch(later);
        Gathering<Held> gathering = new Gathering<>(broker.shards.size(), BY_CLIENT_AND_FILTER, limit, then);
        everyLoop(
                among(filter),
                wanted,
                limit + 1,
                found -> gathering.add(found.stream()
                        .flatMap(slot -> held(slot, filter).sorted(BY_CLIENT_AND_FILTER))
                        .filter(later)
                        .limit(limit + 1L)
                        .toList()));
    }

    /** The sessions of a loop that can have such a subscription. */
    private Function<Shard, Collection<SessionSlot>> among(SubscriptionFilter filter) {
        String clientId = filter.clientId();
        if (clientId != null) {
            return shard -> Stream.ofNullable(shard.slots.get(clientId)).toList();
        }
        TopicName topic = filter.topic();
        TopicFilter exactly = filter.filter();
        if (topic == null && exactly == null) {
            return shard -> shard.slots.values();
        }
        Set<SessionSlot> all = new LinkedHashSet<>();
        if (exactly != null) {
            broker.tree.subscribers(exactly, target -> note(target, all));
        } else {
            matching(Objects.requireNonNull(topic), all);
        }
        return shard -> all.stream().filter(slot -> slot.shard == shard).toList();
    }

    private void matching(TopicName topic, Set<SessionSlot> all) {
        Matches matches = broker.tree.match(topic);
        for (int i = 0; i < matches.size(); i++) {
            note(matches.target(i), all);
        }
        for (int i = 0; i < matches.groups(); i++) {
            broker.tree.subscribers(matches.group(i).filter(), target -> note(target, all));
        }
    }

    private static void note(Target target, Set<SessionSlot> all) {
        if (target.subscriber() instanceof SessionSlot slot) {
            all.add(slot);
        }
    }

    private static Stream<Held> held(SessionSlot slot, SubscriptionFilter filter) {
        TopicFilter exactly = filter.filter();
        TopicName topic = filter.topic();
        Stream<Subscription> all = exactly == null
                ? slot.session.subscriptions().stream()
                : Stream.ofNullable(slot.session.subscription(exactly));
        Permissions may = slot.permissions();
        Boolean mayReceive = topic == null || may == null ? null : may.mayReceive(topic);
        return all.filter(each -> topic == null || each.filter().matches(topic))
                .map(each -> new Held(slot.clientId(), slot.client != null, each, mayReceive));
    }

    @Override
    public List<Way> ways(TopicName topic) {
        List<Way> ways = new ArrayList<>();
        Matches matches = broker.tree.match(topic);
        for (int i = 0; i < matches.size(); i++) {
            Target target = matches.target(i);
            if (target.subscriber() instanceof Peer peer) {
                ways.add(new Way(peer.id.name(), target.qos(), null));
            }
        }
        for (int i = 0; i < matches.groups(); i++) {
            SharedGroup group = matches.group(i);
            broker.tree.subscribers(group.filter(), target -> {
                Subscriber member = target.subscriber();
                if (member instanceof PeerShare share) {
                    ways.add(new Way(share.peer.id.name(), target.qos(), group.filter()));
                }
            });
        }
        return ways;
    }

    // --- what is retained

    @Override
    public void retained(TopicFilter filter, String prefix, String after, int limit, Consumer<Page<Message>> then) {
        Shard first = broker.shards.get(0);
        first.loop.execute(() -> new RetainedSurvey(
                        first,
                        broker.retained.tree.match(filter),
                        topic -> topic.startsWith(prefix) && topic.compareTo(after) > 0,
                        limit,
                        (found, matching) -> then.accept(new Page<>(found, matching > found.size())))
                .run());
    }

    @Override
    public @Nullable Message retained(TopicName topic) {
        Message message = broker.retained.tree.get(topic);
        return message == null || message.expiredAt(broker.shards.get(0).loop.now()) ? null : message;
    }
}
