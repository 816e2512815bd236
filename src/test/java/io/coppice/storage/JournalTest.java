package io.coppice.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coppice.blackbox.Hostile;
import io.coppice.port.SessionStore.Entry;
import io.coppice.port.SessionStore.Outcome;
import io.coppice.session.SessionRecord;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was answered as safe is found again, whatever becomes of the process; and nothing that was not written. */
class JournalTest {
    @TempDir
    Path directory;

    private int places;

    private Path place() {
        return directory.resolve("node-" + places++);
    }

    @Test
    void whatWasStoredIsThereAfterAnyNumberOfStartsAndKills() throws Exception {
        for (long seed = 1; seed <= 30; seed++) {
            RandomSessions sessions = new RandomSessions(seed);
            Random random = new Random(seed);
            Path place = place();
            OpenJournal journal = new OpenJournal(place);
            try {
                for (int step = 0; step < 120; step++) {
                    List<List<Entry>> turns = new ArrayList<>();
                    for (int turn = seed % 2 == 0 ? 0 : random.nextInt(6); turn >= 0; turn--) {
                        turns.add(sessions.group());
                    }
                    assertThat(journal.appendAll(turns)).containsOnly(Outcome.SAFE);
                    if (random.nextInt(30) == 0) {
                        Path next = random.nextBoolean() ? place : OpenJournal.copy(place, place());
                        journal.close();
                        place = next;
                        journal = new OpenJournal(place);
                        requireSame(
                                journal.state(sessions.clients()),
                                RandomSessions.restarted(sessions.state()),
                                "seed " + seed + ", step " + step);
                    }
                }
            } finally {
                journal.close();
            }
        }
    }

    /** What it does not know it would take out, or take for damage. */
    @ParameterizedTest
    @ValueSource(bytes = {0, 5, 127})
    void aJournalOfAnotherReleaseIsRefusedAndLeftAsItIs(byte format) throws Exception {
        Path place = place();
        try (OpenJournal journal = new OpenJournal(place)) {
            assertThat(journal.append(new RandomSessions(1).group())).isEqualTo(Outcome.SAFE);
        }
        byte[] key = "format".getBytes(StandardCharsets.US_ASCII);
        try (Journal journal = OpenJournal.bare(place)) {
            Changes changes = new Changes();
            changes.put(Family.ABOUT, key, new byte[] {format});
            journal.write(changes);
        }

        for (int start = 0; start < 2; start++) {
            assertThatThrownBy(() -> new OpenJournal(place))
                    .isInstanceOf(JournalFault.class)
                    .hasMessageContaining("the journal in " + place.resolve("journal"))
                    .hasMessageContaining("has format " + format + "; this release reads up to 4")
                    .hasMessageContaining("Start the release that wrote it");
        }
    }

    private static void requireSame(Map<String, Set<String>> actual, Map<String, Set<String>> expected, String where) {
        assertThat(actual.keySet()).as(where).isEqualTo(expected.keySet());
        expected.forEach((client, image) ->
                assertThat(actual.get(client)).as(where + ", " + client).containsExactlyInAnyOrderElementsOf(image));
    }

    /** The states that groups lead to one after the other, and what lies on disk after the last. */
    private List<Map<String, Set<String>>> states(long seed, Path place, int groups) throws Exception {
        RandomSessions sessions = new RandomSessions(seed);
        List<Map<String, Set<String>>> states = new ArrayList<>();
        try (OpenJournal journal = new OpenJournal(place)) {
            states.add(RandomSessions.restarted(sessions.state()));
            for (int i = 0; i < groups; i++) {
                List<Entry> group = sessions.group();
                assertThat(journal.append(group)).isEqualTo(Outcome.SAFE);
                states.add(RandomSessions.restarted(sessions.state()));
            }
            OpenJournal.copy(place, directory.resolve("cut"));
        }
        return states;
    }

    @Test
    @Hostile("B94")
    void whatIsCutOffAnywhereIsWhatItWasBeforeSomeGroup() throws Exception {
        List<Map<String, Set<String>>> states = states(5, place(), 60);
        Path whole = directory.resolve("cut");
        Path log = largestLog(whole);
        long size = Files.size(log);
        int reached = 0;
        for (long cut = size; cut > 0; cut -= 97) {
            Path place = OpenJournal.copy(whole, place());
            Path cutLog = place.resolve("journal").resolve(log.getFileName());
            try (var channel = java.nio.channels.FileChannel.open(cutLog, java.nio.file.StandardOpenOption.WRITE)) {
                channel.truncate(cut);
            }
            try (OpenJournal journal = new OpenJournal(place)) {
                Map<String, Set<String>> state = journal.state(new RandomSessions(5).clients());
                assertThat(states).as("cut at %d of %d", cut, size).contains(state);
                reached = Math.max(reached, states.lastIndexOf(state));
            }
        }
        assertThat(reached).isEqualTo(60);
    }

    private static Path largestLog(Path place) throws Exception {
        try (Stream<Path> files = Files.list(place.resolve("journal"))) {
            return files.filter(file -> file.toString().endsWith(".log"))
                    .max(Comparator.comparingLong(file -> file.toFile().length()))
                    .orElseThrow();
        }
    }

    @Test
    void aDirectoryIsOneProcess() throws Exception {
        Path place = place();
        try (OpenJournal journal = new OpenJournal(place)) {
            assertThatThrownBy(() -> new OpenJournal(place))
                    .isInstanceOf(JournalFault.class)
                    .hasMessageContaining("is in use by another process ("
                            + ProcessHandle.current().pid() + ")");
        }
        new OpenJournal(place).close();
    }

    /** How long a session lives without its client is counted from there on. */
    @Test
    void whoWasConnectedWhenTheNodeWasKilledHasBeenAwaySinceItLived() throws Exception {
        Path place = place();
        long begun = System.currentTimeMillis();
        Path killed;
        try (OpenJournal journal = new OpenJournal(place)) {
            assertThat(journal.append(List.of(new Entry("one", 5, new SessionRecord.Attached(1, 60, null, 5)))))
                    .isEqualTo(Outcome.SAFE);
            assertThat(journal.load("one")).hasSize(1);
            killed = OpenJournal.copy(place, place());
        }
        long ended = System.currentTimeMillis();
        for (int start = 0; start < 2; start++) {
            try (OpenJournal journal = new OpenJournal(killed)) {
                assertThat(journal.load("one")).last().isInstanceOfSatisfying(SessionRecord.Parked.class, parked -> {
                    assertThat(parked.at()).isBetween(begun, ended);
                    assertThat(parked.sessionExpiryInterval()).isEqualTo(60);
                });
            }
        }
    }
}
