package io.coppice.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.coppice.broker.Inside;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Qos;
import io.coppice.port.Parcel;
import io.coppice.port.PeerMessage;
import io.coppice.topic.ShareStrategy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Shared subscriptions whose members are on three nodes of two loops each, one thing at a time (MQTT 5, 4.8.2). */
class SharedOnThreeNodesTest {
    private static final String SHARE = "$share/g/t/#";
    /** Longer than a lease, and than what follows it. */
    private static final long TAKEN_OVER = 5_000;

    private static final int LOOPS = 2;

    private final Settings settings = Settings.ofThreeNodes();
    private World world = world();
    private SimCluster cluster = world.cluster();

    private World world() {
        World made = new World(11, 3, LOOPS, settings);
        made.cluster().delayMax = 5;
        made.cluster().viewDelayMax = 50;
        made.pass(2000);
        return made;
    }

    private void with(ShareStrategy strategy) {
        settings.shareStrategy = strategy;
        world = world();
        cluster = world.cluster();
    }

    /** A loop of a node. */
    private static int on(int node) {
        return node * LOOPS;
    }

    private SimClient member(String clientId, int node) {
        SimClient client = world.client(clientId).persistent().connect(on(node));
        world.pass(200);
        client.subscribe(SHARE, Qos.EXACTLY_ONCE);
        world.pass(1000);
        assertThat(client.all(Packet.SubAck.class)).hasSize(1);
        return client;
    }

    private List<SimClient> members(String name, int node, int count) {
        return IntStream.range(0, count).mapToObj(i -> member(name + i, node)).toList();
    }

    private SimClient publisher(String clientId, int node) {
        SimClient client = world.client(clientId).connect(on(node));
        world.pass(200);
        return client;
    }

    private static int got(List<SimClient> members) {
        return members.stream().mapToInt(member -> member.messages.size()).sum();
    }

    private static List<String> payloads(List<SimClient> members) {
        return members.stream().flatMap(member -> member.payloads().stream()).toList();
    }

    /** Publishes as many messages, which bear their numbers, at each of these QoS in turn. */
    private static void publish(SimClient meter, int count, Qos... inTurn) {
        for (int i = 0; i < count; i++) {
            meter.publish("t/1", "" + i, inTurn[i % inTurn.length]);
        }
    }

    private static List<String> numbers(int count) {
        return IntStream.range(0, count).mapToObj(i -> "" + i).toList();
    }

    private void quiet() {
        world.pass(10_000);
        cluster.nodes.forEach(node -> Inside.requireQuiet(node.broker()));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "STICKY")
    void everyMemberGetsItsPartWhereverItIs(ShareStrategy strategy) {
        with(strategy);
        List<SimClient> alone = members("alone", 0, 1);
        List<SimClient> together = members("together", 1, 5);
        for (int i = 0; i < 600; i++) {
            // the topic's hash is one key, the publisher's identifier another
            publish(i, strategy);
        }
        world.pass(1000);

        int exact = strategy == ShareStrategy.ROUND_ROBIN ? 1 : 40;
        assertThat(got(alone)).isCloseTo(100, within(exact));
        assertThat(got(together)).isEqualTo(600 - got(alone));
        assertThat(together).allSatisfy(one -> assertThat(one.messages.size()).isCloseTo(100, within(50)));
        quiet();
    }

    private final Map<String, SimClient> publishers = new HashMap<>();

    private void publish(int i, ShareStrategy strategy) {
        String name = strategy == ShareStrategy.HASH_CLIENT ? "meter" + i : "meter" + i % 3;
        SimClient meter = publishers.computeIfAbsent(name, id -> {
            SimClient client = world.client(id).connect(on(i % 3));
            world.pass(20);
            return client;
        });
        meter.publish("t/" + i, "" + i, Qos.of(i % 3));
        world.pass(5);
    }

