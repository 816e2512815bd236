package io.coppice.cluster;

import static io.coppice.cluster.SessionRecords.attached;
import static io.coppice.cluster.SessionRecords.enqueued;
import static io.coppice.cluster.SessionRecords.entry;
import static io.coppice.cluster.SessionRecords.sequences;
import static io.coppice.cluster.SessionRecords.upTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hazelcast.map.IMap;
import com.hazelcast.partition.Partition;
import com.hazelcast.spi.impl.AbstractDistributedObject;
import com.hazelcast.spi.impl.PartitionSpecificRunnable;
import com.hazelcast.spi.impl.operationservice.impl.OperationServiceImpl;
import io.coppice.cluster.TestCluster.Node;
import io.coppice.port.SessionStore.Entry;
import io.coppice.port.SessionStore.Outcome;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
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
    private static Partition partitionOfTheFirst(String client) {
        Partition partition = first.member.instance().getPartitionService().getPartition(client);
        return partition.getOwner().localMember() ? partition : null;
    }

    private static String clientOfTheFirst(String name) {
        int number = 0;
        while (partitionOfTheFirst(name + number) == null) {
            number++;
        }
        return name + number;
    }

    /** Occupies the thread on which a node changes its copies of a partition, until the latch is open. */
    private static void occupy(Node node, int partition, CountDownLatch until) throws InterruptedException {
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
        occupy(second, partitionOfTheFirst(client).getPartitionId(), free);
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
    void tombstonesGoAfterTheirTimeAndSessionsStay() throws Exception {
        ClusterCounters counters = new ClusterCounters();
        try (Calls calls = new Calls(Submitter.DIRECT, () -> true, counters)) {
            HazelcastSessionStore store = new HazelcastSessionStore(
                    sessions(first),
                    calls,
                    counters,
                    new HazelcastSessionStore.Settings(5_000, 5_000, 1_000, 1_000_000, 1_000_000));
            append(
                    store,
                    entry("ends", 1, attached()),
                    entry("ends", 1, new io.coppice.session.SessionRecord.Ended()),
                    entry("returns", 1, attached()),
                    entry("returns", 1, new io.coppice.session.SessionRecord.Ended()));
            assertThat(sessions(first).get("ends").isTombstone()).isTrue();
            append(store, entry("returns", 2, attached()));
            first.loop.await(then -> store.load("never there", 7, first.loop, then::accept));
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
