package io.coppice.codec;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.netty.buffer.ByteBuf;

/** Turns packets into the bytes of a version (MQTT 5, 3; MQTT 3.1.1, 3). */
public final class PacketEncoder {
    private static final byte[] NO_TOPIC = {};

    /** A PUBLISH without topic, payload and properties, at most: fixed header, two lengths, packet identifier. */
    private static final int HEAD_SIZE = 5 + 2 + 2 + 1;

    private PacketEncoder() {}

    /**
     * Appends a packet. Where it would be larger than the client takes, its User Properties and then its
     * Reason String are left out (MQTT 5, 3.1.2.11.4); never those of a PUBLISH.
     *
     * <p>Versions before 5 get the reason codes translated: CONNACK to the return codes 0 to 5, a failure in
     * SUBACK to 0x80.
     *
     * @param maximumPacketSize bytes of the largest packet that the client takes
     * @param requestProblemInformation false leaves out Reason String and User Properties of all but PUBLISH,
     *     CONNACK and DISCONNECT (MQTT 5, 3.1.2.11.7)
     * @return false, and nothing appended, where the version has no such packet or it would still be too large
     */
    public static boolean encode(
            Packet packet,
            ProtocolVersion version,
            long maximumPacketSize,
            boolean requestProblemInformation,
            ByteBuf out) {
        if (!AnswerWriter.exists(packet, version)) {
            return false;
        }
        long sizeMax = Math.min(maximumPacketSize, FixedHeader.PACKET_SIZE_MAX);
        if (packet instanceof Packet.Publish publish) {
            return publish(publish, version, sizeMax, out);
        }
        Properties properties = version.isV5() ? AnswerWriter.properties(packet) : Properties.NONE;
        boolean toClient = AnswerWriter.mayBeStripped(packet.type());
        if (toClient
                && !requestProblemInformation
                && packet.type() != PacketType.CONNACK
                && packet.type() != PacketType.DISCONNECT) {
            properties = PropertyWriter.stripped(properties, false);
        }
        int remainingLength = AnswerWriter.remainingLength(packet, properties, version);
        if (toClient && size(remainingLength) > sizeMax) {
            properties = PropertyWriter.stripped(properties, true);
            remainingLength = AnswerWriter.remainingLength(packet, properties, version);
            if (size(remainingLength) > sizeMax) {
                properties = PropertyWriter.stripped(properties, false);
                remainingLength = AnswerWriter.remainingLength(packet, properties, version);
            }
        }
        if (size(remainingLength) > sizeMax) {
            return false;
        }
        out.ensureWritable((int) size(remainingLength));
        out.writeByte(AnswerWriter.firstByte(packet.type()));
        PacketWriter.variableBytes(remainingLength, out);
        AnswerWriter.body(packet, properties, remainingLength, version, out);
        return true;
    }

    /** Whether {@link #encode} makes an answer small enough, without User Properties and Reason String at the least. */
    public static boolean fits(Packet answer, ProtocolVersion version, long maximumPacketSize) {
        Properties least =
                version.isV5() ? PropertyWriter.stripped(AnswerWriter.properties(answer), false) : Properties.NONE;
        return size(AnswerWriter.remainingLength(answer, least, version)) <= maximumPacketSize;
    }

    private static boolean publish(Packet.Publish packet, ProtocolVersion version, long sizeMax, ByteBuf out) {
        boolean v5 = version.isV5();
        byte[] topic = packet.topic() == null ? NO_TOPIC : packet.topic().utf8();
        int[] noMore = PublishWriter.NO_IDENTIFIERS;
        int propertySize = v5
                ? PublishWriter.propertySize(
                        packet.properties(), packet.messageExpiryInterval(), packet.topicAlias(), noMore)
                : -1;
        boolean withIdentifier = packet.qos() != Qos.AT_MOST_ONCE;
        long size = size(
                PublishWriter.remainingLength(topic.length, withIdentifier, propertySize, packet.payload().length));
        if (size > sizeMax) {
            return false;
        }
        out.ensureWritable((int) size);
        PublishWriter.head(
                PublishWriter.firstByte(packet.qos(), packet.dup(), packet.retain()),
                topic,
                packet.packetId(),
                v5,
                packet.properties(),
                packet.messageExpiryInterval(),
                packet.topicAlias(),
                noMore,
                packet.payload().length,
                out);
        out.writeBytes(packet.payload());
        return true;
    }

    /** The bytes that {@link #encodePublish} appends with the topic and without an alias. */
    public static int publishSize(Message message, Qos qos, ProtocolVersion version, long now, int[] identifiers) {
        long expirySeconds = PublishWriter.remainingSeconds(message.expiresAt(), now);
        int propertySize =
                version.isV5() ? PublishWriter.propertySize(message.properties(), expirySeconds, 0, identifiers) : -1;
        return (int) size(PublishWriter.remainingLength(
                message.topic().utf8().length, qos != Qos.AT_MOST_ONCE, propertySize, message.payload().length));
    }

    /**
     * Appends a message as PUBLISH. Its Message Expiry Interval is what is left of it at {@code now}, in
     * whole seconds rounded up (MQTT-3.3.2-6).
     *
     * @param qos what this client gets
     * @param packetId 1 to 65,535, or 0 at QoS 0
     * @param topicAlias 1 to 65,535, or 0 for none
     * @param withTopic false where the alias alone says it
     * @param identifiers Subscription Identifiers, possibly none
     * @param now milliseconds since the epoch
     */
    public static void encodePublish(
            Message message,
            Qos qos,
            boolean dup,
            boolean retain,
            int packetId,
            int topicAlias,
            boolean withTopic,
            int[] identifiers,
            ProtocolVersion version,
            long now,
            ByteBuf out) {
        // Room for head and payload at once as long as there are no properties: growing copies what is there.
        out.ensureWritable(HEAD_SIZE + message.topic().utf8().length + message.payload().length);
        encodePublishHead(message, qos, dup, retain, packetId, topicAlias, withTopic, identifiers, version, now, out);
        out.writeBytes(message.payload());
    }

    /** As {@link #encodePublish} without the payload, which must follow. */
    static void encodePublishHead(
            Message message,
            Qos qos,
            boolean dup,
            boolean retain,
            int packetId,
            int topicAlias,
            boolean withTopic,
            int[] identifiers,
            ProtocolVersion version,
            long now,
            ByteBuf out) {
        PublishWriter.head(
                PublishWriter.firstByte(qos, dup, retain),
                withTopic ? message.topic().utf8() : NO_TOPIC,
                packetId,
                version.isV5(),
                message.properties(),
                PublishWriter.remainingSeconds(message.expiresAt(), now),
                topicAlias,
                identifiers,
                message.payload().length,
                out);
    }

    private static long size(int remainingLength) {
        return 1L + PacketWriter.variableSize(remainingLength) + remainingLength;
    }
}
