package io.coppice.codec;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Publisher;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.RetainHandling;
import io.coppice.mqtt.SpanContext;
import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.SubscriptionOptions;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Trail;
import io.coppice.port.NodeId;
import io.coppice.port.Origin;
import io.coppice.port.Parcel;
import io.coppice.port.PeerMessage;
import io.coppice.port.RetainedStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** Random messages between nodes, of every kind. */
final class PeerMessages {
    private static final Properties ALL = Samples.all(PacketType.WILL, false);

    private final RandomGenerator random;
    private final Map<Class<?>, Supplier<PeerMessage>> makers = new LinkedHashMap<>();

    PeerMessages(RandomGenerator random) {
        this.random = random;
        maker(PeerMessage.Publish.class, this::publish);
        maker(PeerMessage.Answer.class, () -> new PeerMessage.Answer(number(), bool(), bool()));
        maker(PeerMessage.Returned.class, () -> new PeerMessage.Returned(number()));
        maker(
                PeerMessage.RoutesChanged.class,
                () -> new PeerMessage.RoutesChanged(number(), list(this::route), list(this::node)));
        maker(PeerMessage.RoutesMade.class, () -> new PeerMessage.RoutesMade(number()));
        maker(PeerMessage.RoutesWanted.class, PeerMessage.RoutesWanted::new);
        maker(
                PeerMessage.RoutesWhole.class,
                () -> new PeerMessage.RoutesWhole(number(), bool(), bool(), list(this::route)));
        maker(PeerMessage.RoutesDigest.class, () -> new PeerMessage.RoutesDigest(number(), number(), number()));
        maker(PeerMessage.Claimed.class, () -> new PeerMessage.Claimed(number(), text(), number()));
        maker(PeerMessage.Yield.class, () -> new PeerMessage.Yield(number(), text(), number(), bool()));
        maker(
                PeerMessage.Frozen.class,
                () -> new PeerMessage.Frozen(
                        number(), maybe(() -> list(this::subscription)), bool(), bool(), list(this::seen)));
        maker(
                PeerMessage.Late.class,
                () -> new PeerMessage.Late(
                        number(),
                        message(),
                        qos(),
                        bool(),
                        random.ints(random.nextInt(3), 1, 268_435_456).toArray(),
                        maybe(this::shared),
                        origin(),
                        number(),
                        ticket()));
        maker(PeerMessage.Stored.class, () -> new PeerMessage.Stored(number(), bool()));
        maker(PeerMessage.Announced.class, () -> new PeerMessage.Announced(number()));
        maker(PeerMessage.Emptied.class, () -> new PeerMessage.Emptied(number()));
        maker(PeerMessage.Adopted.class, () -> new PeerMessage.Adopted(list(this::node)));
        maker(PeerMessage.RetainedFollows.class, PeerMessage.RetainedFollows::new);
        maker(PeerMessage.RetainedBegun.class, () -> new PeerMessage.RetainedBegun(number(), topic()));
        maker(PeerMessage.RetainedKept.class, () -> new PeerMessage.RetainedKept(number(), kept()));
        maker(PeerMessage.RetainedEnded.class, () -> new PeerMessage.RetainedEnded(number()));
        maker(
                PeerMessage.RetainedDigest.class,
                () -> new PeerMessage.RetainedDigest(
                        random.longs(random.nextInt(5)).toArray()));
        maker(
                PeerMessage.RetainedVersions.class,
                () -> new PeerMessage.RetainedVersions(
                        random.ints(random.nextInt(5), 0, 256).toArray(), bool(), bool(), list(this::topicVersion)));
        maker(PeerMessage.RetainedWanted.class, () -> new PeerMessage.RetainedWanted(list(this::topic)));
        maker(PeerMessage.RetainedBrought.class, () -> new PeerMessage.RetainedBrought(list(this::kept)));
        maker(PeerMessage.GivenUp.class, () -> new PeerMessage.GivenUp(list(this::node)));
        maker(PeerMessage.Ping.class, PeerMessage.Ping::new);
        maker(PeerMessage.Failed.class, () -> new PeerMessage.Failed("p" + number(), number()));
        maker(PeerMessage.Farewell.class, PeerMessage.Farewell::new);
    }

    private <M extends PeerMessage> void maker(Class<M> kind, Supplier<PeerMessage> make) {
        makers.put(kind, make);
    }

    /** The kinds that there are. */
    static List<Class<?>> kinds() {
        return kinds(PeerMessage.class);
    }

    private static List<Class<?>> kinds(Class<?> type) {
        return type.isSealed()
                ? Arrays.stream(type.getPermittedSubclasses())
                        .flatMap(each -> kinds(each).stream())
                        .toList()
                : List.of(type);
    }

