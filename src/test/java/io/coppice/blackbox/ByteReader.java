package io.coppice.blackbox;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads the data types of MQTT 5, 1.5, out of one packet, and fails on what breaks a rule of theirs. */
final class ByteReader {
    private final byte[] bytes;
    private final int end;
    private int at;

    ByteReader(byte[] bytes) {
        this(bytes, 0, bytes.length);
    }

    private ByteReader(byte[] bytes, int at, int end) {
        this.bytes = bytes;
        this.at = at;
        this.end = end;
    }

    boolean hasMore() {
        return at < end;
    }

    int int8() {
        check(at < end, "it ends inside a field");
        return bytes[at++] & 0xFF;
    }

    int int16() {
        return int8() << 8 | int8();
    }

    long int32() {
        return (long) int16() << 16 | int16();
    }

    long varint() {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            check(shift < 28, "a variable byte integer is longer than four bytes");
            int next = int8();
            value |= (long) (next & 0x7F) << shift;
            if (next < 0x80) {
                check(next != 0 || shift == 0, "a variable byte integer is longer than need be");
                return value;
            }
        }
    }

    byte[] binary() {
        return take(int16());
    }

    String string() {
        byte[] utf8 = binary();
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
            check(text.indexOf('\0') < 0, "a string holds U+0000");
            return text;
        } catch (CharacterCodingException e) {
            throw malformed("a string is not UTF-8: " + Hex.text(utf8));
        }
    }

    byte[] rest() {
        return take(end - at);
    }

    /** A reader of the next bytes only. */
    ByteReader part(long length) {
        check(length <= end - at, "an inner length of " + length + " goes beyond the packet");
        ByteReader part = new ByteReader(bytes, at, at + (int) length);
        at += (int) length;
        return part;
    }

    static void check(boolean right, String otherwise) {
        if (!right) {
            throw malformed(otherwise);
        }
    }

    static AssertionError malformed(String why) {
        return new AssertionError("the server's packet is wrong: " + why);
    }

    private byte[] take(int length) {
        check(length <= end - at, "an inner length of " + length + " goes beyond the packet");
        byte[] taken = Arrays.copyOfRange(bytes, at, at + length);
        at += length;
        return taken;
    }
}
