package io.coppice.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hazelcast.core.HazelcastInstanceNotActiveException;
import io.coppice.blackbox.Members;
import io.coppice.cluster.TestCluster.Node;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Members tell of themselves whether what they keep has its copies. */
@Members
class CopiesIT {
    private static void awaitMissing(TestCluster cluster, boolean missing) {
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(cluster.nodes).allSatisfy(node -> {
                    assertThat(node.member.copies().missing()).isEqualTo(missing);
                    assertThat(node.doors.membership().copiesMissing()).isEqualTo(missing);
                }));
    }

    @Test
    void theyAreMissingWhileThereAreFewerMembersThanCopies() throws Exception {
        try (TestCluster cluster = new TestCluster(3, 2).whole()) {
            for (Node node : cluster.nodes) {
                node.member.watch(node.loop, view -> {});
            }
            cluster.awaitCopies();
            awaitMissing(cluster, false);

            cluster.kill(cluster.nodes.get(2));
            cluster.awaitMembers(2);
            awaitMissing(cluster, true);

            Node again = cluster.add("node-2");
            again.member.awaitMajority();
            again.member.watch(again.loop, view -> {});
            awaitMissing(cluster, false);
        }
    }

    @Test
    void aLookThatLastsIsNotBegunOnceMoreAndOneThatFailsChangesNothing() throws Exception {
        AtomicInteger looks = new AtomicInteger();
        CountDownLatch answer = new CountDownLatch(1);
        CompletableFuture<Void> failed = new CompletableFuture<>();
        try (Copies copies = new Copies(() -> {
            if (looks.incrementAndGet() == 1) {
                answer.countDown();
                return false;
            }
            failed.join();
            throw new HazelcastInstanceNotActiveException();
        })) {
            copies.tick();
            answer.await();
            await().until(copies::missing);
            await().until(() -> {
                copies.tick();
                return looks.get() == 2;
            });
            for (int second = 0; second < 20; second++) {
                copies.tick();
            }
            assertThat(looks).hasValue(2);
            failed.complete(null);
            await().until(() -> {
                copies.tick();
                return looks.get() == 3;
            });
            assertThat(copies.missing()).isTrue();
        }
    }
}
