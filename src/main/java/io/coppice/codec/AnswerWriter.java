package io.coppice.codec;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.ReasonCode;
import io.netty.buffer.ByteBuf;
import java.util.List;

/** Writes every packet but PUBLISH: what follows the fixed header, and its size. */
final class AnswerWriter {
    private AnswerWriter() {}

    /**
     * Whether the version has such a packet: before 5 there is no AUTH, no DISCONNECT from a broker, and no
     * CONNACK for a CONNECT that breaks the rules (MQTT 3.1.1, MQTT-3.1.4-1).
     */
    static boolean exists(Packet packet, ProtocolVersion version) {
        if (version.isV5()) {
            return true;
        }
        if (packet instanceof Packet.ConnAck connAck) {
            ReasonCode reason = connAck.reasonCode();
            return reason != ReasonCode.MALFORMED_PACKET && reason != ReasonCode.PROTOCOL_ERROR;
        }
        return packet.type() != PacketType.AUTH && packet.type() != PacketType.DISCONNECT;
    }

    /** Whether Reason String and User Properties may be left out: of all but what a client asks for. */
    static boolean mayBeStripped(PacketType type) {
        return switch (type) {
            case CONNECT, PUBLISH, SUBSCRIBE, UNSUBSCRIBE -> false;
            default -> true;
        };
    }

    static Properties properties(Packet packet) {
        return switch (packet.type()) {
            case CONNECT -> ((Packet.Connect) packet).properties();
            case CONNACK -> ((Packet.ConnAck) packet).properties();
            case PUBLISH -> ((Packet.Publish) packet).properties();
            case PUBACK -> ((Packet.PubAck) packet).properties();
            case PUBREC -> ((Packet.PubRec) packet).properties();
            case PUBREL -> ((Packet.PubRel) packet).properties();
            case PUBCOMP -> ((Packet.PubComp) packet).properties();
            case SUBSCRIBE -> ((Packet.Subscribe) packet).properties();
            case SUBACK -> ((Packet.SubAck) packet).properties();
            case UNSUBSCRIBE -> ((Packet.Unsubscribe) packet).properties();
            case UNSUBACK -> ((Packet.UnsubAck) packet).properties();
            case DISCONNECT -> ((Packet.Disconnect) packet).properties();
            case AUTH -> ((Packet.Auth) packet).properties();
            case PINGREQ, PINGRESP, RESERVED, WILL -> Properties.NONE;
        };
    }

    static int firstByte(PacketType type) {
        int flags = switch (type) {
            case PUBREL, SUBSCRIBE, UNSUBSCRIBE -> 0x02;
            default -> 0;
        };
        return type.code() << 4 | flags;
    }

    static int remainingLength(Packet packet, Properties properties, ProtocolVersion version) {
        int propertiesSize = version.isV5() ? sized(PropertyWriter.size(properties)) : 0;
        return switch (packet.type()) {
            case CONNECT -> ConnectWriter.size((Packet.Connect) packet) + propertiesSize;
            case CONNACK -> 2 + propertiesSize;
            case PUBACK, PUBREC, PUBREL, PUBCOMP -> 2 + tailSize(reason(packet), propertiesSize);
            case DISCONNECT, AUTH -> tailSize(reason(packet), propertiesSize);
            case SUBACK ->
                2 + propertiesSize + ((Packet.SubAck) packet).reasonCodes().size();
            case UNSUBACK ->
                2
                        + propertiesSize
                        + (version.isV5()
                                ? ((Packet.UnsubAck) packet).reasonCodes().size()
                                : 0);
            case SUBSCRIBE -> 2 + propertiesSize + requestsSize(((Packet.Subscribe) packet).requests());
            case UNSUBSCRIBE -> 2 + propertiesSize + filtersSize(((Packet.Unsubscribe) packet).filters());
            case PINGREQ, PINGRESP -> 0;
            case RESERVED, WILL, PUBLISH -> throw new IllegalArgumentException(packet.type() + " is not written here");
        };
    }

    private static int sized(int propertySize) {
        return PacketWriter.variableSize(propertySize) + propertySize;
    }

    /** Bytes of a reason code and properties that may be left out from their end (MQTT 5, 3.4.2.1). */
    private static int tailSize(ReasonCode reason, int propertiesSize) {
        if (propertiesSize > 1) {
            return 1 + propertiesSize;
        }
        return propertiesSize == 0 || reason == ReasonCode.SUCCESS ? 0 : 1;
    }

    private static int requestsSize(List<Packet.Request> requests) {
        int size = 0;
        for (Packet.Request request : requests) {
            size += PacketWriter.stringSize(request.filter()) + 1;
        }
        return size;
    }

    private static int filtersSize(List<String> filters) {
        int size = 0;
        for (String filter : filters) {
            size += PacketWriter.stringSize(filter);
        }
        return size;
    }

