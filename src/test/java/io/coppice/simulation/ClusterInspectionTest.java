package io.coppice.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.broker.Broker;
import io.coppice.broker.ClusterSettings;
import io.coppice.broker.Inside;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Qos;
import io.coppice.port.ClusterSnapshot;
import io.coppice.port.ClusterSnapshot.Obstacle;
import io.coppice.port.ClusterSnapshot.State;
import io.coppice.port.ClusterStatus;
import io.coppice.port.Counters;
import io.coppice.port.NodeId;
import io.coppice.port.Parcel;
import io.coppice.port.RouteSummary;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;

/** Three nodes of two loops each: what they tell of their cluster. */
class ClusterInspectionTest {
    private static final long LEASE = 1500;
    private static final long PING = 300;
    private static final long DIGEST = 5000;
    private static final long PATIENCE = 2000;
    /** Longer than a lease, and than what follows it. */
    private static final long TAKEN_OVER = 5_000;

    private final World world = new World(7, 3, 2, settings());
    private final SimCluster cluster = world.cluster();

    ClusterInspectionTest() {
        cluster.delayMax = 5;
        cluster.viewDelayMax = 50;
        world.pass(DIGEST + 500);
    }

    private static Settings settings() {
        Settings settings = new Settings();
        settings.cluster = new ClusterSettings(3, LEASE, PING, 200, DIGEST, 5000, 10_000, 60_000, 1000);
        return settings;
    }

    private Broker broker(int node) {
        return cluster.nodes.get(node).broker();
    }

    private ClusterStatus status(int node) {
        return broker(node).cluster();
    }

    private NodeId id(int node) {
        return cluster.nodes.get(node).id;
    }

    private long total(int node, ToLongFunction<Counters> what) {
        return broker(node).counters().stream().mapToLong(what).sum();
    }

    /** What is told by and by. */
    private List<ClusterSnapshot> ask(int node) {
        List<ClusterSnapshot> told = new ArrayList<>();
        status(node).inspect(PATIENCE, told::add);
        world.run();
        return told;
    }

    private ClusterSnapshot look(int node) {
        List<ClusterSnapshot> told = ask(node);
        assertThat(told).as("told without a wait").hasSize(1);
        return told.get(0);
    }

    private static ClusterSnapshot.FirstLoop first(ClusterSnapshot snapshot) {
        assertThat(snapshot.firstLoop()).isNotNull();
        return snapshot.firstLoop();
    }

    /** World's loops are numbered through: two for each node. */
    private SimClient connected(String clientId, int loop) {
        SimClient client = world.client(clientId).persistent().connect(loop);
        world.pass(200);
        assertThat(client.isConnected()).isTrue();
        return client;
    }

    private SimClient subscriber(String clientId, int node, String filter) {
        SimClient client = connected(clientId, 2 * node);
        client.subscribe(filter, Qos.AT_LEAST_ONCE);
        world.pass(600); // with a batch that is sent again
        assertThat(client.all(Packet.SubAck.class)).hasSize(1);
        return client;
    }

    @Test
    void nodesThatAreWellAgreeOnEverything() {
        subscriber("a", 0, "t/#");
        subscriber("b", 1, "$share/g/u");
        world.pass(DIGEST);

        for (int node = 0; node < 3; node++) {
            ClusterSnapshot snapshot = look(node);
            assertThat(snapshot.self()).isEqualTo(id(node));
            assertThat(snapshot.members()).containsExactlyInAnyOrder(id(0), id(1), id(2));
            assertThat(snapshot.inQuorum()).isTrue();
            assertThat(snapshot.leaseRemaining()).isBetween(LEASE - PING - 20, LEASE);
            assertThat(snapshot.obstacles()).isEmpty();
            assertThat(snapshot.silentLoops()).isEmpty();
            assertThat(snapshot.parts()).extracting(ClusterSnapshot.Part::loop).containsExactly(0, 1);
            assertThat(snapshot.adopting()).isFalse();
            assertThat(first(snapshot).peers()).hasSize(2).allSatisfy(peer -> {
                ClusterSnapshot.FirstLoop theirs = first(look(indexOf(peer.id())));
                assertThat(peer.state()).isEqualTo(State.PRESENT);
                assertThat(peer.inStep()).isTrue();
                assertThat(peer.routes().agrees(theirs.routes())).isTrue();
                assertThat(peer.made()).isEqualTo(first(snapshot).routes().version());
                assertThat(peer.heardAgo()).isBetween(0L, PING + 20);
                assertThat(snapshot.published().get(peer.id()).agrees(theirs.routes()))
                        .isTrue();
            });
        }
        assertThat(first(look(0)).routes().count()).isEqualTo(1);
        assertThat(first(look(2)).routes()).extracting(RouteSummary::count).isEqualTo(0L);
    }

