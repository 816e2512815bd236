package io.coppice.codec;

import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.ReasonCode;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads the data types of the standard (MQTT 5, 1.5) from the bytes of one packet and never beyond them.
 * What is missing or badly formed is refused with 0x81; names of fields are for that error's text.
 */
final class PacketReader {
    static final byte[] NOTHING = {};

    /** Packets up to this size are copied into one array that stays; larger ones into one of their own. */
    private static final int KEPT_BYTES_MAX = 4096;

    private byte[] kept = NOTHING;
    private byte[] bytes = NOTHING;
    private int at;
    private int end;

    /** Begins with {@code length} bytes of a buffer, which must be there; where they lie in an array they are not copied. */
    void begin(ByteBuf in, int index, int length) {
        if (in.hasArray()) {
            begin(in.array(), in.arrayOffset() + index, length);
            return;
        }
        byte[] target = length > KEPT_BYTES_MAX ? new byte[length] : kept();
        in.getBytes(index, target, 0, length);
        begin(target, 0, length);
    }

    void begin(byte[] source, int index, int length) {
        bytes = source;
        at = index;
        end = index + length;
    }

    /** Lets go of the bytes. */
    void finish() {
        begin(NOTHING, 0, 0);
    }

    private byte[] kept() {
        if (kept.length == 0) {
            kept = new byte[KEPT_BYTES_MAX];
        }
        return kept;
    }

    int remaining() {
        return end - at;
    }

    /** The bytes being read; see {@link #position}. */
    byte[] bytes() {
        return bytes;
    }

    /** Where in {@link #bytes} the next field begins. */
    int position() {
        return at;
    }

    void skip(int length) {
        at += length;
    }

    /** Makes the next {@code length} bytes the end; gives what {@link #widen} needs to take it back. */
    int narrow(int length, String what) {
        need(length, what);
        int outer = end;
        end = at + length;
        return outer;
    }

    void widen(int outer) {
        end = outer;
    }

    int oneByte(String what) {
        need(1, what);
        return bytes[at++] & 0xFF;
    }

    int twoBytes(String what) {
        need(2, what);
        int value = (bytes[at] & 0xFF) << 8 | (bytes[at + 1] & 0xFF);
        at += 2;
        return value;
    }

    /** 0 to 4,294,967,295. */
    long fourBytes(String what) {
        return (long) twoBytes(what) << 16 | twoBytes(what);
    }

    /** 0 to 268,435,455, and in the shortest form (MQTT 5, 1.5.5). */
    int variableBytes(String what) {
        if (at < end && bytes[at] >= 0) {
            return bytes[at++]; // most are small
        }
        int value = 0;
        for (int shift = 0; shift <= 21; shift += 7) {
            int next = oneByte(what);
            value |= (next & 0x7F) << shift;
            if (next < 0x80) {
                if (next == 0 && shift > 0) {
                    throw malformed(what + " is longer than its value needs");
                }
                return value;
            }
        }
        throw malformed(what + " has more than four bytes");
    }

    /** What {@link PacketWriter#variableLong} wrote. */
    long variableLong(String what) {
        if (at < end && bytes[at] >= 0) {
            return bytes[at++];
        }
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            int next = oneByte(what);
            value |= (next & 0x7FL) << shift;
            if (next < 0x80) {
                if (shift == 63 && next > 1) {
                    break;
                }
                return value;
            }
        }
        throw malformed(what + " has more than 64 bits");
    }

    /** A packet identifier: 1 to 65,535 (MQTT 5, 2.2.1). */
    int packetIdentifier() {
        int identifier = twoBytes("packet identifier");
        if (identifier == 0) {
            throw new ProtocolError(ReasonCode.PROTOCOL_ERROR, "packet identifier 0; allowed: 1 to 65535");
        }
        return identifier;
    }

    String string(String what) {
        int length = twoBytes(what);
        need(length, what);
        String value = text(length, what);
        at += length;
        return value;
    }

    /** The next {@code length} bytes, which must be there, as a string; does not move on. */
    String text(int length, String what) {
        if (length == 0) {
            return "";
        }
        if (Utf8.isAscii(bytes, at, at + length)) {
            return new String(bytes, at, length, StandardCharsets.ISO_8859_1);
        }
        int fault = Utf8.firstFault(bytes, at, at + length);
        if (fault >= 0) {
            throw malformed(what + " is not UTF-8, or holds U+0000, at byte " + (fault - at));
        }
        return new String(bytes, at, length, StandardCharsets.UTF_8);
    }

    byte[] binary(String what) {
        int length = twoBytes(what);
        need(length, what);
        if (length == 0) {
            return NOTHING;
        }
        byte[] value = Arrays.copyOfRange(bytes, at, at + length);
        at += length;
        return value;
    }

    /** Refuses bytes that belong to no field. */
    void nothingLeft(String packet) {
        if (at != end) {
            throw malformed(packet + " has " + (end - at) + " bytes after its last field");
        }
    }

    void need(int length, String what) {
        if (end - at < length) {
            throw malformed(what + " needs " + length + " bytes where " + (end - at) + " are left");
        }
    }

    static ProtocolError malformed(String detail) {
        return new ProtocolError(ReasonCode.MALFORMED_PACKET, detail);
    }
}
