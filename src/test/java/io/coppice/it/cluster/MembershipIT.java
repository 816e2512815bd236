package io.coppice.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.coppice.Node;
import io.coppice.blackbox.FreePorts;
import io.coppice.blackbox.Members;
import io.coppice.config.ConfigLoader;
import io.coppice.it.Paho5;
import io.coppice.it.Peer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Coming into a cluster, leaving it, and being left by it. */
@Timeout(120)
@Members
class MembershipIT {
    @Test
    void aNodeThatFindsNoMajorityInTimeDoesNotStart() throws Exception {
        List<String> settings = new ArrayList<>(LocalCluster.settings("test-" + UUID.randomUUID(), FreePorts.of(3), 0));
        settings.add("cluster.join-timeout=2s");

        assertThatThrownBy(() -> Node.start(ConfigLoader.load(null, Map.of(), settings)))
                .hasMessageContaining("could not reach 2 of 3 nodes in 2 s")
                .hasMessageContaining("there is n0; needed: 2");
    }

    @Test
    void aBusThatCannotHaveItsPortIsNamed() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            List<String> settings =
                    new ArrayList<>(LocalCluster.settings("test-" + UUID.randomUUID(), FreePorts.of(3), 0));
            settings.add("cluster.bus-port=" + taken.getLocalPort());

            assertThatThrownBy(() -> Node.start(ConfigLoader.load(null, Map.of(), settings)))
                    .hasMessageStartingWith("the bus cannot have 127.0.0.1:" + taken.getLocalPort()
                            + " (cluster.host, cluster.bus-port): ");
        }
    }

    @Test
    void nodesThatProveThemselvesToEachOtherAreOneBroker(@TempDir Path directory) throws Exception {
        Path secret = Files.writeString(directory.resolve("secret"), "one secret of a cluster");
        String keys = "src/test/resources/bus-tls/";
        try (LocalCluster cluster = LocalCluster.start(
                3,
                "cluster.secret-file=" + secret,
                "cluster.bus-tls.certificate=" + keys + "node.pem",
                "cluster.bus-tls.key=" + keys + "node.key",
                "cluster.bus-tls.ca=" + keys + "ca.pem")) {
            Paho5 reader = cluster.connected(0, "reader");
            reader.subscribe("shared", 1);
            cluster.connected(2, "writer").publish("shared", "known", 1);
            assertThat(reader.next().payload()).isEqualTo("known");
        }
    }

    @Test
    void aSecretThatCannotBeReadIsNamed(@TempDir Path directory) throws Exception {
        List<String> settings = new ArrayList<>(LocalCluster.settings("test-" + UUID.randomUUID(), FreePorts.of(3), 0));
        settings.add("cluster.secret-file=" + directory.resolve("none"));

        assertThatThrownBy(() -> Node.start(ConfigLoader.load(null, Map.of(), settings)))
                .hasMessageStartingWith(
                        "cluster.secret-file: " + directory.resolve("none") + ": there is no such file; allowed: ");
    }

    /** While the others still end what they had with the one before, which was at the same address. */
    @Test
    void whoIsBackAtOnceIsLetInAtOnce() throws Exception {
        try (LocalCluster cluster = LocalCluster.start(3)) {
            for (int round = 0; round < 8; round++) {
                int index = round % 3;
                cluster.stop(index);
                long began = System.nanoTime();
                cluster.begin(index);
                assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began))
                        .as("ms that restart %s took", round)
                        .isLessThan(10_000);
            }
        }
    }

    @Test
    void aSessionSurvivesThatItsNodeStopsAndTheNodeComesBack() throws Exception {
        try (LocalCluster cluster = LocalCluster.start(3)) {
            Paho5 first = cluster.client(0, "persistent");
            first.connect(false);
            first.subscribe("kept/+", 1);
            first.disconnect();
            Paho5 publisher = cluster.connected(1, "publisher");
            publisher.publish("kept/a", "before", 1);

            cluster.stop(0);

            publisher.publish("kept/b", "after", 1);
            Paho5 second = cluster.client(2, "persistent");
            assertThat(second.connect(false)).as("session present").isTrue();
            assertThat(second.next().payload()).isEqualTo("before");
            assertThat(second.next().payload()).isEqualTo("after");

            cluster.begin(0);
            Paho5 third = cluster.client(0, "persistent");
            assertThat(third.connect(false)).as("session present").isTrue();
            publisher.publish("kept/c", "again", 1);
            assertThat(third.next().payload()).isEqualTo("again");
            third.hasNoOther(publisher);
        }
    }

    @Test
    void aNodeThatItsClusterHasLostSaysSo() throws Exception {
        try (LocalCluster cluster = LocalCluster.start(2, "cluster.backups=1")) {
            HazelcastInstance member = Hazelcast.getAllHazelcastInstances().stream()
                    .filter(each -> each.getName().startsWith("coppice-n1#"))
                    .filter(each -> each.getConfig().getClusterName().equals(cluster.name()))
                    .findFirst()
                    .orElseThrow();
            Node lost = cluster.node(1);
            assertThat(lost.lost().toCompletableFuture()).isNotDone();

            member.getLifecycleService().terminate();

            assertThat(lost.lost().toCompletableFuture().get(Peer.PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .isEqualTo("its cluster gave it up");
        }
    }
}
