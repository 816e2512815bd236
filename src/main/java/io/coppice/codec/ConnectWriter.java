package io.coppice.codec;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.Will;
import io.netty.buffer.ByteBuf;

/** Writes CONNECT after its fixed header (MQTT 5, 3.1). */
final class ConnectWriter {
    private ConnectWriter() {}

    /** Bytes of {@link #write} without the packet's own properties and their length; those of the will are in it. */
    static int size(Packet.Connect packet) {
        int size = PacketWriter.stringSize(packet.version().protocolName()) + 1 + 1 + 2;
        size += PacketWriter.stringSize(packet.clientId());
        Will will = packet.will();
        if (will != null) {
            size += PacketWriter.binarySize(will.topic().utf8()) + PacketWriter.binarySize(will.payload());
            if (packet.version().isV5()) {
                int propertySize = willPropertySize(will);
                size += PacketWriter.variableSize(propertySize) + propertySize;
            }
        }
        if (packet.userName() != null) {
            size += PacketWriter.stringSize(packet.userName());
        }
        byte[] password = packet.password();
        return password == null ? size : size + PacketWriter.binarySize(password);
    }

    private static int willPropertySize(Will will) {
        return PropertyWriter.size(will.properties())
                + (will.delayInterval() > 0 ? 5 : 0)
                + (will.messageExpiryInterval() >= 0 ? 5 : 0);
    }

    static void write(Packet.Connect packet, ByteBuf out) {
        PacketWriter.string(packet.version().protocolName(), out);
        out.writeByte(packet.version().level());
        out.writeByte(flags(packet));
        out.writeShort(packet.keepAlive());
        if (packet.version().isV5()) {
            AnswerWriter.properties(packet.properties(), out);
        }
        PacketWriter.string(packet.clientId(), out);
        if (packet.will() != null) {
            will(packet.will(), packet.version().isV5(), out);
        }
        if (packet.userName() != null) {
            PacketWriter.string(packet.userName(), out);
        }
        byte[] password = packet.password();
        if (password != null) {
            PacketWriter.binary(password, out);
        }
    }

    private static int flags(Packet.Connect packet) {
        Will will = packet.will();
        int willFlags = will == null ? 0 : 0x04 | will.qos().code() << 3 | (will.retain() ? 0x20 : 0);
        return (packet.cleanStart() ? 0x02 : 0)
                | willFlags
                | (packet.password() != null ? 0x40 : 0)
                | (packet.userName() != null ? 0x80 : 0);
    }

    private static void will(Will will, boolean v5, ByteBuf out) {
        if (v5) {
            PacketWriter.variableBytes(willPropertySize(will), out);
            if (will.delayInterval() > 0) {
                out.writeByte(Property.WILL_DELAY_INTERVAL.id());
                out.writeInt((int) will.delayInterval());
            }
            if (will.messageExpiryInterval() >= 0) {
                out.writeByte(Property.MESSAGE_EXPIRY_INTERVAL.id());
                out.writeInt((int) will.messageExpiryInterval());
            }
            PropertyWriter.write(will.properties(), out);
        }
        PacketWriter.binary(will.topic().utf8(), out);
        PacketWriter.binary(will.payload(), out);
    }
}