    @ParameterizedTest
    @EnumSource(names = {"HASH_CLIENT", "HASH_TOPIC", "STICKY"})
    void theSameKeyGoesToTheSameMemberWhereverThePublisherIs(ShareStrategy strategy) {
        with(strategy);
        List<SimClient> all = new ArrayList<>(members("a", 0, 2));
        all.addAll(members("b", 1, 3));
        all.addAll(members("c", 2, 1));
        for (int round = 0; round < 3; round++) {
            for (int key = 0; key < 12; key++) {
                SimClient meter = publisher("meter" + key, (round + key) % 3);
                meter.publish("t/" + key, "" + key, Qos.AT_LEAST_ONCE);
                world.pass(50);
                meter.disconnect();
            }
        }
        world.pass(500);

        assertThat(got(all)).isEqualTo(36);
        int used = 0;
        for (SimClient member : all) {
            Map<String, Integer> times = new HashMap<>();
            member.payloads().forEach(key -> times.merge(key, 1, Integer::sum));
            assertThat(times.values()).allMatch(count -> count == 3);
            used += times.isEmpty() ? 0 : 1;
        }
        assertThat(used).isEqualTo(strategy == ShareStrategy.STICKY ? 1 : used).isPositive();
        assertThat(strategy == ShareStrategy.STICKY || used > 2).isTrue();
        quiet();
    }

    @Test
    void whoIsThereOnAnyNodeIsPreferredToWhoIsAwayOnAny() {
        SimClient away = member("away", 0);
        SimClient here = member("here", 1);
        SimClient meter = publisher("meter", 2);
        away.drop();
        world.pass(200);
        publish(meter, 10, Qos.values());
        world.pass(500);
        assertThat(here.messages).hasSize(10);

        here.drop();
        away.connect(on(0));
        world.pass(500);
        publish(meter, 10, Qos.values());
        world.pass(500);
        assertThat(away.messages).hasSize(10);
        assertThat(here.messages).hasSize(10);
        quiet();
    }

    @Test
    void whereNobodyIsThereTheMessageWaitsForSomebody() {
        SimClient one = member("one", 0);
        SimClient two = member("two", 1);
        SimClient meter = publisher("meter", 2);
        one.drop();
        two.drop();
        world.pass(500);
        publish(meter, 10, Qos.AT_LEAST_ONCE);
        world.pass(500);
        assertThat(meter.hasOpenMessages()).isFalse();
        one.connect(on(0));
        two.connect(on(1));
        world.pass(500);
        assertThat(payloads(List.of(one, two))).containsExactlyInAnyOrderElementsOf(numbers(10));
        quiet();
    }

    @Test
    void whatIsSentToANodeWhoseLastMemberHasJustGoneReachesAMemberElsewhere() {
        SimClient leaves = member("leaves", 0);
        SimClient stays = member("stays", 1);
        SimClient meter = publisher("meter", 2);
        leaves.drop();
        world.run();
        publish(meter, 30, Qos.values());
        world.pass(500);

        assertThat(stays.payloads()).containsExactlyInAnyOrderElementsOf(numbers(30));
        assertThat(meter.hasOpenMessages()).isFalse();
        quiet();
    }

    @Test
    void whatIsSentToANodeWhoseOnlyMemberHasJustLeftTheGroupReachesAMemberElsewhere() {
        SimClient leaves = member("leaves", 0);
        SimClient away = member("away", 1);
        away.drop();
        world.pass(500);
        SimClient meter = publisher("meter", 2);
        leaves.unsubscribe(SHARE);
        world.run();
        publish(meter, 10, Qos.EXACTLY_ONCE);
        world.pass(500);
        away.connect(on(2));
        world.pass(500);

        assertThat(payloads(List.of(leaves, away))).containsExactlyInAnyOrderElementsOf(numbers(10));
        quiet();
    }

