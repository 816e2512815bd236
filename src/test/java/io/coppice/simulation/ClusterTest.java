package io.coppice.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.broker.Broker;
import io.coppice.broker.Inside;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Will;
import io.coppice.port.View;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Three nodes of one loop each: what a client may rely on, one thing at a time. */
class ClusterTest {
    /** Longer than a lease, and than what follows it. */
    private static final long TAKEN_OVER = 5_000;

    private final World world = new World(7, 3, 1, Settings.ofThreeNodes());
    private final SimCluster cluster = world.cluster();

    ClusterTest() {
        cluster.delayMax = 5;
        cluster.viewDelayMax = 50;
        world.pass(2000);
    }

    private SimClient subscriber(String clientId, int node, String filter, Qos qos) {
        SimClient client = world.client(clientId).persistent().connect(node);
        world.pass(200);
        client.subscribe(filter, qos);
        world.pass(200);
        assertThat(client.all(Packet.SubAck.class)).hasSize(1);
        return client;
    }

    private SimClient publisher(int node) {
        SimClient client = world.client("meter").connect(node);
        world.pass(200);
        return client;
    }

    private void quiet() {
        world.pass(10_000);
        cluster.nodes.forEach(node -> Inside.requireQuiet(node.broker()));
    }

    @Test
    void aNodeThatHasJustComeWaitsForNobodyWhoDiesBeforeHavingToldItsRoutes() {
        SimClient reader = subscriber("reader", 0, "t", Qos.AT_LEAST_ONCE);
        cluster.kill(cluster.nodes.get(2));
        world.pass(TAKEN_OVER);
        SimNode silent = cluster.nodes.get(1);
        silent.stalled(true);
        cluster.start("again");
        world.pass(200);
        cluster.kill(silent);
        world.pass(TAKEN_OVER);

        SimClient meter = publisher(1);
        assertThat(meter.isConnected()).isTrue();
        meter.publish("t", "1", Qos.AT_LEAST_ONCE);
        world.pass(500);
        assertThat(reader.payloads()).containsExactly("1");
        quiet();
    }

    /** Who subscribes while a node is cut off is told so after a while: that node has to hear of it before it routes anything. */
    @Test
    void whatComesToANodeThatIsCutOffReachesWhoeverSubscribedMeanwhile() {
        SimClient meter = publisher(2);
        SimClient here = subscriber("here", 2, "t", Qos.AT_LEAST_ONCE);
        cluster.cutOff = cluster.nodes.get(2);
        world.pass(Settings.LEASE + 500);
        SimClient reader = world.client("far").persistent().connect(0);
        world.pass(200);
        reader.subscribe("t", Qos.AT_LEAST_ONCE);
        world.pass(Settings.ANNOUNCE + 200);
        assertThat(reader.all(Packet.SubAck.class)).hasSize(1);
        meter.publish("t", "1", Qos.AT_LEAST_ONCE);
        meter.publish("t", "2", Qos.AT_LEAST_ONCE);
        meter.publish("t", "soon", Qos.AT_MOST_ONCE);
        world.pass(500);
        assertThat(meter.hasOpenMessages()).isTrue();
        assertThat(here.payloads()).as("QoS 0 waits for nothing").containsExactly("soon");

        cluster.cutOff = null;
        world.pass(TAKEN_OVER);

        assertThat(meter.hasOpenMessages()).isFalse();
        assertThat(reader.payloads()).containsExactly("1", "2");
        assertThat(here.payloads()).containsExactly("soon", "1", "2");
        quiet();
    }

    /** Its time is that at which its turn began, and a busy loop's turn is long. */
    @Test
    void whoseLoopHasSeenTheLeaseEndGoesOnWhenAnotherHasRenewedItWithoutHavingSeenThat() {
        World busy = new World(7, 3, 2, Settings.ofThreeNodes());
        SimNode node = busy.cluster().nodes.get(2);
        node.loops.get(0).behind = Settings.LEASE / 2;
        busy.pass(4000);
        SimClient meter = busy.client("meter").connect(busy.loops.indexOf(node.loops.get(1)));
        busy.pass(200);
        assertThat(meter.isConnected()).isTrue();
        busy.cluster().cutOff = node;
        busy.pass(Settings.LEASE * 2 / 3);
        meter.publish("t", "1", Qos.AT_LEAST_ONCE);
        busy.pass(50);
        assertThat(meter.hasOpenMessages())
                .as("for this loop the lease is over")
                .isTrue();
        busy.cluster().cutOff = null;

        busy.pass(TAKEN_OVER);

        assertThat(meter.hasOpenMessages()).isFalse();
    }