    @Test
    void nodesStayInStepWhenASubscriptionGoes() {
        SimClient reader = subscriber("a", 0, "t");
        subscriber("b", 0, "u");
        reader.unsubscribe("t");
        long divergent = 0;
        for (long waited = 0; waited < 2 * DIGEST; waited++) {
            world.pass(1);
            divergent = Math.max(divergent, status(1).routeDivergence());
        }

        assertThat(divergent).isZero();
        RouteSummary own = first(look(0)).routes();
        assertThat(own.count()).isEqualTo(1);
        assertThat(first(look(1)).peers())
                .filteredOn(peer -> peer.id().equals(id(0)))
                .allMatch(peer -> peer.routes().agrees(own));
    }

    private int indexOf(NodeId id) {
        return List.of(id(0), id(1), id(2)).indexOf(id);
    }

    @Test
    void aNodeCountsWhatItsOwnSessionsSubscribeTo() {
        subscriber("a", 0, "t/#");
        subscriber("b", 0, "$share/g/u");
        subscriber("c", 1, "t/#");

        assertThat(broker(0).subscriptions()).isEqualTo(2);
        assertThat(broker(0).sharedSubscriptions()).isEqualTo(1);
        assertThat(broker(0).topicFilters()).isEqualTo(2);
        assertThat(broker(1).subscriptions()).isEqualTo(1);
        assertThat(broker(1).sharedSubscriptions()).isZero();
        assertThat(broker(1).topicFilters()).isEqualTo(1);
        assertThat(broker(2).subscriptions()).isZero();
        assertThat(broker(2).topicFilters()).isZero();
        assertThat(List.of(
                        status(0).routesAnnounced(),
                        status(1).routesAnnounced(),
                        status(2).routesAnnounced()))
                .containsExactly(2L, 1L, 0L);
        assertThat(List.of(
                        status(0).routesKnown(),
                        status(1).routesKnown(),
                        status(2).routesKnown()))
                .containsExactly(1L, 2L, 3L);
    }

    @Test
    void whatOtherNodesDoNotConfirmIsShownByLane() {
        subscriber("a", 1, "t");
        SimClient meter = connected("meter", 0);
        long before = total(0, Counters::forwardedMessages);
        long resent = total(0, Counters::batchesResent);
        cluster.lossOneIn = 1;

        meter.publish("t", "0123456789", Qos.AT_LEAST_ONCE);
        world.pass(1100);

        ClusterSnapshot.Lane lane = look(0).parts().stream()
                .flatMap(part -> part.lanes().stream())
                .filter(each -> each.unanswered() > 0)
                .reduce((one, other) -> {
                    throw new AssertionError(one + " and " + other);
                })
                .orElseThrow();
        assertThat(lane.to()).isEqualTo(id(1));
        assertThat(lane.fromLoop()).isZero();
        assertThat(lane.unanswered()).isEqualTo(1);
        assertThat(lane.messages()).isGreaterThanOrEqualTo(1);
        assertThat(lane.bytes()).isEqualTo(96 + 1 + 10);
        assertThat(lane.oldestAge()).isBetween(1000L, 1100 + PING);
        assertThat(status(0).backlogMessages()).isGreaterThan(1);
        assertThat(status(0).backlogBytes()).isEqualTo(lane.bytes());
        assertThat(total(0, Counters::forwardedMessages)).isEqualTo(before + 1);
        assertThat(total(0, Counters::batchesResent)).isGreaterThan(resent);
        world.pass(LEASE);
        assertThat(status(0).leaseRemaining()).isZero();

        cluster.lossOneIn = 0;
        world.pass(3000);
        assertThat(meter.hasOpenMessages()).isFalse();
        assertThat(look(0).parts())
                .allSatisfy(part -> assertThat(part.lanes()).noneMatch(each -> each.unanswered() > 0));
        assertThat(status(0).backlogBytes()).isZero();
        assertThat(total(0, Counters::forwardedMessages)).isEqualTo(before + 1);
    }

