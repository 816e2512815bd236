package io.coppice.it;

import static io.coppice.it.Wire.property;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.coppice.Node;
import io.coppice.config.ConfigLoader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The beginning and the end of a node. */
@Timeout(60)
class LifecycleIT {
    private static final String FREE_PORTS = "listeners.mqtt.port=0 listeners.ws.port=0 admin.port=0";

    /** Runs something in a thread group of its own, whose members are then the threads that came of it: other tests have nodes too. */
    private static <T> T startedIn(ThreadGroup group, Callable<T> start) throws Exception {
        FutureTask<T> task = new FutureTask<>(start);
        new Thread(group, task, "starter").start();
        try {
            return task.get(Peer.PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw failed;
        }
    }

    private static List<Thread> threadsOf(ThreadGroup group) {
        Thread[] found = new Thread[group.activeCount() + 16];
        int count = group.enumerate(found);
        return Arrays.stream(found, 0, count)
                .filter(thread -> !thread.getName().startsWith("HttpClient")) // the test's own
                .toList();
    }

    private static void leavesNothingBehind(ThreadGroup group) {
        await().untilAsserted(() -> assertThat(threadsOf(group)).isEmpty());
    }

    private static void isFree(int port) throws IOException {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertThat(socket.isBound()).isTrue();
        }
    }

    @Test
    void aStopTellsVersion5ClientsWhyAndLeavesNothingBehind() throws Exception {
        ThreadGroup group = new ThreadGroup("tested");
        RunningNode node = startedIn(group, RunningNode::start);
        assertThat(threadsOf(group)).isNotEmpty();
        List<Integer> ports = List.of(node.mqtt(), node.ws(), node.admin());
        List<Wire> version5 = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            version5.add(node.wire().connect5("five-" + i, property(0x11, 4, i % 2 * 100)));
        }
        Wire version3 = node.wire().connect3("three");
        Wire stranger = node.wire();
        Paho5 paho = (Paho5) node.peer(Kind.PAHO5_WS, "paho");
        paho.connect(true);

        node.node().stop();

        for (Wire wire : version5) {
            assertThat(wire.read(Wire.DISCONNECT).disconnectReason()).isEqualTo(0x8B);
            wire.readEnd();
        }
        version3.readEnd();
        stranger.readEnd();
        assertThat(paho.endedBecauseOf()).isEqualTo(0x8B);
        for (int port : ports) {
            isFree(port);
        }
        leavesNothingBehind(group);
    }

    @Test
    void aStopDoesNotWaitForClientsThatDoNotRead() throws Exception {
        RunningNode node = RunningNode.start();
        Wire deaf = new Wire(node.mqtt(), 16 * 1024).connect5("deaf").subscribe5("noise", 0);
        Wire loud = new Wire(node.mqtt()).connect5("loud");
        for (int i = 0; i < 100; i++) {
            loud.send(Wire.publish5("noise", new byte[200_000], 0, 0));
        }
        loud.send("c0 00").read();

        CompletableFuture<Void> stopped = CompletableFuture.runAsync(() -> {
            try {
                node.node().stop();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });

        stopped.get(15, TimeUnit.SECONDS);
        deaf.close();
        loud.close();
    }

    @Test
    void aStopWhileMessagesFlowIsAStop() throws Exception {
        ThreadGroup group = new ThreadGroup("tested");
        RunningNode node = startedIn(group, RunningNode::start);
        assertThat(threadsOf(group)).isNotEmpty();
        List<CompletableFuture<Void>> flows = new ArrayList<>();
        CountDownLatch sent = new CountDownLatch(1000);
        for (int i = 0; i < 8; i++) {
            Wire wire = new Wire(node.mqtt()).connect5("busy-" + i).subscribe5("busy/#", 1);
            flows.add(CompletableFuture.runAsync(() -> {
                try (wire) {
                    for (int message = 0; ; message++) {
                        wire.send(Wire.publish5("busy/" + message % 10, new byte[100], 0, 0));
                        sent.countDown();
                    }
                } catch (IOException end) {
                    // the node is gone
                }
            }));
        }
        assertThat(sent.await(Peer.PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();

        node.node().stop();

        for (CompletableFuture<Void> flow : flows) {
            flow.get(Peer.PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
        leavesNothingBehind(group);
    }

    @Test
    void aNodeThatStopsIsNotReadyBeforeItIsGone() throws Exception {
        RunningNode node = RunningNode.start();
        assertThat(node.get("/health/ready").statusCode()).isEqualTo(200);
        List<Wire> clients = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            Wire wire = new Wire(node.mqtt());
            wire.send(Wire.connectPacket(5, 2, "client-" + i, new byte[0]));
            clients.add(wire);
        }
        await().until(() -> node.metric("mqtt_connections") == 3000);

        CompletableFuture<Void> stopped = CompletableFuture.runAsync(() -> {
            try {
                node.node().stop();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });

        boolean refused = false;
        try {
            while (!refused) {
                HttpResponse<String> health = node.get("/health/ready");
                refused = health.statusCode() == 503;
                assertThat(refused || !stopped.isDone()).isTrue();
            }
        } catch (IOException gone) {
            assertThat(stopped).succeedsWithin(java.time.Duration.ofSeconds(20));
        }
        stopped.get(Peer.PATIENCE_SECONDS, TimeUnit.SECONDS);
        for (Wire client : clients) {
            client.close();
        }
        assertThat(refused).as("not ready while it drained").isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"listeners.mqtt", "listeners.ws", "admin"})
    void aStartThatFindsAPortTakenNamesItAndLeavesNothingBehind(String taken) throws Exception {
        ThreadGroup group = new ThreadGroup("tested");
        try (ServerSocket squatter = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            List<String> settings = new ArrayList<>(List.of(FREE_PORTS.split(" ")));
            settings.add(taken + ".port=" + squatter.getLocalPort());

            assertThatThrownBy(() -> startedIn(group, () -> Node.start(ConfigLoader.load(null, Map.of(), settings))))
                    .hasMessageContaining("127.0.0.1:" + squatter.getLocalPort());
        }
        leavesNothingBehind(group);
    }

    @Test
    void aNodeStartsAgainOnThePortsThatItHad() throws Exception {
        int port;
        try (RunningNode first = RunningNode.start()) {
            port = first.mqtt();
            first.wire().connect5("client");
        }
        try (RunningNode second = RunningNode.start("listeners.mqtt.port=" + port)) {
            assertThat(second.mqtt()).isEqualTo(port);
            second.wire().connect5("client");
        }
        try (Socket socket = new Socket()) {
            assertThatThrownBy(() -> socket.connect(new java.net.InetSocketAddress("127.0.0.1", port)))
                    .isInstanceOf(java.net.ConnectException.class);
        }
    }
}
