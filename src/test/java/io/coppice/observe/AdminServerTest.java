package io.coppice.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.Hostile;
import io.coppice.port.AdminGate;
import io.coppice.port.CertificateStatus;
import io.coppice.port.ClusterFaults;
import io.coppice.port.ClusterSnapshot;
import io.coppice.port.Membership;
import io.coppice.port.NodeId;
import io.coppice.port.RouteSummary;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.BindException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(VertxExtension.class)
final class AdminServerTest {
    private static final int BODY_BYTES_MAX = 2_000;

    private final FakeNode node = new FakeNode();
    private final Metrics metrics = new Metrics();
    private final HttpClient client = HttpClient.newHttpClient();
    private ClusterResource.@Nullable Source source = new ClusterResource.Source(node, new FakeMembership());
    private final AdminServer server = server("admin.port=0");
    private int port;

    private AdminServer server(String set) {
        Metrics own = set.equals("admin.port=0") ? metrics : new Metrics();
        return new AdminServer(
                AdminPorts.settings(System::currentTimeMillis, set, "limits.admin-body-bytes-max=" + BODY_BYTES_MAX),
                new AdminServer.Doors(AdminGate.NOBODY, Audit.toLog(), Set::of),
                new AdminServer.Shown(
                        own,
                        new Health(List.of(Health.acceptsClients(node), () -> new Health.Check("store", true, ""))),
                        new ClusterResource(() -> source),
                        new BackupResource(() -> null),
                        new ApiResource(),
                        () -> List.of(new WebSocketAddress(18083, "/mqtt", false))));
    }

    @BeforeEach
    void start(Vertx vertx) throws Exception {
        metrics.watch(node, Membership.ALONE, ClusterFaults.NONE, null, CertificateStatus.NONE, "1.2.3");
        port = server.start(vertx, null)
                .toCompletionStage()
                .toCompletableFuture()
                .get();
    }

    @AfterEach
    void stop() throws Exception {
        server.stop().toCompletionStage().toCompletableFuture().get();
        metrics.close();
    }

    private HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(to(path));
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    private static void assertProblem(HttpResponse<String> response, int status) {
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(header(response, "Content-Type")).isEqualTo("application/problem+json");
        assertThat(new JsonObject(response.body()).getInteger("status")).isEqualTo(status);
    }

    @Test
    void aPortOfZeroBecomesARealOne() {
        assertThat(port).isPositive();
    }

    @Test
    void aPortThatIsTakenFailsTheStart(Vertx vertx) {
        AdminServer second = server("admin.port=" + port);

        assertThat(second.start(vertx, null).toCompletionStage().toCompletableFuture())
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableThat()
                .havingRootCause()
                .isInstanceOf(BindException.class);
    }

    @Test
    void metricsComeInTheFormatOfPrometheus() throws Exception {
        node.gauges.put("connections", 12L);

        HttpResponse<String> response = get("/metrics");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(header(response, "Content-Type")).isEqualTo("text/plain; version=0.0.4; charset=utf-8");
        assertThat(response.body()).contains("\nmqtt_connections 12.0\n");
    }

    @Test
    void aReadyNodeSaysSoWithItsChecks() throws Exception {
        HttpResponse<String> response = get("/health/ready");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(header(response, "Content-Type")).isEqualTo("application/json");
        assertThat(new JsonObject(response.body())).isEqualTo(new JsonObject("""
                {"status": "UP", "checks": [
                    {"name": "accepts-clients", "status": "UP"}, {"name": "store", "status": "UP"}]}"""));
    }

    @Test
    void aNodeThatTakesNoClientsIsNotReadyAndStillAlive() throws Exception {
        node.ready = false;

        HttpResponse<String> ready = get("/health/ready");

        assertThat(ready.statusCode()).isEqualTo(503);
        JsonObject json = new JsonObject(ready.body());
        assertThat(json.getString("status")).isEqualTo("DOWN");
        assertThat(json.getJsonArray("checks").getJsonObject(0).getString("detail"))
                .isNotBlank();
        assertThat(get("/health/live").statusCode()).isEqualTo(200);
        assertThat(get("/health/startup").statusCode()).isEqualTo(200);
    }

    @Test
    void pagesHearWhereTheWebSocketListenerIs() throws Exception {
        HttpResponse<String> response = get("/examples/settings.json");

        assertThat(new JsonObject(response.body()).getJsonArray("webSockets"))
                .isEqualTo(new JsonArray("[{\"scheme\": \"ws\", \"port\": 18083, \"path\": \"/mqtt\"}]"));
    }

    @Test
    void theRootLinksToEverythingElse() throws Exception {
        HttpResponse<String> response = get("/");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(header(response, "Content-Type")).isEqualTo("text/html; charset=utf-8");
        assertThat(response.body())
                .contains("/metrics")
                .contains("/health/ready")
                .contains("/examples/");
    }

