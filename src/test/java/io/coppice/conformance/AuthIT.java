package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.AUTH;
import static io.coppice.blackbox.Version.V5;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Cases;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.NotInMosquitto;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Property;
import io.coppice.blackbox.Props;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** AUTH: section 3.15 of MQTT 5, as far as a server goes that knows no method of authentication. */
@BlackBox
class AuthIT {
    private static final Props METHOD = Props.of(Property.AUTHENTICATION_METHOD, "none");

    private final Broker broker;
    private final Names names;

    AuthIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    static Stream<Arguments> flags() {
        return Cases.everyTransport(IntStream.rangeClosed(1, 15).boxed().toList());
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("flags")
    @Proves(v5 = "MQTT-3.15.1-1")
    @NotInMosquitto("it closes without DISCONNECT")
    void anAuthWithFlagsIsMalformed(Transport transport, int flags) {
        try (RawClient client = broker.connect(transport, V5, names.client("c"))) {
            client.send(Packets.auth().reason(0x18).props(METHOD).packet().flags(flags));
            client.expectDisconnect(0x81);
        }
    }

    static Stream<Arguments> noReasons() {
        return Cases.everyTransport(List.of(0x00, 0x01, 0x17, 0x1A, 0x7F, 0x80, 0x8C, 0xFF));
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("noReasons")
    @Proves(v5 = "MQTT-3.15.2-1")
    @NotInMosquitto("it closes without DISCONNECT")
    void anAuthWithoutAReasonOfAClientIsNone(Transport transport, int code) {
        try (RawClient client = broker.connect(transport, V5, names.client("c"))) {
            client.send(Packets.auth().reason(code).props(METHOD));
            client.expectDisconnect(0x81, 0x82);
        }
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-4.12.0-7")
    @NotInMosquitto("it closes without DISCONNECT")
    void whoNamedNoMethodSendsNoAuth(Transport transport) {
        for (int reason : new int[] {0x18, 0x19}) {
            try (RawClient client = broker.connect(transport, V5, names.client("c"))) {
                client.send(Packets.auth().reason(reason).props(METHOD));
                client.expectDisconnect(0x82);
            }
        }
    }

    @InEveryVersion
    void anAuthIsNoBeginning(Transport transport, Version version) {
        try (RawClient client = broker.open(transport, version)) {
            client.send(Packets.packet(AUTH, 0, "18 00"));
            client.expectClosed();
        }
    }
}