    /** A node out of touch whose CONNECT was under way: others may let the client in at any moment. */
    private SimClient comesWhileItsNodeIsCutOff(SimNode node) {
        world.registry.stalled = true;
        SimClient client = world.client("late").persistent().connect(2);
        world.pass(100);
        cluster.cutOff = node;
        world.pass(Settings.LEASE + 500);
        world.registry.proceed();
        world.pass(500);
        assertThat(client.log).as("no CONNACK yet").isEmpty();
        return client;
    }

    @Test
    void nobodyIsLetInWhileTheNodeIsOutOfTouch() {
        SimClient client = comesWhileItsNodeIsCutOff(cluster.nodes.get(2));
        cluster.cutOff = null;
        world.pass(2_000);
        assertThat(client.isConnected()).isTrue();
        quiet();
    }

    @Test
    void whoWaitsIsTurnedBackOnceTheNodeKnowsThatItIsOneOfAMinority() {
        SimNode node = cluster.nodes.get(2);
        SimClient client = comesWhileItsNodeIsCutOff(node);
        View alone = new View(List.of(new View.Member(node.id, node.loops.size())));
        node.loops.get(0).add(() -> node.broker().viewChanged(alone));
        world.pass(500);
        assertThat(client.last(Packet.ConnAck.class).reasonCode()).isEqualTo(ReasonCode.SERVER_UNAVAILABLE);
        assertThat(client.isConnected()).isFalse();
    }

    /** What was stored long ago, and is answered when others have the session, would come to its client on two connections. */
    @Test
    void whatIsStoredIsNotLetOutWhileTheNodeMayNotAct() {
        SimNode node = cluster.nodes.get(2);
        SimClient before = world.client("reader").persistent().connect(2);
        world.pass(200);
        before.subscribe("t", Qos.AT_LEAST_ONCE);
        SimClient meter = world.client("meter").connect(0);
        world.pass(200);
        long answered = world.now() + 10_000;
        world.store.silentUntil = answered;
        meter.publish("t", "1", Qos.AT_LEAST_ONCE);
        world.pass(200);
        world.store.silentUntil = 0;
        cluster.cutOff = node;
        cluster.giveUp(node);
        world.pass(Settings.LEASE + 2_000);
        SimClient after = world.client("reader").persistent().connect(0);
        world.pass(1_000);
        assertThat(after.isConnected()).isTrue();
        assertThat(after.payloads()).containsOnly("1");

        world.pass(answered + 100 - world.now());
        assertThat(before.payloads()).isEmpty();
    }

    /** Closing lets out all that was sent, and this may not be seen: others serve the client. */
    @Test
    void whatIsStoredIsNotLetOutByTheEndOfItsConnectionWhileTheNodeMayNotAct() {
        SimNode node = cluster.nodes.get(2);
        SimClient before = world.client("reader").persistent().connect(2);
        world.pass(200);
        before.subscribe("t", Qos.AT_LEAST_ONCE);
        SimClient meter = world.client("meter").connect(0);
        world.pass(200);
        long answered = world.now() + Settings.LEASE + 3_000;
        world.store.silentUntil = answered;
        meter.publish("t", "1", Qos.AT_LEAST_ONCE);
        world.pass(200);
        world.store.silentUntil = 0;
        cluster.cutOff = node;
        world.pass(answered + 100 - world.now());
        assertThat(before.isConnected()).isTrue();
        assertThat(before.payloads()).as("stored, and held back").isEmpty();

        before.send(new Packet.Auth(ReasonCode.REAUTHENTICATE, Properties.NONE));
        world.pass(200);
        assertThat(before.isConnected()).isFalse();
        assertThat(before.payloads()).isEmpty();

        cluster.cutOff = null;
        world.pass(TAKEN_OVER);
        before.connect(0);
        world.pass(1_000);
        assertThat(before.payloads()).as("its session has it").containsExactly("1");
        quiet();
    }

    /** Or whoever comes next would begin on top of a session that is still stored. */
    @Test
    void aClaimWhoseClientIsGoneIsGivenUpOnlyOnceTheEndOfTheSessionIsStored() {
        SimClient fickle = world.client("fickle").persistent().connect(0);
        world.pass(200);
        fickle.subscribe("t", Qos.AT_LEAST_ONCE);
        world.pass(200);
        fickle.expiry = 0;
        fickle.connect(0);
        world.pass(200);
        cluster.kill(cluster.nodes.get(0));
        world.store.stalled = true;
        fickle.connect(1);
        world.pass(50);
        fickle.drop();
        world.pass(TAKEN_OVER);
        assertThat(world.registry.homes).as("what is stored of it").containsKey("fickle");

        world.store.proceed();
        world.pass(1_000);
        assertThat(world.registry.homes).doesNotContainKey("fickle");
        assertThat(world.store.recordsOf("fickle")).isEmpty();
        quiet();
    }

