package io.coppice.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.Hostile;
import io.coppice.mqtt.Message;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.coppice.port.SessionStore.Outcome;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A journal that a disk has changed: nothing that was not written comes out of it, and the node starts with the rest, each time. */
class JournalDamageTest {
    /** The whole campaign is 10,000: {@code -Dcoppice.flips=10000}. */
    private static final int FLIPS = Integer.getInteger("coppice.flips", 150);

    @TempDir
    Path directory;

    private final Map<String, Set<String>> written = new HashMap<>();
    private final Set<String> retained = new HashSet<>();
    private final RandomSessions sessions = new RandomSessions(11);

    @Test
    @Hostile("B94")
    void oneFlippedBitAnywhereChangesNothingThatComesOut() throws Exception {
        Path whole = journal();
        Random random = new Random(3);
        int unharmed = 0;
        for (int flip = 0; flip < FLIPS; flip++) {
            Path place = OpenJournal.copy(whole, directory.resolve("flip-" + flip));
            String where = flip(place.resolve("journal"), random);
            Map<String, Set<String>> first = RandomSessions.restarted(open(place, where));
            Map<String, Set<String>> again = open(place, where + ", opened again");
            assertThat(again.keySet()).as(where).isEqualTo(first.keySet());
            first.forEach((client, image) ->
                    assertThat(again.get(client)).as(where + ", " + client).containsExactlyInAnyOrderElementsOf(image));
            unharmed += first.equals(RandomSessions.restarted(sessions.state())) ? 1 : 0;
            delete(place);
        }
        // most of what lies on disk is read, so most of what happens to it is noticed
        assertThat(unharmed).isBetween(1, FLIPS - 1);
    }

    @Test
    @Hostile("B94")
    void aFileThatIsGoneChangesNothingThatComesOut() throws Exception {
        Path whole = journal();
        List<Path> files;
        try (Stream<Path> all = Files.list(whole.resolve("journal"))) {
            files = all.map(Path::getFileName).sorted().toList();
        }
        assertThat(files).hasSizeGreaterThan(4);
        for (Path file : files) {
            Path place = OpenJournal.copy(whole, directory.resolve("without-" + file));
            Files.delete(place.resolve("journal").resolve(file));
            Map<String, Set<String>> first = RandomSessions.restarted(open(place, "without " + file));
            assertThat(open(place, "without " + file + ", opened again").keySet())
                    .isEqualTo(first.keySet());
            delete(place);
        }
    }

    /** RocksDB reads some of these for ever; each of them is told by the checksum. */
    @ParameterizedTest
    @ValueSource(strings = {"MANIFEST-", ".log"})
    void aTypeOfALoggedRecordThatWasDamagedIsPutBack(String kind) throws Exception {
        Path whole = journal();
        Path file = file(whole, kind);
        int at = Files.readAllBytes(file)[4] & 0xff
                | (Files.readAllBytes(file)[5] & 0xff) << 8; // behind the first record
        for (int bit = 0; bit < 8; bit++) {
            Path place = OpenJournal.copy(whole, directory.resolve("type-" + bit));
            flip(file(place, kind), 7 + at + 6, bit);
            assertThat(open(place, kind + " " + bit)).isEqualTo(RandomSessions.restarted(sessions.state()));
            delete(place);
        }
    }

    @Test
    void aTypeThatNoChecksumTellsIsOneThatIsRefused() throws Exception {
        Path whole = journal();
        Path place = OpenJournal.copy(whole, directory.resolve("both"));
        Path file = file(place, ".log");
        flip(file, 6, 2);
        flip(file, 7, 0);
        assertThat(LogFrames.mend(place.resolve("journal"))).isEqualTo(1);
        assertThat(Files.readAllBytes(file)[6]).isEqualTo((byte) 0x7f);
        assertThat(LogFrames.mend(place.resolve("journal"))).isZero();
        assertThat(open(place, "both")).isNotEmpty();
    }

