package io.coppice.storage;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** In which format the keys and values of a journal are, as the journal itself says. */
final class FormatMark {
    private static final byte[] KEY = "format".getBytes(StandardCharsets.US_ASCII);

    private final Journal journal;
    private final byte newest;
    private volatile byte format;

    private FormatMark(Journal journal, byte newest, byte format) {
        this.journal = journal;
        this.newest = newest;
        this.format = format;
    }

    /**
     * That of a journal that is being opened.
     *
     * @throws JournalFault where it is none of those that are read
     */
    static FormatMark of(Journal journal, Path place, Formats known) throws JournalFault {
        byte[] there = journal.get(Family.ABOUT, KEY);
        if (there == null || there.length == 1 && there[0] > 0 && there[0] < known.first()) {
            mark(journal, known.first());
            return new FormatMark(journal, known.newest(), known.first());
        }
        if (there.length != 1 || there[0] > known.newest() || there[0] < 1) {
            throw new JournalFault("the journal in " + place.toAbsolutePath() + " has format "
                    + (there.length == 1 ? Byte.toString(there[0]) : "of " + there.length + " bytes")
                    + "; this release reads up to " + known.newest()
                    + ". Start the release that wrote it, or a newer one.");
        }
        return new FormatMark(journal, known.newest(), there[0]);
    }

    private static void mark(Journal journal, byte format) throws JournalFault {
        Changes changes = new Changes();
        changes.put(Family.ABOUT, KEY, new byte[] {format});
        journal.write(changes);
    }

    /** The format in which keys and values are to be written. */
    byte now() {
        return format;
    }

    /**
     * Lets what comes be written in a newer format; a release that does not know it opens the journal no more from then on. Does
     * nothing where the journal has it, or a newer one. To be called by who writes.
     */
    void raise(byte wanted) throws JournalFault {
        if (wanted > newest) {
            throw new IllegalArgumentException("format " + wanted + "; this release knows up to " + newest);
        }
        if (wanted > format) {
            mark(journal, wanted);
            format = wanted;
        }
    }
}
