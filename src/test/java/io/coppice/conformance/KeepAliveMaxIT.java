package io.coppice.conformance;

import static io.coppice.blackbox.Version.V311;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.BrokerSettings;
import io.coppice.blackbox.Cases;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.NotInMosquitto;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Property;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Transport;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A server that knows better how long a client may be silent: MQTT 5, 3.2.2.3.14. */
@BlackBox
@BrokerSettings("limits.keep-alive-max=1s")
class KeepAliveMaxIT {
    private static final long DUE_MILLIS = 1_500;
    private static final long LATE_MILLIS = 3_000;

    private final Broker broker;
    private final Names names;

    KeepAliveMaxIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    static Stream<Arguments> tooLong() {
        return Cases.everyTransport(List.of(0, 2, 65_535));
    }

    @ParameterizedTest(name = "instead of {1} over {0}")
    @MethodSource("tooLong")
    @Proves(v5 = {"MQTT-3.1.2-21", "MQTT-3.1.2-22", "MQTT-3.2.2-21"})
    @NotInMosquitto("it looks every five seconds")
    void theServersKeepAliveIsToldAndKept(Transport transport, int wanted) {
        long before = System.nanoTime();
        try (RawClient client = broker.connect(
                transport, V5, Packets.connect(V5, names.client("c")).keepAlive(wanted))) {
            assertThat(client.connack().properties().number(Property.SERVER_KEEP_ALIVE))
                    .contains(1L);
            client.expectDisconnect(0x8D);
            assertThat((System.nanoTime() - before) / 1_000_000).isBetween(DUE_MILLIS, LATE_MILLIS);
        }
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-3.2.2-22")
    @NotInMosquitto("its maximum is ten seconds at the least")
    void aClientThatAsksForLessIsTakenAtItsWord(Transport transport) {
        try (RawClient client = broker.connect(
                transport, V5, Packets.connect(V5, names.client("c")).keepAlive(1))) {
            assertThat(client.connack().properties().has(Property.SERVER_KEEP_ALIVE))
                    .isFalse();
            client.expectDisconnect(0x8D);
        }
    }

    /** A server may end a connection that seems dead at any time (MQTT 3.1.1, 3.1.2.10). */
    @ParameterizedTest(name = "instead of {1} over {0}")
    @MethodSource("tooLong")
    @NotInMosquitto("its maximum is ten seconds at the least")
    void aClientThatCannotBeToldIsHeldToItAllTheSame(Transport transport, int wanted) {
        long before = System.nanoTime();
        try (RawClient client = broker.connect(
                transport, V311, Packets.connect(V311, names.client("c")).keepAlive(wanted))) {
            client.expectClosed();
            assertThat((System.nanoTime() - before) / 1_000_000).isBetween(DUE_MILLIS, LATE_MILLIS);
        }
    }
}