    @Test
    void aStormOfMembersIsTellingOthersSeldom() {
        List<SimClient> many = members("m", 0, 40);
        SimClient there = member("there", 1);
        int[] announcements = {0};
        cluster.onSent = parcel -> announcements[0] += changesOfRoutes(parcel);
        long begin = world.now();
        for (int round = 0; round < 10; round++) {
            for (SimClient one : many) {
                one.drop();
                world.pass(1);
                one.connect(on(0));
                world.pass(1);
            }
        }
        long tenths = (world.now() - begin) / 100 + 1;
        assertThat(announcements[0]).isLessThanOrEqualTo((int) (2 * tenths)); // to two nodes
        cluster.onSent = parcel -> {};
        world.pass(500);
        SimClient meter = publisher("meter", 2);
        publish(meter, 41, Qos.AT_LEAST_ONCE);
        world.pass(500);
        assertThat(there.messages).hasSize(1);
        assertThat(got(many)).isEqualTo(40);
        quiet();
    }

    private static int changesOfRoutes(Parcel parcel) {
        return parcel instanceof Parcel.Batch batch
                ? (int) batch.messages().stream()
                        .filter(PeerMessage.RoutesChanged.class::isInstance)
                        .count()
                : 0;
    }

    @Test
    void membersOfThePublishersNodeComeFirstWhereThatIsWanted() {
        settings.sharePreferLocal = true;
        world = world();
        cluster = world.cluster();
        SimClient here = member("here", 0);
        List<SimClient> there = members("there", 1, 5);
        SimClient meter = publisher("meter", 0);
        publish(meter, 20, Qos.values());
        world.pass(500);
        assertThat(here.messages).hasSize(20);

        here.drop();
        world.pass(500);
        meter.publish("t/1", "x", Qos.AT_MOST_ONCE);
        world.pass(500);
        assertThat(payloads(there)).containsExactly("x");
        quiet();
    }

    @Test
    void whatAMemberDidNotAcknowledgeGoesToMembersOnOtherNodesWhenItIsGone() {
        SimClient one = member("one", 0);
        SimClient two = member("two", 1);
        SimClient meter = publisher("meter", 2);
        one.acknowledges = false;
        publish(meter, 10, Qos.AT_LEAST_ONCE);
        world.pass(500);
        assertThat(two.messages).hasSize(5);
        one.drop();
        world.pass(500);

        assertThat(two.payloads()).containsExactlyInAnyOrderElementsOf(numbers(10));
        one.acknowledges = true;
        one.connect(on(2));
        world.pass(500);
        assertThat(one.messages).hasSize(5);
        quiet();
        cluster.nodes.forEach(node -> Inside.requireStored(node.broker(), world.store::recordsOf));
    }

    @Test // found by simulation
    void aSessionThatHasLeftTheGroupPassesOnAtItsEndWhatItGotBefore() {
        SimClient two = member("two", 1);
        SimClient one = world.client("one").connect(on(0));
        world.pass(200);
        one.subscribe(SHARE, Qos.EXACTLY_ONCE);
        world.pass(1000);
        SimClient meter = publisher("meter", 2);
        one.acknowledges = false;
        publish(meter, 10, Qos.AT_LEAST_ONCE);
        world.pass(500);
        assertThat(one.messages).hasSize(5);
        one.unsubscribe(SHARE);
        world.pass(500);
        two.drop();
        world.pass(500);
        one.drop();
        world.pass(500);
        two.connect(on(2));
        world.pass(500);

        assertThat(two.payloads()).containsExactlyInAnyOrderElementsOf(numbers(10));
        quiet();
    }

    @Test
    void whatIsGivenToAMemberElsewhereIsNotLostWithTheNodeThatGivesIt() {
        SimClient one = member("one", 0);
        SimClient meter = publisher("meter", 2);
        one.acknowledges = false;
        publish(meter, 10, Qos.AT_LEAST_ONCE);
        world.pass(500);
        assertThat(meter.hasOpenMessages()).isFalse();
        SimClient two = member("two", 1);
        SimNode giver = cluster.nodes.get(0);
        cluster.swallowed = parcel -> parcel.from().equals(giver.id);
        one.drop();
        world.pass(100);
        cluster.kill(giver);
        cluster.swallowed = parcel -> false;
        world.pass(TAKEN_OVER);

        assertThat(two.payloads()).containsExactlyInAnyOrderElementsOf(numbers(10));
        quiet();
    }

