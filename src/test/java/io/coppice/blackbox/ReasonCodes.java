package io.coppice.blackbox;

import java.util.Set;

/** The reason codes that a server may send, by packet: MQTT 5, 2.4, and MQTT 3.1.1, 3.2.2.3 and 3.9.3. */
final class ReasonCodes {
    private static final Set<Integer> CONNACK = Set.of(
            0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C, 0x90, 0x95, 0x97, 0x99, 0x9A,
            0x9B, 0x9C, 0x9D, 0x9F);
    private static final Set<Integer> PUBACK = Set.of(0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99);
    private static final Set<Integer> PUBREL = Set.of(0x00, 0x92);
    private static final Set<Integer> SUBACK =
            Set.of(0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2);
    private static final Set<Integer> UNSUBACK = Set.of(0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91);
    private static final Set<Integer> DISCONNECT = Set.of(
            0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8D, 0x8E, 0x8F, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98,
            0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2);
    private static final Set<Integer> AUTH = Set.of(0x00, 0x18);
    private static final Set<Integer> CONNACK_311 = Set.of(0, 1, 2, 3, 4, 5);
    private static final Set<Integer> SUBACK_311 = Set.of(0x00, 0x01, 0x02, 0x80);

    private ReasonCodes() {}

    static Set<Integer> fromServer(PacketType type, Version version) {
        return switch (type) {
            case CONNACK -> version.is5() ? CONNACK : CONNACK_311;
            case PUBACK, PUBREC -> PUBACK;
            case PUBREL, PUBCOMP -> PUBREL;
            case SUBACK -> version.is5() ? SUBACK : SUBACK_311;
            case UNSUBACK -> UNSUBACK;
            case DISCONNECT -> DISCONNECT;
            case AUTH -> AUTH;
            default -> Set.of();
        };
    }
}
