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
import io.coppice.blackbox.Publish;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.ReceivedProps.User;
import io.coppice.blackbox.Transport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a message brings along, and how long it lives: MQTT 5, 3.3.2.3. */
@BlackBox
class ForwardIT {
    private static final Duration WAIT = Duration.ofSeconds(2);

    /** More than there are event loops, so that some are on another one than the publisher. */
    private static final int SUBSCRIBERS = 4;

    private final Broker broker;
    private final Names names;
    private int forwarded;

    ForwardIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    /** How a message gets to those who receive it. */
    enum Way {
        LIVE,
        QUEUED,
        RETAINED
    }

    static Stream<Arguments> everyWay() {
        return Cases.everyTransport(List.of(Way.values()));
    }

    /** Lets {@code publish} publish to a topic, and {@code check} look at what comes to every subscriber of it. */
    private void forward(Transport transport, Way way, Consumer<RawClient> publish, Consumer<RawClient> check) {
        forwarded++;
        List<RawClient> subscribers = new ArrayList<>();
        try (RawClient publisher = broker.connect(transport, V5, names.client("p"))) {
            if (way == Way.RETAINED) {
                publish.accept(publisher);
            }
            for (int i = 0; i < SUBSCRIBERS; i++) {
                RawClient subscriber = subscriber(transport, i);
                subscribers.add(subscriber);
                subscriber.subscribe(topic(), 1);
                if (way == Way.QUEUED) {
                    subscriber.disconnect();
                }
            }
            if (way != Way.RETAINED) {
                publish.accept(publisher);
            }
            if (way == Way.QUEUED) {
                subscribers.clear();
                IntStream.range(0, SUBSCRIBERS).forEach(i -> subscribers.add(subscriber(transport, i)));
            }
            subscribers.forEach(check);
        } finally {
            subscribers.forEach(RawClient::close);
        }
    }

    private RawClient subscriber(Transport transport, int i) {
        return broker.connect(
                transport,
                V5,
                Packets.connect(V5, names.client("s" + forwarded + i)).persistent(60));
    }

    private String topic() {
        return names.topic("" + forwarded);
    }

    private Publish message(String payload, Props props) {
        return Packets.publish(V5, topic()).payload(payload).qos(1).props(props);
    }