    /** A message of a kind. */
    PeerMessage of(Class<?> kind) {
        Supplier<PeerMessage> maker = makers.get(kind);
        if (maker == null) {
            throw new AssertionError("nobody makes a " + kind + " for these tests");
        }
        return maker.get();
    }

    /** A batch of up to so many messages of any kinds. */
    Parcel batch(int max) {
        List<Class<?>> kinds = kinds();
        List<PeerMessage> messages = new ArrayList<>();
        for (int left = random.nextInt(max + 1); left > 0; left--) {
            messages.add(of(kinds.get(random.nextInt(kinds.size()))));
        }
        return new Parcel.Batch(node(), random.nextInt(64), number(), messages);
    }

    Message message() {
        byte[] payload = new byte[random.nextInt(8) == 0 ? random.nextInt(20_000) : random.nextInt(100)];
        random.nextBytes(payload);
        return new Message(
                TopicName.of("topic/" + text()),
                payload,
                qos(),
                bool(),
                bool() ? Properties.NONE : ALL,
                bool() ? Message.NEVER : number(),
                publisher(),
                bool() ? 0 : number(),
                random.nextInt(4) == 0 ? trail() : null);
    }

    private Publisher publisher() {
        String clientId = text();
        Publisher.Kind[] kinds = Publisher.Kind.values();
        String user = bool() ? clientId : maybe(this::text);
        return bool()
                ? Publisher.unknown(clientId)
                : new Publisher(clientId, user, kinds[random.nextInt(kinds.length)], Publisher.NO_EPOCH);
    }

    private Trail trail() {
        long[] traces = random.longs(random.nextInt(4)).toArray();
        SpanContext span = bool() ? null : new SpanContext(random.nextLong(), random.nextLong(), random.nextLong());
        return new Trail(1 + random.nextInt(1_000_000), traces, random.nextInt(300), span);
    }

    private TopicName topic() {
        return TopicName.of("topic/" + text());
    }

    private PeerMessage.TopicVersion topicVersion() {
        return new PeerMessage.TopicVersion(topic(), number());
    }

    private RetainedStore.Kept kept() {
        return new RetainedStore.Kept(topic(), number(), maybe(this::message));
    }

    private PeerMessage publish() {
        NodeId formerly = maybe(this::node);
        TopicFilter share = maybe(this::shared);
        return new PeerMessage.Publish(
                message(),
                number(),
                ticket(),
                share,
                formerly,
                formerly == null && share == null ? null : maybe(this::origin),
                formerly == null ? null : maybe(this::text));
    }

    private PeerMessage.Seen seen() {
        return new PeerMessage.Seen(origin(), number(), bool());
    }

    private Origin origin() {
        return new Origin(node(), random.nextInt(64));
    }

    private PeerMessage.Route route() {
        return bool()
                ? new PeerMessage.Route(
                        shared(), maybe(this::qos), random.nextInt(1000), random.nextInt(1000), number())
                : new PeerMessage.Route(filter(), maybe(this::qos), 0, 0, 0);
    }

    private Subscription subscription() {
        return new Subscription(
                bool() ? shared() : filter(),
                new SubscriptionOptions(qos(), bool(), bool(), RetainHandling.of(random.nextInt(3))),
                random.nextInt(268_435_456));
    }

    private TopicFilter filter() {
        return TopicFilter.of("+/" + text() + "/#");
    }

    private TopicFilter shared() {
        return TopicFilter.of("$share/g/" + text());
    }

    private NodeId node() {
        return new NodeId("node-" + random.nextInt(4), random.nextInt(3));
    }

    private Qos qos() {
        return Qos.of(random.nextInt(3));
    }

    private boolean bool() {
        return random.nextBoolean();
    }

    /** Of any length in bits. */
    private long number() {
        return random.nextLong() >>> random.nextInt(64);
    }

    private long ticket() {
        return bool() ? 0 : number();
    }

    /** One of a few, one of many, or a strange one. */
    private String text() {
        return switch (random.nextInt(4)) {
            case 0 -> "ä😀";
            case 1 -> "x".repeat(1 + random.nextInt(300));
            case 2 -> Integer.toString(random.nextInt());
            default -> "client-" + random.nextInt(4);
        };
    }

    private <T> T maybe(Supplier<T> value) {
        return bool() ? value.get() : null;
    }

    private <T> List<T> list(Supplier<T> each) {
        List<T> list = new ArrayList<>();
        for (int left = random.nextInt(5); left > 0; left--) {
            list.add(each.get());
        }
        return list;
    }
}
