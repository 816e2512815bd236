package io.coppice.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.port.SessionStore;
import io.coppice.port.SessionStore.Entry;
import io.coppice.port.SessionStore.Outcome;
import io.coppice.session.SessionRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A queue is loaded as far as memory is to hold it, and read piece by piece from there on. */
class PagedQueueTest {
    private static final int WEIGHT = message(1).weight();

    @TempDir
    Path directory;

    /** Of one size, large enough for several queues to have it in common. */
    private static Message message(int number) {
        return new Message(
                TopicName.of("t"),
                String.format("%0300d", number).getBytes(),
                Qos.AT_LEAST_ONCE,
                false,
                Properties.NONE,
                Message.NEVER,
                "p");
    }

    private static Entry attached(String clientId) {
        return new Entry(clientId, 1, new SessionRecord.Attached(1, 3600, null, 1));
    }

    private static Entry queued(String clientId, long sequence, Message message, boolean share) {
        TopicFilter through = share ? TopicFilter.of("$share/g/t") : null;
        return new Entry(
                clientId,
                1,
                new SessionRecord.Enqueued(sequence, message, Qos.AT_LEAST_ONCE, false, new int[0], through));
    }

    private static Entry queued(String clientId, int sequence) {
        return queued(clientId, sequence, message(sequence), false);
    }

    private static Entry entry(String clientId, SessionRecord record) {
        return new Entry(clientId, 1, record);
    }

    /** One with messages 1 to 20, of which 1 and 2 are in flight. */
    private static void fill(OpenJournal journal, String... clients) throws Exception {
        List<Entry> entries = new ArrayList<>();
        for (String client : clients) {
            entries.add(attached(client));
        }
        for (int i = 1; i <= 20; i++) {
            Message common = message(i);
            for (String client : clients) {
                entries.add(queued(client, i, common, false));
            }
        }
        for (String client : clients) {
            entries.add(entry(client, new SessionRecord.Assigned(1, 7)));
            entries.add(entry(client, new SessionRecord.Assigned(2, 8)));
        }
        assertThat(journal.append(entries)).isEqualTo(Outcome.SAFE);
    }

    private static List<Long> sequences(List<? extends SessionRecord> records) {
        return records.stream()
                .filter(SessionRecord.Enqueued.class::isInstance)
                .map(each -> ((SessionRecord.Enqueued) each).sequence())
                .toList();
    }

    @Test
    void aSessionIsLoadedWithWhatMemoryHoldsAndACountOfTheRest() throws Exception {
        for (int start = 0; start < 2; start++) {
            try (OpenJournal journal = new OpenJournal(directory, 3 * WEIGHT)) {
                if (start == 0) {
                    fill(journal, "one");
                }
                List<SessionRecord> records = journal.load("one");
                assertThat(sequences(records)).as("two in flight").containsExactly(1L, 2L, 3L, 4L, 5L);
                assertThat(records).contains(new SessionRecord.Backlog(5, 20, 15, 15 * WEIGHT));
            }
        }
    }

    @Test
    void oneMessageIsLoadedHoweverLittleMemoryMayHold() throws Exception {
        try (OpenJournal journal = new OpenJournal(directory, 0)) {
            fill(journal, "one");
            assertThat(sequences(journal.load("one"))).containsExactly(1L, 2L, 3L);
        }
    }

    @Test
    void pagesFollowEachOtherAndTheLastOneSaysSo() throws Exception {
        try (OpenJournal journal = new OpenJournal(directory)) {
            fill(journal, "one", "onf");
            SessionStore.Page first = journal.page("one", 5, 4 * WEIGHT);
            assertThat(sequences(first.messages())).containsExactly(6L, 7L, 8L, 9L);
            assertThat(first.all()).isFalse();
            assertThat(sequences(journal.page("one", 9, 0).messages()))
                    .as("one at least")
                    .containsExactly(10L);
            SessionStore.Page last = journal.page("one", 18, 100 * WEIGHT);
            assertThat(sequences(last.messages())).containsExactly(19L, 20L);
            assertThat(last.all()).isTrue();
            assertThat(journal.page("one", 20, 1).messages()).isEmpty();
            assertThat(journal.page("one", 20, 1).all()).isTrue();
            assertThat(journal.page("nobody", 0, 1)).isEqualTo(new SessionStore.Page(List.of(), true));
        }
    }