    @Test
    void whatAMemberOnAKilledNodeDidNotAcknowledgeGoesToMembersThatAreThere() {
        SimClient one = member("one", 0);
        SimClient two = member("two", 1);
        SimClient three = member("three", 2);
        SimClient meter = publisher("meter", 2);
        one.acknowledges = false;
        publish(meter, 30, Qos.AT_LEAST_ONCE);
        world.pass(500);
        assertThat(meter.hasOpenMessages()).isFalse();
        cluster.kill(cluster.nodes.get(0));
        world.pass(TAKEN_OVER);

        assertThat(payloads(List.of(two, three))).containsExactlyInAnyOrderElementsOf(numbers(30));
        quiet();
    }

    @Test // MQTT-4.8.2-4
    void aQos2MessageThatAMemberOnAKilledNodeWasSentStaysWithIt() {
        SimClient one = member("one", 0);
        SimClient two = member("two", 1);
        SimClient meter = publisher("meter", 2).persistent();
        meter.connect(on(2));
        world.pass(200);
        one.acknowledges = false;
        SimNode dies = cluster.nodes.get(0);
        // the members' node has the messages safely, and nobody hears of it
        cluster.swallowed = parcel -> parcel.from().equals(dies.id);
        publish(meter, 20, Qos.EXACTLY_ONCE);
        world.pass(300);
        assertThat(one.messages).hasSize(10);
        assertThat(two.messages).hasSize(10);
        assertThat(meter.hasOpenMessages()).isTrue();
        cluster.kill(dies);
        cluster.swallowed = parcel -> false;
        world.pass(TAKEN_OVER);
        assertThat(meter.hasOpenMessages()).isFalse();
        one.acknowledges = true;
        one.connect(on(1));
        world.pass(500);

        assertThat(payloads(List.of(one, two))).containsExactlyInAnyOrderElementsOf(numbers(20));
        quiet();
    }

    @ParameterizedTest
    @EnumSource(names = {"AT_LEAST_ONCE", "EXACTLY_ONCE"})
    void whatWasOnItsWayToAMemberWhoseSessionDiedWithItsNodeGoesToAnother(Qos qos) {
        SimClient one = world.client("one").connect(on(0));
        world.pass(200);
        one.subscribe(SHARE, Qos.EXACTLY_ONCE);
        world.pass(300);
        SimClient two = member("two", 1);
        SimClient meter = publisher("meter", 2).persistent();
        meter.connect(on(2));
        world.pass(200);
        cluster.kill(cluster.nodes.get(0));
        publish(meter, 10, qos);
        world.pass(TAKEN_OVER);

        assertThat(meter.hasOpenMessages()).isFalse();
        assertThat(two.payloads()).containsExactlyInAnyOrderElementsOf(numbers(10));
        quiet();
    }

    @Test
    void whatOnlyMembersOfAKilledNodeCanTakeWaitsUntilTheyAreFoundElsewhere() {
        SimClient one = member("one", 0);
        SimClient meter = publisher("meter", 2);
        cluster.kill(cluster.nodes.get(0));
        world.pass(300);
        publish(meter, 10, Qos.AT_LEAST_ONCE);
        world.pass(300);
        assertThat(meter.all(Packet.PubAck.class)).isEmpty();
        world.pass(TAKEN_OVER);
        assertThat(meter.hasOpenMessages()).isFalse();
        one.connect(on(1));
        world.pass(500);
        assertThat(one.payloads()).containsExactlyInAnyOrderElementsOf(numbers(10));
        quiet();
    }
}
