package io.coppice.cluster;

import static io.coppice.cluster.SessionRecords.attached;
import static io.coppice.cluster.SessionRecords.enqueued;
import static io.coppice.cluster.SessionRecords.entry;
import static io.coppice.cluster.SessionRecords.sequences;
import static io.coppice.cluster.SessionRecords.upTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hazelcast.config.Config;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.IMap;
import com.hazelcast.map.impl.MapService;
import com.hazelcast.map.impl.record.Record;
import com.hazelcast.spi.impl.AbstractDistributedObject;
import com.hazelcast.spi.impl.NodeEngine;
import com.hazelcast.spi.impl.PartitionSpecificRunnable;
import com.hazelcast.spi.impl.operationservice.impl.OperationServiceImpl;
import com.hazelcast.spi.properties.ClusterProperty;
import io.coppice.cluster.TestCluster.Node;
import io.coppice.codec.RecordCodec;
import io.coppice.port.Archive;
import io.coppice.port.SessionStore.Entry;
import io.coppice.port.SessionStore.Outcome;
import io.coppice.session.SessionRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every copy has what was told as stored, and a copy that differs is not taken for one. */
class HazelcastCopiesIT {
    private static final int HOPS = 200;

    private static TestCluster cluster;
    private static Node first;
    private static Node second;

