package io.coppice.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coppice.port.SessionStore.Outcome;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node goes to the next release and back, with the journal that it has, until the format is raised. */
class FormatsTest {
    private static final Formats FORMER = new Formats((byte) 4, (byte) 4);
    /** A release that reads one more, and goes on with the one before until it is told to raise it. */
    private static final Formats NEXT = new Formats((byte) 4, (byte) 5);

    @TempDir
    Path place;

    private final RandomSessions sessions = new RandomSessions(3);

    private OpenJournal open(Formats formats) throws JournalFault {
        return new OpenJournal(place, Long.MAX_VALUE, formats);
    }

    private void append(OpenJournal journal) throws Exception {
        assertThat(journal.append(sessions.group())).isEqualTo(Outcome.SAFE);
    }

    private void allIsThere(OpenJournal journal) throws Exception {
        Map<String, Set<String>> expected = RandomSessions.restarted(sessions.state());
        assertThat(journal.state(sessions.clients())).isEqualTo(expected);
    }

    private byte formatAfter(Formats formats, byte... raises) throws Exception {
        try (OpenJournal journal = open(formats)) {
            for (byte raise : raises) {
                journal.stores.raise(raise);
            }
            append(journal);
        }
        try (Journal journal =
                new Journal(place.resolve("journal"), new JournalOptions(false, NEXT), Journal.Tolerance.NONE)) {
            return journal.format().now();
        }
    }

    @Test
    void theFormerReleaseOpensWhatTheNextOneHasWrittenUntilTheFormatIsRaised() throws Exception {
        assertThat(formatAfter(FORMER)).isEqualTo((byte) 4);
        for (int turn = 0; turn < 2; turn++) {
            try (OpenJournal journal = open(NEXT)) {
                allIsThere(journal);
            }
            assertThat(formatAfter(NEXT)).as("not raised").isEqualTo((byte) 4);
            try (OpenJournal journal = open(FORMER)) {
                allIsThere(journal);
            }
            assertThat(formatAfter(FORMER)).as("by the former release").isEqualTo((byte) 4);
        }
    }

    @Test
    void onceItIsRaisedTheFormerReleaseRefusesItWithALineAndTheNextOneGoesOn() throws Exception {
        assertThat(formatAfter(FORMER)).isEqualTo((byte) 4);
        assertThat(formatAfter(NEXT, (byte) 5)).isEqualTo((byte) 5);

        for (int start = 0; start < 2; start++) {
            assertThatThrownBy(() -> open(FORMER))
                    .isInstanceOf(JournalFault.class)
                    .hasMessageContaining("the journal in " + place.resolve("journal"))
                    .hasMessageContaining("has format 5; this release reads up to 4. Start the release that wrote it");
        }
        try (OpenJournal journal = open(NEXT)) {
            allIsThere(journal);
        }
        assertThat(formatAfter(NEXT, (byte) 4)).as("it never goes down").isEqualTo((byte) 5);
    }

    @Test
    void aNewJournalHasTheFormatThatTheFormerReleaseReads() throws Exception {
        assertThat(formatAfter(NEXT)).isEqualTo((byte) 4);
    }
}
