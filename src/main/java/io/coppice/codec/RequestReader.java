package io.coppice.codec;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.RetainHandling;
import io.coppice.mqtt.SubscriptionOptions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the packets of a connected client except PUBLISH (MQTT 5, 3.4 to 3.15). */
final class RequestReader {
    private static final int OPTIONS_RESERVED = 0xC0;
    private static final int RETAIN_AS_PUBLISHED = 0x08;
    private static final int NO_LOCAL = 0x04;
    private static final String SHARE = "$share/";

    private static final Packet.PingReq PINGREQ = new Packet.PingReq();

    private static final Set<ReasonCode> PUBACK_REASONS = EnumSet.of(
            ReasonCode.SUCCESS,
            ReasonCode.NO_MATCHING_SUBSCRIBERS,
            ReasonCode.UNSPECIFIED_ERROR,
            ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR,
            ReasonCode.NOT_AUTHORIZED,
            ReasonCode.TOPIC_NAME_INVALID,
            ReasonCode.PACKET_IDENTIFIER_IN_USE,
            ReasonCode.QUOTA_EXCEEDED,
            ReasonCode.PAYLOAD_FORMAT_INVALID);
    private static final Set<ReasonCode> PUBREL_REASONS =
            EnumSet.of(ReasonCode.SUCCESS, ReasonCode.PACKET_IDENTIFIER_NOT_FOUND);
    /** Those that the standard lists as sent by a client (MQTT 5, 3.14.2.1). */
    private static final Set<ReasonCode> DISCONNECT_REASONS = EnumSet.of(
            ReasonCode.NORMAL_DISCONNECTION,
            ReasonCode.DISCONNECT_WITH_WILL,
            ReasonCode.UNSPECIFIED_ERROR,
            ReasonCode.MALFORMED_PACKET,
            ReasonCode.PROTOCOL_ERROR,
            ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR,
            ReasonCode.TOPIC_NAME_INVALID,
            ReasonCode.RECEIVE_MAXIMUM_EXCEEDED,
            ReasonCode.TOPIC_ALIAS_INVALID,
            ReasonCode.PACKET_TOO_LARGE,
            ReasonCode.MESSAGE_RATE_TOO_HIGH,
            ReasonCode.QUOTA_EXCEEDED,
            ReasonCode.ADMINISTRATIVE_ACTION,
            ReasonCode.PAYLOAD_FORMAT_INVALID);
    /** Success is the broker's to say (MQTT 5, 3.15.2.1). */
    private static final Set<ReasonCode> AUTH_REASONS =
            EnumSet.of(ReasonCode.CONTINUE_AUTHENTICATION, ReasonCode.REAUTHENTICATE);

    /** One object for each options byte: a SUBSCRIBE with many filters makes none. */
    private static final @Nullable SubscriptionOptions[] OPTIONS = new @Nullable SubscriptionOptions[64];

    static {
        for (int code = 0; code < OPTIONS.length; code++) {
            if ((code & 3) != 3 && code >> 4 != 3) {
                OPTIONS[code] = new SubscriptionOptions(
                        Qos.of(code & 3),
                        (code & NO_LOCAL) != 0,
                        (code & RETAIN_AS_PUBLISHED) != 0,
                        RetainHandling.of(code >> 4));
            }
        }
    }

    private RequestReader() {}

    static Packet read(PacketType type, PacketReader in, PropertyReader propertyReader, ProtocolVersion version) {
        Packet packet = switch (type) {
            case PUBACK, PUBREC, PUBREL, PUBCOMP -> acknowledgement(type, in, propertyReader);
            case SUBSCRIBE -> subscribe(in, propertyReader, version);
            case UNSUBSCRIBE -> unsubscribe(in, propertyReader, version);
            case PINGREQ -> PINGREQ;
            case DISCONNECT -> disconnect(in, propertyReader);
            case AUTH -> auth(in, propertyReader);
            default -> throw new IllegalStateException(type + " is not read here");
        };
        in.nothingLeft(type.name());
        return packet;
    }

    private static Packet acknowledgement(PacketType type, PacketReader in, PropertyReader propertyReader) {
        int packetId = in.packetIdentifier();
        // In 3.1.1 the fixed header has made sure that nothing follows.
        ReasonCode reason = reason(
                type, in, type == PacketType.PUBACK || type == PacketType.PUBREC ? PUBACK_REASONS : PUBREL_REASONS);
        Properties properties = tailProperties(type, in, propertyReader);
        return switch (type) {
            case PUBACK -> new Packet.PubAck(packetId, reason, properties);
            case PUBREC -> new Packet.PubRec(packetId, reason, properties);
            case PUBREL -> new Packet.PubRel(packetId, reason, properties);
            default -> new Packet.PubComp(packetId, reason, properties);
        };
    }

