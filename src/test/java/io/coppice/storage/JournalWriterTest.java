package io.coppice.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.coppice.blackbox.Hostile;
import io.coppice.mqtt.Message;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.coppice.port.JournalStatus;
import io.coppice.port.SessionStore.Entry;
import io.coppice.port.SessionStore.Outcome;
import io.coppice.session.SessionRecord;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that cannot be written, or is full, and then can again. */
class JournalWriterTest {
    private static final int BACKLOG_BYTES_MAX = 100_000;
    private static final JournalWriter.Pace PACE = new JournalWriter.Pace(50, 500, 200, 250);

    @TempDir
    Path path;

    private volatile boolean broken;
    private volatile boolean shut;
    /** Held by a test, the writer waits in the middle of a group. */
    private final ReentrantLock disk = new ReentrantLock();

    private final Backlog backlog = new Backlog(BACKLOG_BYTES_MAX);
    private DataDirectory directory;
    private JournalWriter writer;

    private JournalState open() throws JournalFault {
        if (shut) {
            throw new JournalFault("the disk is away");
        }
        return new JournalState(
                JournalRecovery.reopen(path, new JournalOptions(false, Formats.OF_THIS_RELEASE), null)
                        .journal(),
                null) {
            @Override
            void write() throws JournalFault {
                disk.lock();
                disk.unlock();
                if (broken) {
                    throw new JournalFault("the journal cannot be written: no space left");
                }
                super.write();
            }
        };
    }

    @BeforeEach
    void begin() throws Exception {
        directory = DataDirectory.open(path);
        writer = writer(0);
    }

    private JournalWriter writer(long freeMin) throws JournalFault {
        return new JournalWriter(PACE, open(), this::open, new FreeSpace(directory, freeMin), backlog);
    }

    @AfterEach
    void end() {
        broken = false;
        shut = false;
        writer.close();
        directory.close();
    }

    private CompletableFuture<Outcome> begin(Entry... entries) {
        CompletableFuture<Outcome> answer = new CompletableFuture<>();
        writer.append(new DirectLoop(), List.of(entries), answer::complete);
        return answer;
    }

    private Outcome append(Entry... entries) throws Exception {
        return begin(entries).get(30, TimeUnit.SECONDS);
    }

    private List<SessionRecord> load(String clientId) throws Exception {
        CompletableFuture<List<SessionRecord>> answer = new CompletableFuture<>();
        writer.read(journal -> new SessionReading(journal).records(clientId, Long.MAX_VALUE, null), answer::complete);
        return answer.get(10, TimeUnit.SECONDS);
    }

    private static Entry attached(String clientId, long epoch) {
        return new Entry(clientId, epoch, new SessionRecord.Attached(1, 3600, null, epoch));
    }

    private static Entry parked(String clientId, long at) {
        return new Entry(clientId, 1, new SessionRecord.Parked(at, 3600));
    }

    @Test
    void whatCouldNotBeWrittenIsNotSafeAndIsWrittenBeforeAnythingElse() throws Exception {
        assertThat(append(attached("one", 1), attached("two", 1))).isEqualTo(Outcome.SAFE);
        broken = true;
        assertThat(append(enqueued("one", 1, new byte[10]), parked("one", 7))).isEqualTo(Outcome.LATE);
        assertThat(writer.refusal()).contains("no space left");
        assertThat(writer.isBroken()).isTrue();
        assertThat(append(parked("one", 8))).as("while it is away").isEqualTo(Outcome.LATE);
        assertThat(backlog.records()).isEqualTo(3);
        broken = false;
        await().until(() -> writer.refusal() == null);

        assertThat(writer.isBroken()).isFalse();
        assertThat(backlog.records()).isZero();
        assertThat(backlog.bytes()).isZero();
        assertThat(load("one")).hasSize(3).contains(new SessionRecord.Parked(8, 3600));
        assertThat(append(parked("one", 9))).isEqualTo(Outcome.SAFE);
        assertThat(load("one")).hasSize(3).contains(new SessionRecord.Parked(9, 3600));
    }

    @Test
    void aWriterThatFailsWhateverItTriesSaysSo() throws Exception {
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        writer.change(
                state -> {
                    throw new IllegalStateException("nobody has thought of this");
                },
                answer::complete);
        assertThat(answer.get(10, TimeUnit.SECONDS)).isFalse();
        await().until(() -> String.valueOf(writer.refusal()).contains("has to be started anew"));
        assertThat(writer.refusal()).contains("nobody has thought of this");
        assertThat(writer.isBroken()).isTrue();
    }

