package io.coppice.cluster;

import static io.coppice.cluster.SessionRecords.attached;
import static io.coppice.cluster.SessionRecords.enqueued;
import static io.coppice.cluster.SessionRecords.entry;
import static io.coppice.cluster.SessionRecords.sequences;
import static io.coppice.cluster.SessionRecords.upTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hazelcast.config.Config;
import com.hazelcast.config.ServerSocketEndpointConfig;
import com.hazelcast.core.LifecycleEvent;
import com.hazelcast.instance.EndpointQualifier;
import com.hazelcast.spi.properties.ClusterProperty;
import io.coppice.blackbox.Members;
import io.coppice.cluster.TestCluster.Node;
import io.coppice.config.CoppiceConfig.Address;
import io.coppice.config.CoppiceConfig.BusTls;
import io.coppice.config.CoppiceConfig.Cluster;
import io.coppice.config.CoppiceConfig.ClusterMode;
import io.coppice.mqtt.Message;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Home;
import io.coppice.port.NodeId;
import io.coppice.port.RetainedStore.Kept;
import io.coppice.port.SessionRegistry.Resident;
import io.coppice.port.SessionStore.Outcome;
import io.coppice.session.SessionRecord;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** A network that comes apart and heals: nothing that the larger side wrote is lost or undone by what the smaller one brings. */
@Members
class SplitIT {
    private static final int CLIENTS = 60;
    private static final String CLUSTER = "split";

    private final List<MemberGate> gates = new ArrayList<>();

