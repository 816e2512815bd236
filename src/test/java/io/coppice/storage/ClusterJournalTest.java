package io.coppice.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Archive;
import io.coppice.port.Loop;
import io.coppice.port.RetainedStore;
import io.coppice.port.RetainedStore.Kept;
import io.coppice.port.SessionStore;
import io.coppice.port.SessionStore.Entry;
import io.coppice.port.SessionStore.Outcome;
import io.coppice.session.Attachment;
import io.coppice.session.SessionRecord;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The disks of the nodes of a cluster have together what it had last, whoever had it in between. */
class ClusterJournalTest {
    private static final long SECONDS_MAX = 30;
    private static final long RETENTION_MILLIS = 1_000;

    @TempDir
    Path directory;

    private final OneThread loop = new OneThread();
    private final SharedSessions shared = new SharedSessions();
    private final Map<String, Kept> sharedRetained = new HashMap<>();
    private final List<Node> nodes = new ArrayList<>();
    private long queueMemoryMax = Long.MAX_VALUE;

    /** One node: its disk, and the stores over it and what all share. */
    private final class Node implements AutoCloseable {
        final Path place;
        ClusterJournal journal;
        SessionStore sessions;
        RetainedStore retained;

        Node(String name) throws JournalFault {
            place = directory.resolve(name);
            open();
            nodes.add(this);
        }

        void open() throws JournalFault {
            journal = ClusterJournal.open(
                    new JournalStores.Settings(place, false, 0, Long.MAX_VALUE, queueMemoryMax), RETENTION_MILLIS);
            sessions = journal.over(shared);
            retained = journal.over(new SharedRetained());
        }

        void restart() throws JournalFault {
            journal.close();
            open();
        }

        Outcome append(String clientId, long epoch, SessionRecord... records) throws Exception {
            List<Entry> entries = new ArrayList<>();
            for (SessionRecord record : records) {
                entries.add(new Entry(clientId, epoch, record));
            }
            return answer(then -> loop.execute(() -> sessions.append(loop, entries, then)));
        }

        @Nullable
        List<SessionRecord> load(String clientId, long epoch) throws Exception {
            return answer(
                    then -> loop.execute(() -> sessions.load(clientId, epoch, loop, then, () -> then.accept(null))));
        }

        /** What is on the disk, by what was written before. */
        List<Long> stored(String clientId) throws Exception {
            return sequences(records(clientId));
        }

        /** The same, in the order in which it is offered. */
        List<SessionRecord> records(String clientId) throws Exception {
            List<SessionRecord> others = answer(then -> journal.records(clientId, then));
            List<SessionRecord> records = new ArrayList<>(others);
            long after = 0;
            for (boolean all = false; !all; ) {
                long reached = after;
                Archive.Part part = answer(then -> journal.queue(clientId, reached, 1, then));
                records.addAll(part.records());
                all = part.all();
                after = all ? 0 : sequences(part.records()).get(0);
            }
            return records;
        }

        /** What a new home of a session has of it, and finds when it reads on. */
        @Nullable
        List<Long> loadWhole(String clientId, long epoch) throws Exception {
            List<SessionRecord> records = load(clientId, epoch);
            if (records == null) {
                return null;
            }
            List<Long> whole = new ArrayList<>(sequences(records));
            for (SessionRecord record : records) {
                if (record instanceof SessionRecord.Backlog backlog) {
                    long after = backlog.after();
                    int read = 0;
                    for (boolean all = false; !all; ) {
                        long reached = after;
                        SessionStore.Page page = answer(then -> sessions.page(clientId, reached, 200, loop, then));
                        for (SessionRecord.Enqueued each : page.messages()) {
                            whole.add(each.sequence());
                            after = each.sequence();
                            read++;
                        }
                        all = page.all();
                    }
                    assertThat(read).isEqualTo(backlog.messages());
                }
            }
            return whole;
        }

        Map<String, Long> leftovers() throws Exception {
            return answer(then -> journal.leftovers(1_000, then));
        }

