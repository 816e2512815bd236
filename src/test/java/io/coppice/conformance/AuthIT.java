package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.AUTH;
import static io.coppice.blackbox.PacketType.CONNACK;
import static io.coppice.blackbox.Property.AUTHENTICATION_DATA;
import static io.coppice.blackbox.Property.AUTHENTICATION_METHOD;
import static io.coppice.blackbox.Property.MAXIMUM_PACKET_SIZE;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.Answer;
import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.BrokerSettings;
import io.coppice.blackbox.Cases;
import io.coppice.blackbox.Connect;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Props;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Transport;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The packet AUTH: section 3.15 of MQTT 5, with the method of {@link TestGatekeeper}. */
@BlackBox
@BrokerSettings(gatekeeper = TestGatekeeper.class)
class AuthIT {
    private static final int CONTINUE = 0x18;
    private static final int AGAIN = 0x19;

    private final Broker broker;
    private final Names names;

    AuthIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    private static Props says(String data) {
        return Props.of(AUTHENTICATION_METHOD, TestGatekeeper.METHOD)
                .with(AUTHENTICATION_DATA, data.getBytes(StandardCharsets.UTF_8));
    }

    private static Answer auth(int reason, String data) {
        return Packets.auth().reason(reason).props(says(data));
    }

    private RawClient begin(Transport transport, Props props) {
        RawClient client = broker.open(transport, V5);
        client.send(Packets.connect(V5, names.client("c")).props(props));
        return client;
    }

    private static Received enter(RawClient client) {
        client.expect(AUTH);
        client.send(auth(CONTINUE, "ROUND-1"));
        Received connack = client.expect(CONNACK);
        assertThat(connack.reason()).isZero();
        return connack;
    }

    static Stream<Arguments> flags() {
        return Cases.everyTransport(IntStream.rangeClosed(1, 15).boxed().toList());
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("flags")
    @Proves(v5 = "MQTT-3.15.1-1")
    void anAuthWithFlagsIsMalformed(Transport transport, int flags) {
        try (RawClient client = begin(transport, says("1"))) {
            client.expect(AUTH);
            client.send(auth(CONTINUE, "ROUND-1").packet().flags(flags));
            client.expectRefused(0x81);
        }
        try (RawClient client = begin(transport, says("1"))) {
            enter(client);
            client.send(auth(AGAIN, "1").packet().flags(flags));
            client.expectDisconnect(0x81);
        }
    }

    static Stream<Arguments> noReasons() {
        return Cases.everyTransport(List.of(0x00, 0x01, 0x17, 0x1A, 0x7F, 0x80, 0x8C, 0xFF));
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("noReasons")
    @Proves(v5 = "MQTT-3.15.2-1")
    void anAuthWithoutAReasonOfAClientIsNone(Transport transport, int code) {
        try (RawClient client = begin(transport, says("1"))) {
            client.expect(AUTH);
            client.send(auth(code, "ROUND-1"));
            client.expectRefused(0x81, 0x82);
        }
        try (RawClient client = begin(transport, says("1"))) {
            enter(client);
            client.send(auth(AGAIN, "1"));
            assertThat(client.expect(AUTH).reason()).isEqualTo(CONTINUE);
            client.send(auth(code, "ROUND-1"));
            client.expectDisconnect(0x81, 0x82);
        }
    }

    /** The client has room for what CONNACK and AUTH must say, and for hardly more. */
    @OnEveryTransport
    @Proves(v5 = {"MQTT-3.15.2-2", "MQTT-3.15.2-3"})
    void anAuthSaysNoMoreThanTheClientHasRoomFor(Transport transport) {
        int room;
        try (RawClient client = begin(transport, says("1"))) {
            room = enter(client).size();
        }
        try (RawClient client = begin(transport, says("1").with(MAXIMUM_PACKET_SIZE, room))) {
            enter(client);
            client.send(auth(AGAIN, "1"));
            assertThat(client.expect(AUTH).reason()).isEqualTo(CONTINUE);
            client.send(auth(CONTINUE, "ROUND-1"));
            assertThat(client.expect(AUTH).reason()).isZero();
            client.expectNothing();
        }
    }

    @OnEveryTransport
    void anAuthIsNoBeginning(Transport transport) {
        Connect connect = Packets.connect(V5, names.client("c"));
        try (RawClient client = broker.open(transport, V5)) {
            client.send(auth(CONTINUE, "1"), connect);
            client.expectClosed();
        }
    }
}
