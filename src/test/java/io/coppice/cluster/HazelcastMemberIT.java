package io.coppice.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.internal.serialization.Data;
import com.hazelcast.internal.serialization.InternalSerializationService;
import com.hazelcast.internal.serialization.impl.DefaultSerializationServiceBuilder;
import com.hazelcast.nio.serialization.HazelcastSerializationException;
import com.hazelcast.splitbrainprotection.SplitBrainProtectionException;
import io.coppice.blackbox.Hostile;
import io.coppice.blackbox.Members;
import io.coppice.cluster.TestCluster.Node;
import io.coppice.config.CoppiceConfig.Cluster;
import io.coppice.port.SessionRegistry.Claim;
import io.coppice.port.View;
import io.coppice.port.WireVersions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Who may be a member, what a member tells of the others, and what it does without them. */
@Members
class HazelcastMemberIT {
    private static UnaryOperator<MemberSettings> with(UnaryOperator<Cluster> change) {
        return settings -> new MemberSettings(
                settings.id(),
                settings.shards(),
                change.apply(settings.cluster()),
                settings.wire(),
                2_000,
                settings.nameMillisMax(),
                settings.leaveMillisMax());
    }

    private static Cluster with(Cluster cluster, String name, int expectedSize) {
        return new Cluster(
                cluster.mode(),
                name,
                cluster.members(),
                cluster.host(),
                cluster.port(),
                cluster.busPort(),
                cluster.busTls(),
                cluster.secretFile(),
                cluster.service(),
                cluster.backups(),
                expectedSize,
                cluster.partitions(),
                cluster.joinTimeout(),
                cluster.recoveryTimeout(),
                cluster.tombstoneRetention(),
                cluster.sizeMax(),
                cluster.shrinkAfter());
    }

    @Test
    void aMemberThatDoesNotFitIsRefusedWithOneLine() throws Exception {
        try (TestCluster cluster = TestCluster.of(2)) {
            String place = " at [127.0.0.1]:" + cluster.nodes.get(0).member.port();
            assertThatThrownBy(() -> cluster.add("odd", with(some -> with(some, some.name(), 4))))
                    .isInstanceOf(JoinRefused.class)
                    .hasMessage("node odd does not fit node node-0" + place
                            + ": cluster.expected-size: 4 is not allowed; allowed: 2");
            assertThatThrownBy(() -> cluster.add(
                            "newer",
                            settings -> new MemberSettings(
                                    settings.id(),
                                    2,
                                    settings.cluster(),
                                    new WireVersions(6, 6, 6),
                                    2_000,
                                    500,
                                    1_000)))
                    .isInstanceOf(JoinRefused.class)
                    .hasMessage("node newer does not fit node node-0" + place
                            + ": wire version 6 (reads 6 to 6) is not allowed; allowed: one that mixes with "
                            + "5 (reads 5 to 6)");
            assertThatThrownBy(() -> cluster.add("node-0"))
                    .isInstanceOf(JoinRefused.class)
                    .hasMessage("node node-0 does not fit node node-0" + place
                            + ": node.name: node-0 is not allowed; allowed: a name that no node there has");
            assertThatThrownBy(() -> cluster.add("node-2"))
                    .isInstanceOf(JoinRefused.class)
                    .hasMessage("node node-2 does not fit node node-0" + place
                            + ": one node more than cluster.expected-size: 2 is not allowed; "
                            + "allowed: a greater one on every node, so that two majorities cannot be");
            cluster.awaitMembers(2);
            assertThat(cluster.nodes.get(0).expelled).isEmpty();
            assertThat(cluster.nodes.get(0).claim("undisturbed")).isNotNull();
        }
    }

    private static UnaryOperator<MemberSettings> speaking(int oldest, int spoken, int newest) {
        return settings -> new MemberSettings(
                settings.id(),
                settings.shards(),
                settings.cluster(),
                new WireVersions(oldest, spoken, newest),
                settings.joinMillisMax(),
                // who was killed is a member until the others have noticed
                30_000,
                settings.leaveMillisMax());
    }

    /** Each node in turn comes back as one that reads the next version, and then as one that lets it be written. */
    private static void roll(TestCluster cluster, UnaryOperator<MemberSettings> as) throws Exception {
        for (int i = 0; i < 3; i++) {
            Node oldest = cluster.nodes.get(0);
            cluster.awaitCopies();
            cluster.kill(oldest);
            cluster.add(oldest.id.name(), as).member.awaitMajority();
            cluster.awaitMembers(3);
        }
    }

    @Test
    void nodesOfTwoVersionsMixUntilAllReadTheNextAndWereToldToWriteIt() throws Exception {
        try (TestCluster cluster = new TestCluster(3, 1)) {
            for (int i = 0; i < 3; i++) {
                cluster.add("node-" + i, speaking(5, 5, 5));
            }
            cluster.awaitMembers(3);
            for (Node node : cluster.nodes) {
                node.member.awaitMajority();
            }
            Claim claimed = cluster.nodes.get(0).claim("somebody");
            roll(cluster, speaking(5, 5, 6));
            roll(cluster, speaking(5, 5, 5)); // and back, since nobody has written anything else
            roll(cluster, speaking(5, 5, 6));
            assertThat(cluster.nodes.get(0).member.wires().values()).hasSize(3).containsOnly(new WireVersions(5, 5, 6));
            assertThat(cluster.nodes.get(0).member.writtenVersion()).isEqualTo(5);
            roll(cluster, speaking(5, 6, 6));
            for (Node node : cluster.nodes) {
                await().until(() -> node.member.writtenVersion() == 6);
            }
            await().until(() ->
                    cluster.nodes.get(0).member.wires().values().stream().allMatch(new WireVersions(5, 6, 6)::equals));
            cluster.awaitCopies();
            cluster.kill(cluster.nodes.get(2));

            assertThatThrownBy(() -> cluster.add("node-2", speaking(5, 5, 5)))
                    .isInstanceOf(JoinRefused.class)
                    .hasMessageEndingWith(
                            ": wire version 5 (reads 5 to 5) is not allowed; allowed: one that reads 6, which its "
                                    + "cluster writes");
            assertThat(cluster.nodes.get(0).claim("somebody").home().epoch())
                    .isGreaterThan(claimed.home().epoch());
        }
    }

