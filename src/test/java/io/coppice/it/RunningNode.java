package io.coppice.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.Node;
import io.coppice.config.ConfigLoader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A real node on free ports of the loopback, for the tests of one class or for one block of code; with it go the
 * clients that were opened through it.
 */
final class RunningNode implements BeforeAllCallback, AfterEachCallback, AfterAllCallback, AutoCloseable {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final List<String> settings = new ArrayList<>(List.of(
            "node.event-loops=4",
            "durability=memory",
            "listeners.mqtt.port=0",
            "listeners.ws.port=0",
            "admin.port=0",
            "sys.interval=0"));
    private final Deque<AutoCloseable> clients = new ConcurrentLinkedDeque<>();
    private Node node;

    private RunningNode(String... settings) {
        this.settings.addAll(List.of(settings));
    }

    /** Started before all tests of a class and stopped after them; as a static {@code @RegisterExtension}. */
    static RunningNode with(String... settings) {
        return new RunningNode(settings);
    }

    /** Started at once; to be closed. */
    static RunningNode start(String... settings) throws Exception {
        RunningNode started = new RunningNode(settings);
        started.begin();
        return started;
    }

    private void begin() throws Exception {
        node = Node.start(ConfigLoader.load(null, Map.of(), settings));
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        begin();
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        closeClients();
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        close();
    }

    @Override
    public void close() throws Exception {
        closeClients();
        node.stop();
    }

    private void closeClients() throws Exception {
        while (!clients.isEmpty()) {
            clients.pop().close();
        }
    }

    /** The client ends with the test. */
    <C extends AutoCloseable> C own(C client) {
        clients.push(client);
        return client;
    }

    Node node() {
        return node;
    }

    int mqtt() {
        return node.port("mqtt");
    }

    int ws() {
        return node.port("ws");
    }

    int admin() {
        return node.port("admin");
    }

    /** A client that is connected, with a session that ends with it. */
    Peer connected(Kind kind, String clientId) throws Exception {
        Peer peer = peer(kind, clientId);
        peer.connect(true);
        return peer;
    }

    /** A client that is not connected yet. */
    Peer peer(Kind kind, String clientId) {
        return own(kind.peer(this, clientId));
    }

    /** A bare socket. */
    Wire wire() throws Exception {
        return own(new Wire(mqtt()));
    }

    // --- the admin port

    HttpResponse<String> get(String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + admin() + path);
        return HTTP.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }

    String metrics() throws Exception {
        HttpResponse<String> response = get("/metrics");
        assertThat(response.statusCode()).isEqualTo(200);
        return response.body();
    }

    /** The sum of all series whose line begins like this. */
    long metric(String series) throws Exception {
        return sum(metrics(), series);
    }

    static long sum(String metrics, String series) {
        return metrics.lines()
                .filter(line -> line.startsWith(series + " ")
                        || line.startsWith(series + "{")
                        || (series.endsWith("}") && line.startsWith(series)))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    long dropped(String reason) throws Exception {
        return metric("mqtt_messages_dropped_total{reason=\"" + reason + "\"}");
    }
}