    @Test
    void whatIsOwedIsOwedUntilItCouldBeWritten() throws Exception {
        append(attached("one", 1));
        broken = true;
        append(parked("one", 7));
        await().until(() -> writer.meters().failures() >= 3);
        assertThat(writer.meters().reopenings()).as("opened, and not caught up").isZero();
        assertThat(load("one")).isNull();
        broken = false;
        await().until(() -> writer.refusal() == null);
        assertThat(load("one")).contains(new SessionRecord.Parked(7, 3600));
    }

    @Test
    void itIsTriedUntilTheDiskIsBack() throws Exception {
        shut = true;
        broken = true;
        assertThat(append(attached("one", 1))).isEqualTo(Outcome.LATE);
        await().until(() -> "the disk is away".equals(writer.refusal()));
        assertThat(load("one")).as("nobody can say").isNull();
        broken = false;
        shut = false;
        await().until(() -> writer.refusal() == null);
        assertThat(load("one")).hasSize(1);
    }

    @Test
    void aDiskThatIsNearlyFullTakesNothingNewAndWorksOffWhatIsThere() throws Exception {
        writer.close();
        writer = writer(Long.MAX_VALUE);
        await().until(() -> writer.refusal() != null);
        assertThat(writer.refusal()).contains("node.data").contains("limits.disk-free-min is " + Long.MAX_VALUE);
        assertThat(append(attached("one", 1))).isEqualTo(Outcome.SAFE);
    }