    @Test
    void aNameIsFreeAgainWhenItsNodeIsGone() throws Exception {
        try (TestCluster cluster = TestCluster.of(3)) {
            cluster.kill(cluster.nodes.get(2));
            Node again = cluster.add("node-2");
            cluster.awaitMembers(3);

            assertThat(cluster.nodes.get(0).member.members())
                    .extracting(View.Member::id)
                    .contains(again.id);
        }
    }

    @Test
    void membersOfAnotherClusterAreNoneOfOurs() throws Exception {
        try (TestCluster cluster = TestCluster.of(2)) {
            Node stranger = cluster.add("stranger", with(some -> with(some, "another", 2)));

            assertThat(stranger.member.hasMajority()).isFalse();
            assertThatThrownBy(() -> stranger.member.awaitMajority())
                    .isInstanceOf(JoinRefused.class)
                    .hasMessage("could not reach 1 of 2 nodes in 2 s: of cluster another there is stranger; needed: 2");
            assertThat(stranger.claim("lonely")).isNull();
            assertThat(cluster.nodes.get(0).member.members()).hasSize(2);
        }
    }

    @Test
    void viewsAreToldInOrderFromTheFirstOn() throws Exception {
        try (TestCluster cluster = new TestCluster(3, 1)) {
            Node first = cluster.add("node-0");
            List<View> views = new CopyOnWriteArrayList<>();
            first.member.watch(first.loop, views::add);
            await().until(() -> views.size() == 1);
            cluster.add("node-1");
            await().until(() -> views.size() == 2);
            cluster.add("node-2");
            await().until(() -> views.size() == 3);
            cluster.kill(cluster.nodes.get(1));
            await().until(() -> views.size() == 4);

            assertThat(views)
                    .extracting(view -> view.members().stream()
                            .map(member -> member.id().name())
                            .toList())
                    .containsExactly(
                            List.of("node-0"),
                            List.of("node-0", "node-1"),
                            List.of("node-0", "node-1", "node-2"),
                            List.of("node-0", "node-2"));
            assertThat(views.get(0).members()).containsExactly(new View.Member(first.id, 2));
        }
    }

    @Test
    void aMemberIsToldOfItsEndUnlessItLeft() throws Exception {
        try (TestCluster cluster = TestCluster.of(2)) {
            Node first = cluster.nodes.get(0);
            Node second = cluster.nodes.get(1);
            second.member.instance().getLifecycleService().terminate();
            first.doors.close();

            await().until(() -> !second.expelled.isEmpty());
            assertThat(second.expelled).contains("its cluster gave it up");
            assertThat(first.expelled).isEmpty();
        }
    }

    @Test
    @Hostile("B88")
    void nothingButAMemberIsSpokenToAtThePort() throws Exception {
        try (TestCluster cluster = TestCluster.of(1)) {
            for (String greeting : List.of("CP2", "GET /hazelcast/health HTTP/1.1\r\n\r\n", "get a\r\n")) {
                try (Socket socket = new Socket(
                        InetAddress.getLoopbackAddress(),
                        cluster.nodes.get(0).member.port())) {
                    socket.setSoTimeout(10_000);
                    socket.getOutputStream().write(greeting.getBytes(StandardCharsets.US_ASCII));
                    byte[] answer = new byte[64];
                    int length = readOrReset(socket, answer);
                    String text = new String(answer, 0, Math.max(0, length), StandardCharsets.US_ASCII);
                    assertThat(text).as(greeting).isIn("", "HZX");
                }
            }
        }
    }

    private static int readOrReset(Socket socket, byte[] into) {
        try {
            return socket.getInputStream().read(into);
        } catch (IOException reset) {
            return -1;
        }
    }

    /** A type that is on everybody's class path, and that no member has to send. */
    @Test
    @Hostile("B87")
    void noObjectOfJavaSerializationIsTaken() throws Exception {
        try (TestCluster cluster = TestCluster.of(1)) {
            HazelcastInstance instance = cluster.nodes.get(0).member.instance();
            InternalSerializationService theirs = new DefaultSerializationServiceBuilder().build();
            InternalSerializationService ours = ((HazelcastInstanceProxy) instance).getSerializationService();
            Data url = theirs.toData(new URL("http://localhost/"));
            Data fault = theirs.toData(new SplitBrainProtectionException("known"));

            assertThatThrownBy(() -> ours.toObject(url))
                    .isInstanceOf(HazelcastSerializationException.class)
                    .hasMessageContaining("java.net.URL is not allowed");
            assertThat(ours.<Object>toObject(fault)).isInstanceOf(SplitBrainProtectionException.class);
        }
    }
}
