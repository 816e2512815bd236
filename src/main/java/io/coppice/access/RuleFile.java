package io.coppice.access;

import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicFilter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A file of rules, which is read again when it has changed. For one thread at a time. */
final class RuleFile {
    /** Bytes: room for {@link #RULES_MAX} rules of a usual length. */
    static final int BYTES_MAX = 16 << 20;
    /** What is made of them takes some hundred bytes each. */
    static final int RULES_MAX = 100_000;
    /** Milliseconds; a file may change more than once within what its time of change can tell. */
    private static final long SAME_TIME_MILLIS = 2_000;

    /** What its text means. */
    interface Reader {
        RuleBook read(Path file, String text) throws WrongRules;
    }

    /** What a file system says of a file; another one where it may have changed. */
    private record Version(
            long changedMillis, long size, @Nullable Object key) {}

    private final Path path;
    private final Reader reader;
    private @Nullable Version seen;
    private long readAtMillis;
    /** Of what was read last, right or wrong; null before that. */
    private byte @Nullable [] digest;

    RuleFile(Path path, Reader reader) {
        this.path = path;
        this.reader = reader;
    }

    /**
     * What the file says now.
     *
     * @param nowMillis by the clock that the file system goes by
     * @throws WrongRules where it cannot be read, or is wrong
     */
    RuleBook read(long nowMillis) throws WrongRules {
        digest = null;
        return Objects.requireNonNull(readIfOther(nowMillis));
    }

    /** As {@link #read}; null where nothing has changed, also where what is wrong has been told already. */
    @Nullable
    RuleBook readIfChanged(long nowMillis) throws WrongRules {
        Version now;
        try {
            now = version();
        } catch (IOException gone) {
            now = null;
        }
        boolean settled = now == null || now.changedMillis() + SAME_TIME_MILLIS < readAtMillis;
        return Objects.equals(now, seen) && settled ? null : readIfOther(nowMillis);
    }

    private @Nullable RuleBook readIfOther(long nowMillis) throws WrongRules {
        readAtMillis = nowMillis;
        seen = null;
        try {
            seen = version();
            byte[] bytes = bytes();
            byte[] former = digest;
            byte[] newer = MessageDigest.getInstance("SHA-256").digest(bytes);
            digest = newer;
            return Arrays.equals(former, newer) ? null : reader.read(path, text(bytes));
        } catch (NoSuchFileException missing) {
            throw new WrongRules(path + ": there is no such file");
        } catch (CharacterCodingException notUtf8) {
            throw new WrongRules(path + ": the file is not UTF-8");
        } catch (IOException unreadable) {
            throw new WrongRules(path + ": the file cannot be read: " + unreadable);
        } catch (NoSuchAlgorithmException never) {
            throw new IllegalStateException(never); // every JVM has it
        }
    }

    private Version version() throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        return new Version(attributes.lastModifiedTime().toMillis(), attributes.size(), attributes.fileKey());
    }

    private byte[] bytes() throws IOException, WrongRules {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(path)) {
            bytes = in.readNBytes(BYTES_MAX + 1);
        }
        if (bytes.length > BYTES_MAX) {
            throw new WrongRules(path + ": the file is too large; allowed: up to " + BYTES_MAX + " bytes");
        }
        return bytes;
    }

    private static String text(byte[] bytes) throws CharacterCodingException {
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes))
                .toString();
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