    @Test
    void whatCouldNotBeStoredBeforeItWasRoutedIsRoutedWhenItsPublisherSendsItAgain() {
        SimClient reader = subscriber("reader", 1, "t", Qos.EXACTLY_ONCE);
        SimClient meter = world.client("meter").persistent().connect(0);
        world.pass(200);
        world.store.broken = true;
        meter.publish("t", "1", Qos.EXACTLY_ONCE);
        world.pass(500);
        assertThat(meter.isConnected()).isFalse();
        assertThat(reader.messages).isEmpty();

        world.store.broken = false;
        meter.connect(0);
        world.pass(500);
        meter.publish("t", "2", Qos.EXACTLY_ONCE);
        world.pass(500);

        assertThat(meter.hasOpenMessages()).isFalse();
        assertThat(reader.payloads()).containsExactly("1", "2");
        quiet();
    }

    @Test
    void whatIsPublishedOnOneNodeReachesSubscribersOnOthersAtEveryQos() {
        List<SimClient> readers = List.of(
                subscriber("a", 0, "t/#", Qos.AT_MOST_ONCE),
                subscriber("b", 1, "t/+", Qos.AT_LEAST_ONCE),
                subscriber("c", 2, "t/1", Qos.EXACTLY_ONCE));
        SimClient meter = publisher(0);
        meter.publish("t/1", "0", Qos.AT_MOST_ONCE);
        meter.publish("t/1", "1", Qos.AT_LEAST_ONCE);
        meter.publish("t/1", "2", Qos.EXACTLY_ONCE);
        world.pass(500);

        for (SimClient reader : readers) {
            assertThat(reader.payloads()).containsExactly("0", "1", "2");
        }
        assertThat(meter.all(Packet.PubAck.class)).hasSize(1);
        assertThat(meter.all(Packet.PubComp.class)).hasSize(1);
        quiet();
    }

    @Test
    void aSharedSubscriptionAcrossNodesGetsEachMessageOnce() {
        SimClient here = subscriber("a", 0, "$share/g/t", Qos.AT_LEAST_ONCE);
        SimClient there = subscriber("b", 1, "$share/g/t", Qos.AT_LEAST_ONCE);
        SimClient meter = publisher(2);
        for (int i = 0; i < 10; i++) {
            meter.publish("t", "m" + i, Qos.AT_LEAST_ONCE);
        }
        world.pass(500);

        assertThat(here.payloads().size() + there.payloads().size()).isEqualTo(10);
        assertThat(here.payloads()).isNotEmpty();
        assertThat(there.payloads()).isNotEmpty();
        assertThat(meter.hasOpenMessages()).isFalse();
        quiet();
    }

    @Test
    void aSessionGoesWithItsClientFromNodeToNode() {
        SimClient reader = subscriber("a", 0, "t", Qos.AT_LEAST_ONCE);
        SimClient meter = publisher(1);
        reader.drop();
        world.pass(200);
        meter.publish("t", "while away", Qos.AT_LEAST_ONCE);
        world.pass(200);
        reader.connect(2);
        world.pass(500);
        meter.publish("t", "when back", Qos.AT_LEAST_ONCE);
        world.pass(500);

        assertThat(reader.last(Packet.ConnAck.class).sessionPresent()).isTrue();
        assertThat(reader.payloads()).containsExactly("while away", "when back");
        assertThat(cluster.nodes.get(0).broker().sessions()).isZero();
        quiet();
        assertThat(world.store.left)
                .as("told that no more is written for it here")
                .containsExactly("a");
    }

    @Test
    void theFormerConnectionOnAnotherNodeIsToldThatItWasTakenOver() {
        SimClient reader = subscriber("a", 0, "t", Qos.AT_LEAST_ONCE);
        SimConnection former = reader.connection();
        reader.connect(1);
        world.pass(500);

        assertThat(former.isOpen()).isFalse();
        assertThat(reader.last(Packet.Disconnect.class).reasonCode()).isEqualTo(ReasonCode.SESSION_TAKEN_OVER);
        assertThat(reader.isConnected()).isTrue();
        quiet();
    }

