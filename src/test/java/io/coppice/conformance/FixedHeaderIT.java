package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.PINGRESP;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Cases;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.NotInMosquitto;
import io.coppice.blackbox.Packet;
import io.coppice.blackbox.PacketType;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** All 256 first bytes: MQTT 5, 2.1.3, and MQTT 3.1.1, 2.2.2. */
@BlackBox
class FixedHeaderIT {
    /** What a packet's first byte leads to on a connection that is open. */
    private enum Outcome {
        GOES_ON,
        ENDS_WELL,
        WRONG_FLAGS,
        NOT_FOR_CLIENTS
    }

    private final Broker broker;
    private final Names names;

    FixedHeaderIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    private static Outcome outcome(PacketType type, int flags) {
        boolean right = switch (type) {
            case PUBLISH -> (flags & 6) != 6 && (flags & 0xE) != 8;
            case PUBREL, SUBSCRIBE, UNSUBSCRIBE -> flags == 2;
            default -> flags == 0;
        };
        return switch (type) {
            case PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE, UNSUBSCRIBE, PINGREQ ->
                right ? Outcome.GOES_ON : Outcome.WRONG_FLAGS;
            case DISCONNECT -> right ? Outcome.ENDS_WELL : Outcome.WRONG_FLAGS;
            // AUTH is for clients, but not for one that named no method, and reserved in 3.1.1
            default -> Outcome.NOT_FOR_CLIENTS;
        };
    }

    /** A packet that is right but for its flags. */
    private static Packet packet(PacketType type, int flags, Version version, String topic) {
        Packet packet = switch (type) {
            case CONNECT -> Packets.connect(version, "second").packet();
            case PUBLISH ->
                (flags & 6) == 0
                        ? Packets.publish(version, topic).packet()
                        : Packets.publish(version, topic).qos(1).id(1).packet();
            case PUBACK, PUBREC, PUBREL, PUBCOMP -> Packets.packet(type, 0, "00 09");
            case SUBSCRIBE -> Packets.subscribe(version, 3).filter(topic, 0).packet();
            case UNSUBSCRIBE -> Packets.unsubscribe(version, 4).filter(topic).packet();
            case CONNACK -> Packets.packet(type, 0, version.is5() ? "00 00 00" : "00 00");
            case SUBACK, UNSUBACK -> Packets.packet(type, 0, version.is5() ? "00 03 00 00" : "00 03 00");
            default -> Packets.packet(type, 0, "");
        };
        return packet.flags(flags);
    }

    static Stream<Arguments> types() {
        return Cases.everywhere(List.of(PacketType.values()));
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("types")
    @Proves(
            v5 = {"MQTT-2.1.3-1", "MQTT-4.13.1-1"},
            v311 = {"MQTT-2.2.2-1", "MQTT-2.2.2-2"})
    @NotInMosquitto("it closes without DISCONNECT, and takes reserved flags of some types")
    void onlyTheListedFlagsAreTaken(Transport transport, Version version, PacketType type) {
        for (int flags = 0; flags < 16; flags++) {
            try (RawClient client = broker.connect(transport, version, names.client("c"))) {
                client.send(packet(type, flags, version, names.topic("t")));
                switch (outcome(type, flags)) {
                    case GOES_ON -> {
                        client.send(Packets.pingreq());
                        client.await(PINGRESP);
                    }
                    case ENDS_WELL -> client.expectClosed();
                    case WRONG_FLAGS -> client.expectEnded(0x81);
                    case NOT_FOR_CLIENTS -> client.expectEnded(0x81, 0x82);
                }
            } catch (AssertionError e) {
                throw new AssertionError(type + " with flags " + flags, e);
            }
        }
    }

    @InEveryVersion
    @Proves(
            v5 = "MQTT-2.1.3-1",
            v311 = {"MQTT-2.2.2-1", "MQTT-2.2.2-2"})
    void aFirstPacketWithOtherFlagsIsNoConnect(Transport transport, Version version) {
        for (int flags = 1; flags < 16; flags++) {
            try (RawClient client = broker.open(transport, version)) {
                client.send(Packets.connect(version, names.client("c")).packet().flags(flags));
                client.expectClosed(version.is5() ? new int[] {0x81} : new int[0]);
            }
        }
    }
}