    @Test
    void aNodeThatDiedIsShownUntilItsSessionsAreFound() {
        subscriber("a", 0, "t").drop();
        world.pass(DIGEST);
        NodeId dead = id(0);
        assertThat(world.routeBoard.entries).containsKey(dead);
        cluster.kill(cluster.nodes.get(0));
        world.pass(100);

        ClusterSnapshot soon = look(0);
        assertThat(soon.members()).hasSize(2).doesNotContain(dead);
        assertThat(soon.adopting()).isTrue();
        assertThat(first(soon).peers())
                .extracting(ClusterSnapshot.Peer::state)
                .containsExactly(State.LEFT, State.PRESENT);
        assertThat(status(0).members()).isEqualTo(2);
        assertThat(status(0).routeDivergence()).isZero();
        Set<State> states = EnumSet.noneOf(State.class);
        for (long waited = 0; waited < TAKEN_OVER; waited++) {
            world.pass(1);
            first(look(0)).peers().stream()
                    .filter(peer -> peer.id().equals(dead))
                    .forEach(peer -> states.add(peer.state()));
        }
        assertThat(states).contains(State.LEFT, State.HELD).doesNotContain(State.PRESENT);

        ClusterSnapshot late = look(0);
        assertThat(late.adopting()).isFalse();
        assertThat(first(late).peers()).extracting(ClusterSnapshot.Peer::id).containsExactly(id(1));
        assertThat(first(late).adoptionRound()).isPositive();
        assertThat(late.parts()).allSatisfy(part -> assertThat(part.adopting()).isZero());
        assertThat(total(0, Counters::sessionsAdopted) + total(1, Counters::sessionsAdopted))
                .isEqualTo(1);
        assertThat(world.routeBoard.entries).doesNotContainKey(dead);
    }

    @Test
    void aNodeThatIsCutOffSaysWhyItServesNobody() {
        cluster.kill(cluster.nodes.get(2));
        cluster.kill(cluster.nodes.get(1));
        world.pass(LEASE + 500);

        ClusterSnapshot snapshot = look(0);

        assertThat(snapshot.inQuorum()).isFalse();
        assertThat(snapshot.leaseRemaining()).isZero();
        assertThat(snapshot.obstacles()).containsExactly(Obstacle.NO_QUORUM);
        assertThat(status(0).inQuorum()).isFalse();
    }

    @Test
    void aLoopThatDoesNotAnswerIsNamedAndTheOthersAreShown() {
        for (int silent = 0; silent < 2; silent++) {
            SimLoop loop = cluster.nodes.get(0).loops.get(silent);
            loop.stalled(true);
            List<ClusterSnapshot> told = ask(0);
            world.pass(PATIENCE - 1);
            assertThat(told).isEmpty();
            world.pass(1);

            assertThat(told).hasSize(1);
            assertThat(told.get(0).silentLoops()).containsExactly(silent);
            assertThat(told.get(0).parts())
                    .extracting(ClusterSnapshot.Part::loop)
                    .containsExactly(1 - silent);
            assertThat(told.get(0).firstLoop() == null).isEqualTo(silent == 0);
            assertThat(told.get(0).members()).hasSize(3);
            loop.stalled(false);
            world.pass(1000);
            assertThat(told).as("told once").hasSize(1);
        }
        assertThat(look(0).silentLoops()).isEmpty();
    }

    @Test
    void aSessionThatComesFromAnotherNodeIsCountedThere() {
        SimClient reader = subscriber("a", 0, "t");
        reader.connect(2);
        world.pass(500);

        assertThat(total(1, Counters::sessionsFetched)).isEqualTo(1);
        assertThat(total(0, Counters::sessionsFetched)).isZero();
        world.pass(1000);
        assertThat(status(1).sessionsArriving()).isZero();
        assertThat(status(0).sessionsDeparting()).isZero();
    }

    @Test
    void aSessionOnItsWayIsShownOnBothNodes() {
        SimClient reader = subscriber("a", 0, "t");
        cluster.kill(cluster.nodes.get(2)); // the move waits until its lease is over
        reader.connect(2);
        world.pass(1100);

        assertThat(look(1).parts().stream()
                        .mapToInt(ClusterSnapshot.Part::arriving)
                        .sum())
                .isEqualTo(1);
        assertThat(look(0).parts().stream()
                        .mapToInt(ClusterSnapshot.Part::departing)
                        .sum())
                .isEqualTo(1);
        assertThat(status(1).sessionsArriving()).isEqualTo(1);
        assertThat(status(0).sessionsDeparting()).isEqualTo(1);
    }