    private static ReasonCode reason(Packet packet) {
        return switch (packet.type()) {
            case PUBACK -> ((Packet.PubAck) packet).reasonCode();
            case PUBREC -> ((Packet.PubRec) packet).reasonCode();
            case PUBREL -> ((Packet.PubRel) packet).reasonCode();
            case PUBCOMP -> ((Packet.PubComp) packet).reasonCode();
            case DISCONNECT -> ((Packet.Disconnect) packet).reasonCode();
            case AUTH -> ((Packet.Auth) packet).reasonCode();
            default -> throw new IllegalArgumentException(packet.type() + " has no reason code at its end");
        };
    }

    private static int packetId(Packet packet) {
        return switch (packet.type()) {
            case PUBACK -> ((Packet.PubAck) packet).packetId();
            case PUBREC -> ((Packet.PubRec) packet).packetId();
            case PUBREL -> ((Packet.PubRel) packet).packetId();
            default -> ((Packet.PubComp) packet).packetId();
        };
    }

    static void body(Packet packet, Properties properties, int remainingLength, ProtocolVersion version, ByteBuf out) {
        boolean v5 = version.isV5();
        switch (packet.type()) {
            case CONNECT -> ConnectWriter.write((Packet.Connect) packet, out);
            case CONNACK -> connAck((Packet.ConnAck) packet, properties, version, out);
            case PUBACK, PUBREC, PUBREL, PUBCOMP -> {
                out.writeShort(packetId(packet));
                tail(reason(packet), properties, remainingLength - 2, out);
            }
            case DISCONNECT, AUTH -> tail(reason(packet), properties, remainingLength, out);
            case SUBSCRIBE -> {
                Packet.Subscribe subscribe = (Packet.Subscribe) packet;
                identified(subscribe.packetId(), properties, v5, out);
                for (Packet.Request request : subscribe.requests()) {
                    PacketWriter.string(request.filter(), out);
                    out.writeByte(
                            v5
                                    ? request.options().code()
                                    : request.options().maximumQos().code());
                }
            }
            case SUBACK -> {
                Packet.SubAck subAck = (Packet.SubAck) packet;
                identified(subAck.packetId(), properties, v5, out);
                for (ReasonCode reason : subAck.reasonCodes()) {
                    out.writeByte(v5 || !reason.isError() ? reason.code() : ReasonCode.UNSPECIFIED_ERROR.code());
                }
            }
            case UNSUBSCRIBE -> {
                Packet.Unsubscribe unsubscribe = (Packet.Unsubscribe) packet;
                identified(unsubscribe.packetId(), properties, v5, out);
                for (String filter : unsubscribe.filters()) {
                    PacketWriter.string(filter, out);
                }
            }
            case UNSUBACK -> {
                Packet.UnsubAck unsubAck = (Packet.UnsubAck) packet;
                identified(unsubAck.packetId(), properties, v5, out);
                if (v5) {
                    for (ReasonCode reason : unsubAck.reasonCodes()) {
                        out.writeByte(reason.code());
                    }
                }
            }
            case PINGREQ, PINGRESP -> {}
            case RESERVED, WILL, PUBLISH -> throw new IllegalArgumentException(packet.type() + " is not written here");
        }
    }

    private static void connAck(Packet.ConnAck packet, Properties properties, ProtocolVersion version, ByteBuf out) {
        // MQTT 3.1 knows no Session Present: there the byte is reserved.
        out.writeByte(packet.sessionPresent() && version != ProtocolVersion.V3_1 ? 1 : 0);
        out.writeByte(version.isV5() ? packet.reasonCode().code() : returnCode(packet.reasonCode()));
        if (version.isV5()) {
            properties(properties, out);
        }
    }

    /** The CONNACK return code of versions before 5 (MQTT 3.1.1, 3.2.2.3). */
    static int returnCode(ReasonCode reason) {
        return switch (reason) {
            case SUCCESS -> 0;
            case UNSUPPORTED_PROTOCOL_VERSION -> 1;
            case CLIENT_IDENTIFIER_NOT_VALID -> 2;
            case SERVER_UNAVAILABLE,
                    SERVER_BUSY,
                    SERVER_SHUTTING_DOWN,
                    QUOTA_EXCEEDED,
                    USE_ANOTHER_SERVER,
                    SERVER_MOVED,
                    CONNECTION_RATE_EXCEEDED,
                    UNSPECIFIED_ERROR,
                    IMPLEMENTATION_SPECIFIC_ERROR -> 3;
            case BAD_USER_NAME_OR_PASSWORD, BAD_AUTHENTICATION_METHOD -> 4;
            default -> 5;
        };
    }

    private static void identified(int packetId, Properties properties, boolean v5, ByteBuf out) {
        out.writeShort(packetId);
        if (v5) {
            properties(properties, out);
        }
    }

    private static void tail(ReasonCode reason, Properties properties, int length, ByteBuf out) {
        if (length > 0) {
            out.writeByte(reason.code());
        }
        if (length > 1) {
            properties(properties, out);
        }
    }

    static void properties(Properties properties, ByteBuf out) {
        PacketWriter.variableBytes(PropertyWriter.size(properties), out);
        PropertyWriter.write(properties, out);
    }
}
