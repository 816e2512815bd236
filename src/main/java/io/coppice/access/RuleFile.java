package io.coppice.access;

import io.coppice.config.ConfigException;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicFilter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * What is the same of every file of rules: its size, its encoding, and what a filter may be.
 *
 * @param reader of its text
 */
record RuleFile(Reader reader) implements WatchedFile.Parser<RuleBook> {
    /** Bytes: room for {@link #RULES_MAX} rules of a usual length. */
    static final int BYTES_MAX = 16 << 20;
    /** What is made of them takes some hundred bytes each. */
    static final int RULES_MAX = 100_000;

    /** What its text means. */
    interface Reader {
        RuleBook read(Path file, String text) throws ConfigException;
    }

    @Override
    public RuleBook parse(Path path, byte[] content) throws ConfigException {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(content))
                    .toString();
        } catch (CharacterCodingException notUtf8) {
            throw new ConfigException(List.of(path + ": the file is not UTF-8"));
        }
        return reader.read(path, text);
    }

    @Override
    public String tooLarge(int bytesMax) {
        return "the file is too large; allowed: up to " + bytesMax + " bytes";
    }

    /**
     * A filter of a rule.
     *
     * @throws ProtocolError where it is none, with what is allowed
     */
    static TopicFilter filter(String text) {
        if (text.chars().anyMatch(Character::isISOControl)) {
            throw invalid(text, "a filter in a rule holds no tab nor any other control character");
        }
        if (text.startsWith("$share/")) {
            throw invalid(text, "a shared subscription is judged by the filter inside; write that");
        }
        return TopicFilter.of(text);
    }

    private static ProtocolError invalid(String text, String allowed) {
        return new ProtocolError(
                ReasonCode.TOPIC_FILTER_INVALID, "topic filter " + Faults.shown(text) + ": " + allowed);
    }
}
