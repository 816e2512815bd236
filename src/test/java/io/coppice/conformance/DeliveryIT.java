package io.coppice.conformance;

import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Cases;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.NotInMosquitto;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Property;
import io.coppice.blackbox.Props;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Who is sent a PUBLISH, at what QoS, and with which Subscription Identifiers: MQTT 5, 3.3.4, MQTT 3.1.1, 3.3.5. */
@BlackBox
class DeliveryIT {
    private final Broker broker;
    private final Names names;

    DeliveryIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    // Filters against a model

    /** A client and what it subscribed to. */
    private record Subscriber(RawClient client, Set<String> filters) {
        boolean wants(String topic) {
            return filters.stream().anyMatch(filter -> matches(levels(filter), levels(topic)));
        }
    }

    private static List<String> levels(String text) {
        return List.of(text.split("/", -1));
    }

    private static boolean matches(List<String> filter, List<String> topic) {
        if (filter.isEmpty() || topic.isEmpty()) {
            return filter.isEmpty() && topic.isEmpty() || filter.equals(List.of("#"));
        }
        String first = filter.get(0);
        return first.equals("#")
                || (first.equals("+") || first.equals(topic.get(0)))
                        && matches(filter.subList(1, filter.size()), topic.subList(1, topic.size()));
    }

    private static String path(Random random, List<String> levels) {
        return IntStream.rangeClosed(0, random.nextInt(4))
                .mapToObj(i -> levels.get(random.nextInt(levels.size())))
                .reduce((above, below) -> above + "/" + below)
                .orElseThrow();
    }

    private static String filter(Random random) {
        String path = path(random, List.of("a", "b", "", "é", "+", "+"));
        return random.nextInt(3) == 0 ? path + "/#" : path;
    }

    static Stream<Arguments> seeds() {
        return Cases.everywhere(List.of(1, 2, 3));
    }

    @ParameterizedTest(name = "seed {2} over {0} in {1}")
    @MethodSource("seeds")
    @Proves(v5 = "MQTT-3.3.2-3", v311 = "MQTT-3.3.2-3")
    @NotInMosquitto("it sends a copy for each subscription that matches")
    void everyoneIsSentWhatItsFiltersMatchAndNothingElse(Transport transport, Version version, int seed) {
        Random random = new Random(seed);
        List<Subscriber> subscribers = new ArrayList<>();
        try (RawClient publisher = broker.connect(transport, version, names.client("p"))) {
            for (int i = 0; i < 5; i++) {
                RawClient client = broker.connect(transport, version, names.client("s" + i));
                Set<String> filters = new HashSet<>();
                subscribers.add(new Subscriber(client, filters));
                for (int j = 0; j < 5; j++) {
                    String filter = names.topic(filter(random));
                    filters.add(filter);
                    client.subscribe(filter, random.nextInt(3));
                }
            }
            for (int i = 0; i < 150; i++) {
                String topic = names.topic(path(random, List.of("a", "b", "", "é", "c")));
                publisher.publish(topic, "" + i, 1);
                for (Subscriber subscriber : subscribers) {
                    if (subscriber.wants(topic)) {
                        Received message = subscriber.client().receive();
                        assertThat(message.topic()).isEqualTo(topic);
                        assertThat(message.text()).isEqualTo("" + i);
                    }
                }
            }
            subscribers.forEach(subscriber -> subscriber.client().expectNothingFrom(publisher, 0));
        } finally {
            subscribers.forEach(subscriber -> subscriber.client().close());
        }
    }

    // Overlapping subscriptions

