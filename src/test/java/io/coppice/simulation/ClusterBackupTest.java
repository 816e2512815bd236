package io.coppice.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.broker.Broker;
import io.coppice.broker.Inside;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.port.Backup;
import io.coppice.port.Backup.Outcome;
import io.coppice.port.Backup.Piece;
import io.coppice.port.Backup.Verdict;
import io.coppice.session.SessionRecord;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Backups of nodes of a cluster, and into one. */
class ClusterBackupTest {
    private final World world = new World(11, 3, 2, Settings.ofThreeNodes());
    private final SimCluster cluster = world.cluster();

    ClusterBackupTest() {
        cluster.delayMax = 5;
        cluster.viewDelayMax = 50;
        world.registry.delayMax = 10;
        world.store.delayMax = 10;
        world.pass(3000);
    }

    private Broker node(int index) {
        return cluster.nodes.get(index).broker();
    }

    /** The first loop of a node. */
    private static int loop(int node) {
        return 2 * node;
    }

    private Map<String, List<SessionRecord>> copy(int node, Set<String> topics) {
        Map<String, List<SessionRecord>> sessions = new LinkedHashMap<>();
        boolean[] ended = {false};
        ask(node(node).backup().read(), sessions, topics, ended);
        world.pass(20_000);
        assertThat(ended[0]).isTrue();
        return sessions;
    }

    private static void ask(
            Backup.Reading reading, Map<String, List<SessionRecord>> sessions, Set<String> topics, boolean[] ended) {
        reading.next(pieces -> {
            for (Piece piece : pieces) {
                if (piece instanceof Piece.OfSession part) {
                    sessions.computeIfAbsent(part.clientId(), id -> new ArrayList<>())
                            .addAll(part.records());
                } else if (piece instanceof Piece.Retained retained) {
                    topics.add(retained.message().topic().value());
                }
            }
            if (pieces.isEmpty()) {
                ended[0] = true;
            } else {
                ask(reading, sessions, topics, ended);
            }
        });
    }

    private Outcome bring(int node, String clientId, List<SessionRecord> records, boolean replace) {
        List<Outcome> outcomes = new ArrayList<>();
        Backup.Restoring restoring = node(node).backup().restore(replace);
        Backup.Incoming incoming = restoring.session(clientId);
        incoming.add(records);
        incoming.end(outcomes::add);
        world.pass(3_000);
        restoring.end(() -> {});
        world.pass(500);
        assertThat(outcomes).hasSize(1);
        return outcomes.get(0);
    }

    private SimClient subscriber(String clientId, int node) {
        SimClient client = world.client(clientId).persistent().connect(loop(node));
        world.pass(500);
        client.subscribe("t", Qos.AT_LEAST_ONCE);
        world.pass(500);
        return client;
    }

    private void publish(int node, String payload, boolean retain) {
        SimClient meter = world.client("meter").connect(loop(node));
        world.pass(500);
        meter.publish("t", payload, Qos.AT_LEAST_ONCE, retain);
        world.pass(1000);
        assertThat(meter.hasOpenMessages()).isFalse();
        meter.disconnect();
        world.pass(500);
    }

    @Test
    void everyNodeTellsItsOwnSessionsAndAllThatIsRetained() {
        for (int i = 0; i < 3; i++) {
            subscriber("c" + i, i).drop();
        }
        publish(0, "kept", true);
        for (int i = 0; i < 3; i++) {
            Set<String> topics = new HashSet<>();
            assertThat(copy(i, topics)).containsOnlyKeys("c" + i);
            assertThat(topics).containsExactly("t");
        }
    }

    @Test
    void aSessionOnAnyNodeIsLeftAloneOrReplaced() {
        SimClient lamp = subscriber("lamp", 0);
        lamp.drop();
        publish(1, "old", false);
        List<SessionRecord> records = copy(0, new HashSet<>()).get("lamp");
        lamp = world.client("lamp").persistent().connect(loop(2));
        world.pass(1000);
        assertThat(lamp.payloads()).containsExactly("old");

        assertThat(bring(1, "lamp", records, false)).isEqualTo(Outcome.of(Verdict.EXISTING));
        assertThat(lamp.isConnected()).isTrue();
        publish(0, "live", false);
        assertThat(lamp.payloads()).containsExactly("old", "live");

        assertThat(bring(1, "lamp", records, true).verdict()).isEqualTo(Verdict.IMPORTED);
        assertThat(lamp.last(Packet.Disconnect.class).reasonCode()).isEqualTo(ReasonCode.SESSION_TAKEN_OVER);
        assertThat(node(1).sessions()).isEqualTo(1);
        publish(0, "later", false);
        SimClient back = world.client("lamp").persistent().connect(loop(2));
        world.pass(1000);
        assertThat(back.last(Packet.ConnAck.class).sessionPresent()).isTrue();
        assertThat(back.payloads()).containsExactly("old", "later");
        world.pass(10_000);
        cluster.nodes.forEach(node -> Inside.requireQuiet(node.broker()));
    }

    @Test
    void aSessionStaysItsUsersWhereItIsBrought() {
        SimClient anna = world.client("phone").persistent();
        anna.userName = "anna";
        anna.connect(loop(0));
        world.pass(500);
        anna.drop();
        world.pass(500);
        List<SessionRecord> records = copy(0, new HashSet<>()).get("phone");
        SimClient end = world.client("phone");
        end.userName = "anna";
        end.connect(loop(0));
        world.pass(1000);
        end.disconnect();
        world.pass(1000);
        for (boolean replace : new boolean[] {false, true}) {
            assertThat(bring(1, "phone", records, replace).verdict()).isEqualTo(Verdict.IMPORTED);
            SimClient bert = world.client("phone").persistent();
            bert.userName = "bert";
            bert.connect(loop(2));
            world.pass(1000);
            assertThat(bert.last(Packet.ConnAck.class).reasonCode()).isEqualTo(ReasonCode.NOT_AUTHORIZED);
        }
        anna.connect(loop(2));
        world.pass(1000);
        assertThat(anna.last(Packet.ConnAck.class).sessionPresent()).isTrue();
    }

    /** As soon as it counts as imported: everyone knows the way, and another node has it when this one dies. */
    @Test
    void whatWasImportedSurvivesItsNode() {
        SimClient lamp = subscriber("lamp", 0);
        lamp.drop();
        publish(1, "old", false);
        List<SessionRecord> records = copy(0, new HashSet<>()).get("lamp");
        SimClient last = world.client("lamp").connect(loop(0));
        world.pass(1000);
        last.disconnect();
        world.pass(1000);
        assertThat(world.registry.homes).doesNotContainKey("lamp");

        assertThat(bring(1, "lamp", records, false).verdict()).isEqualTo(Verdict.IMPORTED);
        publish(2, "new", false);
        cluster.kill(cluster.nodes.get(1));
        world.pass(10_000);
        SimClient back = world.client("lamp").persistent().connect(loop(0));
        world.pass(1000);
        assertThat(back.payloads()).containsExactly("old", "new");
    }
}