    /** One message with these properties the whole way. */
    private void forward(Transport transport, Way way, Props props, Consumer<Received> check) {
        forward(
                transport,
                way,
                publisher -> {
                    Publish publish = message("text", props);
                    publisher.publish(way == Way.RETAINED ? publish.retain() : publish);
                },
                subscriber -> {
                    Received message = subscriber.receive();
                    assertThat(message.text()).isEqualTo("text");
                    check.accept(message);
                });
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("everyWay")
    @Proves(v5 = "MQTT-3.3.2-4")
    void thePayloadFormatIndicatorIsForwarded(Transport transport, Way way) {
        for (long format = 0; format <= 1; format++) {
            Optional<Long> expected = Optional.of(format);
            forward(
                    transport,
                    way,
                    Props.of(Property.PAYLOAD_FORMAT_INDICATOR, format),
                    message -> assertThat(message.properties().number(Property.PAYLOAD_FORMAT_INDICATOR))
                            .isEqualTo(expected));
        }
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("everyWay")
    void whatAMessageDoesNotBringIsNotAdded(Transport transport, Way way) {
        forward(
                transport,
                way,
                Props.of(),
                message -> assertThat(message.properties().isEmpty()).isTrue());
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("everyWay")
    @Proves(v5 = {"MQTT-3.3.2-15", "MQTT-3.3.2-20"})
    void responseTopicAndContentTypeAreForwarded(Transport transport, Way way) {
        for (String text : List.of("a", "ein/längerer//Text mit € und \uD83D\uDE00/", "x".repeat(60_000))) {
            forward(
                    transport,
                    way,
                    Props.of(Property.RESPONSE_TOPIC, text).with(Property.CONTENT_TYPE, text + "; charset"),
                    message -> {
                        assertThat(message.properties().string(Property.RESPONSE_TOPIC))
                                .contains(text);
                        assertThat(message.properties().string(Property.CONTENT_TYPE))
                                .contains(text + "; charset");
                    });
        }
        forward(
                transport,
                way,
                Props.of(Property.CONTENT_TYPE, ""),
                message -> assertThat(message.properties().string(Property.CONTENT_TYPE))
                        .contains(""));
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("everyWay")
    @Proves(v5 = "MQTT-3.3.2-16")
    void correlationDataIsForwarded(Transport transport, Way way) {
        Random random = new Random(way.ordinal());
        for (int length : new int[] {0, 1, 127, 128, 16_384, 65_535}) {
            byte[] data = new byte[length];
            random.nextBytes(data);
            forward(
                    transport,
                    way,
                    Props.of().with(Property.CORRELATION_DATA, data),
                    message -> assertThat(message.properties().binary(Property.CORRELATION_DATA))
                            .hasValueSatisfying(came -> assertThat(came).isEqualTo(data)));
        }
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("everyWay")
    @Proves(v5 = {"MQTT-3.3.2-17", "MQTT-3.3.2-18"})
    void userPropertiesAreForwardedInOrder(Transport transport, Way way) {
        List<User> users = new ArrayList<>(List.of(
                new User("k", "2"),
                new User("k", "1"),
                new User("", ""),
                new User("k", "2"),
                new User("a", ""),
                new User("", "ü\uFEFF"),
                new User("long", "x".repeat(5000))));
        for (int i = 0; i < 90; i++) {
            users.add(new User("n" + i % 7, "" + i * 31 % 90));
        }
        Props props = Props.of(Property.CONTENT_TYPE, "between");
        users.forEach(user -> props.user(user.name(), user.value()));
        forward(
                transport,
                way,
                props,
                message -> assertThat(message.properties().users()).isEqualTo(users));
    }

    // Message Expiry Interval

    private static Props expiry(long seconds) {
        return Props.of(Property.MESSAGE_EXPIRY_INTERVAL, seconds);
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-3.3.2-5")
    void aQueuedMessageThatHasExpiredIsDeleted(Transport transport) {
        forward(
                transport,
                Way.QUEUED,
                publisher -> {
                    publisher.publish(message("short", expiry(1)));
                    publisher.publish(message("long", expiry(100)));
                    publisher.publish(message("shorter", expiry(1)));
                    publisher.expectNothingFor(WAIT);
                    publisher.publish(message("last", Props.of()));
                },
                subscriber -> {
                    assertThat(subscriber.receive().text()).isEqualTo("long");
                    assertThat(subscriber.receive().text()).isEqualTo("last");
                    subscriber.expectNothing();
                });
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-3.3.2-5")
    @NotInMosquitto("it sends nothing any more")
    void aMessageThatExpiresBehindAFullWindowIsDeleted(Transport transport) {
        try (RawClient publisher = broker.connect(transport, V5, names.client("p"));
                RawClient subscriber = broker.connect(
                        transport,
                        V5,
                        Packets.connect(V5, names.client("s")).props(Props.of(Property.RECEIVE_MAXIMUM, 1)))) {
            subscriber.subscribe(topic(), 1);
            publisher.publish(message("sent", expiry(1)));
            publisher.publish(message("waiting", expiry(1)));
            publisher.publish(message("lasting", Props.of()));
            publisher.expectNothingFor(WAIT);

            assertThat(subscriber.receive().text()).isEqualTo("sent");
            assertThat(subscriber.receive().text()).isEqualTo("lasting");
            subscriber.expectNothing();
        }
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-3.3.2-5")
    void aRetainedMessageThatHasExpiredIsDeleted(Transport transport) {
        forward(
                transport,
                Way.RETAINED,
                publisher -> {
                    publisher.publish(message("kept", expiry(1)).retain());
                    publisher.expectNothingFor(WAIT);
                },
                RawClient::expectNothing);
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("everyWay")
    @Proves(v5 = "MQTT-3.3.2-6")
    void theTimeThatAMessageWaitedIsTakenOffItsExpiry(Transport transport, Way way) {
        long[] published = new long[1];
        long least = way == Way.LIVE ? 0 : WAIT.toSeconds();
        forward(
                transport,
                way,
                publisher -> {
                    published[0] = System.nanoTime();
                    Publish publish = message("x", expiry(100));
                    publisher.publish(way == Way.RETAINED ? publish.retain() : publish);
                    if (way != Way.LIVE) {
                        publisher.expectNothingFor(WAIT);
                    }
                },
                subscriber -> {
                    Received message = subscriber.receive();
                    long waited =
                            Duration.ofNanos(message.nanos() - published[0]).toSeconds();
                    long remaining = message.properties()
                            .number(Property.MESSAGE_EXPIRY_INTERVAL)
                            .orElseThrow();
                    assertThat(remaining).isBetween(100 - waited - 1, 100 - least);
                });
    }
}
