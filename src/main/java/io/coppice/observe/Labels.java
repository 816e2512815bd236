package io.coppice.observe;

import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.ReasonCode;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** The closed sets of label values: what can be counted is registered at 0, and nothing else ever appears. */
final class Labels {
    /** The packets that exist as such; not the reserved type, and not WILL, which is a part of CONNECT. */
    static final Set<PacketType> ON_THE_WIRE = EnumSet.range(PacketType.CONNECT, PacketType.AUTH);

    private static final Set<PacketType> FROM_SERVER_ONLY =
            EnumSet.of(PacketType.CONNACK, PacketType.SUBACK, PacketType.UNSUBACK, PacketType.PINGRESP);
    private static final Set<PacketType> FROM_CLIENT_ONLY =
            EnumSet.of(PacketType.CONNECT, PacketType.SUBSCRIBE, PacketType.UNSUBSCRIBE, PacketType.PINGREQ);

    private Labels() {}

    /** Whether a client may send the packet (MQTT 5, 2.1.2). */
    static boolean fromClient(PacketType type) {
        return ON_THE_WIRE.contains(type) && !FROM_SERVER_ONLY.contains(type);
    }

    /** Whether a server may send the packet (MQTT 5, 2.1.2). */
    static boolean fromServer(PacketType type) {
        return ON_THE_WIRE.contains(type) && !FROM_CLIENT_ONLY.contains(type);
    }

    /** Whether the reason can answer CONNECT: success or any failure. */
    static boolean answersConnect(ReasonCode reason) {
        return reason == ReasonCode.SUCCESS || reason.isError();
    }

    /** Whether the reason can end a connection. */
    static boolean endsConnection(ReasonCode reason) {
        return reason == ReasonCode.NORMAL_DISCONNECTION
                || reason == ReasonCode.DISCONNECT_WITH_WILL
                || reason.isError();
    }

    static String label(PacketType type) {
        return type.name().toLowerCase(Locale.ROOT);
    }

    static String label(ReasonCode reason) {
        return reason.name().toLowerCase(Locale.ROOT);
    }

    /** As {@link #label(ReasonCode)}, with the name that 0x00 has in DISCONNECT. */
    static String endLabel(ReasonCode reason) {
        return reason == ReasonCode.NORMAL_DISCONNECTION ? "normal_disconnection" : label(reason);
    }
}
