package io.coppice.codec;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Will;
import org.jspecify.annotations.Nullable;

/** Reads CONNECT after its protocol name and level (MQTT 5, 3.1). */
final class ConnectReader {
    private static final int RESERVED = 0x01;
    private static final int CLEAN_START = 0x02;
    private static final int WILL = 0x04;
    private static final int WILL_QOS = 0x18;
    private static final int WILL_RETAIN = 0x20;
    private static final int PASSWORD = 0x40;
    private static final int USER_NAME = 0x80;

    private ConnectReader() {}

    /** The version in which whoever wrote this name and level understands an answer, or null where the name is no MQTT name. */
    static @Nullable ProtocolVersion versionToAnswer(String protocolName, int level) {
        if (protocolName.equals(ProtocolVersion.V3_1.protocolName())) {
            return ProtocolVersion.V3_1;
        }
        if (!protocolName.equals(ProtocolVersion.V5.protocolName())) {
            return null;
        }
        // Bridges add 0x80 to the level; what they understand is below that bit.
        return (level & 0x7F) < ProtocolVersion.V5.level() ? ProtocolVersion.V3_1_1 : ProtocolVersion.V5;
    }

    /** The version with this name and level; refused with 0x84 where there is none. */
    static ProtocolVersion version(String protocolName, int level) {
        for (ProtocolVersion version : ProtocolVersion.values()) {
            if (version.level() == level && version.protocolName().equals(protocolName)) {
                return version;
            }
        }
        throw new ProtocolError(
                ReasonCode.UNSUPPORTED_PROTOCOL_VERSION,
                "protocol name and level are not MQTT 4, MQTT 5 or MQIsdp 3; the level is " + level);
    }

    static Packet.Connect read(
            PacketReader in, PropertyReader propertyReader, ProtocolVersion version, DecoderLimits limits) {
        int flags = in.oneByte("connect flags");
        checkFlags(flags, version);
        int keepAlive = in.twoBytes("keep alive");
        Properties properties = version.isV5() ? propertyReader.read(in, PacketType.CONNECT) : Properties.NONE;
        if (properties.has(Property.AUTHENTICATION_DATA) && !properties.has(Property.AUTHENTICATION_METHOD)) {
            throw new ProtocolError(ReasonCode.PROTOCOL_ERROR, "Authentication Data without Authentication Method");
        }
        boolean cleanStart = (flags & CLEAN_START) != 0;
        String clientId = clientId(in, version, cleanStart, limits);
        Will will = (flags & WILL) != 0 ? will(in, propertyReader, flags, version, limits) : null;
        String userName = (flags & USER_NAME) != 0 ? in.string("user name") : null;
        byte[] password = (flags & PASSWORD) != 0 ? in.binary("password") : null;
        in.nothingLeft("CONNECT");
        return new Packet.Connect(version, cleanStart, keepAlive, clientId, will, userName, password, properties);
    }

    private static void checkFlags(int flags, ProtocolVersion version) {
        if ((flags & RESERVED) != 0) {
            throw PacketReader.malformed("the reserved connect flag is set");
        }
        if ((flags & WILL) == 0 && (flags & (WILL_QOS | WILL_RETAIN)) != 0) {
            throw PacketReader.malformed("Will QoS or Will Retain without a will");
        }
        if ((flags & WILL_QOS) == WILL_QOS) {
            throw PacketReader.malformed("Will QoS 3 does not exist");
        }
        if (!version.isV5() && (flags & (USER_NAME | PASSWORD)) == PASSWORD) {
            throw PacketReader.malformed("a password without a user name (MQTT-3.1.2-22)");
        }
    }

    private static String clientId(PacketReader in, ProtocolVersion version, boolean cleanStart, DecoderLimits limits) {
        int before = in.remaining();
        String clientId = in.string("client identifier");
        if (before - in.remaining() - 2 > limits.clientIdLengthMax()) {
            throw new ProtocolError(
                    ReasonCode.CLIENT_IDENTIFIER_NOT_VALID,
                    "the client identifier has more than " + limits.clientIdLengthMax() + " bytes");
        }
        boolean emptyAllowed = version.isV5() || (version == ProtocolVersion.V3_1_1 && cleanStart);
        if (clientId.isEmpty() && !emptyAllowed) {
            throw new ProtocolError(
                    ReasonCode.CLIENT_IDENTIFIER_NOT_VALID,
                    "an empty client identifier needs MQTT 5, or MQTT 3.1.1 with Clean Session (MQTT-3.1.3-8)");
        }
        return clientId;
    }

    private static Will will(
            PacketReader in, PropertyReader propertyReader, int flags, ProtocolVersion version, DecoderLimits limits) {
        Properties properties = Properties.NONE;
        long delayInterval = 0;
        long messageExpiryInterval = -1;
        if (version.isV5()) {
            properties = propertyReader.read(in, PacketType.WILL);
            delayInterval = propertyReader.willDelayInterval();
            messageExpiryInterval = propertyReader.messageExpiryInterval();
        }
        TopicName topic = PublishReader.topic(in, limits);
        byte[] payload = in.binary("will payload");
        return new Will(
                topic,
                payload,
                Qos.of((flags & WILL_QOS) >> 3),
                (flags & WILL_RETAIN) != 0,
                properties,
                delayInterval,
                messageExpiryInterval);
    }
}
