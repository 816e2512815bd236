package io.coppice.mqtt;

/** What the standard says of every string (MQTT 5, 1.5.4). */
final class Strings {
    static final int MAX_BYTES = 65_535;

    private Strings() {}

    /** The length of a string in UTF-8 bytes; a lone surrogate counts as three. */
    static int utf8Length(CharSequence text) {
        int bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                bytes++;
            } else if (c < 0x800) {
                bytes += 2;
            } else if (Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                bytes += 4;
                i++;
            } else {
                bytes += 3;
            }
        }
        return bytes;
    }
}
