package io.coppice.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/** Writes the data types of the standard (MQTT 5, 1.5) and tells their sizes in bytes. */
final class PacketWriter {
    private PacketWriter() {}

    static int variableSize(int value) {
        return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : 4;
    }

    /** @param value 0 to 268,435,455 */
    static void variableBytes(int value, ByteBuf out) {
        int rest = value;
        while (rest >= 0x80) {
            out.writeByte((rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        out.writeByte(rest);
    }

    /** Any number, the small ones in few bytes: seven bits in each, the lowest first; up to ten bytes. */
    static void variableLong(long value, ByteBuf out) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            out.writeByte((int) (rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        out.writeByte((int) rest);
    }

    /** As {@link #variableLong(long, ByteBuf)}; gives where the next byte goes. */
    static int variableLong(long value, byte[] out, int at) {
        int next = at;
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            out[next++] = (byte) ((rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        out[next++] = (byte) rest;
        return next;
    }

    static int stringSize(String text) {
        return 2 + ByteBufUtil.utf8Bytes(text);
    }

    /** @param text up to 65,535 bytes in UTF-8; a lone surrogate becomes '?' */
    static void string(String text, ByteBuf out) {
        int length = ByteBufUtil.utf8Bytes(text);
        if (length > 65_535) {
            throw new IllegalArgumentException("a string of " + length + " bytes; MQTT has 65535 at most");
        }
        out.writeShort(length);
        ByteBufUtil.reserveAndWriteUtf8(out, text, length);
    }

    static int binarySize(byte[] data) {
        return 2 + data.length;
    }

    /** @param data up to 65,535 bytes */
    static void binary(byte[] data, ByteBuf out) {
        if (data.length > 65_535) {
            throw new IllegalArgumentException("binary data of " + data.length + " bytes; MQTT has 65535 at most");
        }
        out.writeShort(data.length);
        out.writeBytes(data);
    }
}
