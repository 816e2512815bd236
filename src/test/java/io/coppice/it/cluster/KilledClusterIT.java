package io.coppice.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.coppice.blackbox.FreePorts;
import io.coppice.blackbox.Hostile;
import io.coppice.blackbox.ManyNodes;
import io.coppice.it.Paho5;
import io.coppice.it.Peer;
import io.coppice.it.Received;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Three processes that are all killed at once, and start again from their disks. */
@ManyNodes
@Timeout(240)
class KilledClusterIT {
    private static final int SIZE = 3;
    private static final int MESSAGES = 60;

    @TempDir
    Path data;

    private final String name = "test-" + UUID.randomUUID();
    private final List<Integer> ports;
    private final List<Integer> admins;
    private final NodeProcess[] nodes = new NodeProcess[SIZE];

    @RegisterExtension
    final NodeLogs logs =
            new NodeLogs(() -> Arrays.stream(nodes).filter(Objects::nonNull).toList());

    KilledClusterIT() throws Exception {
        List<Integer> free = FreePorts.of(2 * SIZE);
        ports = free.subList(0, SIZE);
        admins = free.subList(SIZE, 2 * SIZE);
    }

    private void begin(int index, String... more) throws Exception {
        List<String> settings = new ArrayList<>(LocalCluster.settings(name, ports, index));
        settings.addAll(List.of(
                "durability=disk", "node.data=" + data.resolve("n" + index), "admin.port=" + admins.get(index)));
        settings.addAll(List.of(more));
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

    private void killAll() throws Exception {
        for (NodeProcess node : nodes) {
            node.signalKill();
        }
        for (NodeProcess node : nodes) {
            node.kill();
        }
    }

    @AfterEach
    void stop() {
        for (NodeProcess node : nodes) {
            if (node != null) {
                node.close();
            }
        }
    }

    /** Whether others may come to it. */
    private boolean isMember(int index) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), ports.get(index))) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    private Paho5 client(int index, String clientId) throws Exception {
        return new Paho5("tcp://127.0.0.1:" + nodes[index].mqtt(), clientId);
    }

    /** What /health/ready says of a node that starts. */
    private String readiness(int index) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + admins.get(index) + "/health/ready"))
                .build();
        HttpResponse<String> response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(503);
        return response.body();
    }

    private void away(int index, String clientId, String filter, int qos) throws Exception {
        try (Paho5 reader = client(index, clientId)) {
            reader.connect(false);
            reader.subscribe(filter, qos);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"012", "210"})
    void nothingThatWasAcknowledgedIsLostWhoeverComesFirst(String order) throws Exception {
        start();
        for (int i = 0; i < SIZE; i++) {
            away(i, "reader" + i, "q/" + i, 2);
        }
        try (Paho5 writer = client(1, "writer")) {
            writer.connect(true);
            for (int i = 0; i < MESSAGES; i++) {
                writer.publish("q/" + i % SIZE, "message " + i, 1 + i / SIZE % 2);
            }
            for (int i = 0; i < 20; i++) {
                writer.publish("r/" + i, "old", 1, true);
            }
        }
        try (Paho5 writer = client(2, "writer")) { // another node than the one that has told of them first
            writer.connect(true);
            for (int i = 0; i < 20; i++) {
                writer.publish("r/" + i, i % 2 == 0 ? "" : "new " + i, 1, true);
            }
        }
        killAll();
        for (char next : order.toCharArray()) {
            int index = next - '0';
            begin(index);
            await().atMost(Duration.ofSeconds(60)).until(() -> isMember(index));
        }
        awaitAll();
        for (int i = 0; i < SIZE; i++) {
            try (Paho5 reader = client((i + 1) % SIZE, "reader" + i)) {
                assertThat(reader.connect(false)).as("session present").isTrue();
                for (int k = i; k < MESSAGES; k += SIZE) {
                    assertThat(reader.next().payload()).isEqualTo("message " + k);
                }
                try (Paho5 writer = client(i, "other")) {
                    writer.connect(true);
                    reader.hasNoOther(writer);
                }
            }
            try (Paho5 reader = client(i, "retained")) {
                reader.connect(true);
                reader.subscribe("r/#", 1);
                Set<String> kept = new TreeSet<>();
                for (Received each : reader.next(10)) {
                    kept.add(each.topic().substring(2) + " " + each.payload());
                }
                assertThat(kept).isEqualTo(expectedRetained());
                try (Paho5 writer = client(0, "other")) {
                    writer.connect(true);
                    reader.hasNoOther(writer);
                }
            }
        }
    }

    private static Set<String> expectedRetained() {
        Set<String> expected = new TreeSet<>();
        IntStream.range(0, 20).filter(i -> i % 2 == 1).forEach(i -> expected.add(i + " new " + i));
        return expected;
    }

    /** Two of three are enough to serve, but not to know what the third has. */
    @Test
    void theOthersWaitForWhoWasThereAndGoOnWithoutItAfterATime() throws Exception {
        start();
        for (int i = 0; i < SIZE; i++) {
            away(i, "reader" + i, "q/" + i, 1);
        }
        killAll();
        begin(0);
        begin(1);
        NodeProcess waiting = nodes[0];
        await().atMost(Duration.ofSeconds(60))
                .until(() -> waiting.log().stream()
                        .anyMatch(line -> line.contains("lets nobody in yet") && line.contains("n2")));
        assertThat(waiting.log()).noneMatch(line -> line.startsWith("Coppice ready"));
        assertThat(readiness(0))
                .contains("\"accepts-clients\"")
                .contains("waiting for")
                .contains("[n2] are not there");
        begin(2);
        awaitAll();
        for (int i = 0; i < SIZE; i++) {
            try (Paho5 reader = client(i, "reader" + i)) {
                assertThat(reader.connect(false)).as("session present").isTrue();
            }
        }
        killAll();
        begin(0, "cluster.recovery-timeout=3s");
        begin(2, "cluster.recovery-timeout=3s");
        List<Integer> two = List.of(nodes[0].mqtt(), nodes[2].mqtt());
        assertThat(nodes[0].log()).anyMatch(line -> line.contains("[n1] did not come in 3 s"));
        LocalCluster.awaitEveryWay(two);
        begin(1); // what nobody has gone on with comes back with it
        awaitAll();
        for (int i = 0; i < SIZE; i++) {
            try (Paho5 reader = client(2 - i, "reader" + i)) {
                assertThat(reader.connect(false)).as("session present").isTrue();
            }
        }
    }

    /** A disk that has an older part of a session does not bring it back. */
    @Test
    void whatHasMovedOrEndedElsewhereStaysAsItWasLast() throws Exception {
        start();
        away(0, "moved", "q/moved", 1);
        away(0, "ended", "q/ended", 1);
        away(0, "begun-anew", "q/old", 1);
        nodes[0].kill(); // its disk has them as they are now
        try (Paho5 moved = client(1, "moved");
                Paho5 ended = client(2, "ended");
                Paho5 anew = client(1, "begun-anew");
                Paho5 writer = client(2, "writer")) {
            assertThat(moved.connect(false)).isTrue();
            moved.subscribe("q/later", 1);
            ended.connect(true);
            anew.connect(true);
            anew.disconnect();
            assertThat(anew.connect(false)).isFalse();
            anew.subscribe("q/new", 1);
            moved.disconnect();
            anew.disconnect();
            writer.connect(true);
            for (String topic : List.of("moved", "later", "ended", "old", "new")) {
                writer.publish("q/" + topic, topic, 1);
            }
        }
        for (int i = 1; i < SIZE; i++) {
            nodes[i].signalKill();
        }
        for (int i = 1; i < SIZE; i++) {
            nodes[i].kill();
        }
        start();
        try (Paho5 moved = client(0, "moved");
                Paho5 ended = client(0, "ended");
                Paho5 anew = client(0, "begun-anew");
                Paho5 writer = client(1, "writer")) {
            writer.connect(true);
            assertThat(moved.connect(false)).isTrue();
            assertThat(List.of(moved.next().payload(), moved.next().payload())).containsExactly("moved", "later");
            assertThat(ended.connect(false)).isFalse();
            assertThat(anew.connect(false)).isTrue();
            assertThat(anew.next().payload()).isEqualTo("new");
            for (Peer each : List.of(moved, anew)) {
                each.hasNoOther(writer);
            }
        }
    }

    /** One byte in so many of whatever a node has on its disk is another one afterwards. */
    private void damage(int index) throws IOException {
        try (Stream<Path> files = Files.list(data.resolve("n" + index).resolve("journal"))) {
            for (Path file : files.filter(each -> each.toString().matches(".*\\.(log|sst)"))
                    .toList()) {
                byte[] bytes = Files.readAllBytes(file);
                for (int at = 300; at < bytes.length; at += 600) {
                    bytes[at] ^= 0x10;
                }
                Files.write(file, bytes);
            }
        }
    }

    private void fill() throws Exception {
        for (int i = 0; i < SIZE; i++) {
            away(i, "reader" + i, "q/" + i, 2);
        }
        try (Paho5 writer = client(1, "writer")) {
            writer.connect(true);
            for (int message = 0; message < MESSAGES; message++) {
                writer.publish("q/" + message % SIZE, "m" + message, message % SIZE % 2 + 1);
                writer.publish("kept/" + message, "k" + message, 1, true);
            }
        }
    }

    private void requireRetained(int index) throws Exception {
        try (Paho5 late = client(index, "late" + index)) {
            late.connect(true);
            late.subscribe("kept/#", 1);
            Set<String> kept = new HashSet<>();
            for (int message = 0; message < MESSAGES; message++) {
                kept.add(late.next().payload());
            }
            assertThat(kept).hasSize(MESSAGES);
        }
    }

    private void requireQueue(int session, int index) throws Exception {
        try (Paho5 reader = client(index, "reader" + session);
                Paho5 writer = client(index, "witness")) {
            writer.connect(true);
            assertThat(reader.connect(false)).as("session present").isTrue();
            for (int message = session; message < MESSAGES; message += SIZE) {
                assertThat(reader.next().payload()).isEqualTo("m" + message);
            }
            reader.hasNoOther(writer);
        }
    }

    /**
     * Whoever comes back with such a disk gets what it had from those who have gone on with it. Where all were gone, what was
     * at home on that disk alone is nowhere else; what is retained is on every disk.
     */
    @Test
    @Hostile("B94")
    void aDiskThatDoesNotReadIsMadeWholeByTheOthersAndTakesNothingOfTheirsWithIt() throws Exception {
        start();
        fill();
        nodes[0].kill();
        damage(0);
        begin(0);
        awaitAll();
        assertThat(nodes[0].log()).anyMatch(line -> line.contains("ERROR") && line.contains("journal"));
        requireRetained(0);
        requireQueue(0, 0);
        killAll();
        damage(2);
        start();
        assertThat(nodes[2].log()).anyMatch(line -> line.contains("ERROR") && line.contains("journal"));
        requireRetained(0);
        requireRetained(2);
        requireQueue(1, 2);
    }
}