    @Test
    void aRouteThatDiffersIsSeenPutRightAndCounted() {
        subscriber("a", 0, "t");
        cluster.delayMax = 400;
        SimNode mistaken = cluster.nodes.get(1);
        mistaken.loops.get(0).execute(() -> Inside.loseRoute(mistaken.broker(), id(0), "t"));
        long divergent = 0;
        for (long waited = 0; waited < 2 * DIGEST; waited += 20) {
            world.pass(20);
            divergent = Math.max(divergent, status(1).routeDivergence());
        }

        assertThat(divergent).isEqualTo(1);
        assertThat(status(1).routeDivergence()).isZero();
        assertThat(status(1).routesRepaired()).isEqualTo(1);
        assertThat(status(1).routesKnown()).isEqualTo(1);
        assertThat(status(0).routesRepaired()).isZero();
    }

    @Test
    void whatANodeWritesOfItsRoutesIsWrittenWhenItHasChangedAndUntilItIsThere() {
        world.pass(3 * DIGEST);
        int writes = world.routeBoard.writes;
        assertThat(world.routeBoard.entries).containsOnlyKeys(id(0), id(1), id(2));
        world.pass(3 * DIGEST);
        assertThat(world.routeBoard.writes).isEqualTo(writes);

        world.routeBoard.broken = true;
        subscriber("a", 0, "t");
        world.pass(2 * DIGEST);
        world.routeBoard.broken = false;
        assertThat(world.routeBoard.entries.get(id(0)).count()).isZero();
        world.pass(DIGEST);

        assertThat(world.routeBoard.entries.get(id(0)).count()).isEqualTo(1);
        assertThat(world.routeBoard.writes).isBetween(writes + 2, writes + 4);
    }

    @Test
    void aSubscriptionOfWhichOtherNodesDoNotHearInTimeIsCounted() {
        SimClient client = connected("a", 0);
        cluster.lossOneIn = 1;
        client.subscribe("t", Qos.AT_LEAST_ONCE);
        world.pass(4500);
        assertThat(status(0).routeWaitsLate()).isZero();
        assertThat(first(look(0)).routeWaits()).isEqualTo(1);
        world.pass(1000);

        assertThat(status(0).routeWaitsLate()).isEqualTo(1);
        assertThat(first(look(0)).routeWaits()).isZero();
    }

    @Test
    void aPublishThatNobodyCanCallSafeIsCounted() {
        connected("a", 1).subscribe("t", Qos.AT_LEAST_ONCE);
        SimClient meter = connected("meter", 0);
        meter.publish("t", "stored", Qos.AT_LEAST_ONCE);
        world.pass(500);
        assertThat(total(0, Counters::unsafePublishes)).isZero();
        world.store.broken = true;
        meter.publish("t", "not stored", Qos.AT_LEAST_ONCE);
        world.pass(500);

        assertThat(total(0, Counters::unsafePublishes)).isEqualTo(1);
    }

    @Test
    void aParcelOfANodeThatIsNotKnownIsCounted() {
        NodeId stranger = new NodeId("stranger", 99);
        SimNode node = cluster.nodes.get(0);
        long before = total(0, Counters::unknownParcels);

        node.loops.get(1).execute(() -> node.broker().received(1, new Parcel.Confirmation(stranger, 0, 1)));
        world.run();

        assertThat(total(0, Counters::unknownParcels)).isEqualTo(before + 1);
    }

    @Test
    void aNodeThatIsAloneIsAClusterOfOne() {
        World alone = new World(3, 2, new Settings());
        List<ClusterSnapshot> told = new ArrayList<>();
        alone.broker.cluster().inspect(PATIENCE, told::add);
        alone.run();

        assertThat(told).hasSize(1);
        ClusterSnapshot snapshot = told.get(0);
        assertThat(snapshot.members()).containsExactly(snapshot.self());
        assertThat(snapshot.inQuorum()).isTrue();
        assertThat(snapshot.obstacles()).isEmpty();
        assertThat(first(snapshot).peers()).isEmpty();
        assertThat(alone.broker.cluster().members()).isEqualTo(1);
        assertThat(alone.broker.cluster().routeDivergence()).isZero();
    }
}