        Set<String> newer(Map<String, Long> asked) throws Exception {
            return answer(then -> journal.newer(asked, then));
        }

        List<Kept> retained() throws Exception {
            return answer(then -> journal.retained(then));
        }

        @Override
        public void close() {
            journal.close();
        }
    }

    /** Gives each change of a topic the next version. */
    private final class SharedRetained implements RetainedStore {
        @Override
        public void put(Loop loop, TopicName topic, @Nullable Message message, Consumer<@Nullable Kept> then) {
            Kept former = sharedRetained.get(topic.value());
            Kept kept = new Kept(topic, former == null ? 1 : former.version() + 1, message);
            sharedRetained.put(topic.value(), kept);
            then.accept(kept);
        }

        @Override
        public void readAll(Loop loop, Consumer<Kept> each, Consumer<Boolean> then) {
            throw new UnsupportedOperationException();
        }
    }

    private String retained(Node node) throws Exception {
        return node.retained().stream()
                .map(kept -> kept.topic().value() + " " + kept.version() + " "
                        + (kept.message() == null
                                ? "cleared"
                                : new String(kept.message().payload(), UTF_8)))
                .toList()
                .toString();
    }

    private static <T> T answer(Consumer<Consumer<T>> question) throws Exception {
        CompletableFuture<T> answer = new CompletableFuture<>();
        question.accept(answer::complete);
        return answer.get(SECONDS_MAX, TimeUnit.SECONDS);
    }

    private static SessionRecord attached(long epoch) {
        return new SessionRecord.Attached(1_000, Attachment.NEVER_EXPIRES, null, epoch);
    }

    private static SessionRecord enqueued(long sequence) {
        return new SessionRecord.Enqueued(
                sequence, message("a/topic", "message " + sequence), Qos.AT_LEAST_ONCE, false, new int[0], null);
    }

    private static Message message(String topic, String payload) {
        return new Message(
                TopicName.of(topic),
                payload.getBytes(UTF_8),
                Qos.AT_LEAST_ONCE,
                true,
                Properties.NONE,
                Message.NEVER,
                "publisher");
    }

    private static List<Long> sequences(@Nullable List<SessionRecord> records) {
        assertThat(records).isNotNull();
        return records.stream()
                .filter(SessionRecord.Enqueued.class::isInstance)
                .map(record -> ((SessionRecord.Enqueued) record).sequence())
                .toList();
    }

    @AfterEach
    void close() {
        nodes.forEach(Node::close);
        loop.close();
    }

    /** A loop with a thread of its own, as loops are. */
    private static final class OneThread implements Loop, AutoCloseable {
        private final ExecutorService thread = Executors.newSingleThreadExecutor();

        @Override
        public int index() {
            return 0;
        }

        @Override
        public long now() {
            return 0;
        }

        @Override
        public void execute(Runnable task) {
            thread.execute(task);
        }

