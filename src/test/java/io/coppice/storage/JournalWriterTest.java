package io.coppice.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.coppice.port.SessionStore.Entry;
import io.coppice.port.SessionStore.Outcome;
import io.coppice.session.SessionRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that cannot be written, or is full, and then can again. */
class JournalWriterTest {
    @TempDir
    Path path;

    private volatile boolean broken;
    private volatile boolean shut;
    private DataDirectory directory;
    private JournalWriter writer;

    private JournalState open() throws JournalFault {
        if (shut) {
            throw new JournalFault("the disk is away");
        }
        return new JournalState(JournalRecovery.reopen(path, false, null).journal(), null) {
            @Override
            void write() throws JournalFault {
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
        writer = new JournalWriter(open(), this::open, new FreeSpace(directory, 0));
    }

    @AfterEach
    void end() {
        broken = false;
        shut = false;
        writer.close();
        directory.close();
    }

    private Outcome append(Entry... entries) throws Exception {
        CompletableFuture<Outcome> answer = new CompletableFuture<>();
        writer.append(new DirectLoop(), List.of(entries), answer::complete);
        return answer.get(10, TimeUnit.SECONDS);
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
    void whatCouldNotBeWrittenIsNotSafeAndTheSessionIsToldAnewBeforeAnythingElse() throws Exception {
        assertThat(append(attached("one", 1), attached("two", 1))).isEqualTo(Outcome.SAFE);
        broken = true;
        assertThat(append(parked("one", 7))).isEqualTo(Outcome.FAILED);
        assertThat(writer.refusal()).contains("no space left");
        assertThat(append(parked("two", 8))).as("while it is away").isEqualTo(Outcome.FAILED);
        broken = false;
        await().until(() -> writer.refusal() == null);

        assertThat(append(parked("one", 9))).as("with a gap before it").isEqualTo(Outcome.FAILED);
        assertThat(load("one")).hasSize(1).first().isInstanceOf(SessionRecord.Attached.class);
        Entry ended = new Entry("one", 1, new SessionRecord.Ended());
        assertThat(append(ended, attached("one", 2), parked("one", 9))).isEqualTo(Outcome.SAFE);
        assertThat(load("one")).hasSize(2).contains(new SessionRecord.Parked(9, 3600));
        assertThat(append(attached("three", 1))).as("who lacks nothing").isEqualTo(Outcome.SAFE);
    }

    @Test
    void itIsTriedUntilTheDiskIsBack() throws Exception {
        shut = true;
        broken = true;
        assertThat(append(attached("one", 1))).isEqualTo(Outcome.FAILED);
        await().until(() -> "the disk is away".equals(writer.refusal()));
        assertThat(load("one")).as("nobody can say").isNull();
        broken = false;
        shut = false;
        await().until(() -> writer.refusal() == null);
        assertThat(load("one")).isEmpty();
    }

    @Test
    void aDiskThatIsNearlyFullTakesNothingNewAndWorksOffWhatIsThere() throws Exception {
        writer.close();
        writer = new JournalWriter(open(), this::open, new FreeSpace(directory, Long.MAX_VALUE));
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
}
