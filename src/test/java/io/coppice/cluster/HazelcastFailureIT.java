package io.coppice.cluster;

import static io.coppice.cluster.SessionRecords.attached;
import static io.coppice.cluster.SessionRecords.enqueued;
import static io.coppice.cluster.SessionRecords.entry;
import static io.coppice.cluster.SessionRecords.sequences;
import static io.coppice.cluster.SessionRecords.upTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.coppice.cluster.TestCluster.Node;
import io.coppice.mqtt.TopicName;
import io.coppice.port.RetainedStore.Kept;
import io.coppice.port.SessionStore.Entry;
import io.coppice.port.SessionStore.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;

/** What was told as stored survives the death of a member; where too few are left, nothing is told as stored. */
class HazelcastFailureIT {
    private static final int CLIENTS = 50;

    @Test
    void aKilledMemberTakesNothingWithItThatWasAcknowledged() throws Exception {
        try (TestCluster cluster = TestCluster.of(3)) {
            Node writer = cluster.nodes.get(0);
            Node victim = cluster.nodes.get(2);
            AtomicLongArray acknowledged = new AtomicLongArray(CLIENTS);
            AtomicInteger bad = new AtomicInteger();
            AtomicInteger rounds = new AtomicInteger();
            writer.loop.execute(() -> round(writer, 0, acknowledged, bad, rounds));

            await().until(() -> rounds.get() > 20);
            cluster.kill(victim);
            int atDeath = rounds.get();
            await().atMost(Duration.ofSeconds(60)).until(() -> rounds.get() > atDeath + 50);
            writer.loop.await(then -> {
                rounds.set(Integer.MIN_VALUE); // no further round begins
                then.accept(null);
            });

            assertThat(bad.get()).isZero();
            Node reader = cluster.nodes.get(1);
            for (int client = 0; client < CLIENTS; client++) {
                List<Long> kept = sequences(reader.load("client " + client, 2));
                assertThat(kept).isEqualTo(upTo(kept.size()));
                assertThat((long) kept.size()).isGreaterThanOrEqualTo(acknowledged.get(client));
                assertThat(acknowledged.get(client)).isGreaterThan(20);
            }
        }
    }

    private static void round(
            Node writer, long sequence, AtomicLongArray acknowledged, AtomicInteger bad, AtomicInteger rounds) {
        List<Entry> entries = new ArrayList<>();
        for (int client = 0; client < CLIENTS; client++) {
            entries.add(entry("client " + client, 1, sequence == 0 ? attached() : enqueued(sequence)));
        }
        writer.doors.sessionStore().append(writer.loop, entries, outcome -> {
            if (!outcome.equals(Outcome.SAFE)) {
                bad.incrementAndGet();
                return;
            }
            for (int client = 0; client < CLIENTS; client++) {
                acknowledged.set(client, sequence);
            }
            if (rounds.incrementAndGet() > 0) {
                round(writer, sequence + 1, acknowledged, bad, rounds);
            }
        });
    }

    @Test
    void theSmallerSideTellsNothingAsStored() throws Exception {
        try (TestCluster cluster = TestCluster.of(3)) {
            Node left = cluster.nodes.get(0);
            assertThat(left.append(entry("here", 1, attached()))).isEqualTo(Outcome.SAFE);
            cluster.kill(cluster.nodes.get(2));
            cluster.kill(cluster.nodes.get(1));
            // one copy is promised to survive one node: until the second is noticed what is written may be in one place
            await().until(() -> !left.member.hasMajority());

            long before = System.nanoTime();
            assertThat(left.append(entry("here", 1, enqueued(1)))).isEqualTo(Outcome.FAILED);
            assertThat(left.load("here", 2)).isNull();
            assertThat(left.claim("here")).isNull();
            assertThat(left.residentsElsewhere(Set.of())).isNull();
            assertThat(put(left, "a", null)).isNull();
            Boolean complete =
                    left.loop.await(then -> left.doors.retainedStore().readAll(left.loop, kept -> {}, then::accept));
            assertThat(complete).isFalse();
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(30));
        }
    }

    private static Kept put(Node node, String topic, io.coppice.mqtt.Message message) throws Exception {
        return node.loop.await(
                then -> node.doors.retainedStore().put(node.loop, TopicName.of(topic), message, then::accept));
    }

    @Test
    void aMemberThatLeftAnswersThatItCannotSay() throws Exception {
        try (TestCluster cluster = TestCluster.of(1)) {
            Node node = cluster.nodes.get(0);
            node.doors.close();

            assertThat(node.append(entry("gone", 1, attached()))).isEqualTo(Outcome.FAILED);
            assertThat(node.claim("gone")).isNull();
            assertThat(node.residentsElsewhere(Set.of())).isNull();
        }
    }

    @Test
    void copiesMoveToAMemberThatJoinsAndOutliveTheOthers() throws Exception {
        try (TestCluster cluster = new TestCluster(3, 1)) {
            Node first = cluster.add("node-0");
            Node second = cluster.add("node-1");
            first.member.awaitMajority();
            second.member.awaitMajority();
            for (int client = 0; client < CLIENTS; client++) {
                assertThat(first.append(
                                entry("client " + client, 1, attached()),
                                entry("client " + client, 1, enqueued(1)),
                                entry("client " + client, 1, enqueued(2))))
                        .isEqualTo(Outcome.SAFE);
            }
            Node third = cluster.add("node-2");
            cluster.awaitMembers(3);
            cluster.awaitCopies();
            cluster.kill(second);
            cluster.awaitMembers(2);
            cluster.awaitCopies();
            for (int client = 0; client < CLIENTS; client++) {
                assertThat(first.append(entry("client " + client, 1, enqueued(3))))
                        .isEqualTo(Outcome.SAFE);
                assertThat(sequences(third.load("client " + client, 2))).isEqualTo(upTo(3));
            }
        }
    }
}
