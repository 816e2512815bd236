package io.coppice.campaign;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** New clients that look at what each node retains, and at whether it serves at all. */
final class Readers {
    private static final double SECONDS = 20;
    private static final String UNREADABLE = "unreadable";

    private Readers() {}

    /** Says what all nodes hold on these topics, when they agree or have had time to. Answers who could not be read. */
    static List<String> read(Scene scene, List<String> topics, String round) throws InterruptedException {
        long end = System.nanoTime() + Math.round(SECONDS * 1e9);
        long last = System.nanoTime() + Math.round(Campaign.SERVE_SECONDS * 1e9);
        Map<String, Map<String, String>> seen = new TreeMap<>();
        do {
            for (NodeProcess node : scene.nodes) {
                seen.put(node.name, held(node, "retained/" + round + "/+"));
            }
        } while (new HashSet<>(seen.values()).size() > 1
                && (System.nanoTime() < end || isUnreadable(seen) && System.nanoTime() < last));
        List<String> unreadable = new ArrayList<>();
        for (NodeProcess node : scene.nodes) {
            if (seen.get(node.name).containsKey(UNREADABLE)) {
                unreadable.add("what " + node.name + " retains could not be read");
                continue; // which is not to say that it retains nothing
            }
            for (String topic : topics) {
                String[] words = seen.get(node.name).getOrDefault(topic, "- -").split(" ");
                scene.history.add(Event.Kind.RETAINED, node.name, topic, words[0], words[1]);
            }
        }
        return unreadable;
    }

    private static boolean isUnreadable(Map<String, Map<String, String>> seen) {
        return seen.values().stream().anyMatch(values -> values.containsKey(UNREADABLE));
    }

    private static Map<String, String> held(NodeProcess node, String filter) throws InterruptedException {
        Map<String, String> values = new ConcurrentHashMap<>();
        Mqtt5AsyncClient client = client(node, "reader-" + node.name);
        client.publishes(
                MqttGlobalPublishFilter.ALL,
                message -> values.put(message.getTopic().toString(), new String(message.getPayloadAsBytes(), UTF_8)));
        try {
            client.connect().get(15, TimeUnit.SECONDS);
            client.subscribeWith()
                    .topicFilter(filter)
                    .qos(MqttQos.AT_LEAST_ONCE)
                    .send()
                    .get(15, TimeUnit.SECONDS);
            Scene.pause(0.4);
            client.disconnect().get(5, TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            values.put(UNREADABLE, "- -");
        }
        return values;
    }

    /** Whether each node lets a new client in. */
    static boolean serve(List<NodeProcess> nodes) {
        Set<String> served = new HashSet<>();
        for (NodeProcess node : nodes) {
            Mqtt5AsyncClient client = client(node, "probe-" + node.name);
            try {
                client.connect().get(5, TimeUnit.SECONDS);
                served.add(node.name);
                client.disconnect().get(5, TimeUnit.SECONDS);
            } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
                return false;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return served.size() == nodes.size();
    }

    private static Mqtt5AsyncClient client(NodeProcess node, String name) {
        return Mqtt5Client.builder().identifier(name).serverAddress(node.mqtt).buildAsync();
    }
}
