package io.coppice.blackbox;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes the data types of MQTT 5, 1.5, and knows no rule about their values. */
final class ByteWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    ByteWriter int8(long value) {
        out.write((int) value);
        return this;
    }

    ByteWriter int16(long value) {
        return int8(value >> 8).int8(value);
    }

    ByteWriter int32(long value) {
        return int16(value >> 16).int16(value);
    }

    ByteWriter varint(long value) {
        long rest = value;
        while (rest > 0x7F) {
            int8((rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        return int8(rest);
    }

    ByteWriter raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    /** Two bytes of length and the bytes: a string or binary data. */
    ByteWriter prefixed(byte[] bytes) {
        return int16(bytes.length).raw(bytes);
    }

    ByteWriter string(String text) {
        return prefixed(utf8(text));
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