    @Test
    void afterASplitTheNewerValueStays() throws Exception {
        try (TestCluster cluster = new TestCluster(3, 1)) {
            begin(cluster);
            Node first = cluster.nodes.get(0);
            Node second = cluster.nodes.get(1);
            Node third = cluster.nodes.get(2);
            CountDownLatch merged = new CountDownLatch(1);
            third.member.instance().getLifecycleService().addLifecycleListener(event -> {
                if (event.getState() == LifecycleEvent.LifecycleState.MERGED) {
                    merged.countDown();
                }
            });

            cutOffTheThird();
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> !third.member.hasMajority()
                            && first.member.members().size() == 2
                            && second.member.members().size() == 2);
            assertThat(third.append(entry("client 0", 1, enqueued(9)))).isEqualTo(Outcome.FAILED);
            assertThat(third.claim("client 0")).isNull();
            Map<String, Home> homes = new HashMap<>();
            for (int client = 0; client < CLIENTS; client++) {
                goOn(first, second, client, homes);
            }

            gates.forEach(MemberGate::openToAll);
            assertThat(merged.await(120, TimeUnit.SECONDS)).as("healed").isTrue();
            await().until(() -> !third.expelled.isEmpty());
            await().atMost(Duration.ofSeconds(60))
                    .until(() ->
                            first.member.instance().getCluster().getMembers().size() == 3);
            assertNothingIsUndone(first, homes);
        } finally {
            gates.forEach(MemberGate::close);
        }
    }

    @Test
    void afterAllWereAloneNobodyActsBeforeEverythingIsTogetherAgain() throws Exception {
        try (TestCluster cluster = new TestCluster(3, 1)) {
            begin(cluster);
            Map<String, Home> homes = homes(cluster.nodes.get(0));

            Node left = comeApartAndHeal(cluster);
            assertThat(left.member.members())
                    .as("those who count while the others bring what they have")
                    .hasSize(1);
            assertThat(left.claim("client 0")).isNull();

            for (int number = 1; number <= 3; number++) {
                Node node = cluster.nodes.get(number - 1);
                if (node != left) {
                    node.member.leave();
                    cluster.nodes.set(
                            number - 1, cluster.new Node(settings(number, 10 + number), behindItsGate(number)));
                }
            }
            left.member.awaitMajority();
            await().atMost(Duration.ofSeconds(60)).until(left.member::hasMajority);

            assertThat(homes(left)).isEqualTo(homes);
            for (int client = 0; client < CLIENTS; client++) {
                assertThat(sequences(left.load("client " + client, Long.MAX_VALUE)))
                        .isEqualTo(upTo(1));
            }
            assertThat(retained(left)).hasSize(CLIENTS).containsValue("old").doesNotContainValue(null);
        } finally {
            gates.forEach(MemberGate::close);
        }
    }

    /** A merge may have failed in part: what is on the disks of those who ended must be there before anybody is let in. */
    @Test
    void whereThereAreDisksNobodyActsBeforeEachHasBroughtItsOwn() throws Exception {
        ExecutorService starts = Executors.newCachedThreadPool();
        try (TestCluster cluster = new TestCluster(3, 1)) {
            for (int i = 1; i <= 3; i++) {
                gates.add(new MemberGate("127.0.77." + i));
                cluster.nodes.add(
                        cluster.new Node(settings(i, i), new HeldArchive().release().archive, behindItsGate(i)));
            }
            begin(cluster, 3);
            for (Node node : cluster.nodes) {
                begun(node);
            }

            Node left = comeApartAndHeal(cluster);

            List<HeldArchive> disks = new ArrayList<>();
            List<Future<Node>> joining = new ArrayList<>();
            for (Node node : List.copyOf(cluster.nodes)) {
                if (node != left) {
                    int number = cluster.nodes.indexOf(node) + 1;
                    node.member.leave();
                    HeldArchive disk = new HeldArchive();
                    disks.add(disk);
                    joining.add(starts.submit(() -> begun(
                            cluster.new Node(settings(number, 10 + number), disk.archive, behindItsGate(number)))));
                }
            }
            await().atMost(Duration.ofSeconds(60)).until(() -> standings(left).size() == 2);
            assertThat(standings(left)).containsOnly(Standing.BRINGING);
            assertThat(left.member.members()).hasSize(1);
            assertThat(left.claim("client 0")).isNull();

            disks.get(0).release();
            await().atMost(Duration.ofSeconds(60)).until(() -> standings(left).contains(Standing.BROUGHT));
            assertThat(left.member.members()).as("one is missing still").hasSize(1);
            assertThat(joining.get(0)).isNotDone();

            disks.get(1).release();
            await().atMost(Duration.ofSeconds(60)).until(left.member::hasMajority);
            cluster.nodes.removeIf(node -> node != left);
            for (Future<Node> start : joining) {
                cluster.nodes.add(start.get(60, TimeUnit.SECONDS));
            }
            cluster.awaitMembers(3);
            assertThat(standings(left)).containsOnly(Standing.AT_WORK);
        } finally {
            starts.shutdownNow();
            gates.forEach(MemberGate::close);
        }
    }

    /** All of them alone, and the network whole again: the one that is left when the others have brought what they have. */
    private Node comeApartAndHeal(TestCluster cluster) {
        forEachPair(MemberGate::shutTo);
        await().atMost(Duration.ofSeconds(60))
                .until(() -> cluster.nodes.stream()
                        .allMatch(node -> node.member.members().size() == 1));
        gates.forEach(MemberGate::openToAll);
        // Of the sessions some were copied on two nodes that have both to end: they end when all is with the third.
        await().atMost(Duration.ofSeconds(120))
                .until(() -> cluster.nodes.stream()
                                .filter(node -> node.expelled.isEmpty())
                                .count()
                        == 1);
        return cluster.nodes.stream()
                .filter(node -> node.expelled.isEmpty())
                .findFirst()
                .orElseThrow();
    }

    /** As it is once it lets clients in. */
    private static Node begun(Node node) throws Exception {
        node.member.awaitMajority();
        node.member.watch(node.loop, view -> {});
        node.member.recovery().serving();
        return node;
    }

    /** Of the others, those that say. */
    private static Collection<Standing> standings(Node node) throws Exception {
        return StandingOperation.ask(
                        node.member.instance(),
                        node.member.instance().getCluster().getMembers().stream()
                                .filter(member -> !member.localMember())
                                .toList())
                .values();
    }

    /** Three members with what some clients have, each of it on two of them. */
    private void begin(TestCluster cluster) throws Exception {
        for (int i = 1; i <= 3; i++) {
            gates.add(new MemberGate("127.0.77." + i));
            cluster.add(settings(i, i), behindItsGate(i));
        }
        begin(cluster, 3);
    }

    private static void begin(TestCluster cluster, int members) throws Exception {
        cluster.awaitMembers(members);
        for (Node node : cluster.nodes) {
            node.member.awaitMajority();
        }
        cluster.awaitCopies();
        for (int client = 0; client < CLIENTS; client++) {
            begin(cluster.nodes.get(0), client);
        }
    }

    private MemberSettings settings(int number, long life) {
        List<Address> members = gates.stream()
                .map(gate -> new Address(gate.host(), gate.port()))
                .toList();
        MemberGate own = gates.get(number - 1);
        return new MemberSettings(
                new NodeId("node-" + number, life),
                1,
                new Cluster(
                        ClusterMode.STATIC,
                        CLUSTER,
                        members,
                        "0.0.0.0",
                        own.memberPort(),
                        0,
                        BusTls.NONE,
                        "",
                        "",
                        1,
                        3,
                        31,
                        Duration.ofSeconds(5),
                        Duration.ofMinutes(2),
                        Duration.ofHours(1),
                        0,
                        Duration.ZERO),
                MemberSettings.WIRE,
                30_000,
                500,
                10_000);
    }

    private UnaryOperator<Config> behindItsGate(int number) {
        MemberGate own = gates.get(number - 1);
        return config -> {
            ServerSocketEndpointConfig endpoint = (ServerSocketEndpointConfig)
                    config.getAdvancedNetworkConfig().getEndpointConfigs().get(EndpointQualifier.MEMBER);
            endpoint.setPublicAddress(own.host() + ":" + own.port());
            config.setProperty(ClusterProperty.SOCKET_CLIENT_BIND_ANY.getName(), "false");
            config.setProperty(ClusterProperty.MERGE_FIRST_RUN_DELAY_SECONDS.getName(), "2");
            config.setProperty(ClusterProperty.MERGE_NEXT_RUN_DELAY_SECONDS.getName(), "2");
            return config;
        };
    }

    private void cutOffTheThird() {
        MemberGate third = gates.get(2);
        forEachPair((from, to) -> {
            if (from == third || to == third) {
                from.shutTo(to);
            }
        });
    }

    private void forEachPair(BiConsumer<MemberGate, MemberGate> action) {
        for (MemberGate from : gates) {
            for (MemberGate to : gates) {
                if (from != to) {
                    action.accept(from, to);
                }
            }
        }
    }

    private static void begin(Node node, int client) throws Exception {
        String name = "client " + client;
        node.claim(name);
        assertThat(node.append(entry(name, 1, attached()), entry(name, 1, enqueued(1))))
                .isEqualTo(Outcome.SAFE);
        assertThat(put(node, name, "old")).isNotNull();
    }

    /** What the larger side does meanwhile: of each third client the session goes on, ends, or has a new home. */
    private static void goOn(Node first, Node second, int client, Map<String, Home> homes) throws Exception {
        String name = "client " + client;
        switch (client % 3) {
            case 0 -> {
                assertThat(first.append(entry(name, 1, enqueued(2)))).isEqualTo(Outcome.SAFE);
                assertThat(put(first, name, "new")).isNotNull();
            }
            case 1 -> {
                assertThat(first.append(entry(name, 1, new SessionRecord.Ended())))
                        .isEqualTo(Outcome.SAFE);
                assertThat(put(first, name, null)).isNotNull();
            }
            default -> {
                homes.put(name, second.claim(name).home());
                assertThat(second.load(name, 2)).isNotNull();
                assertThat(second.append(entry(name, 2, enqueued(2)))).isEqualTo(Outcome.SAFE);
            }
        }
    }

    private static void assertNothingIsUndone(Node node, Map<String, Home> homes) throws Exception {
        Map<String, Home> found = homes(node);
        Map<String, String> retained = retained(node);
        for (int client = 0; client < CLIENTS; client++) {
            String name = "client " + client;
            List<SessionRecord> records = node.load(name, 3);
            switch (client % 3) {
                case 0 -> {
                    assertThat(sequences(records)).isEqualTo(upTo(2));
                    assertThat(retained.get(name)).isEqualTo("new");
                }
                case 1 -> {
                    assertThat(records).isEmpty();
                    assertThat(retained.get(name)).isNull();
                }
                default -> {
                    assertThat(sequences(records)).isEqualTo(upTo(2));
                    assertThat(found.get(name)).isEqualTo(homes.get(name));
                }
            }
        }
    }

    private static Map<String, Home> homes(Node node) throws Exception {
        Map<String, Home> homes = new HashMap<>();
        for (Resident resident : node.residentsElsewhere(Set.of())) {
            homes.put(resident.clientId(), resident.home());
        }
        return homes;
    }

    private static Map<String, String> retained(Node node) throws Exception {
        Map<String, String> retained = new HashMap<>();
        Boolean complete = node.loop.await(then -> node.doors
                .retainedStore()
                .readAll(node.loop, kept -> retained.put(kept.topic().value(), text(kept)), then::accept));
        assertThat(complete).isTrue();
        return retained;
    }

    private static Kept put(Node node, String topic, String payload) throws Exception {
        Message message = payload == null
                ? null
                : new Message(
                        TopicName.of(topic),
                        payload.getBytes(StandardCharsets.UTF_8),
                        Qos.AT_LEAST_ONCE,
                        true,
                        Properties.NONE,
                        Long.MAX_VALUE,
                        "publisher");
        return node.loop.await(
                then -> node.doors.retainedStore().put(node.loop, TopicName.of(topic), message, then::accept));
    }

    private static String text(Kept kept) {
        return kept.message() == null ? null : new String(kept.message().payload(), StandardCharsets.UTF_8);
    }
}