    /** RocksDB refuses the whole log for one bit of a record that is longer than a block, in the modes that should leave it out too. */
    @Test
    @Hostile("B94")
    void whatWasLoggedBeforeADamagedRecordOfManyFramesIsThereAndTheDamageIsTold() throws Exception {
        Path place = directory.resolve("long");
        Path killed;
        try (OpenJournal journal = new OpenJournal(place)) {
            for (int i = 0; i < 20; i++) {
                retain(journal, "long/" + i, String.valueOf((char) ('a' + i)).repeat(100_000));
            }
            killed = OpenJournal.copy(place, directory.resolve("killed"));
        }
        flip(file(killed, ".log"), 1_000_000 + 30_000, 4);
        try (OpenJournal journal = new OpenJournal(killed)) {
            assertThat(journal.retained().keySet()).contains("long/0", "long/8").doesNotContain("long/10");
            assertThat(journal.stores.status().damagedPlaces()).isPositive();
        }
    }

    private static Path file(Path place, String kind) throws Exception {
        try (Stream<Path> all = Files.list(place.resolve("journal"))) {
            return all.filter(file -> file.getFileName().toString().contains(kind)
                            && file.toFile().length() > 0)
                    .findFirst()
                    .orElseThrow();
        }
    }

    private Map<String, Set<String>> open(Path place, String where) throws Exception {
        try (OpenJournal journal = new OpenJournal(place)) {
            Map<String, Set<String>> state = journal.state(sessions.clients());
            state.forEach((client, image) -> assertThat(image)
                    .filteredOn(record -> !written.get(client).contains(record))
                    .as(where)
                    .allMatch(
                            record -> record.startsWith("Attached") || record.startsWith("Newest"),
                            "is made of what several records say"));
            journal.retained()
                    .forEach((topic, payload) -> assertThat(retained).as(where).contains(topic + payload));
            return state;
        } catch (JournalFault fault) {
            throw new AssertionError(where, fault);
        }
    }

    /** One with something in each kind of file. */
    private Path journal() throws Exception {
        Path place = directory.resolve("whole");
        for (int life = 0; life < 3; life++) {
            try (OpenJournal journal = new OpenJournal(place)) {
                for (int group = 0; group < 60; group++) {
                    assertThat(journal.append(sessions.group())).isEqualTo(Outcome.SAFE);
                    RandomSessions.restarted(sessions.state())
                            .forEach((client, image) -> written.computeIfAbsent(client, each -> new HashSet<>())
                                    .addAll(image));
                    retain(journal, "r/" + group % 7, "kept " + life + " " + group);
                }
                if (life == 2) {
                    return OpenJournal.copy(place, directory.resolve("killed"));
                }
            }
        }
        throw new IllegalStateException();
    }

    private void retain(OpenJournal journal, String topic, String payload) throws Exception {
        retained.add(topic + payload);
        journal.put(
                TopicName.of(topic),
                new Message(
                        TopicName.of(topic),
                        payload.getBytes(StandardCharsets.UTF_8),
                        Qos.AT_LEAST_ONCE,
                        true,
                        Properties.NONE,
                        Message.NEVER,
                        "p"));
    }

    private static String flip(Path journal, Random random) throws Exception {
        List<Path> files;
        try (Stream<Path> all = Files.list(journal)) {
            files = all.filter(file -> file.toFile().length() > 0).sorted().toList();
        }
        Path file = files.get(random.nextInt(files.size()));
        long at = (long) (random.nextDouble() * Files.size(file));
        int bit = random.nextInt(8);
        flip(file, at, bit);
        return "bit " + bit + " of byte " + at + " of " + file.getFileName();
    }

    private static void flip(Path file, long at, int bit) throws Exception {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(at);
            int value = bytes.read();
            bytes.seek(at);
            bytes.write(value ^ 1 << bit);
        }
    }

    private static void delete(Path directory) throws Exception {
        try (Stream<Path> all = Files.walk(directory)) {
            all.sorted(java.util.Comparator.reverseOrder())
                    .forEach(path -> path.toFile().delete());
        }
    }
}