        @Override
        public void after(long delayMillis, Runnable task) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
            thread.shutdown();
        }
    }

    @Test
    void whatIsAtHomeIsOnTheDiskWithTheEpochOfItsHome() throws Exception {
        Node one = new Node("one");
        Node two = new Node("two");
        assertThat(one.append("c", 5, attached(5), enqueued(1))).isEqualTo(Outcome.SAFE);
        assertThat(one.stored("c")).containsExactly(1L);
        assertThat(sequences(two.load("c", 6))).containsExactly(1L);
        two.append("c", 6, enqueued(2));
        assertThat(two.stored("c")).containsExactly(1L, 2L);
        one.restart();
        two.restart();
        assertThat(one.journal.sessions()).containsExactly(new Archive.Stored("c", 5));
        assertThat(two.journal.sessions()).containsExactly(new Archive.Stored("c", 6));
    }

    @Test
    void whatOneOfTheTwoDoesNotTakeIsNotSafe() throws Exception {
        Node one = new Node("one");
        shared.fails = true;
        assertThat(one.append("c", 5, attached(5))).isEqualTo(Outcome.FAILED);
        shared.fails = false;
        assertThat(one.append("c", 5, new SessionRecord.Ended(), attached(5))).isEqualTo(Outcome.SAFE);
    }

    @Test
    void whatHasLeftStaysUntilAnotherDiskHasSomethingNewer() throws Exception {
        Node one = new Node("one");
        Node two = new Node("two");
        one.append("c", 5, attached(5), enqueued(1));
        one.append("stays", 6, attached(6));
        one.sessions.left("c", 5);
        assertThat(one.leftovers()).isEqualTo(Map.of("c", 5L));
        assertThat(two.newer(Map.of("c", 5L))).isEmpty();
        two.load("c", 7);
        assertThat(two.newer(Map.of("c", 5L))).containsExactly("c");
        assertThat(two.newer(Map.of("c", 7L))).isEmpty();
        one.journal.forget(Map.of("c", 5L));
        assertThat(one.stored("c")).isEmpty();
        assertThat(one.leftovers()).isEmpty();
        one.restart();
        assertThat(one.journal.sessions()).containsExactly(new Archive.Stored("stays", 6));
    }

    @Test
    void whatEndsElsewhereIsRememberedThereForATime() throws Exception {
        Node one = new Node("one");
        Node two = new Node("two");
        one.append("c", 5, attached(5));
        two.load("c", 6);
        two.append("c", 6, new SessionRecord.Ended());
        assertThat(two.newer(Map.of("c", 5L))).containsExactly("c");
        two.restart();
        assertThat(two.newer(Map.of("c", 5L, "other", 1L))).containsExactly("c");
        two.append("c", 8, attached(8));
        assertThat(two.newer(Map.of("c", 7L, "other", 1L))).containsExactly("c");
        two.append("c", 8, new SessionRecord.Ended());
        two.append("late", 9, new SessionRecord.Ended());
        long ended = System.currentTimeMillis();
        two.journal.collect();
        assertThat(two.newer(Map.of("c", 5L, "late", 1L))).containsExactlyInAnyOrder("c", "late");
        await().atMost(Duration.ofSeconds(SECONDS_MAX)).until(() -> {
            two.journal.collect();
            return two.newer(Map.of("c", 5L, "late", 1L)).isEmpty();
        });
        assertThat(System.currentTimeMillis() - ended).isGreaterThanOrEqualTo(RETENTION_MILLIS - 1);
    }

    @Test
    void aNewerSessionTakesThePlaceOfWhatIsLeftOver() throws Exception {
        Node one = new Node("one");
        one.append("c", 5, attached(5), enqueued(1), enqueued(2));
        one.sessions.left("c", 5);
        shared.sessions.remove("c"); // it has ended elsewhere since
        one.append("c", 9, attached(9), enqueued(1));
        assertThat(one.stored("c")).containsExactly(1L);
        assertThat(one.leftovers()).isEmpty();
        one.append("c", 9, enqueued(2));
        one.restart();
        assertThat(one.stored("c")).containsExactly(1L, 2L);
    }

    @Test
    void whatNobodyElseTookIsLeftOver() throws Exception {
        Node one = new Node("one");
        Node two = new Node("two");
        one.append("c", 5, attached(5), enqueued(1));
        two.load("c", 6);
        assertThat(one.append("c", 5, enqueued(2)).fenced()).containsExactly("c");
        assertThat(one.leftovers()).isEqualTo(Map.of("c", 5L));
        assertThat(two.stored("c")).containsExactly(1L);
    }

    @Test
    void ofATopicTheNewestIsKept() throws Exception {
        Node one = new Node("one");
        Node two = new Node("two");
        TopicName topic = TopicName.of("r");
        Kept first = answer(then -> one.retained.put(new DirectLoop(), topic, message("r", "first"), then));
        Kept second = answer(then -> one.retained.put(new DirectLoop(), topic, message("r", "second"), then));
        two.retained.heard(second);
        two.retained.heard(first);
        assertThat(retained(two)).isEqualTo("[r 2 second]");
        two.retained.heard(new Kept(topic, 3, null));
        two.retained.heard(second);
        two.restart();
        assertThat(retained(two)).isEqualTo("[r 3 cleared]");
        assertThat(retained(one)).isEqualTo("[r 2 second]");
        two.journal.collect(); // versions are times: this one is from 1970
        await().until(() -> two.retained().isEmpty());
    }

    @Test
    void aDiskThatIsTooOldIsEmptied() throws Exception {
        Node one = new Node("one");
        one.append("c", 5, attached(5), enqueued(1));
        ClusterJournalTest.<Kept>answer(
                then -> one.retained.put(new DirectLoop(), TopicName.of("r"), message("r", "x"), then));
        one.restart();
        assertThat(ClusterJournalTest.<Boolean>answer(then -> one.journal.discard(then)))
                .isTrue();
        one.restart();
        assertThat(one.journal.sessions()).isEmpty();
        assertThat(one.retained()).isEmpty();
    }

    @Test
    void whoWasThereIsRemembered() throws Exception {
        Node one = new Node("one");
        assertThat(one.journal.crew()).isEqualTo(Archive.Crew.NOBODY);
        one.journal.crew(new Archive.Crew(17, Set.of("a", "bé", "c")));
        one.restart();
        assertThat(one.journal.crew()).isEqualTo(new Archive.Crew(17, Set.of("a", "bé", "c")));
    }

    /**
     * Sessions begin, move, end and are written to on three nodes, which die alone and all together; after each end of all, the
     * newest of what the disks have is what there was, message by message.
     */
    @Test
    void togetherTheDisksHaveWhatThereWasLast() throws Exception {
        long seeds = Long.getLong("coppice.seeds", 5);
        for (long seed = 1; seed <= seeds; seed++) {
            queueMemoryMax = seed % 2 == 0 ? Long.MAX_VALUE : seed % 3 * 110;
            World world = new World(seed);
            for (int step = 0; step < 150; step++) {
                world.step();
            }
            world.blackout();
            nodes.forEach(Node::close);
            nodes.clear();
            shared.sessions.clear();
        }
    }

    private final class World {
        private final Random random;
        private final String seed;
        private final Map<String, Integer> homes = new TreeMap<>();
        private final List<Node> three = new ArrayList<>();
        private long epoch = 10;
        private long sequence;

        World(long seed) throws Exception {
            this.random = new Random(seed);
            this.seed = "seed " + seed;
            for (int i = 0; i < 3; i++) {
                three.add(new Node(seed + "-" + i));
            }
        }

        void step() throws Exception {
            String client = "c" + random.nextInt(6);
            Integer home = homes.get(client);
            int dice = random.nextInt(100);
            if (home == null) {
                begin(client);
            } else if (dice < 50) {
                publish(client, home);
            } else if (dice < 65) {
                settle(client, home);
            } else if (dice < 80) {
                move(client, home, true);
            } else if (dice < 86) {
                end(client, home);
            } else if (dice < 92) {
                sweep(three.get(random.nextInt(3)));
            } else if (dice < 97) {
                dies(random.nextInt(3));
            } else {
                blackout();
            }
        }

        private void begin(String client) throws Exception {
            int home = random.nextInt(3);
            long claimed = ++epoch;
            assertThat(three.get(home).append(client, claimed, attached(claimed)))
                    .isEqualTo(Outcome.SAFE);
            homes.put(client, home);
        }

        private void publish(String client, int home) throws Exception {
            long claimed = shared.sessions.get(client).epoch();
            assertThat(three.get(home).append(client, claimed, enqueued(++sequence)))
                    .isEqualTo(Outcome.SAFE);
        }

        private void settle(String client, int home) throws Exception {
            SharedSessions.Held held = shared.sessions.get(client);
            List<Long> waiting = sequences(held.records());
            if (!waiting.isEmpty()) {
                three.get(home).append(client, held.epoch(), new SessionRecord.Settled(waiting.get(0)));
            }
        }

        private void move(String client, int from, boolean lives) throws Exception {
            int to = lives ? random.nextInt(3) : (from + 1 + random.nextInt(2)) % 3;
            long former = shared.sessions.get(client).epoch();
            load(client, three.get(to));
            if (lives && to != from) {
                three.get(from).sessions.left(client, former);
                if (random.nextInt(4) == 0) { // it has not heard of that yet
                    three.get(from).append(client, former, enqueued(++sequence));
                }
            }
            if (random.nextBoolean()) {
                three.get(to).append(client, epoch, attached(epoch));
            }
            homes.put(client, to);
        }

        /** In one part or in several, which may be at the second try. */
        private void load(String client, Node to) throws Exception {
            shared.partSize = random.nextInt(4);
            if (random.nextInt(4) == 0) {
                interrupted(client, to);
            }
            List<Long> before = sequences(shared.sessions.get(client).records());
            assertThat(to.loadWhole(client, ++epoch)).as(seed).isEqualTo(before);
        }

        /** A part of it comes; the node may be started anew then, and knows nothing of it. */
        private void interrupted(String client, Node to) throws Exception {
            List<Long> stored = to.stored(client);
            shared.partsMax = 1 + random.nextInt(3);
            boolean isWhole = to.load(client, ++epoch) != null;
            shared.partsMax = Integer.MAX_VALUE;
            if (!isWhole) {
                assertThat(to.stored(client)).as(seed).isEqualTo(stored);
                if (random.nextBoolean()) {
                    to.restart();
                    assertThat(to.stored(client)).as(seed).isEqualTo(stored);
                }
            }
        }

        private void end(String client, int home) throws Exception {
            boolean elsewhere = random.nextBoolean();
            long claimed = elsewhere ? ++epoch : shared.sessions.get(client).epoch();
            int ending = elsewhere ? random.nextInt(3) : home;
            three.get(ending).append(client, claimed, new SessionRecord.Ended());
            if (ending != home) {
                three.get(home).sessions.left(client, claimed - 1);
            }
            homes.remove(client);
        }

        private void sweep(Node node) throws Exception {
            Map<String, Long> asked = node.leftovers();
            Map<String, Long> confirmed = new HashMap<>();
            for (Node other : three) {
                if (other != node) {
                    other.newer(asked).forEach(client -> confirmed.put(client, asked.get(client)));
                }
            }
            node.journal.forget(confirmed);
        }

        /** The others take its sessions over, and it comes back. */
        private void dies(int index) throws Exception {
            for (Map.Entry<String, Integer> each : Map.copyOf(homes).entrySet()) {
                if (each.getValue() == index) {
                    move(each.getKey(), index, false);
                }
            }
            three.get(index).restart();
        }

        /** Everything is gone but the disks; what is newest is offered last, and taken over by anybody. */
        void blackout() throws Exception {
            Map<String, List<Long>> before = waiting();
            for (Node node : three) {
                node.restart();
            }
            shared.sessions.clear();
            homes.clear();
            for (Node node : three) {
                for (Archive.Stored stored : node.journal.sessions()) {
                    offer(node, stored);
                }
            }
            for (Node node : three) {
                List<Archive.Stored> ended = answer(node.journal::ended);
                for (Archive.Stored each : ended) {
                    shared.sessions.computeIfPresent(
                            each.clientId(), (client, held) -> each.epoch() >= held.epoch() ? null : held);
                }
            }
            for (String client : List.copyOf(shared.sessions.keySet())) {
                int home = random.nextInt(3);
                load(client, three.get(home));
                homes.put(client, home);
            }
            assertThat(waiting()).as(seed).isEqualTo(before);
        }

        private void offer(Node node, Archive.Stored stored) throws Exception {
            SharedSessions.Held held = shared.sessions.get(stored.clientId());
            if (held == null || held.epoch() < stored.epoch()) {
                shared.sessions.put(
                        stored.clientId(), new SharedSessions.Held(stored.epoch(), node.records(stored.clientId())));
            }
        }

        private Map<String, List<Long>> waiting() {
            Map<String, List<Long>> waiting = new TreeMap<>();
            homes.keySet()
                    .forEach(client -> waiting.put(
                            client, sequences(shared.sessions.get(client).records())));
            return waiting;
        }
    }
}
