package io.coppice.codec;

import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.ReasonCode;

/** What the first byte and the Remaining Length of a packet from a client may be (MQTT 5, 2.1). */
final class FixedHeader {
    /** The largest Remaining Length there is. */
    static final int REMAINING_LENGTH_MAX = 268_435_455;

    /** The largest packet there is: a type, four bytes of length, and what they count. */
    static final int PACKET_SIZE_MAX = 5 + REMAINING_LENGTH_MAX;

    private static final PacketType[] TYPES = PacketType.values();
    private static final boolean[][] ALLOWED = new boolean[ProtocolVersion.values().length][256];

    static {
        for (ProtocolVersion version : ProtocolVersion.values()) {
            for (int first = 0; first < 256; first++) {
                ALLOWED[version.ordinal()][first] = fromClient(type(first), version) && flagsAllowed(first, version);
            }
        }
    }

    private FixedHeader() {}

    static PacketType type(int first) {
        return TYPES[first >> 4];
    }

    /** Refuses a first byte that no packet from a connected client has: 0x81 for its flags or a reserved type, 0x82 for a type that is not its to send now. */
    static void checkFirst(int first, ProtocolVersion version) {
        if (ALLOWED[version.ordinal()][first]) {
            return;
        }
        PacketType type = type(first);
        if (type == PacketType.RESERVED || (type == PacketType.AUTH && !version.isV5())) {
            throw PacketReader.malformed("packet type " + type.code() + " is reserved");
        }
        if (!fromClient(type, version)) {
            throw new ProtocolError(ReasonCode.PROTOCOL_ERROR, type + " is not a packet that a connected client sends");
        }
        throw badFlags(first);
    }

    /** Refuses a first byte that does not begin a CONNECT: 0x82, or 0x81 for its flags. */
    static void checkConnect(int first) {
        if (type(first) != PacketType.CONNECT) {
            throw new ProtocolError(
                    ReasonCode.PROTOCOL_ERROR, "the first packet has type " + (first >> 4) + " and is not CONNECT");
        }
        if ((first & 0x0F) != 0) {
            throw badFlags(first);
        }
    }

    /** Refuses, before the body is there, a Remaining Length that the type cannot have. */
    static void checkLength(PacketType type, int length, ProtocolVersion version) {
        int least = switch (type) {
            case PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE, UNSUBSCRIBE -> 2;
            default -> 0;
        };
        int most = switch (type) {
            case PINGREQ -> 0;
            case DISCONNECT -> version.isV5() ? REMAINING_LENGTH_MAX : 0;
            case PUBACK, PUBREC, PUBREL, PUBCOMP -> version.isV5() ? REMAINING_LENGTH_MAX : 2;
            default -> REMAINING_LENGTH_MAX;
        };
        if (length < least || length > most) {
            throw PacketReader.malformed(type + " cannot have Remaining Length " + length);
        }
    }

    private static ProtocolError badFlags(int first) {
        return PacketReader.malformed("fixed header flags " + (first & 0x0F) + " are not allowed for " + type(first));
    }

    private static boolean fromClient(PacketType type, ProtocolVersion version) {
        return switch (type) {
            case PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE, UNSUBSCRIBE, PINGREQ, DISCONNECT -> true;
            case AUTH -> version.isV5();
            default -> false;
        };
    }

    private static boolean flagsAllowed(int first, ProtocolVersion version) {
        int flags = first & 0x0F;
        return switch (type(first)) {
            case PUBLISH -> {
                int qos = flags >> 1 & 3;
                boolean dup = (flags & 0x08) != 0;
                yield qos != 3 && !(dup && qos == 0);
            }
            // MQTT 3.1, 2.1 lets a repeated PUBREL, SUBSCRIBE or UNSUBSCRIBE bear DUP.
            case PUBREL, SUBSCRIBE, UNSUBSCRIBE -> flags == 2 || (version == ProtocolVersion.V3_1 && flags == 0x0A);
            default -> flags == 0;
        };
    }
}