    @BeforeAll
    static void start() throws Exception {
        cluster = TestCluster.of(2);
        first = cluster.nodes.get(0);
        second = cluster.nodes.get(1);
        cluster.awaitCopies();
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private static IMap<String, SessionImage> sessions(Node node) {
        return node.member.instance().getMap(HazelcastConfig.SESSIONS);
    }

    /** A client whose first copy is on the first node, and so the other one on the second. */
    private static String clientOfTheFirst(String name) {
        int number = 0;
        while (!isOwner(first, name + number)) {
            number++;
        }
        return name + number;
    }

    /** Occupies the thread on which a node changes its copies of a client, until the latch is open. */
    private static void occupy(Node node, String client, CountDownLatch until) throws InterruptedException {
        int partition = partition(node, client);
        OperationServiceImpl operations = (OperationServiceImpl)
                ((AbstractDistributedObject<?>) sessions(node)).getNodeEngine().getOperationService();
        CountDownLatch occupied = new CountDownLatch(1);
        operations.execute(new PartitionSpecificRunnable() {
            @Override
            public int getPartitionId() {
                return partition;
            }

            @Override
            public void run() {
                occupied.countDown();
                try {
                    until.await();
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        });
        occupied.await();
    }

    @Test
    void noAnswerComesBeforeTheOtherCopyHasIt() throws Exception {
        String client = clientOfTheFirst("waiting");
        assertThat(first.append(entry(client, 1, attached()))).isEqualTo(Outcome.SAFE);
        CountDownLatch free = new CountDownLatch(1);
        occupy(second, client, free);
        CompletableFuture<Outcome> answer = first.loop.ask(then ->
                first.doors.sessionStore().append(first.loop, List.of(entry(client, 1, enqueued(1))), then::accept));
        try {
            await().until(() -> sessions(first).get(client).version() == 2);
            for (int hop = 0; hop < HOPS; hop++) { // an answer that did not wait would come on the same ways
                assertThat(sessions(first).get(client).version()).isEqualTo(2);
                first.loop.await(then -> then.accept(null));
            }
            assertThat(answer).isNotDone();
        } finally {
            free.countDown();
        }
        assertThat(answer.get()).isEqualTo(Outcome.SAFE);
    }

    @Test
    void whatWasAnsweredIsThereAfterTheOwnerIsGone() throws Exception {
        try (TestCluster three = TestCluster.of(3)) {
            three.awaitCopies();
            Node writer = three.nodes.get(1);
            Node victim = three.nodes.get(0);
            Entry[] entries = new Entry[300];
            for (int client = 0; client < entries.length; client++) {
                entries[client] = entry("client " + client, 1, attached());
            }
            writer.append(entries);
            for (int client = 0; client < entries.length; client++) {
                entries[client] = entry("client " + client, 1, enqueued(1));
            }
            Outcome outcome = writer.loop.await(
                    then -> writer.doors.sessionStore().append(writer.loop, List.of(entries), told -> {
                        victim.member.kill(); // at the very moment of the answer
                        then.accept(told);
                    }));
            assertThat(outcome).isEqualTo(Outcome.SAFE);
            three.kill(victim);
            for (int client = 0; client < entries.length; client++) {
                assertThat(sequences(three.nodes.get(1).load("client " + client, 2)))
                        .isEqualTo(upTo(1));
            }
        }
    }

    @Test
    void whatOneProcessorThrowsHarmsNoOther() throws Exception {
        String broken = clientOfTheFirst("broken");
        List<String> others = new ArrayList<>();
        int partition = partition(first, broken);
        for (int number = 0; others.size() < 3; number++) {
            if (partition(first, "neighbour" + number) == partition) {
                others.add("neighbour" + number);
            }
        }
        int operations = first.way.operations();
        try (Calls calls = new Calls(first.way, () -> true, new ClusterCounters())) {
            List<String> answers = first.loop.await(then -> {
                List<String> told = new ArrayList<>();
                Calls.Answer<Object> answer = new Calls.Answer<>() {
                    @Override
                    public void known(Object result) {
                        tell("known");
                    }

                    @Override
                    public void unknown() {
                        tell("unknown");
                    }

                    private void tell(String what) {
                        told.add(what);
                        if (told.size() == 4) {
                            then.accept(told);
                        }
                    }
                };
                call(calls, others.get(0), append(), answer);
                call(
                        calls,
                        broken,
                        entry -> {
                            throw new IllegalStateException("thrown by the test");
                        },
                        answer);
                call(calls, others.get(1), append(), answer);
                call(calls, others.get(2), append(), answer);
            });
            assertThat(answers).containsExactly("known", "unknown", "known", "known");
        }
        assertThat(first.way.operations() - operations).as("all in one").isEqualTo(1);
        for (String other : others) {
            assertThat(copyAt(first, other).version()).isEqualTo(1);
            assertThat(copyAt(second, other).version()).isEqualTo(1);
        }
    }

    private static AppendProcessor append() {
        return new AppendProcessor(1, 1, 0, RecordCodec.encode(attached()), 1_000);
    }

    private static void call(
            Calls calls, String key, EntryProcessor<String, SessionImage, ?> processor, Calls.Answer<Object> answer) {
        calls.call(sessions(first), key, processor, first.loop, 1_000, answer);
    }

    private static int partition(Node node, String client) {
        return node.member.instance().getPartitionService().getPartition(client).getPartitionId();
    }

    @Test
    void withTwoBackupsTwoMayGoAtOnce() throws Exception {
        try (TestCluster five = new TestCluster(5, 2)) {
            five.whole();
            five.awaitCopies();
            Node last = five.nodes.get(4);
            Entry[] entries = new Entry[100];
            for (int client = 0; client < entries.length; client++) {
                entries[client] = entry("client " + client, 1, attached());
            }
            assertThat(last.append(entries)).isEqualTo(Outcome.SAFE);
            Node one = five.nodes.get(0);
            Node other = five.nodes.get(1);
            one.member.kill();
            other.member.kill();
            five.kill(one);
            five.kill(other);
            for (int client = 0; client < entries.length; client++) {
                assertThat(last.load("client " + client, 2)).containsExactly(attached());
            }
        }
    }

    @Test
    void aCopyThatDiffersIsNotTakenForOneAndIsCopiedAnew() throws Exception {
        try (TestCluster two = new TestCluster(2, 1)) {
            UnaryOperator<Config> soon =
                    config -> config.setProperty(ClusterProperty.PARTITION_BACKUP_SYNC_INTERVAL.getName(), "1");
            Node writer = two.add(two.settings("node-0"), soon);
            Node other = two.add(two.settings("node-1"), soon);
            writer.member.awaitMajority();
            two.awaitCopies();
            assertThat(writer.append(entry("astray", 1, attached()))).isEqualTo(Outcome.SAFE);
            Node backup = isOwner(writer, "astray") ? other : writer;
            copyAt(backup, "astray").fence(9); // as if it had heard of another home, which the first copy has not

            assertThat(writer.append(entry("astray", 1, enqueued(1)))).isEqualTo(Outcome.SAFE);
            assertThat(writer.doors.counters().repeats()).isPositive();
            assertThat(copyAt(backup, "astray").epoch()).isEqualTo(1);
            assertThat(copyAt(backup, "astray").version()).isEqualTo(2);
        }
    }

    private static boolean isOwner(Node node, String client) {
        return node.member
                .instance()
                .getPartitionService()
                .getPartition(client)
                .getOwner()
                .localMember();
    }

    /** A copy as it lies in the memory of a node. */
    private static SessionImage copyAt(Node node, String client) {
        NodeEngine engine = ((AbstractDistributedObject<?>) sessions(node)).getNodeEngine();
        MapService service = engine.getService(MapService.SERVICE_NAME);
        Record<?> record = service.getMapServiceContext()
                .getRecordStore(engine.getPartitionService().getPartitionId(client), HazelcastConfig.SESSIONS)
                .getRecord(engine.toData(client));
        return (SessionImage) record.getValue();
    }

    @Test
    void tombstonesGoAfterTheirTimeAndSessionsStay() throws Exception {
        ClusterCounters counters = new ClusterCounters();
        try (Calls calls = new Calls(Submitter.DIRECT, () -> true, counters)) {
            HazelcastSessionStore store = new HazelcastSessionStore(
                    sessions(first),
                    Archive.NONE,
                    calls,
                    counters,
                    new HazelcastSessionStore.Settings(5_000, 5_000, 1_000, 1_000_000, 1_000_000));
            append(
                    store,
                    entry("ends", 1, attached()),
                    entry("ends", 1, new SessionRecord.Ended()),
                    entry("returns", 1, attached()),
                    entry("returns", 1, new SessionRecord.Ended()));
            assertThat(sessions(first).get("ends").isTombstone()).isTrue();
            append(store, entry("returns", 2, attached()));
            first.loop.await(then -> store.load("never there", 7, first.loop, then::accept, () -> {}));
            assertThat(sessions(second).get("never there").isTombstone()).isTrue();

            await().until(() -> sessions(first).get("ends") == null);
            await().until(() -> sessions(first).get("never there") == null);
            assertThat(sessions(first).get("returns").isTombstone()).isFalse();
            assertThat(first.append(entry("ends", 1, attached())))
                    .as("nothing is remembered")
                    .isEqualTo(Outcome.SAFE);
        }
    }

    private static void append(HazelcastSessionStore store, Entry... entries) throws Exception {
        Outcome outcome = first.loop.await(then -> store.append(first.loop, List.of(entries), then::accept));
        assertThat(outcome).isEqualTo(Outcome.SAFE);
    }
}
