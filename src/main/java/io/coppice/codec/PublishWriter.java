package io.coppice.codec;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.Qos;
import io.netty.buffer.ByteBuf;

/** Writes PUBLISH (MQTT 5, 3.3). */
final class PublishWriter {
    static final int[] NO_IDENTIFIERS = {};

    private static final int QOS_BITS = 0x06;
    private static final int HEADER_SIZE_MAX = 5;
    private static final long SECONDS_MAX = 0xFFFF_FFFFL;

    private PublishWriter() {}

    /**
     * The Message Expiry Interval with which a message goes out: what is left, to the nearest second and at least 1; or
     * -1 for none. The loop that sends may be milliseconds behind the one that received or ahead of it, and a message
     * that did not wait keeps the interval it came with all the same.
     */
    static long remainingSeconds(long expiresAt, long now) {
        if (expiresAt == Message.NEVER) {
            return -1;
        }
        long left = expiresAt - now;
        return left < 1500 ? 1 : Math.min(left / 1000 + (left % 1000 < 500 ? 0 : 1), SECONDS_MAX);
    }

    static int firstByte(Qos qos, boolean dup, boolean retain) {
        return PacketType.PUBLISH.code() << 4 | (dup ? 0x08 : 0) | qos.code() << 1 | (retain ? 0x01 : 0);
    }

    static boolean withIdentifier(int firstByte) {
        return (firstByte & QOS_BITS) != 0;
    }

    /** Bytes of all properties without the length before them. */
    static int propertySize(Properties properties, long expirySeconds, int topicAlias, int[] identifiers) {
        return PropertyWriter.size(properties)
                + (expirySeconds >= 0 ? 5 : 0)
                + (topicAlias > 0 ? 3 : 0)
                + PropertyWriter.identifiersSize(identifiers);
    }

    /**
     * The Remaining Length.
     *
     * @param propertySize that of {@link #propertySize}, or -1 for a version without properties
     */
    static int remainingLength(int topicLength, boolean withIdentifier, int propertySize, int payloadLength) {
        return 2
                + topicLength
                + (withIdentifier ? 2 : 0)
                + (propertySize < 0 ? 0 : PacketWriter.variableSize(propertySize) + propertySize)
                + payloadLength;
    }

    /**
     * Writes everything before the payload.
     *
     * @param topic in UTF-8, empty where an alias alone says it
     * @param packetId 0 at QoS 0
     * @param v5 whether the version has properties; without, the next four parameters do not count
     * @param expirySeconds 0 to 4,294,967,295, or -1 for none
     * @param topicAlias 1 to 65,535, or 0 for none
     * @param payloadLength bytes that follow
     */
    static void head(
            int firstByte,
            byte[] topic,
            int packetId,
            boolean v5,
            Properties properties,
            long expirySeconds,
            int topicAlias,
            int[] identifiers,
            int payloadLength,
            ByteBuf out) {
        boolean withIdentifier = withIdentifier(firstByte);
        int propertySize = v5 ? propertySize(properties, expirySeconds, topicAlias, identifiers) : -1;
        int remainingLength = remainingLength(topic.length, withIdentifier, propertySize, payloadLength);
        out.ensureWritable(HEADER_SIZE_MAX + remainingLength - payloadLength);
        out.writeByte(firstByte);
        PacketWriter.variableBytes(remainingLength, out);
        PacketWriter.binary(topic, out);
        if (withIdentifier) {
            out.writeShort(packetId);
        }
        if (!v5) {
            return;
        }
        PacketWriter.variableBytes(propertySize, out);
        if (propertySize == 0) {
            return;
        }
        if (expirySeconds >= 0) {
            out.writeByte(Property.MESSAGE_EXPIRY_INTERVAL.id());
            out.writeInt((int) expirySeconds);
        }
        if (topicAlias > 0) {
            out.writeByte(Property.TOPIC_ALIAS.id());
            out.writeShort(topicAlias);
        }
        PropertyWriter.write(properties, out);
        PropertyWriter.identifiers(identifiers, out);
    }
}
