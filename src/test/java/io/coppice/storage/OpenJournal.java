package io.coppice.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.port.Loop;
import io.coppice.port.NodeId;
import io.coppice.port.RetainedStore.Kept;
import io.coppice.port.SessionStore;
import io.coppice.port.SessionStore.Entry;
import io.coppice.port.SessionStore.Outcome;
import io.coppice.session.SessionRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The journal of a node, asked from outside and waited for. */
final class OpenJournal implements AutoCloseable {
    private static final long SECONDS_MAX = 30;

    final JournalStores stores;
    private final Loop loop = new DirectLoop();

    OpenJournal(Path directory) throws JournalFault {
        this(directory, Long.MAX_VALUE);
    }

    /** @param queueMemoryMax weight of the waiting messages that are loaded with a session */
    OpenJournal(Path directory, long queueMemoryMax) throws JournalFault {
        this(directory, queueMemoryMax, Formats.OF_THIS_RELEASE);
    }

    /** @param formats those that the release knows */
    OpenJournal(Path directory, long queueMemoryMax, Formats formats) throws JournalFault {
        stores = JournalStores.open(
                new JournalStores.Settings(directory, false, 0, Long.MAX_VALUE, queueMemoryMax),
                formats,
                new NodeId("node", 7),
                1);
    }

    /** The keys and values of a journal that is closed. */
    static Journal bare(Path directory) throws JournalFault {
        return new Journal(
                directory.resolve("journal"),
                new JournalOptions(false, Formats.OF_THIS_RELEASE),
                Journal.Tolerance.NONE);
    }

    Outcome append(List<Entry> entries) throws Exception {
        return answer(then -> stores.sessionStore().append(loop, entries, then));
    }

    /** Turns that follow each other closely: some of them are written together. */
    List<Outcome> appendAll(List<List<Entry>> turns) throws Exception {
        List<CompletableFuture<Outcome>> answers = new ArrayList<>();
        for (List<Entry> turn : turns) {
            CompletableFuture<Outcome> answer = new CompletableFuture<>();
            stores.sessionStore().append(loop, turn, answer::complete);
            answers.add(answer);
        }
        List<Outcome> outcomes = new ArrayList<>();
        for (CompletableFuture<Outcome> answer : answers) {
            outcomes.add(answer.get(SECONDS_MAX, TimeUnit.SECONDS));
        }
        return outcomes;
    }

    List<SessionRecord> load(String clientId) throws Exception {
        return answer(then -> stores.sessionStore().load(clientId, 1, loop, then, () -> then.accept(null)));
    }

    SessionStore.Page page(String clientId, long after, long bytesMax) throws Exception {
        return answer(then -> stores.sessionStore().page(clientId, after, bytesMax, loop, then));
    }

    /** Some records with what their backlog stands for in its place, read in pieces. */
    List<SessionRecord> whole(String clientId, List<SessionRecord> records, long bytesMax) throws Exception {
        List<SessionRecord> whole = new ArrayList<>();
        for (SessionRecord record : records) {
            if (record instanceof SessionRecord.Backlog backlog) {
                whole.addAll(behind(clientId, backlog, bytesMax));
            } else {
                whole.add(record);
            }
        }
        return whole;
    }

    private List<SessionRecord> behind(String clientId, SessionRecord.Backlog backlog, long bytesMax) throws Exception {
        List<SessionRecord> behind = new ArrayList<>();
        long bytes = 0;
        long after = backlog.after();
        for (boolean all = false; !all; ) {
            SessionStore.Page page = page(clientId, after, bytesMax);
            for (SessionRecord.Enqueued each : page.messages()) {
                assertThat(each.sequence()).isGreaterThan(after);
                after = each.sequence();
                if (backlog.covers(after) && each.share() == null) {
                    behind.add(each);
                    bytes += each.message().weight();
                }
            }
            all = page.all();
        }
        assertThat(behind).hasSize(backlog.messages());
        assertThat(bytes).isEqualTo(backlog.bytes());
        return behind;
    }

    Kept put(io.coppice.mqtt.TopicName topic, io.coppice.mqtt.Message message) throws Exception {
        return answer(then -> stores.retainedStore().put(loop, topic, message, then));
    }

    Map<String, String> retained() throws Exception {
        Map<String, String> retained = new TreeMap<>();
        Boolean all = answer(then -> stores.retainedStore()
                .readAll(
                        loop,
                        kept -> retained.put(
                                kept.topic().value(), new String(kept.message().payload())),
                        then));
        return Boolean.TRUE.equals(all) ? retained : null;
    }

    /** Everything of some clients that have a session. */
    Map<String, Set<String>> state(Set<String> clients) throws Exception {
        Map<String, Set<String>> state = new TreeMap<>();
        for (String client : clients) {
            List<SessionRecord> records = load(client);
            if (!records.isEmpty()) {
                state.put(client, RandomSessions.image(client, records));
            }
        }
        return state;
    }

    private static <T> T answer(Consumer<Consumer<T>> question) throws Exception {
        CompletableFuture<T> answer = new CompletableFuture<>();
        question.accept(answer::complete);
        return answer.get(SECONDS_MAX, TimeUnit.SECONDS);
    }

    /**
     * What a killed process leaves: the files as they are. What was logged comes first, then the list of the other files, then
     * these: what is written anew meanwhile is not missed so, and what is taken away meanwhile is noticed.
     */
    static Path copy(Path directory, Path to) throws IOException {
        Path journal = to.resolve("journal");
        Files.createDirectories(journal);
        while (true) {
            try (Stream<Path> files = Files.list(directory.resolve("journal"))) {
                for (Path file :
                        files.sorted(Comparator.comparingInt(OpenJournal::rank)).toList()) {
                    Files.copy(file, journal.resolve(file.getFileName()));
                }
                return to;
            } catch (NoSuchFileException takenAway) {
                try (Stream<Path> files = Files.list(journal)) {
                    files.forEach(file -> file.toFile().delete());
                }
            }
        }
    }

    private static int rank(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(".log") ? 0 : name.endsWith(".sst") ? 2 : 1;
    }

    @Override
    public void close() {
        stores.close();
    }
}
