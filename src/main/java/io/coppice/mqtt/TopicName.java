package io.coppice.mqtt;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The topic that a message is published to: 1 to 65,535 bytes of UTF-8, without wildcards and U+0000
 * (MQTT 5, 4.7). Equal when the strings are equal.
 */
public final class TopicName {
    private final String value;
    private final byte[] utf8;

    private TopicName(String value, byte[] utf8) {
        this.value = value;
        this.utf8 = utf8;
    }

    /**
     * Checks and wraps a topic.
     *
     * @throws ProtocolError 0x90 Topic Name invalid
     */
    public static TopicName of(String value) {
        return ofDecoded(value, value.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * As {@link #of} where the bytes are already at hand.
     *
     * @param utf8 the same string in UTF-8; handed over, not to be written to any more
     */
    public static TopicName ofDecoded(String value, byte[] utf8) {
        if (utf8.length == 0 || utf8.length > Strings.MAX_BYTES) {
            throw new ProtocolError(
                    ReasonCode.TOPIC_NAME_INVALID, "a topic name has 1 to 65535 bytes, not " + utf8.length);
        }
        for (int i = 0; i < utf8.length; i++) {
            byte b = utf8[i];
            if (b == '+' || b == '#' || b == 0) {
                throw new ProtocolError(
                        ReasonCode.TOPIC_NAME_INVALID,
                        "a topic name holds no '+', '#' or U+0000, but byte " + i + " is one");
            }
        }
        return new TopicName(value, utf8);
    }

    public String value() {
        return value;
    }

    /** The topic in UTF-8; not to be written to. */
    public byte[] utf8() {
        return utf8;
    }

    /** How many levels '/' separates: 1 and more. */
    public int levels() {
        int levels = 1;
        for (byte b : utf8) {
            if (b == '/') {
                levels++;
            }
        }
        return levels;
    }

    /** Whether the topic begins with '$': filters that begin with a wildcard do not match it (MQTT-4.7.2-1). */
    public boolean isSystem() {
        return utf8[0] == '$';
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other || other instanceof TopicName that && value.equals(that.value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    public String toString() {
        return value;
    }
}
