package io.coppice.cluster;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.coppice.blackbox.Hostile;
import io.coppice.blackbox.Members;
import io.coppice.cluster.TestCluster.Node;
import io.coppice.config.CoppiceConfig.Cluster;
import io.coppice.port.Archive;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who comes to the port for members and is none. Would notice a Hazelcast that does not ask the door any more. */
@Members
class MemberDoorIT {
    private static final int JOIN_MILLIS_MAX = 2_000;

    @TempDir
    Path directory;

    private Path secret;

    @BeforeEach
    void writeSecret() throws IOException {
        secret = Files.writeString(directory.resolve("secret"), "one secret of a cluster");
    }

    private static UnaryOperator<MemberSettings> knowing(String secretFile) {
        return settings -> {
            Cluster cluster = settings.cluster();
            return new MemberSettings(
                    settings.id(),
                    settings.shards(),
                    new Cluster(
                            cluster.mode(),
                            cluster.name(),
                            cluster.members(),
                            cluster.host(),
                            cluster.port(),
                            cluster.busPort(),
                            cluster.busTls(),
                            secretFile,
                            cluster.service(),
                            cluster.backups(),
                            cluster.expectedSize(),
                            cluster.partitions(),
                            cluster.joinTimeout(),
                            cluster.recoveryTimeout(),
                            cluster.tombstoneRetention(),
                            0,
                            Duration.ZERO),
                    settings.wire(),
                    JOIN_MILLIS_MAX,
                    settings.nameMillisMax(),
                    settings.leaveMillisMax());
        };
    }

    private TestCluster two() throws Exception {
        TestCluster cluster = new TestCluster(3, 1);
        cluster.add("node-0", knowing(secret.toString()));
        cluster.add("node-1", knowing(secret.toString()));
        cluster.awaitMembers(2);
        for (Node node : cluster.nodes) {
            node.member.awaitMajority();
        }
        return cluster;
    }

    /** Whoever came, the two are as they were. */
    private static void undisturbed(TestCluster cluster) throws Exception {
        for (Node node : cluster.nodes.subList(0, 2)) {
            assertThat(node.member.members()).hasSize(2);
            assertThat(node.member.instance().getCluster().getMembers()).hasSize(2);
            assertThat(node.expelled).isEmpty();
        }
        assertThat(cluster.nodes.get(0).claim("undisturbed")).isNotNull();
    }

    @Test
    void whoKnowsTheSecretIsAMember() throws Exception {
        try (TestCluster cluster = two()) {
            cluster.add("node-2", knowing(secret.toString()));
            cluster.awaitMembers(3);
            assertThat(cluster.nodes.get(0).member.counters().wrongSecrets()).isZero();
        }
    }

    @Test
    @Hostile("B86")
    void whoKnowsAnotherOrNoneIsNot() throws Exception {
        Path other = Files.writeString(directory.resolve("other"), "another secret of a cluster");
        try (TestCluster cluster = two()) {
            Node wrong = cluster.add("wrong", knowing(other.toString()));
            assertThatThrownBy(() -> wrong.member.awaitMajority())
                    .isInstanceOf(JoinRefused.class)
                    .hasMessageContaining("there is wrong; needed: 2; the connection to ")
                    .hasMessageEndingWith(" was ended: it has another secret than this node (cluster.secret-file)");
            assertThat(wrong.claim("lonely")).isNull();
            assertThat(wrong.member.counters().wrongSecrets()).isPositive();
            assertThat(cluster.nodes.get(0).member.counters().wrongSecrets()
                            + cluster.nodes.get(1).member.counters().wrongSecrets())
                    .isPositive();
            undisturbed(cluster);

            cluster.kill(wrong);
            Node without = cluster.add("without", knowing(""));
            assertThatThrownBy(() -> without.member.awaitMajority())
                    .hasMessageEndingWith("it asks for a secret, and this node has none (cluster.secret-file)");
            undisturbed(cluster);
        }
    }