    @Test
    void aCleanStartOnAnotherNodeEndsTheSession() {
        SimClient reader = subscriber("a", 0, "t", Qos.AT_LEAST_ONCE);
        reader.cleanStart = true;
        reader.connect(1);
        world.pass(500);

        assertThat(reader.last(Packet.ConnAck.class).sessionPresent()).isFalse();
        publisher(2).publish("t", "nobody's", Qos.AT_LEAST_ONCE);
        world.pass(500);
        assertThat(reader.messages).isEmpty();
        quiet();
    }

    @Test
    void theSessionsOfAKilledNodeAreTakenOverWithAllThatWasAcknowledged() {
        SimClient reader = subscriber("a", 0, "t", Qos.EXACTLY_ONCE);
        reader.drop();
        SimClient meter = publisher(1);
        meter.publish("t", "before", Qos.EXACTLY_ONCE);
        world.pass(500);
        assertThat(meter.hasOpenMessages()).isFalse();

        cluster.kill(cluster.nodes.get(0));
        world.pass(TAKEN_OVER);
        meter.publish("t", "after", Qos.EXACTLY_ONCE);
        world.pass(500);
        reader.connect(1);
        world.pass(500);

        assertThat(reader.last(Packet.ConnAck.class).sessionPresent()).isTrue();
        assertThat(reader.payloads()).containsExactly("before", "after");
        quiet();
    }

    @Test
    void aPublishForSessionsOfAKilledNodeIsAnsweredOnceTheyHaveIt() {
        SimClient reader = subscriber("a", 0, "t", Qos.AT_LEAST_ONCE);
        SimClient meter = publisher(1);
        cluster.kill(cluster.nodes.get(0));
        world.pass(300);
        meter.publish("t", "1", Qos.AT_LEAST_ONCE);
        meter.publish("t", "2", Qos.AT_LEAST_ONCE);
        world.pass(300);
        assertThat(meter.all(Packet.PubAck.class)).isEmpty();
        world.pass(TAKEN_OVER);
        assertThat(meter.all(Packet.PubAck.class)).hasSize(2);

        reader.connect(1);
        world.pass(500);
        assertThat(reader.payloads()).containsExactly("1", "2");
        quiet();
    }

    @Test
    void theWillOfAClientWhoseNodeWasKilledIsPublishedOnce() {
        SimClient watcher = subscriber("watcher", 1, "gone", Qos.AT_LEAST_ONCE);
        SimClient client = world.client("a").persistent();
        client.will = new Will(
                TopicName.of("gone"),
                "a".getBytes(StandardCharsets.UTF_8),
                Qos.AT_LEAST_ONCE,
                false,
                Properties.NONE,
                0,
                -1);
        client.connect(0);
        world.pass(500);
        cluster.kill(cluster.nodes.get(0));
        world.pass(TAKEN_OVER);

        assertThat(watcher.payloads()).containsExactly("a");
        quiet();
    }

    @Test
    void aNodeThatJoinsKnowsWhatTheOthersWant() {
        SimClient reader = subscriber("a", 0, "t", Qos.AT_LEAST_ONCE);
        cluster.kill(cluster.nodes.get(2));
        world.pass(TAKEN_OVER);
        SimNode late = cluster.start("late");
        world.pass(TAKEN_OVER);
        assertThat(late.broker().ready()).isTrue();
        publisher(2).publish("t", "from the new one", Qos.AT_LEAST_ONCE);
        world.pass(500);

        assertThat(reader.payloads()).containsExactly("from the new one");
        quiet();
    }

    @Test
    void aNodeWithoutAMajorityActsNoMore() {
        SimClient client = subscriber("a", 0, "t", Qos.AT_LEAST_ONCE);
        cluster.kill(cluster.nodes.get(2));
        cluster.kill(cluster.nodes.get(1));
        world.pass(1000);
        Broker left = cluster.nodes.get(0).broker();

        assertThat(left.ready()).isFalse();
        assertThat(client.connection().isOpen()).isFalse();
        client.connect(0);
        world.pass(500);
        assertThat(client.last(Packet.ConnAck.class).reasonCode()).isEqualTo(ReasonCode.SERVER_UNAVAILABLE);
    }

    @Test
    void whoHearsNothingOfTheOthersAnswersNothing() {
        SimClient meter = publisher(0);
        cluster.lossOneIn = 1;
        world.pass(3000);
        meter.publish("nobody/listens", "x", Qos.AT_LEAST_ONCE);
        world.pass(3000);
        assertThat(meter.all(Packet.PubAck.class)).isEmpty();
        cluster.lossOneIn = 0;
        world.pass(3000);
        assertThat(meter.all(Packet.PubAck.class)).hasSize(1);
        quiet();
    }
}
