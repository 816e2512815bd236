package io.coppice.blackbox;

import static io.coppice.blackbox.PacketType.AUTH;
import static io.coppice.blackbox.PacketType.CONNACK;
import static io.coppice.blackbox.PacketType.DISCONNECT;
import static io.coppice.blackbox.PacketType.PUBACK;
import static io.coppice.blackbox.PacketType.PUBCOMP;
import static io.coppice.blackbox.PacketType.PUBLISH;
import static io.coppice.blackbox.PacketType.PUBREC;
import static io.coppice.blackbox.PacketType.PUBREL;
import static io.coppice.blackbox.PacketType.SUBACK;
import static io.coppice.blackbox.PacketType.UNSUBACK;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/** The properties of MQTT 5, 2.2.2.2, and in which packets a server may send them. */
public enum Property {
    PAYLOAD_FORMAT_INDICATOR(0x01, Kind.BYTE, PUBLISH),
    MESSAGE_EXPIRY_INTERVAL(0x02, Kind.FOUR_BYTES, PUBLISH),
    CONTENT_TYPE(0x03, Kind.STRING, PUBLISH),
    RESPONSE_TOPIC(0x08, Kind.STRING, PUBLISH),
    CORRELATION_DATA(0x09, Kind.BINARY, PUBLISH),
    SUBSCRIPTION_IDENTIFIER(0x0B, Kind.VARINT, PUBLISH),
    SESSION_EXPIRY_INTERVAL(0x11, Kind.FOUR_BYTES, CONNACK),
    ASSIGNED_CLIENT_IDENTIFIER(0x12, Kind.STRING, CONNACK),
    SERVER_KEEP_ALIVE(0x13, Kind.TWO_BYTES, CONNACK),
    AUTHENTICATION_METHOD(0x15, Kind.STRING, CONNACK, AUTH),
    AUTHENTICATION_DATA(0x16, Kind.BINARY, CONNACK, AUTH),
    REQUEST_PROBLEM_INFORMATION(0x17, Kind.BYTE),
    WILL_DELAY_INTERVAL(0x18, Kind.FOUR_BYTES),
    REQUEST_RESPONSE_INFORMATION(0x19, Kind.BYTE),
    RESPONSE_INFORMATION(0x1A, Kind.STRING, CONNACK),
    SERVER_REFERENCE(0x1C, Kind.STRING, CONNACK, DISCONNECT),
    REASON_STRING(0x1F, Kind.STRING, CONNACK, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK, DISCONNECT, AUTH),
    RECEIVE_MAXIMUM(0x21, Kind.TWO_BYTES, CONNACK),
    TOPIC_ALIAS_MAXIMUM(0x22, Kind.TWO_BYTES, CONNACK),
    TOPIC_ALIAS(0x23, Kind.TWO_BYTES, PUBLISH),
    MAXIMUM_QOS(0x24, Kind.BYTE, CONNACK),
    RETAIN_AVAILABLE(0x25, Kind.BYTE, CONNACK),
    USER_PROPERTY(
            0x26, Kind.PAIR, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK, DISCONNECT, AUTH),
    MAXIMUM_PACKET_SIZE(0x27, Kind.FOUR_BYTES, CONNACK),
    WILDCARD_SUBSCRIPTION_AVAILABLE(0x28, Kind.BYTE, CONNACK),
    SUBSCRIPTION_IDENTIFIERS_AVAILABLE(0x29, Kind.BYTE, CONNACK),
    SHARED_SUBSCRIPTION_AVAILABLE(0x2A, Kind.BYTE, CONNACK);

    /** How a property's value is written. */
    public enum Kind {
        BYTE,
        TWO_BYTES,
        FOUR_BYTES,
        VARINT,
        STRING,
        BINARY,
        PAIR
    }

    private final int id;
    private final Kind kind;

    @SuppressWarnings("ImmutableEnumChecker") // Set.of is immutable
    private final Set<PacketType> fromServer;

    Property(int id, Kind kind, PacketType... fromServer) {
        this.id = id;
        this.kind = kind;
        this.fromServer = Set.of(fromServer);
    }

    public int id() {
        return id;
    }

    public Kind kind() {
        return kind;
    }

    boolean isAllowedFromServerIn(PacketType type) {
        return fromServer.contains(type);
    }

    /** Whether a server may write it more than once in one packet. */
    boolean repeats() {
        return this == USER_PROPERTY || this == SUBSCRIPTION_IDENTIFIER;
    }

    /** Whether the standard allows this number as its value. */
    boolean allows(long value) {
        return switch (this) {
            case PAYLOAD_FORMAT_INDICATOR,
                    MAXIMUM_QOS,
                    RETAIN_AVAILABLE,
                    WILDCARD_SUBSCRIPTION_AVAILABLE,
                    SUBSCRIPTION_IDENTIFIERS_AVAILABLE,
                    SHARED_SUBSCRIPTION_AVAILABLE -> value <= 1;
            case RECEIVE_MAXIMUM, TOPIC_ALIAS, MAXIMUM_PACKET_SIZE, SUBSCRIPTION_IDENTIFIER -> value >= 1;
            default -> true;
        };
    }

    static Optional<Property> of(int id) {
        return Arrays.stream(values()).filter(property -> property.id == id).findFirst();
    }
}