    @Test
    void aSecretThatCannotBeReadEndsTheStart() throws Exception {
        try (TestCluster cluster = new TestCluster(1, 0)) {
            assertThatThrownBy(() -> cluster.add(
                            "node-0", knowing(directory.resolve("none").toString())))
                    .isInstanceOf(JoinRefused.class)
                    .hasMessageStartingWith("cluster.secret-file: ");
        }
    }

    /** Hazelcast as it is, with the name of the cluster: what asks nobody for a secret but the name. */
    @Test
    @Hostile("B86")
    void aMemberOfHazelcastAloneIsNot() throws Exception {
        try (TestCluster cluster = two()) {
            String name = cluster.nodes.get(0).member.settings().cluster().name();
            int port = cluster.nodes.get(0).member.port();
            MemberSettings settings = cluster.settings("foreign");
            Electorate electorate = Electorate.of(settings.cluster(), Archive.NONE, System::nanoTime, () -> {});
            Config config = HazelcastConfig.of(
                    settings,
                    new Roster(electorate, 0, false, 0, System::nanoTime),
                    electorate,
                    Versions.inEffect(settings, Archive.NONE, System::nanoTime),
                    event -> {});
            config.setClusterName(name);
            config.getAdvancedNetworkConfig()
                    .getJoin()
                    .getTcpIpConfig()
                    .setMembers(List.of("127.0.0.1:" + port))
                    .setConnectionTimeoutSeconds(1);
            config.setProperty("hazelcast.max.join.seconds", "2");
            HazelcastInstance foreign = null;
            try {
                foreign = Hazelcast.newHazelcastInstance(config);
                assertThat(foreign.getCluster().getMembers()).hasSize(1);
            } catch (IllegalStateException gaveUp) {
                assertThat(gaveUp).hasMessage("Node failed to start!");
            } finally {
                if (foreign != null) {
                    foreign.getLifecycleService().terminate();
                }
            }
            assertThat(cluster.nodes.get(0).member.counters().strangers()).isPositive();
            undisturbed(cluster);
        }
    }

    private static Socket connect(TestCluster cluster) throws IOException {
        Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), cluster.nodes.get(0).member.port());
        socket.setSoTimeout(20_000);
        return socket;
    }

    /** Whether it was sent away without a word. */
    private static boolean isSentAway(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException stays) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    @Test
    @Hostile({"B87", "B88"})
    void whateverElseIsSaidIsAnsweredWithTheEnd() throws Exception {
        try (TestCluster cluster = two()) {
            byte[] noise = new byte[1 << 16];
            new Random(7).nextBytes(noise);
            List<byte[]> greetings = List.of(
                    "CP2".getBytes(US_ASCII),
                    "HZC\0\0\0\0".getBytes(US_ASCII),
                    "GET /hazelcast/health HTTP/1.1\r\n\r\n".getBytes(US_ASCII),
                    // A packet of Hazelcast of 2 GiB less one byte.
                    new byte[] {'H', 'Z', 'C', 4, 0, 0, 0, 0, 0, 0, 0x7F, -1, -1, -1},
                    noise);
            for (byte[] greeting : greetings) {
                try (Socket socket = connect(cluster)) {
                    socket.getOutputStream().write(greeting);
                    assertThat(isSentAway(socket)).isTrue();
                } catch (IOException reset) {
                    // before all of it was written
                }
            }
            await().until(() -> cluster.nodes.get(0).member.counters().strangers() >= greetings.size());
            undisturbed(cluster);
        }
    }

    @Test
    void whoSaysNothingIsSentAwayAfterAWhileAndKeepsNobodyOut() throws Exception {
        try (TestCluster cluster = two()) {
            List<Socket> silent = new ArrayList<>();
            try {
                for (int i = 0; i < 200; i++) {
                    silent.add(connect(cluster));
                }
                cluster.add("node-2", knowing(secret.toString()));
                cluster.awaitMembers(3);
                for (Socket socket : silent) {
                    assertThat(isSentAway(socket)).isTrue();
                }
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> cluster.nodes.get(0).member.counters().silentConnections() >= silent.size());
            } finally {
                for (Socket socket : silent) {
                    socket.close();
                }
            }
        }
    }
}
