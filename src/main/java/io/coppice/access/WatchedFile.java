package io.coppice.access;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.config.ConfigException;
import io.coppice.config.Shown;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serial;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file whose meaning is there from the start and is read anew when the file has changed. What does not read changes nothing. */
final class WatchedFile<T> {
    private static final Logger LOG = LoggerFactory.getLogger(WatchedFile.class);
    /** A file that was changed less than so long before it was read may change again within the same tick of its clock. */
    private static final long TICK_MILLIS = 2_000;

    /** Turns what is in a file into what it means. */
    interface Parser<T> {
        T parse(Path path, byte[] content) throws ConfigException;

        /** What is wrong with a file that is larger than it may be. */
        default String tooLarge(int bytesMax) {
            return "the file cannot be read: is larger than " + bytesMax + " bytes";
        }
    }

    /** There is more in a file than anybody takes. */
    private static final class TooLarge extends IOException {
        @Serial
        private static final long serialVersionUID = 1;

        TooLarge(int bytesMax) {
            super("is larger than " + bytesMax + " bytes");
        }
    }

    /** By what a change is seen without reading. */
    private record Stamp(
            FileTime modified, long size, @Nullable Object key) {
        static Stamp of(Path path) throws IOException {
            BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class);
            return new Stamp(found.lastModifiedTime(), found.size(), found.fileKey());
        }

        boolean settled(long now) {
            return now - modified.toMillis() > TICK_MILLIS;
        }
    }

    private final Path path;
    private final int bytesMax;
    private final Parser<T> parser;
    private final Runnable changed;
    private final LongSupplier clock;
    private volatile T value;

    // Only while looking.
    private @Nullable Stamp seen;
    /** Of what the value was made of. */
    private byte[] digest;
    /** Of what was read last, right or wrong; null where nothing could be read. */
    private byte @Nullable [] read;
    /** What was wrong when it was looked at last, which is not said twice. */
    private @Nullable String said;

    /**
     * Reads the file.
     *
     * @param bytesMax of a file that is larger nothing is read
     * @param changed run after another value has taken the place of the one before
     * @param clock milliseconds since 1970, by which the file system goes too
     * @throws ConfigException if the file cannot be read or means nothing
     */
    WatchedFile(Path path, int bytesMax, Parser<T> parser, Runnable changed, LongSupplier clock)
            throws ConfigException {
        this.path = path;
        this.bytesMax = bytesMax;
        this.parser = parser;
        this.changed = changed;
        this.clock = clock;
        try {
            this.seen = stampToTrust();
            byte[] content = read(path, bytesMax);
            this.digest = digest(content);
            this.read = digest;
            this.value = parser.parse(path, content);
        } catch (IOException e) {
            throw new ConfigException(List.of(fault(e)));
        }
    }

    T value() {
        return value;
    }

    /**
     * Takes what the file says now, if it has changed; says in the log what is wrong with it, once. Blocks.
     *
     * @return whether there is another value
     */
    synchronized boolean look() {
        try {
            if (seen != null && seen.equals(Stamp.of(path))) {
                return false;
            }
            Stamp now = stampToTrust();
            byte[] content = read(path, bytesMax);
            seen = now;
            byte[] found = digest(content);
            boolean told = Arrays.equals(found, read);
            read = found;
            return !told && take(content, found);
        } catch (IOException e) {
            seen = null;
            read = null;
            complain(fault(e));
        } catch (ConfigException e) {
            complain(String.join("; ", e.faults()));
        }
        return false;
    }

    private boolean take(byte[] content, byte[] found) throws ConfigException {
        if (Arrays.equals(found, digest)) {
            said = null;
            return false; // as it was before something was wrong
        }
        T next = parser.parse(path, content);
        said = null;
        digest = found;
        value = next;
        LOG.info(getMarker("file-reloaded"), "{} has changed and was read anew", path);
        changed.run();
        return true;
    }

    private String fault(IOException e) {
        return e instanceof TooLarge ? path + ": " + parser.tooLarge(bytesMax) : unreadable(path, e);
    }

    private void complain(String fault) {
        if (!fault.equals(said)) {
            said = fault;
            LOG.error(
                    getMarker("file-reload-failed"),
                    "{} has changed, and what it said before stays in force: {}",
                    path,
                    fault);
        }
    }

    /** Taken before the file is read, so that a change meanwhile is seen the next time; null while it cannot be relied on. */
    private @Nullable Stamp stampToTrust() throws IOException {
        Stamp now = Stamp.of(path);
        return now.settled(clock.getAsLong()) ? now : null;
    }

    /**
     * All that is in a file.
     *
     * @throws TooLarge if there is more than {@code bytesMax}
     */
    static byte[] read(Path path, int bytesMax) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] content = in.readNBytes(bytesMax + 1);
            if (content.length > bytesMax) {
                throw new TooLarge(bytesMax);
            }
            return content;
        }
    }

    static String unreadable(Path path, IOException e) {
        if (e instanceof NoSuchFileException) {
            return Shown.path(path.toString()) + ": there is no such file";
        }
        String shown = Shown.path(path.toString());
        return shown + ": the file cannot be read: "
                + (e.getMessage() == null || e.getMessage().equals(path.toString()) || !shown.equals(path.toString())
                        ? e.getClass().getSimpleName()
                        : e.getMessage());
    }

    private static byte[] digest(byte[] content) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(content);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