    @Test
    void aFolderWithoutItsSlashIsFoundAllTheSame() throws Exception {
        HttpResponse<String> response = get("/examples");

        assertThat(response.statusCode()).isEqualTo(308);
        assertThat(header(response, "Location")).isEqualTo("/examples/");
    }

    @ParameterizedTest
    @CsvSource({
        "/examples/, text/html; charset=utf-8",
        "/examples/monitor.html, text/html; charset=utf-8",
        "/examples/examples.css, text/css; charset=utf-8",
        "/examples/js/plot.js, text/javascript; charset=utf-8",
        "/examples/vendor/mqtt-5.16.0.esm.js, text/javascript; charset=utf-8",
        "/favicon.svg, image/svg+xml"
    })
    void filesComeWithTheirTypes(String path, String type) throws Exception {
        HttpResponse<String> response = get(path);

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(header(response, "Content-Type")).isEqualTo(type);
    }

    @Test
    void everyAnswerCarriesTheHeadersThatKeepABrowserSafe() throws Exception {
        for (String path : List.of("/", "/metrics", "/health/live", "/nothing")) {
            HttpResponse<String> response = get(path);
            assertThat(header(response, "X-Content-Type-Options")).isEqualTo("nosniff");
            assertThat(header(response, "Content-Security-Policy"))
                    .contains("default-src 'none'")
                    .contains("script-src 'self';")
                    .contains("connect-src 'self' ws: wss:")
                    .doesNotContain("unsafe");
        }
    }

