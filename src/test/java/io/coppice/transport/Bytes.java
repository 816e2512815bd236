package io.coppice.transport;

import io.coppice.codec.PacketEncoder;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

/** Packets as clients write them. */
final class Bytes {
    static final byte[] PINGREQ = {(byte) 0xC0, 0};
    static final byte[] PINGRESP = {(byte) 0xD0, 0};
    static final byte[] CONNACK_3_1_1 = {0x20, 2, 0, 0};
    static final byte[] CONNACK_5 = {0x20, 3, 0, 0, 0};

    private Bytes() {}

    static byte[] connect(ProtocolVersion version) {
        return of(new Packet.Connect(version, true, 0, "c", null, null, null, Properties.NONE), version);
    }

    static byte[] publish(int number, int size) {
        return of(publishPacket(number, size), ProtocolVersion.V5);
    }

    static Packet.Publish publishPacket(int number, int size) {
        byte[] payload = new byte[Math.max(4, size)];
        Unpooled.wrappedBuffer(payload).setInt(0, number);
        return new Packet.Publish(
                false, Qos.AT_MOST_ONCE, false, TopicName.of("t"), 0, 0, -1, Properties.NONE, payload);
    }

    /** The number that {@link #publish} put in. */
    static int number(Object packet) {
        return Unpooled.wrappedBuffer(((Packet.Publish) packet).payload()).getInt(0);
    }

    static byte[] of(Packet packet, ProtocolVersion version) {
        ByteBuf out = Unpooled.buffer();
        PacketEncoder.encode(packet, version, Long.MAX_VALUE, true, out);
        return ByteBufUtil.getBytes(out);
    }

    static byte[] joined(byte[]... parts) {
        return ByteBufUtil.getBytes(Unpooled.wrappedBuffer(parts));
    }
}
