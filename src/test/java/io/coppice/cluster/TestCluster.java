package io.coppice.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hazelcast.config.Config;
import io.coppice.config.CoppiceConfig.Address;
import io.coppice.config.CoppiceConfig.BusTls;
import io.coppice.config.CoppiceConfig.Cluster;
import io.coppice.config.CoppiceConfig.ClusterMode;
import io.coppice.mqtt.Will;
import io.coppice.port.Archive;
import io.coppice.port.Home;
import io.coppice.port.NodeId;
import io.coppice.port.SessionRegistry.Claim;
import io.coppice.port.SessionRegistry.Claimant;
import io.coppice.port.SessionRegistry.Resident;
import io.coppice.port.SessionStore.Entry;
import io.coppice.port.SessionStore.Outcome;
import io.coppice.session.SessionRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** Several real members in this process, on loopback, on ports that the system gives. */
final class TestCluster implements AutoCloseable {
    /** One node: a member, its doors, and a loop that asks them. */
    final class Node implements AutoCloseable {
        final NodeId id;
        final ThreadLoop loop = new ThreadLoop(0);
        final HazelcastMember member;
        final ClusterDoors doors;
        final List<String> expelled = new CopyOnWriteArrayList<>();
        /** What became of claims of which nobody could say at first whether they had been made. */
        final List<Optional<Claim>> late = new CopyOnWriteArrayList<>();

        final LossyWay way = new LossyWay();

        Node(MemberSettings settings, UnaryOperator<Config> config) throws JoinRefused {
            this(settings, Archive.NONE, config);
        }

        Node(MemberSettings settings, Archive archive, UnaryOperator<Config> config) throws JoinRefused {
            id = settings.id();
            member = HazelcastMember.open(settings, archive, expelled::add, config);
            doors = new ClusterDoors(member, way);
        }

        Claim claim(String clientId) throws Exception {
            return claim(clientId, (Will) null);
        }

        Claim claim(String clientId, Will will) throws Exception {
            return claim(clientId, new Claimant(null, false, will)).orElse(null);
        }

        /** Null where the session is somebody else's; empty where nobody knows. */
        Optional<Claim> claim(String clientId, Claimant claimant) throws Exception {
            return loop.await(then -> doors.registry()
                    .claim(
                            clientId,
                            id,
                            loop,
                            claimant,
                            claim -> then.accept(Optional.ofNullable(claim)),
                            () -> then.accept(null),
                            made -> late.add(Optional.ofNullable(made))));
        }

        Home claimFrom(Resident former) throws Exception {
            return loop.await(then -> doors.registry().claimFrom(former, id, loop, then::accept));
        }

        Home claimVacant(String clientId) throws Exception {
            return loop.await(then -> doors.registry().claimVacant(clientId, id, loop, null, then::accept));
        }

        List<Resident> residentsElsewhere(Set<NodeId> nodes) throws Exception {
            Set<NodeId> all =
                    TestCluster.this.nodes.stream().map(node -> node.id).collect(Collectors.toSet());
            return loop.await(then -> doors.registry().residentsElsewhere(nodes, all, any -> true, loop, then::accept));
        }

        Outcome append(Entry... entries) throws Exception {
            return loop.await(then -> doors.sessionStore().append(loop, List.of(entries), then::accept));
        }

        List<SessionRecord> load(String clientId, long epoch) throws Exception {
            return loop.await(
                    then -> doors.sessionStore().load(clientId, epoch, loop, then::accept, () -> then.accept(null)));
        }

        /** As a killed process. */
        void kill() {
            member.kill();
            loop.close();
        }

        @Override
        public void close() {
            member.kill();
            loop.close();
        }
    }

    private final String name = "test-" + UUID.randomUUID();
    private final int expectedSize;
    private final int backups;
    private final int partitions;
    int sizeMax;
    Duration shrinkAfter = Duration.ZERO;
    final List<Node> nodes = new ArrayList<>();

    TestCluster(int expectedSize, int backups) {
        this(expectedSize, backups, 31);
    }

    TestCluster(int expectedSize, int backups, int partitions) {
        this.expectedSize = expectedSize;
        this.backups = backups;
        this.partitions = partitions;
    }

    /** A whole cluster with one backup. */
    static TestCluster of(int size) throws JoinRefused {
        return new TestCluster(size, Math.min(1, size - 1)).whole();
    }

    /** The same, as large as it is expected to be. */
    TestCluster whole() throws JoinRefused {
        for (int i = 0; i < expectedSize; i++) {
            add("node-" + i);
        }
        awaitMembers(expectedSize);
        for (Node node : nodes) {
            node.member.awaitMajority();
        }
        return this;
    }

    Node add(String nodeName) throws JoinRefused {
        return add(nodeName, settings -> settings);
    }

    Node add(String nodeName, UnaryOperator<MemberSettings> change) throws JoinRefused {
        return add(change.apply(settings(nodeName)), config -> config);
    }

    Node add(MemberSettings settings, UnaryOperator<Config> config) throws JoinRefused {
        Node node = new Node(settings, config);
        nodes.add(node);
        return node;
    }

    MemberSettings settings(String nodeName) {
        List<Address> members = nodes.stream()
                .map(node -> new Address("127.0.0.1", node.member.port()))
                .toList();
        Cluster cluster = new Cluster(
                ClusterMode.STATIC,
                name,
                members,
                "127.0.0.1",
                0,
                0,
                BusTls.NONE,
                "",
                "",
                backups,
                expectedSize,
                partitions,
                Duration.ofSeconds(5),
                Duration.ofMinutes(2),
                Duration.ofHours(1),
                sizeMax,
                shrinkAfter);
        return new MemberSettings(
                new NodeId(nodeName, UUID.randomUUID().getMostSignificantBits()),
                2,
                cluster,
                MemberSettings.WIRE,
                5_000,
                500,
                10_000);
    }

    void awaitMembers(int count) {
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(nodes)
                        .allSatisfy(node -> assertThat(node.member.members()).hasSize(count)));
    }

    /** Waits until every partition has its copies. */
    void awaitCopies() {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> nodes.stream()
                        .allMatch(node ->
                                node.member.instance().getPartitionService().isClusterSafe()));
    }

    void kill(Node node) {
        nodes.remove(node);
        node.kill();
    }

    @Override
    public void close() {
        nodes.forEach(Node::close);
    }
}
