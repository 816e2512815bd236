package io.coppice.blackbox;

import java.util.Optional;

/** The control packet types; the ordinal is the number in the fixed header. */
public enum PacketType {
    RESERVED,
    CONNECT,
    CONNACK,
    PUBLISH,
    PUBACK,
    PUBREC,
    PUBREL,
    PUBCOMP,
    SUBSCRIBE,
    SUBACK,
    UNSUBSCRIBE,
    UNSUBACK,
    PINGREQ,
    PINGRESP,
    DISCONNECT,
    AUTH;

    /** The number in bits 7 to 4 of the first byte. */
    public int number() {
        return ordinal();
    }

    static PacketType of(int firstByte) {
        return values()[(firstByte & 0xFF) >> 4];
    }

    /** The only flag bits that the standard allows; empty for PUBLISH, whose bits mean something. */
    Optional<Integer> fixedFlags() {
        return switch (this) {
            case PUBLISH -> Optional.empty();
            case PUBREL, SUBSCRIBE, UNSUBSCRIBE -> Optional.of(2);
            default -> Optional.of(0);
        };
    }
}
