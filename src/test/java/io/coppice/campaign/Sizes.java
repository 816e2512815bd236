package io.coppice.campaign;

import java.io.IOException;
import java.util.List;

/** The fault that is none: nodes come and go on purpose, and the cluster is as large as there are. */
final class Sizes {
    private static final double READY_SECONDS = 300;
    /** Time for nodes to agree on how many they are: {@code cluster.shrink-after} and what it takes to notice. */
    private static final double AGREED_SECONDS = 120;

    private static final List<String> SAID =
            List.of("mqtt_cluster_expected_members", "mqtt_cluster_members", "mqtt_cluster_in_quorum");

    private Sizes() {}

    static void scale(Scene scene, Traffic traffic) throws Exception {
        List<NodeProcess> more = List.copyOf(scene.cluster.spare);
        for (NodeProcess node : more) {
            scene.say("one node more: " + node.name);
            scene.cluster.add(node);
            scene.cluster.awaitReady(scene.nodes, READY_SECONDS);
            agreed(scene);
        }
        traffic.mourn();
        for (Relay relay : scene.relays().values()) {
            relay.cut(); // or nobody would go to a new node
        }
        Scene.pause(scene.between(0, scene.longest / 2));
        for (int i = more.size() - 1; i >= 0; i--) {
            scene.say("one node less: " + more.get(i).name);
            scene.cluster.remove(more.get(i));
            Faults.stop(scene, more.get(i));
            agreed(scene);
        }
    }

    /** Waits until every node says that those that run are expected, and that it is one of a majority of them. */
    private static void agreed(Scene scene) throws IOException, InterruptedException {
        double size = scene.nodes.size();
        if (!Scene.until(
                AGREED_SECONDS,
                () -> scene.nodes.stream()
                        .map(node -> node.gauges(SAID))
                        .allMatch(said -> said.getOrDefault(SAID.get(0), -1.0) == size
                                && said.getOrDefault(SAID.get(1), -1.0) == size
                                && said.getOrDefault(SAID.get(2), -1.0) == 1.0))) {
            throw new IOException("nodes do not agree that they are " + scene.nodes.size() + ": "
                    + scene.nodes.stream().map(node -> node.gauges(SAID)).toList());
        }
        scene.say("all agree on " + scene.nodes.size() + " nodes");
    }
}
