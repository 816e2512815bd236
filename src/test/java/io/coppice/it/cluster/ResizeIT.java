package io.coppice.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.coppice.admin.AdminCommand;
import io.coppice.blackbox.Members;
import io.coppice.it.ApiClient;
import io.coppice.shell.CommandEnd;
import io.coppice.shell.Screen;
import io.coppice.shell.Surroundings;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An operator sets how many nodes a running cluster is meant to have, by the API and by the command. */
@Timeout(300)
@Members
class ResizeIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String PATH = "cluster/expected-size";

    @TempDir
    private Path disks;

    /** What a command wrote, and its exit status. */
    private record Ended(int status, String out, String err) {}

    private static ApiClient api(LocalCluster cluster, int node) throws Exception {
        return new ApiClient(cluster.node(node).port("admin"));
    }

    private static void awaitSize(LocalCluster cluster, int node, int size) throws Exception {
        try (ApiClient api = api(cluster, node)) {
            await().atMost(SOON).untilAsserted(() -> {
                JsonObject told = api.get("clusterSize", PATH);
                assertThat(told.getLong("version")).isPositive();
                assertThat(told.getInteger("expected")).isEqualTo(size);
                assertThat(told.getInteger("majority")).isEqualTo(size / 2 + 1);
            });
        }
    }

    private static String refusal(ApiClient api, int size, int status) throws Exception {
        return api.send(
                        "resize",
                        "PUT",
                        PATH,
                        new JsonObject().put("size", size).encode(),
                        status)
                .getString("detail");
    }

    private static Ended admin(LocalCluster cluster, int node, String... words) {
        Surroundings around = new Surroundings(
                Map.of(
                        "COPPICE_ADMIN_URL",
                        "http://127.0.0.1:" + cluster.node(node).port("admin")),
                new ByteArrayInputStream(new byte[0]),
                null);
        CommandEnd end = new CommandEnd() {
            @Override
            public int during(boolean welcome, ToIntFunction<Consumer<Runnable>> command) {
                return command.applyAsInt(stop -> {});
            }

            @Override
            public boolean isTerminal() {
                return false;
            }
        };
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = AdminCommand.create(around, end, () -> new Screen(false, false, Screen.ENDLESS))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(words);
        return new Ended(status, out.toString(), err.toString());
    }

    @Test
    void theSizeIsSetWhileNodesRunAndRefusedWhereThatIsNotSafe() throws Exception {
        try (LocalCluster cluster = LocalCluster.start(
                3, "durability=disk", "node.data=" + disks.resolve("{node}"), "cluster.size-max=5")) {
            for (int node = 0; node < 3; node++) {
                awaitSize(cluster, node, 3); // it is agreed on now
            }
            try (ApiClient api = api(cluster, 1)) {
                assertThat(api.send("resize", "PUT", PATH, "{\"size\":4}", 200).getInteger("expected"))
                        .isEqualTo(4);
                assertThat(refusal(api, 6, 409)).isEqualTo("6 is more than cluster.size-max, which is 5");
                assertThat(refusal(api, 2, 409)).isEqualTo("3 nodes are there: stop those first that are to go");
                assertThat(refusal(api, 1, 409)).contains("cannot hold 2 copies");
                assertThat(ApiClient.ask(cluster.node(1).port("admin"), "PUT", PATH, "{\"size\":0}")
                                .statusCode())
                        .isEqualTo(400);
            }
            for (int node = 0; node < 3; node++) {
                awaitSize(cluster, node, 4);
            }

            Ended shown = admin(cluster, 2, "resize");
            assertThat(shown.status()).as(shown.err()).isZero();
            assertThat(shown.out()).containsPattern("nodes expected +4\n").containsPattern("majority +3\n");
            Ended refused = admin(cluster, 2, "resize", "2");
            assertThat(refused.status()).isNotZero();
            assertThat(refused.err()).contains("stop those first that are to go");
            Ended set = admin(cluster, 2, "resize", "3", "--json");
            assertThat(set.status()).as(set.err()).isZero();
            assertThat(new JsonObject(set.out()).getInteger("expected")).isEqualTo(3);
            awaitSize(cluster, 0, 3);

            leaveOneOutAndLetItComeBack(cluster);
        }
    }

    /** Of three nodes one is gone for ever, as it seems; it is not, and two of two stay a majority until it counts again. */
    private void leaveOneOutAndLetItComeBack(LocalCluster cluster) throws Exception {
        cluster.stop(2);
        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(admin(cluster, 0, "resize", "2").status()).isZero());
        awaitSize(cluster, 0, 2);
        awaitSize(cluster, 1, 2);
        try (ApiClient api = api(cluster, 0)) {
            assertThat(api.get("clusterSize", PATH).getJsonArray("nodes")).containsExactly("n0", "n1");
        }
        cluster.begin(2);
        for (int node = 0; node < 3; node++) {
            awaitSize(cluster, node, 3);
        }
        cluster.wire(2).connect5("back");
    }
}