    @Test
    void whatCameThroughSharedSubscriptionsIsLoadedWhereverItIs() throws Exception {
        try (OpenJournal journal = new OpenJournal(directory)) {
            fill(journal, "one");
            assertThat(journal.append(List.of(queued("one", 21, message(21), true), queued("one", 22))))
                    .isEqualTo(Outcome.SAFE);
        }
        try (OpenJournal journal = new OpenJournal(directory, 3 * WEIGHT)) {
            List<SessionRecord> records = journal.load("one");
            assertThat(sequences(records)).containsExactly(1L, 2L, 3L, 4L, 5L, 21L);
            assertThat(records).contains(new SessionRecord.Backlog(5, 22, 16, 16 * WEIGHT));
        }
    }

    @Test
    void whatIsLoadedAndReadIsAllThereIs() throws Exception {
        for (long seed = 1; seed <= 20; seed++) {
            RandomSessions sessions = new RandomSessions(seed);
            Random random = new Random(seed);
            Path place = directory.resolve("seed-" + seed);
            for (int start = 0; start < 6; start++) {
                try (OpenJournal journal = new OpenJournal(place, random.nextInt(2_000))) {
                    requireWhole(journal, sessions, random, "seed " + seed + ", start " + start);
                    for (int step = 0; step < 25; step++) {
                        assertThat(journal.append(sessions.group())).isEqualTo(Outcome.SAFE);
                    }
                    requireWhole(journal, sessions, random, "seed " + seed + ", step " + start);
                }
            }
        }
    }

    private static void requireWhole(OpenJournal journal, RandomSessions sessions, Random random, String where)
            throws Exception {
        for (String client : sessions.state().keySet()) {
            List<SessionRecord> whole = journal.whole(client, journal.load(client), random.nextInt(1_000));
            assertThat(RandomSessions.restartedImage(client, whole))
                    .as(where + ", " + client)
                    .containsExactlyInAnyOrderElementsOf(
                            RandomSessions.restarted(sessions.state()).get(client));
        }
    }

    /** The broker does so where a group of the session could not be stored: it has no more in memory than it tells. */
    @Test
    void aSessionThatIsToldAnewKeepsWhatOnlyTheStoreHas() throws Exception {
        try (OpenJournal journal = new OpenJournal(directory)) {
            fill(journal, "one", "two");
            assertThat(journal.append(List.of(queued("one", 21, message(21), true))))
                    .isEqualTo(Outcome.SAFE);
            assertThat(journal.append(List.of(
                            entry("one", new SessionRecord.Ended()),
                            attached("one"),
                            entry("one", new SessionRecord.Backlog(5, 18, 13, 13 * WEIGHT)),
                            queued("one", 4),
                            queued("one", 5),
                            queued("one", 30))))
                    .isEqualTo(Outcome.SAFE);
            List<Long> kept = new ArrayList<>(List.of(4L, 5L));
            for (long i = 6; i <= 18; i++) {
                kept.add(i);
            }
            kept.add(30L);
            assertThat(sequences(journal.load("one"))).isEqualTo(kept);
            assertThat(sequences(journal.load("two"))).hasSize(20);
            settle(journal, "one", 30);
            assertThat(sequences(journal.load("one"))).isEmpty();
            assertThat(sequences(journal.load("two")))
                    .as("what they had in common")
                    .hasSize(20);
        }
        try (OpenJournal journal = new OpenJournal(directory)) {
            assertThat(sequences(journal.load("two"))).hasSize(20);
            settle(journal, "two", 20);
        }
        assertThat(commonMessages()).isZero();
    }

    private static void settle(OpenJournal journal, String client, int last) throws Exception {
        for (int i = 1; i <= last; i++) {
            assertThat(journal.append(List.of(entry(client, new SessionRecord.Settled(i)))))
                    .isEqualTo(Outcome.SAFE);
        }
    }

    private int commonMessages() throws Exception {
        int[] count = new int[1];
        try (Journal journal = OpenJournal.bare(directory)) {
            journal.scan(Family.SHARED, (key, value) -> count[0]++);
        }
        return count[0];
    }

    @Test
    void aSessionThatEndsKeepsNothing() throws Exception {
        try (OpenJournal journal = new OpenJournal(directory)) {
            fill(journal, "one");
            assertThat(journal.append(List.of(
                            entry("one", new SessionRecord.Ended()),
                            attached("one"),
                            entry("two", new SessionRecord.Backlog(5, 18, 13, 13 * WEIGHT)))))
                    .isEqualTo(Outcome.SAFE);
            assertThat(sequences(journal.load("one"))).isEmpty();
            assertThat(journal.page("one", 0, 1).messages()).isEmpty();
        }
    }
}
