package io.coppice.storage;

import static org.slf4j.MarkerFactory.getMarker;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens a journal whatever has become of it: with as much of it as reads. What it was before stays beside it, once, for
 * whoever wants to look; no damage is met a second time.
 */
final class Salvage {
    private static final Logger LOG = LoggerFactory.getLogger(Salvage.class);
    private static final String DAMAGED = ".damaged";
    private static final String REBUILT = ".rebuilt";
    private static final int COPY_BYTES = 1 << 20;

    private Salvage() {}

    /**
     * A journal.
     *
     * @param damages that were met on the way; what reads of it may have more
     */
    record Opened(Journal journal, int damages) {}

    /**
     * The journal in a place, which is made where there is none.
     *
     * @throws JournalFault where the disk is in the way, or what is there is from a newer release
     */
    static Opened open(Path place, JournalOptions options) throws JournalFault {
        try {
            Files.createDirectories(place);
            LogFrames.mend(place);
        } catch (IOException e) {
            throw new JournalFault("the journal in " + place.toAbsolutePath() + " cannot be made or read: " + e, e);
        }
        Journal whole = tried(place, options, Journal.Tolerance.NONE);
        if (whole != null) {
            return new Opened(whole, 0);
        }
        Journal rest = tried(place, options, Journal.Tolerance.OF_THE_LOG);
        if (rest == null) {
            // a record of many frames that lost one in the middle is none, and none behind it is looked at
            rest = tried(place, options, Journal.Tolerance.OF_THE_REST_OF_THE_LOG);
        }
        if (rest == null) {
            Journal older = tried(place, options, Journal.Tolerance.OF_FILES);
            if (older != null) {
                older.close(); // that leaves out all that was logged, which comes with the next opening
                rest = tried(place, options, Journal.Tolerance.OF_THE_LOG);
            }
        }
        if (rest != null) {
            return new Opened(rebuilt(rest, place, options), 1);
        }
        setAside(place);
        LOG.error(
                getMarker("journal-abandoned"),
                "Nothing of the journal reads. It is kept as {}; the node begins without it.",
                beside(place, DAMAGED));
        return new Opened(open(place, options).journal, 1);
    }

    /** Null where what is there is damaged more than is put up with. */
    private static @Nullable Journal tried(Path place, JournalOptions options, Journal.Tolerance tolerance)
            throws JournalFault {
        try {
            return new Journal(place, options, tolerance);
        } catch (JournalFault e) {
            if (!e.isDamage()) {
                throw e;
            }
            LOG.error(getMarker("journal-unreadable"), "{}", e.getMessage());
            return null;
        }
    }

    /** Copies what reads of a journal, which is closed then, to a fresh one in its place. */
    static Journal rebuilt(Journal damaged, Path place, JournalOptions options) throws JournalFault {
        Path fresh = beside(place, REBUILT);
        try {
            delete(fresh);
            Files.createDirectories(fresh);
            try (Journal copy = new Journal(fresh, options.withSync(), Journal.Tolerance.NONE)) {
                for (Family family : Family.values()) {
                    copy(damaged, copy, family);
                }
            }
            damaged.close();
            setAside(place);
            Files.move(fresh, place);
        } catch (IOException e) {
            throw new JournalFault("the journal in " + place.toAbsolutePath() + " cannot be rebuilt: " + e, e);
        }
        LOG.error(
                getMarker("journal-rebuilt"),
                "The journal was rebuilt from what reads; it is kept as it was in {}.",
                beside(place, DAMAGED));
        return new Journal(place, options, Journal.Tolerance.NONE);
    }

    private static void copy(Journal from, Journal to, Family family) throws JournalFault {
        Changes changes = new Changes();
        from.scan(family, (key, value) -> {
            changes.put(family, key, value);
            if (changes.size() > COPY_BYTES) {
                to.write(changes);
                changes.clear();
            }
        });
        if (!changes.isEmpty()) {
            to.write(changes);
        }
    }

    private static void setAside(Path place) throws JournalFault {
        try {
            delete(beside(place, DAMAGED));
            Files.move(place, beside(place, DAMAGED));
        } catch (IOException e) {
            throw new JournalFault(place.toAbsolutePath() + " cannot be set aside: " + e, e);
        }
    }

    private static Path beside(Path place, String suffix) {
        return place.resolveSibling(place.getFileName() + suffix);
    }

    private static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }
}