    static Stream<Arguments> orders() {
        return Cases.everywhere(List.of("0 2", "2 0", "1 2 0", "0 1", "1 0"));
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("orders")
    @Proves(v5 = "MQTT-3.3.4-2", v311 = "MQTT-3.3.5-1")
    @NotInMosquitto("it sends a copy for each subscription that matches")
    void overlappingSubscriptionsGetTheHighestQosOfThem(Transport transport, Version version, String order) {
        List<Integer> granted =
                Stream.of(order.split(" ")).map(Integer::valueOf).toList();
        List<String> filters = List.of(names.topic("a/+"), names.topic("a/#"), names.topic("+/b"));
        int highest = granted.stream().max(Integer::compare).orElseThrow();
        try (RawClient publisher = broker.connect(transport, version, names.client("p"));
                RawClient subscriber = broker.connect(transport, version, names.client("s"))) {
            for (int i = 0; i < granted.size(); i++) {
                subscriber.subscribe(filters.get(i), granted.get(i));
            }
            for (int qos = 0; qos <= 2; qos++) {
                publisher.publish(names.topic("a/b"), "" + qos, qos);
                Received message = subscriber.receive();
                assertThat(message.text()).isEqualTo("" + qos);
                assertThat(message.qos()).isEqualTo(Math.min(qos, highest));
            }
            subscriber.expectNothingFrom(publisher);
            subscriber.expectNothingFrom(publisher, 0);
        }
    }

    // Subscription Identifiers

    private void subscribe(RawClient client, String filter, int qos, int identifier) {
        Props props = identifier == 0 ? Props.of() : Props.of(Property.SUBSCRIPTION_IDENTIFIER, identifier);
        client.subscribe(
                Packets.subscribe(V5, client.nextId()).filter(filter, qos).props(props));
    }

    @OnEveryTransport
    @Proves(v5 = {"MQTT-3.3.4-3", "MQTT-3.3.4-4"})
    @NotInMosquitto("it sends a copy for each subscription that matches")
    void oneCopyBearsTheIdentifiersOfAllSubscriptionsThatMatch(Transport transport) {
        try (RawClient publisher = broker.connect(transport, V5, names.client("p"));
                RawClient subscriber = broker.connect(transport, V5, names.client("s"))) {
            subscribe(subscriber, names.topic("a/b"), 2, 1);
            subscribe(subscriber, names.topic("a/+"), 0, 268_435_455);
            subscribe(subscriber, names.topic("#"), 1, 0);
            subscribe(subscriber, names.topic("+/b"), 1, 128);
            subscribe(subscriber, names.topic("other"), 1, 5);

            for (int qos = 0; qos <= 2; qos++) {
                assertThat(identifiers(publisher, subscriber, "a/b", qos))
                        .containsExactlyInAnyOrder(1L, 128L, 268_435_455L);
                assertThat(identifiers(publisher, subscriber, "a/c", qos)).containsExactly(268_435_455L);
                assertThat(identifiers(publisher, subscriber, "c", qos)).isEmpty();
                assertThat(identifiers(publisher, subscriber, "other", qos)).containsExactly(5L);
            }
            subscriber.expectNothingFrom(publisher, 0);
        }
    }

    /** The identifiers of the one copy that comes of a message. */
    private List<Long> identifiers(RawClient publisher, RawClient subscriber, String rest, int qos) {
        publisher.publish(names.topic(rest), "x", qos);
        Received message = subscriber.receive();
        assertThat(message.topic()).isEqualTo(names.topic(rest));
        return message.properties().subscriptionIdentifiers();
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-3.3.4-3")
    void theIdentifierIsThatOfTheLastSubscribe(Transport transport) {
        try (RawClient publisher = broker.connect(transport, V5, names.client("p"));
                RawClient subscriber = broker.connect(transport, V5, names.client("s"))) {
            subscribe(subscriber, names.topic("a"), 1, 1);
            subscribe(subscriber, names.topic("a"), 1, 2);
            assertThat(identifiers(publisher, subscriber, "a", 1)).containsExactly(2L);
            subscribe(subscriber, names.topic("a"), 1, 0);
            assertThat(identifiers(publisher, subscriber, "a", 1)).isEmpty();
        }
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-3.3.4-3")
    @NotInMosquitto("it sends a copy for each subscription that matches")
    void queuedAndRetainedMessagesBearTheIdentifiers(Transport transport) {
        try (RawClient publisher = broker.connect(transport, V5, names.client("p"))) {
            publisher.publish(Packets.publish(V5, names.topic("a/b"))
                    .payload("kept")
                    .qos(1)
                    .retain());
            try (RawClient before = broker.connect(
                    transport, V5, Packets.connect(V5, names.client("s")).persistent(60))) {
                subscribe(before, names.topic("a/+"), 1, 7);
                Received kept = before.receive();
                assertThat(kept.text()).isEqualTo("kept");
                assertThat(kept.properties().subscriptionIdentifiers()).containsExactly(7L);
                subscribe(before, names.topic("a/c"), 1, 8);
                before.disconnect();
            }
            publisher.publish(names.topic("a/c"), "queued", 1);
            try (RawClient after = broker.connect(
                    transport, V5, Packets.connect(V5, names.client("s")).persistent(60))) {
                Received queued = after.receive();
                assertThat(queued.text()).isEqualTo("queued");
                assertThat(queued.properties().subscriptionIdentifiers()).containsExactlyInAnyOrder(7L, 8L);
            }
        }
    }

    /** A shared subscription is never joined with others, so its copy is another one. */
    @OnEveryTransport
    @Proves(v5 = {"MQTT-3.3.4-3", "MQTT-3.3.4-5"})
    void eachOfSeveralCopiesBearsItsOwnIdentifier(Transport transport) {
        try (RawClient publisher = broker.connect(transport, V5, names.client("p"));
                RawClient subscriber = broker.connect(transport, V5, names.client("s"))) {
            subscribe(subscriber, names.topic("a"), 1, 1);
            subscribe(subscriber, names.shared("one", "a"), 1, 2);
            subscribe(subscriber, names.shared("two", "+"), 1, 3);
            subscribe(subscriber, names.shared("three", "#"), 1, 0);

            publisher.publish(names.topic("a"), "x", 1);

            List<List<Long>> copies = IntStream.range(0, 4)
                    .mapToObj(i -> subscriber.receive().properties().subscriptionIdentifiers())
                    .toList();
            assertThat(copies).containsExactlyInAnyOrder(List.of(1L), List.of(2L), List.of(3L), List.of());
            subscriber.expectNothingFrom(publisher);
        }
    }
}
