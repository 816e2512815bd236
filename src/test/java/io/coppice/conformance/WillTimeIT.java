package io.coppice.conformance;

import static io.coppice.blackbox.Version.V311;
import static io.coppice.blackbox.Version.V5;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Cases;
import io.coppice.blackbox.Connect;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** When the will comes: however the connection ends, after the delay or with the session, and once (MQTT 5, 3.1.2.5). */
@BlackBox
class WillTimeIT {
    /** How a connection ends without DISCONNECT. */
    private enum Ending {
        FINISHED,
        RESET,
        SILENT,
        MALFORMED,
        PROTOCOL_ERROR,
        TAKEN_OVER;

        /** Ends it; one that is silent ends after one and a half seconds. */
        void of(RawClient client, Broker broker, Transport transport, Connect again) {
            switch (this) {
                case FINISHED -> client.finish();
                case RESET -> client.abort();
                case SILENT -> {}
                case MALFORMED -> client.send(Packets.pingreq().flags(5));
                case PROTOCOL_ERROR -> client.send(Packets.publish(client.version(), "a/#"));
                case TAKEN_OVER ->
                    broker.connect(transport, client.version(), again).disconnect();
            }
        }

        Connect with(Connect connect) {
            return this == SILENT ? connect.keepAlive(1) : connect;
        }
    }

    /** Seconds of the will's delay and of the session's expiry, and when the will is due. */
    private record Span(int delay, int expiry, int due) {}

    private static final long KEEP_ALIVE_MILLIS = 1_500;

    private final Broker broker;
    private final Names names;

    WillTimeIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    static Stream<Arguments> spans() {
        return Stream.concat(
                Cases.everyTransport(List.of(new Span(0, 0, 0)))
                        .map(each -> Arguments.of(each.get()[0], V311, each.get()[1])),
                Cases.everyTransport(List.of(
                                new Span(0, 0, 0),
                                new Span(0, 10, 0),
                                new Span(1, 10, 1),
                                new Span(2, 1, 1),
                                new Span(10, 0, 0)))
                        .map(each -> Arguments.of(each.get()[0], V5, each.get()[1])));
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("spans")
    @Proves(
            v5 = {"MQTT-3.1.2-7", "MQTT-3.1.2-8", "MQTT-3.1.2-22"},
            v311 = {"MQTT-3.1.2-8", "MQTT-3.1.2-24"})
    @NotInMosquitto("it answers a malformed packet late")
    void aWillComesOnceHoweverTheConnectionEnds(Transport transport, Version version, Span span) {
        Map<Ending, Long> ended = new EnumMap<>(Ending.class);
        Map<Ending, RawClient> clients = new EnumMap<>(Ending.class);
        try (RawClient watcher = broker.connect(transport, version, names.client("w"))) {
            watcher.subscribe(names.topic("+"), 1);
            for (Ending ending : Ending.values()) {
                RawClient client = broker.connect(transport, version, ending.with(connect(version, ending, span)));
                clients.put(ending, client);
                ended.put(ending, System.nanoTime());
                ending.of(client, broker, transport, Packets.connect(version, id(ending)));
            }
            Set<Ending> came = EnumSet.noneOf(Ending.class);
            while (came.size() < Ending.values().length) {
                Received will = watcher.receive();
                Ending ending = Ending.valueOf(will.text());
                assertThat(came.add(ending)).as("the first will of " + ending).isTrue();
                long millis = (will.nanos() - ended.get(ending)) / 1_000_000;
                // the new connection of a client is a clean start, which ends the session and the wait
                long due = (ending == Ending.SILENT ? KEEP_ALIVE_MILLIS : 0)
                        + (ending == Ending.TAKEN_OVER ? 0 : SECONDS.toMillis(span.due));
                assertThat(millis)
                        .as("milliseconds until the will of " + ending)
                        .isBetween(due - 1, due + 1_500);
            }
            watcher.expectNothingFor(Duration.ofMillis(500));
            watcher.expectNothingFrom(watcher);
        } finally {
            clients.values().forEach(RawClient::close);
        }
    }

    private String id(Ending ending) {
        return names.client(ending.name().toLowerCase(Locale.ROOT).replace("_", ""));
    }

    private Connect connect(Version version, Ending ending, Span span) {
        return Packets.connect(version, id(ending))
                .will(names.topic(ending.name()), ending.name(), 1, false)
                .willProps(Props.of(Property.WILL_DELAY_INTERVAL, span.delay))
                .props(Props.of(Property.SESSION_EXPIRY_INTERVAL, span.expiry));
    }

    static Stream<Arguments> returns() {
        return Cases.everyTransport(List.of("after it broke", "while it is open"));
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("returns")
    @Proves(v5 = {"MQTT-3.1.3-9", "MQTT-3.1.2-8"})
    void aClientThatComesBackInTimeHasNoWill(Transport transport, String when) {
        String topic = names.topic("will");
        Connect connect = Packets.connect(V5, names.client("c"))
                .will(topic, "never", 1, false)
                .willProps(Props.of(Property.WILL_DELAY_INTERVAL, 1))
                .persistent(10);
        try (RawClient watcher = broker.connect(transport, V5, names.client("w"))) {
            watcher.subscribe(topic, 1);
            List<RawClient> clients = new ArrayList<>();
            // often enough to come from one event loop to another, and for longer than the delay
            for (int i = 0; i < 6; i++) {
                RawClient client = broker.connect(transport, V5, connect);
                clients.add(client);
                assertThat(client.connack().sessionPresent()).isEqualTo(i > 0);
                if (when.equals("after it broke")) {
                    client.abort();
                }
                watcher.expectNothingFor(Duration.ofMillis(300));
            }
            try (RawClient back = broker.connect(
                    transport, V5, Packets.connect(V5, names.client("c")).persistent(10))) {
                assertThat(back.connack().sessionPresent()).isTrue();
                watcher.expectNothingFor(Duration.ofMillis(1_500));
                back.expectNothing();
            } finally {
                clients.forEach(RawClient::close);
            }
        }
    }

    @OnEveryTransport
    @Proves(v5 = {"MQTT-3.1.3-9", "MQTT-3.1.2-8"})
    @NotInMosquitto("it forgets the will that waits")
    void aClientThatBeginsAnewHasTheWillOfItsOldSession(Transport transport) {
        String topic = names.topic("will");
        Connect connect = Packets.connect(V5, names.client("c"))
                .will(topic, "over", 1, false)
                .willProps(Props.of(Property.WILL_DELAY_INTERVAL, 60))
                .persistent(60);
        try (RawClient watcher = broker.connect(transport, V5, names.client("w"))) {
            watcher.subscribe(topic, 1);
            for (int i = 0; i < 4; i++) {
                broker.connect(transport, V5, connect).abort();
                broker.connect(transport, V5, names.client("c")).disconnect();
                assertThat(watcher.receive().text()).isEqualTo("over");
            }
            watcher.expectNothingFor(Duration.ofMillis(300));
        }
    }

    @OnEveryTransport
    @Proves(v5 = {"MQTT-3.1.2-8", "MQTT-3.1.3-9"})
    void aWillThatWasPublishedDoesNotComeAgainAfterTheSession(Transport transport) {
        String topic = names.topic("will");
        try (RawClient watcher = broker.connect(transport, V5, names.client("w"))) {
            watcher.subscribe(topic, 1);
            broker.connect(
                            transport,
                            V5,
                            Packets.connect(V5, names.client("c"))
                                    .will(topic, "once", 1, false)
                                    .persistent(1))
                    .abort();
            assertThat(watcher.receive().text()).isEqualTo("once");
            watcher.expectNothingFor(Duration.ofMillis(1_500));
        }
    }
}
