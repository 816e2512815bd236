package io.coppice.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.FreePorts;
import io.coppice.blackbox.Hostile;
import io.coppice.blackbox.ManyNodes;
import io.coppice.it.Login;
import io.coppice.it.Paho5;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Whose a session is on three nodes, whatever becomes of them. */
@ManyNodes
@Timeout(240)
class ClusterOwnersIT {
    private static final int SIZE = 3;

    @TempDir
    Path data;

    private final String name = "test-" + UUID.randomUUID();
    private final List<Integer> ports;
    private final List<Integer> admins;
    private final NodeProcess[] nodes = new NodeProcess[SIZE];

    @RegisterExtension
    final NodeLogs logs =
            new NodeLogs(() -> Arrays.stream(nodes).filter(Objects::nonNull).toList());

    ClusterOwnersIT() throws Exception {
        List<Integer> free = FreePorts.of(2 * SIZE);
        ports = free.subList(0, SIZE);
        admins = free.subList(SIZE, 2 * SIZE);
    }

    private void begin(int index) throws Exception {
        List<String> settings = new ArrayList<>(LocalCluster.settings(name, ports, index));
        settings.addAll(List.of(
                "durability=disk",
                "node.data=" + data.resolve("n" + index),
                "admin.port=" + admins.get(index),
                "security.anonymous=true",
                "security.password-file=" + Login.file(data)));
        nodes[index] = NodeProcess.start(settings);
    }

    private void start() throws Exception {
        for (int i = 0; i < SIZE; i++) {
            begin(i);
        }
        awaitAll();
    }

    private void awaitAll() throws Exception {
        List<Integer> mqtt = new ArrayList<>();
        for (NodeProcess node : nodes) {
            mqtt.add(node.mqtt());
        }
        LocalCluster.awaitEveryWay(mqtt);
    }

    @AfterEach
    void stop() {
        for (NodeProcess node : nodes) {
            if (node != null) {
                node.close();
            }
        }
    }

    private Paho5 client(int index, String clientId) throws Exception {
        return new Paho5("tcp://127.0.0.1:" + nodes[index].mqtt(), clientId);
    }

    private void othersAreRefused(String clientId, int... indexes) throws Exception {
        for (int index : indexes) {
            Login.isRefused(nodes[index].mqtt(), clientId, "bert");
            Login.isRefused(nodes[index].mqtt(), clientId, null);
        }
    }

    private void ownerIsLetIn(String clientId, int... indexes) throws Exception {
        for (int index : indexes) {
            try (Paho5 anna = client(index, clientId)) {
                assertThat(Login.connect(anna, "anna", false))
                        .as("session present")
                        .isTrue();
            }
        }
    }

    private long refused(int index) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + admins.get(index) + "/metrics"))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body()
                .lines()
                .filter(line -> line.startsWith("mqtt_takeovers_refused_total "))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.indexOf(' '))))
                .sum();
    }

    @Test
    @Hostile({"B61", "B63"})
    void nobodyElseIsLetInOnAnyNodeWhateverBecomesOfThem() throws Exception {
        start();
        try (Paho5 anna = client(0, "phone");
                Paho5 brief = client(1, "brief")) {
            assertThat(Login.connect(anna, "anna", false)).isFalse();
            assertThat(Login.connect(brief, "anna", true)).isFalse();
            anna.subscribe("t", 1);
            othersAreRefused("phone", 0, 1, 2);
            othersAreRefused("brief", 0, 1, 2);
            assertThat(refused(2)).isEqualTo(8);
            anna.publish("t", "not disturbed", 1);
            assertThat(anna.next().payload()).isEqualTo("not disturbed");
            brief.publish("t", "nor this one", 1);
            assertThat(anna.next().payload()).isEqualTo("nor this one");
        }
        othersAreRefused("phone", 1, 2);
        ownerIsLetIn("phone", 1, 0); // it was elsewhere, and is where it was

        nodes[0].kill();
        othersAreRefused("phone", 1, 2);
        ownerIsLetIn("phone", 2, 1);
        begin(0);
        awaitAll();
        othersAreRefused("phone", 0, 1, 2);

        for (NodeProcess node : nodes) {
            node.signalKill();
        }
        for (NodeProcess node : nodes) {
            node.kill();
        }
        start();
        othersAreRefused("phone", 0, 1, 2);
        ownerIsLetIn("phone", 2, 1, 0);
        try (Paho5 bert = client(2, "brief")) {
            assertThat(Login.connect(bert, "bert", false))
                    .as("of a session that has ended")
                    .isFalse();
        }
        try (Paho5 end = client(1, "phone")) {
            Login.connect(end, "anna", true);
        }
        try (Paho5 bert = client(2, "phone")) {
            assertThat(Login.connect(bert, "bert", false)).isFalse();
        }
        Login.isRefused(nodes[0].mqtt(), "phone", "anna");
    }
}
