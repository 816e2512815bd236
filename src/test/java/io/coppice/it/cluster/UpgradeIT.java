package io.coppice.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.coppice.blackbox.FreePorts;
import io.coppice.blackbox.ManyNodes;
import io.coppice.it.Hive5;
import io.coppice.it.Paho5;
import io.vertx.core.json.JsonObject;
import java.io.File;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three processes go to the next release one after the other, back, and there again, until what they write goes up; clients publish and
 * subscribe all the while. The former release is this one with another {@code ReleaseVersions}, compiled here: it reads what it
 * writes, and nothing else.
 */
@ManyNodes
@Timeout(600)
class UpgradeIT {
    private static final int FORMER = 5;
    private static final int NEXT = 6;
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    Path work;

    private final String name = "test-" + UUID.randomUUID();
    private final NodeProcess[] nodes = new NodeProcess[3];
    private final List<String> expected = new ArrayList<>();
    private final List<String> heard = new ArrayList<>();
    private List<Integer> ports = List.of();
    private String former = "";
    private String present = "";

    @BeforeEach
    void theFormerReleaseIsThere() throws Exception {
        Path source = work.resolve("ReleaseVersions.java");
        Files.writeString(
                source,
                "package io.coppice.config; public final class ReleaseVersions { "
                        + "public static int oldest() { return 5; } public static int newest() { return 5; } "
                        + "public static int written() { return 5; } }");
        Path classes = Files.createDirectories(work.resolve("former"));
        assertThat(ToolProvider.getSystemJavaCompiler()
                        .run(null, null, null, "-d", classes.toString(), source.toString()))
                .isZero();
        present = System.getProperty("java.class.path");
        former = classes + File.pathSeparator + present;
        ports = FreePorts.of(nodes.length);
    }

    @AfterEach
    void endAll() {
        for (NodeProcess node : nodes) {
            if (node != null) {
                node.close();
            }
        }
    }

    private NodeProcess start(int index, String classPath) throws Exception {
        List<String> settings = new ArrayList<>(LocalCluster.settings(name, ports, index));
        settings.remove("durability=memory");
        settings.addAll(List.of("durability=disk", "node.data=" + work.resolve("n" + index)));
        nodes[index] = NodeProcess.start(settings, classPath);
        return nodes[index];
    }

    private HttpResponse<String> send(int index, String method, String path, String body) throws Exception {
        return HTTP.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + nodes[index].admin() + "/api/v1/" + path))
                        .header("Content-Type", "application/json")
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private int written(int index) throws Exception {
        HttpResponse<String> answer = send(index, "GET", "cluster", "");
        return answer.statusCode() == 200 ? new JsonObject(answer.body()).getInteger("wireVersion") : 0;
    }

    private int port(int index) throws Exception {
        return nodes[index % nodes.length].mqtt();
    }

    /** What is published at one node comes to a session that was on another one before, and some of it waits there. */
    private void publishAndHear(int publishAt, int hearAt, String what) throws Exception {
        try (Hive5 publisher = new Hive5("publisher", port(publishAt), false)) {
            publisher.connect(false);
            for (int i = 0; i < 20; i++) {
                String payload = what + " " + i;
                publisher.publish("load/" + i % 2, payload, 1 + i % 2);
                expected.add(payload);
                if (i == 10) {
                    hear(hearAt);
                }
            }
        }
        hear(hearAt);
    }

    /** One in two is sent at QoS 2; at QoS 1 a message may come again to who left when it had come. */
    private static boolean isExactlyOnce(String payload) {
        return Integer.parseInt(payload.substring(payload.lastIndexOf(' ') + 1)) % 2 == 1;
    }

    private void hear(int at) throws Exception {
        try (Paho5 reader = new Paho5("tcp://127.0.0.1:" + port(at), "reader")) {
            assertThat(reader.connect(false)).as("session present").isTrue();
            while (!heard.containsAll(expected)) {
                heard.add(reader.next().payload());
            }
        }
        assertThat(Set.copyOf(heard)).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(heard).filteredOn(UpgradeIT::isExactlyOnce).doesNotHaveDuplicates();
    }

    private void roll(int index, String classPath, String what) throws Exception {
        publishAndHear(index, index + 1, "before " + what);
        assertThat(nodes[index].terminate()).isZero();
        publishAndHear(index + 1, index + 2, "during " + what);
        start(index, classPath);
        publishAndHear(index, index + 1, "after " + what);
        for (int each = 0; each < nodes.length; each++) {
            assertThat(written(each)).isEqualTo(FORMER);
        }
    }

    @Test
    void nothingIsLostOrComesTwiceOnTheWayToTheNextReleaseAndBackAndWhatIsWrittenGoesUpWhenToldSo() throws Exception {
        for (int i = 0; i < nodes.length; i++) {
            start(i, former);
        }
        try (Paho5 reader = new Paho5("tcp://127.0.0.1:" + port(0), "reader")) {
            reader.connect(false);
            reader.subscribe("load/+", 2);
        }
        roll(0, present, "the first went");
        roll(1, present, "the second went");
        roll(1, former, "the second went back");
        roll(1, present, "the second went again");
        roll(2, present, "the third went");

        assertThat(send(0, "PATCH", "config", "{\"node.write-version\":\"6\"}").statusCode())
                .isEqualTo(200);
        for (int i = 0; i < nodes.length; i++) {
            int index = i;
            await().atMost(Duration.ofSeconds(60)).until(() -> written(index) == NEXT);
        }
        publishAndHear(0, 1, "in the next version");

        assertThat(nodes[2].terminate()).isZero();
        NodeProcess refused = start(2, former);
        assertThat(refused.ended()).isEqualTo(2);
        assertThat(refused.log())
                .anySatisfy(line -> assertThat(line)
                        .contains("the cluster of this node writes version 6")
                        .contains("this release reads 5 to 5"));
        start(2, present);
        publishAndHear(2, 0, "after the next version");
        assertThat(written(2)).isEqualTo(NEXT);
    }
}
