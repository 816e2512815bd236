package io.coppice.codec;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Bytes as a person writes them. Hex digits stand for themselves, {@code 'text'} for its UTF-8,
 * {@code <text>} for a string with its two-byte length, {@code [hex]} for binary data with its two-byte
 * length, and <code>{ … }</code> for whatever is inside with its length as a Variable Byte Integer before it.
 * So <code>30 { <a/b> 'hi' }</code> is a PUBLISH.
 */
final class Notation {
    private final String source;
    private int at;

    private Notation(String source) {
        this.source = source;
    }

    static byte[] bytes(String source) {
        return new Notation(source).group();
    }

    private byte[] group() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        while (at < source.length()) {
            char c = source.charAt(at++);
            if (c == '}') {
                break;
            }
            switch (c) {
                case ' ', '\n' -> {}
                case '{' -> {
                    byte[] inner = group();
                    out.writeBytes(variable(inner.length));
                    out.writeBytes(inner);
                }
                case '\'' -> out.writeBytes(until('\'').getBytes(StandardCharsets.UTF_8));
                case '<' -> sized(until('>').getBytes(StandardCharsets.UTF_8), out);
                case '[' -> sized(bytes(until(']')), out);
                default -> out.write(Integer.parseInt(c + "" + source.charAt(at++), 16));
            }
        }
        return out.toByteArray();
    }

    private String until(char end) {
        int close = source.indexOf(end, at);
        String text = source.substring(at, close);
        at = close + 1;
        return text;
    }

    private static void sized(byte[] data, ByteArrayOutputStream out) {
        out.write(data.length >> 8);
        out.write(data.length);
        out.writeBytes(data);
    }

    static byte[] variable(int value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int rest = value;
        do {
            out.write(rest >= 0x80 ? (rest & 0x7F) | 0x80 : rest);
            rest >>>= 7;
        } while (rest > 0);
        return out.toByteArray();
    }

    static String hex(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (byte b : bytes) {
            text.append(String.format("%02X ", b));
        }
        return text.toString();
    }
}