    @Test
    void whatManyLoopsHaveAtOnceIsAnsweredToEachInItsOrder() throws Exception {
        List<CompletableFuture<Outcome>> answers = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            CompletableFuture<Outcome> answer = new CompletableFuture<>();
            answers.add(answer);
            String clientId = "client " + i % 50;
            writer.append(
                    new DirectLoop(), List.of(i < 50 ? attached(clientId, 1) : parked(clientId, i)), answer::complete);
        }
        for (CompletableFuture<Outcome> answer : answers) {
            assertThat(answer.get(10, TimeUnit.SECONDS)).isEqualTo(Outcome.SAFE);
        }
        for (int client = 0; client < 50; client++) {
            assertThat(load("client " + client)).hasSize(2).contains(new SessionRecord.Parked(1_950 + client, 3600));
        }
    }

    private static Entry enqueued(String clientId, long sequence, byte[] payload) {
        Message message =
                new Message(TopicName.of("t"), payload, Qos.AT_LEAST_ONCE, false, Properties.NONE, Message.NEVER, "");
        return new Entry(
                clientId, 1, new SessionRecord.Enqueued(sequence, message, Qos.AT_LEAST_ONCE, false, new int[0], null));
    }

    @Test
    void whatWaitsForASlowDiskIsWeighedAndBounded() throws Exception {
        assertThat(append(attached("one", 1))).isEqualTo(Outcome.SAFE);
        byte[] tenth = new byte[BACKLOG_BYTES_MAX / 10];
        List<CompletableFuture<Outcome>> answers = new ArrayList<>();
        disk.lock();
        try {
            for (int i = 1; i <= 10; i++) {
                assertThat(writer.isCrowded()).as("with %d", i - 1).isEqualTo(i > 5);
                assertThat(writer.refusal()).isNull();
                answers.add(begin(enqueued("one", i, tenth)));
            }
            assertThat(writer.refusal())
                    .contains("limits.journal-backlog-bytes-max")
                    .contains("100000");
            assertThat(backlog.records()).isEqualTo(10);
            assertThat(backlog.bytes()).isBetween(100_000L, 110_000L);
            await().until(() -> writer.meters().writingNanos() > 1_000_000);
        } finally {
            disk.unlock();
        }
        for (CompletableFuture<Outcome> answer : answers) {
            assertThat(answer.get(10, TimeUnit.SECONDS))
                    .as("given all the same, it is taken")
                    .isEqualTo(Outcome.SAFE);
        }
        await().until(() -> writer.refusal() == null);
        assertThat(writer.isCrowded()).isFalse();
        assertThat(backlog.records()).isZero();
        assertThat(backlog.bytes()).isZero();
        await().until(() -> writer.meters().writingNanos() == 0);
    }

    /** What waits for room without a word is waited for without a word otherwise. */
    @Test
    @Hostile({"B98", "B95"})
    void aDiskThatTakesNothingIsNoticedWhileItIsWaitedFor() throws Exception {
        append(attached("one", 1));
        CompletableFuture<Outcome> answer;
        disk.lock();
        try {
            answer = begin(parked("one", 7));
            await().until(() -> writer.refusal() != null);
            assertThat(writer.refusal())
                    .contains("has not taken what is to be written for")
                    .contains(path.toString())
                    .contains("bytes left");
            assertThat(writer.isBroken()).isTrue();
            assertThat(answer).isNotDone();
        } finally {
            disk.unlock();
        }
        assertThat(answer.get(10, TimeUnit.SECONDS)).isEqualTo(Outcome.SAFE);
        await().until(() -> writer.refusal() == null);
        assertThat(writer.isBroken()).isFalse();
    }

    @Test
    void aMessageForManyWeighsOnce() {
        Entry first = enqueued("one", 1, new byte[10_000]);
        SessionRecord.Enqueued record = (SessionRecord.Enqueued) first.record();
        List<Entry> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            all.add(new Entry("client " + i, 1, record));
        }
        assertThat(Backlog.weight(all)).isBetween(20_000L, 30_000L);
    }

    @Test
    void whatIsWrittenAndWhatFailsIsCounted() throws Exception {
        JournalMeters meters = writer.meters();
        append(attached("one", 1), attached("two", 1));
        append(parked("one", 7));
        load("one");
        await().untilAsserted(() -> assertThat(meters.records()).isEqualTo(3));
        assertThat(meters.bytes()).isBetween(100L, 1_000L);
        assertThat(LongStream.rangeClosed(0, JournalStatus.COMMIT_MICROS_MAX.size())
                        .map(ofClass -> meters.commits((int) ofClass))
                        .sum())
                .as("groups, of which reading is none")
                .isEqualTo(2);
        assertThat(meters.commitMicros()).isPositive();
        assertThat(meters.failures()).isZero();

        broken = true;
        append(parked("one", 8));
        assertThat(meters.failures()).isEqualTo(1);
        assertThat(meters.records()).isEqualTo(3);
        broken = false;
        await().until(() -> writer.refusal() == null);
        assertThat(meters.reopenings()).isEqualTo(1);
    }

    private static Entry settled(String clientId, long sequence) {
        return new Entry(clientId, 1, new SessionRecord.Settled(sequence));
    }

    /** Has turns written as one group. */
    private void together(Entry[]... turns) throws Exception {
        disk.lock();
        try {
            begin(parked("busy", 1)); // the writer waits with it
            await().until(() -> disk.hasQueuedThreads());
            for (Entry[] turn : turns) {
                begin(turn);
            }
        } finally {
            disk.unlock();
        }
        append(parked("busy", 2));
    }

    @Test
    void aMessageThatIsAcknowledgedInTimeIsNeverWritten() throws Exception {
        append(attached("one", 1), attached("busy", 1));
        long before = writer.meters().bytes();
        byte[] payload = new byte[10_000];
        together(
                new Entry[] {enqueued("one", 1, payload), new Entry("one", 1, new SessionRecord.Assigned(1, 7))},
                new Entry[] {enqueued("one", 2, payload), settled("one", 1)},
                new Entry[] {enqueued("one", 3, payload)},
                new Entry[] {new Entry("one", 1, new SessionRecord.Assigned(3, 9)), settled("one", 2)});

        assertThat(writer.meters().bytes() - before).isBetween(10_000L, 11_000L);
        assertThat(load("one"))
                .hasSize(3)
                .anyMatch(record -> record instanceof SessionRecord.Enqueued enqueued && enqueued.sequence() == 3)
                .contains(new SessionRecord.Assigned(3, 9));
        append(settled("one", 3));
        assertThat(load("one")).hasSize(1);
    }

    @Test
    void ofAMessageForSeveralThoseWhoHaveItInTimeCostNothing() throws Exception {
        append(attached("one", 1), attached("two", 1), attached("three", 1), attached("busy", 1));
        long before = writer.meters().bytes();
        SessionRecord common = enqueued("one", 1, new byte[10_000]).record();
        Entry[] fanOut = {new Entry("one", 1, common), new Entry("two", 1, common), new Entry("three", 1, common)};
        together(fanOut, new Entry[] {settled("two", 1)});
        assertThat(writer.meters().bytes() - before).isBetween(10_000L, 11_000L);
        assertThat(load("one")).hasSize(2);
        assertThat(load("two")).hasSize(1);
        assertThat(load("three")).hasSize(2);
        append(settled("three", 1));
        assertThat(load("one")).hasSize(2);
        append(settled("one", 1));
        assertThat(load("one")).hasSize(1);
    }

    /** A store that was not sure of a session is told all of it anew, and a message twice. */
    @Test
    void aMessageThatIsToldTwiceIsOneMessage() throws Exception {
        append(attached("one", 1), attached("busy", 1));
        together(
                new Entry[] {enqueued("one", 2, new byte[1]), enqueued("one", 1, new byte[1])},
                new Entry[] {enqueued("one", 2, new byte[1])},
                new Entry[] {settled("one", 2)});
        assertThat(load("one")).hasSize(2);
        append(settled("one", 1));
        assertThat(load("one")).hasSize(1);
    }

    private long bytesOnDisk() throws IOException {
        return bytesOf("");
    }

    private long bytesOf(String kind) throws IOException {
        try (Stream<Path> files = Files.list(path.resolve("journal"))) {
            return files.map(Path::toFile)
                    .filter(file -> file.getName().endsWith(kind))
                    .mapToLong(File::length)
                    .sum();
        }
    }

    private void settle(int from, int to) throws Exception {
        for (int i = from; i <= to; i++) {
            assertThat(append(settled("one", i))).isEqualTo(Outcome.SAFE);
        }
    }

    private void enqueueMebibytes(int count) throws Exception {
        byte[] payload = new byte[1 << 20];
        Random random = new Random(1);
        for (int i = 1; i <= count; i++) {
            random.nextBytes(payload);
            assertThat(append(enqueued("one", i, payload.clone()))).isEqualTo(Outcome.SAFE);
        }
    }

    /** Or a disk that is nearly full stays so for good, since nothing new may be written that would push it out. */
    @Test
    void aDiskThatIsNearlyFullGetsBackTheRoomOfMessagesThatAreDone() throws Exception {
        writer.close();
        writer = writer(Long.MAX_VALUE);
        append(attached("one", 1));
        int count = 100;
        enqueueMebibytes(count);
        assertThat(bytesOnDisk()).isGreaterThan(count << 20);
        settle(1, count);
        await().atMost(60, TimeUnit.SECONDS).until(() -> bytesOnDisk() < 10 << 20);
        assertThat(load("one")).hasSize(1);
    }

    /** Where messages are in one file, and that they are done in another, there are too few files to be put in order by themselves. */
    @Test
    void aDiskThatIsNearlyFullGetsBackTheRoomOfFewMessages() throws Exception {
        writer.close();
        writer = writer(Long.MAX_VALUE);
        append(attached("one", 1));
        int count = 20;
        enqueueMebibytes(count);
        settle(1, 1);
        await().until(() -> bytesOf(".sst") > (count - 2) << 20);
        settle(2, count);
        await().until(() -> bytesOf(".sst") < 1 << 20);
        assertThat(load("one")).hasSize(1);
    }

    /** What is in memory cannot be written out, in the background: RocksDB takes nothing more from then on, whatever becomes of the disk. */
    @Test
    @Hostile("B95")
    void aDiskThatFillsInTheBackgroundIsNoticedAndRecoveredFrom() throws Exception {
        append(attached("one", 1));
        List<Path> full = fill();
        byte[] payload = new byte[1 << 20];
        int safe = 0;
        while (append(enqueued("one", safe + 1, payload)).safe()) {
            safe++;
            assertThat(safe).as("before it was noticed").isLessThan(500);
        }
        assertThat(safe).isGreaterThan(10);
        await().until(() -> String.valueOf(writer.refusal()).contains("journal"));
        assertThat(append(attached("two", 1))).isEqualTo(Outcome.LATE);
        for (Path each : full) {
            Files.deleteIfExists(each);
        }
        await().atMost(60, TimeUnit.SECONDS).until(() -> writer.refusal() == null);
        assertThat(load("one").stream().filter(record -> record instanceof SessionRecord.Enqueued))
                .hasSize(safe + 1);
        assertThat(load("two")).hasSize(1);
        assertThat(append(attached("three", 1))).isEqualTo(Outcome.SAFE);
    }

    /** Whatever file of sorted keys is made next lies on a device that is full. */
    private List<Path> fill() throws IOException {
        List<Path> full = new ArrayList<>();
        for (int number = 1; number < 500; number++) {
            Path next = path.resolve("journal").resolve(String.format(Locale.ROOT, "%06d.sst", number));
            if (!Files.exists(next)) {
                full.add(Files.createSymbolicLink(next, Path.of("/dev/full")));
            }
        }
        return full;
    }
}