    private static Packet disconnect(PacketReader in, PropertyReader propertyReader) {
        ReasonCode reason = reason(PacketType.DISCONNECT, in, DISCONNECT_REASONS);
        Properties properties = tailProperties(PacketType.DISCONNECT, in, propertyReader);
        if (properties.has(Property.SERVER_REFERENCE)) {
            throw wrong("a Server Reference is the broker's to give (MQTT 5, 3.14.2.2.5)");
        }
        return new Packet.Disconnect(reason, properties);
    }

    private static Packet auth(PacketReader in, PropertyReader propertyReader) {
        ReasonCode reason = reason(PacketType.AUTH, in, AUTH_REASONS);
        Properties properties = tailProperties(PacketType.AUTH, in, propertyReader);
        if (!properties.has(Property.AUTHENTICATION_METHOD)) {
            throw wrong("AUTH without Authentication Method");
        }
        return new Packet.Auth(reason, properties);
    }

    /** A reason code, which is Success where the packet ends before it. */
    private static ReasonCode reason(PacketType type, PacketReader in, Set<ReasonCode> allowed) {
        int code = in.remaining() == 0 ? 0 : in.oneByte("reason code");
        ReasonCode reason = ReasonCode.of(code);
        if (reason == null || !allowed.contains(reason)) {
            throw wrong("reason code " + code + " is none that a client sends in " + type);
        }
        return reason;
    }

    /** Properties that may be left out altogether at the end of a packet. */
    private static Properties tailProperties(PacketType type, PacketReader in, PropertyReader propertyReader) {
        return in.remaining() == 0 ? Properties.NONE : propertyReader.read(in, type);
    }

    private static Packet subscribe(PacketReader in, PropertyReader propertyReader, ProtocolVersion version) {
        int packetId = in.packetIdentifier();
        Properties properties = version.isV5() ? propertyReader.read(in, PacketType.SUBSCRIBE) : Properties.NONE;
        List<Packet.Request> requests = new ArrayList<>(2);
        while (in.remaining() > 0) {
            String filter = filter(in);
            SubscriptionOptions options = options(in.oneByte("subscription options"), version);
            if (options.noLocal() && filter.startsWith(SHARE)) {
                throw wrong("No Local on a shared subscription (MQTT-3.8.3-4)");
            }
            requests.add(new Packet.Request(filter, options));
        }
        if (requests.isEmpty()) {
            throw wrong("SUBSCRIBE without a topic filter");
        }
        return new Packet.Subscribe(packetId, Collections.unmodifiableList(requests), properties);
    }

    private static SubscriptionOptions options(int code, ProtocolVersion version) {
        int reserved = version.isV5() ? OPTIONS_RESERVED : 0xFC;
        if ((code & reserved) != 0) {
            throw PacketReader.malformed("reserved bits of the subscription options are set (MQTT-3.8.3-5)");
        }
        SubscriptionOptions options = OPTIONS[code];
        if (options == null) {
            throw wrong("subscription options " + code + " ask for QoS 3 or Retain Handling 3");
        }
        return options;
    }

    private static Packet unsubscribe(PacketReader in, PropertyReader propertyReader, ProtocolVersion version) {
        int packetId = in.packetIdentifier();
        Properties properties = version.isV5() ? propertyReader.read(in, PacketType.UNSUBSCRIBE) : Properties.NONE;
        List<String> filters = new ArrayList<>(2);
        while (in.remaining() > 0) {
            filters.add(filter(in));
        }
        if (filters.isEmpty()) {
            throw wrong("UNSUBSCRIBE without a topic filter");
        }
        return new Packet.Unsubscribe(packetId, Collections.unmodifiableList(filters), properties);
    }

    private static String filter(PacketReader in) {
        String filter = in.string("topic filter");
        if (filter.isEmpty()) {
            throw wrong("an empty topic filter (MQTT-4.7.3-1)");
        }
        return filter;
    }

    private static ProtocolError wrong(String detail) {
        return new ProtocolError(ReasonCode.PROTOCOL_ERROR, detail);
    }
}