    @Test
    void aFileThatTheBrowserHasIsNotSentAgain() throws Exception {
        String etag = header(get("/"), "ETag");

        HttpResponse<String> again = send(to("/").header("If-None-Match", etag));

        assertThat(etag).isNotEmpty();
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"gzip, deflate, br | gzip", "br;q=0.1, GZIP;q=0.5 | gzip", "gzip;q=0 |", "identity |"})
    void aFileComesPackedToWhoTakesThat(String accepted, String encoding) throws Exception {
        HttpResponse<byte[]> response = HttpClient.newHttpClient()
                .send(
                        to("/coppice.css").header("Accept-Encoding", accepted).build(),
                        HttpResponse.BodyHandlers.ofByteArray());

        assertThat(response.headers().firstValue("Content-Encoding")).isEqualTo(Optional.ofNullable(encoding));
        assertThat(response.headers().allValues("Vary")).contains("Accept-Encoding");
        byte[] plain = encoding == null
                ? response.body()
                : new GZIPInputStream(new ByteArrayInputStream(response.body())).readAllBytes();
        assertThat(new String(plain, StandardCharsets.UTF_8)).contains(":root");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/metrics", "/health/ready"})
    void headAnswersAsGetWithoutTheBody(String path) throws Exception {
        HttpResponse<String> response = send(to(path).method("HEAD", HttpRequest.BodyPublishers.noBody()));

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEmpty();
        assertThat(Integer.parseInt(header(response, "Content-Length"))).isPositive();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/nothing", "/examples/nothing.js", "/examples/nothing/", "/index", "/META-INF/MANIFEST.MF"})
    void aPathThatDoesNotExistIsAProblem404(String path) throws Exception {
        assertProblem(get(path), 404);
    }

    /** One of three nodes: its second loop does not answer, and one of the others has died. */
    private static ClusterSnapshot snapshot() {
        NodeId self = new NodeId("oak", 0xa);
        NodeId ash = new NodeId("ash", 0xb);
        NodeId elm = new NodeId("elm", 0xc);
        RouteSummary own = new RouteSummary(7, -1, 3, 1_000);
        return new ClusterSnapshot(
                self,
                60_000,
                3,
                List.of(ash, self),
                true,
                4_000,
                Set.of(ClusterSnapshot.Obstacle.ROUTES_INCOMPLETE, ClusterSnapshot.Obstacle.DRAINING),
                new ClusterSnapshot.Retained(5, 600, 1),
                true,
                new ClusterSnapshot.FirstLoop(
                        own,
                        2,
                        List.of(
                                new ClusterSnapshot.Peer(
                                        ash,
                                        ClusterSnapshot.State.PRESENT,
                                        1_000,
                                        12,
                                        new RouteSummary(4, 0xabc, 2, 60_000),
                                        true,
                                        7),
                                new ClusterSnapshot.Peer(
                                        elm,
                                        ClusterSnapshot.State.HELD,
                                        1_000,
                                        -1,
                                        new RouteSummary(-1, 0, 0, 60_000),
                                        false,
                                        -1)),
                        6),
                List.of(new ClusterSnapshot.Part(
                        0,
                        List.of(
                                new ClusterSnapshot.Lane(ash, 0, 1, 9, 900, 30, 1),
                                new ClusterSnapshot.Lane(elm, 0, 0, 0, 0, -1, 8)),
                        1,
                        2,
                        3)),
                List.of(1),
                Map.of(self, own));
    }

    @Test
    void theClusterIsShownWithEverythingThatIsKnownOfIt() throws Exception {
        node.cluster.snapshot = snapshot();

        HttpResponse<String> response = get("/api/v1/cluster");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(header(response, "Content-Type")).isEqualTo("application/json");
        assertThat(new JsonObject(response.body())).isEqualTo(new JsonObject("""
                {"node": {"id": "oak#a", "name": "oak", "life": "a"},
                 "cluster": "wood", "mode": "static", "wireVersion": 1, "time": "1970-01-01T00:01:00Z",
                 "expectedSize": 3,
                 "size": {"expected": 3, "configured": 2, "max": 5, "majority": 2, "version": 4, "nodes": ["ash", "oak"]},
                 "inQuorum": true, "mayAct": true, "leaseRemainingMillis": 4000, "copiesMissing": false,
                 "serving": false, "notServingBecause": ["draining", "routes-incomplete"],
                 "loopsNotAnswering": [1],
                 "members": [
                    {"id": "oak#a", "name": "oak", "life": "a", "address": "192.0.2.1:5701", "self": true,
                     "wire": {"oldest": 1, "spoken": 1, "newest": 2},
                     "state": "present", "published": {
                        "version": 7, "digest": "ffffffffffffffff", "count": 3, "time": "1970-01-01T00:00:01Z"}},
                    {"id": "ash#b", "name": "ash", "life": "b", "address": null, "wire": null, "self": false,
                     "state": "present", "since": "1970-01-01T00:00:01Z", "heardMillisAgo": 12,
                     "routes": {"version": 4, "digest": "0000000000000abc", "count": 2}, "inStep": true,
                     "hasOwnRoutesUpTo": 7, "published": null,
                     "lanes": [{"fromLoop": 0, "toLoop": 1, "unconfirmedMessages": 9, "unconfirmedBytes": 900,
                        "oldestMillis": 30, "unansweredMessages": 1}]},
                    {"id": "elm#c", "name": "elm", "life": "c", "address": null, "wire": null, "self": false,
                     "state": "held", "since": "1970-01-01T00:00:01Z", "heardMillisAgo": null,
                     "routes": null, "inStep": false, "hasOwnRoutesUpTo": null, "published": null,
                     "lanes": [{"fromLoop": 0, "toLoop": 0, "unconfirmedMessages": 0, "unconfirmedBytes": 0,
                        "oldestMillis": null, "unansweredMessages": 8}]}],
                 "routes": {"version": 7, "digest": "ffffffffffffffff", "count": 3, "waits": 2},
                 "retained": {"messages": 5, "bytes": 600, "divergentNodes": 1},
                 "adoption": {"inProgress": true, "of": ["elm#c"], "round": 6, "sessionsLeft": 3},
                 "moves": {"arriving": 1, "departing": 2}}"""));
    }

    @Test
    void theClusterOfANodeThatIsStartingIsAProblem503() throws Exception {
        source = null;

        assertProblem(get("/api/v1/cluster"), 503);
    }

    @Test
    void theClusterOfANodeWhoseLoopsAllStandStillIsAProblem503() throws Exception {
        assertProblem(get("/api/v1/cluster"), 503);
    }

    @ParameterizedTest
    @CsvSource({"GET, /api/v1/nothing", "GET, /api/v2", "GET, /api/v1/cluster/n1", "DELETE, /api/v1/nothing"})
    void whatTheInterfaceDoesNotHaveIsAProblem404(String method, String path) throws Exception {
        assertProblem(send(to(path).method(method, HttpRequest.BodyPublishers.noBody())), 404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/metrics", "/health/ready", "/", "/examples/", "/api/v1/cluster"})
    void otherMethodsThanReadingAreRefused(String path) throws Exception {
        HttpResponse<String> response = send(to(path).POST(HttpRequest.BodyPublishers.ofString("{}")));

        assertProblem(response, 405);
        assertThat(header(response, "Allow")).isEqualTo("GET, HEAD");
    }

    @Test
    void aBodyBeyondTheLimitIsRefused() throws Exception {
        String body = "x".repeat(BODY_BYTES_MAX + 1);

        assertProblem(send(to("/metrics").POST(HttpRequest.BodyPublishers.ofString(body))), 413);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/../io/coppice/observe/AdminServer.class",
                "/examples/../../io/coppice/observe/AdminServer.class",
                "/examples/%2e%2e/%2e%2e/logback.xml",
                "/examples/..%2f..%2flogback.xml",
                "/examples/..\\..\\logback.xml",
                "//etc/passwd",
                "/./index.html",
                "/examples/%00.html"
            })
    @Hostile("B84")
    void noPathLeadsOutOfTheFolderOfPages(String path) throws Exception {
        // A raw socket, because a well-meaning client would tidy the path up first.
        try (Socket socket = new Socket("127.0.0.1", port)) {
            String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            assertThat(in.readLine()).matches("HTTP/1.1 (400|404) .*");
        }
    }
}
