package io.coppice.observe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.coppice.blackbox.Hostile;
import io.coppice.port.AdminGate;
import io.coppice.port.AdminRole;
import io.micrometer.core.instrument.Gauge;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Route;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who gets past the door of the admin port, whoever answers behind it. */
@Timeout(60)
@ExtendWith(VertxExtension.class)
final class AdminGuardTest {
    private static final String PASSWORD = "geheim";

    private final AtomicLong now = new AtomicLong(1_000_000_000_000L);
    private final Users users = new Users();
    private final Lines audit = new Lines();
    private final Metrics metrics = new Metrics();
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<AdminServer> servers = new ArrayList<>();
    private final List<Metrics> shown = new ArrayList<>();
    private Vertx vertx;
    private int port;

    /** Users are called as their roles, and tokens too. */
    private static final class Users implements AdminGate {
        private boolean some = true;
        private @Nullable Verdict always;

        @Override
        public boolean hasUsers() {
            return some;
        }

        @Override
        public boolean hasTokens() {
            return some;
        }

        @Override
        public boolean knows(String user) {
            return AdminRole.of(user).isPresent();
        }

        @Override
        public void password(String user, byte[] password, Consumer<Verdict> then) {
            Verdict verdict = AdminRole.of(user)
                    .filter(role -> new String(password, UTF_8).equals(PASSWORD))
                    .map(role -> Verdict.right(new Operator(user, Proof.PASSWORD, role)))
                    .orElse(Verdict.WRONG);
            then.accept(always == null ? verdict : always);
        }

        @Override
        public @Nullable Operator token(String token) {
            return AdminRole.of(token)
                    .map(role -> new Operator("token-" + token, Proof.TOKEN, role))
                    .orElse(null);
        }
    }

    private static final class Lines implements Audit {
        private final List<JsonObject> written = new CopyOnWriteArrayList<>();
        private volatile String fault = "";

        @Override
        public void before(String line, Consumer<String> then) {
            note(line);
            then.accept(fault);
        }

        @Override
        public void note(String line) {
            if (fault.isEmpty()) {
                written.add(new JsonObject(line));
            }
        }

        @Override
        public String fault() {
            return fault;
        }

        @Override
        public long lost() {
            return 0;
        }

        @Override
        public void close() {}
    }

    @BeforeEach
    void start(Vertx given) {
        vertx = given;
        port = start();
    }

    private AdminServer server(String... sets) {
        return new AdminServer(
                AdminPorts.settings(now::get, sets),
                new AdminServer.Doors(users, audit, () -> Set.of("node.example.com", "*.wild.example.com")),
                new AdminServer.Shown(
                        shown(servers.isEmpty() ? metrics : new Metrics()),
                        new Health(List.of()),
                        new ClusterResource(() -> null),
                        new BackupResource(() -> null),
                        new ApiResource(),
                        List::of));
    }

    private Metrics shown(Metrics of) {
        shown.add(of);
        return of;
    }

    private int start(String... sets) {
        List<String> all = new ArrayList<>(List.of("admin.port=0"));
        all.addAll(List.of(sets));
        AdminServer server = server(all.toArray(String[]::new));
        servers.add(server);
        return server.start(vertx, null)
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    @AfterEach
    void stop() {
        servers.forEach(server ->
                server.stop().toCompletionStage().toCompletableFuture().join());
        metrics.close();
    }

    private HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
    }

    private static String basic(String user, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(UTF_8));
    }

    private HttpRequest.Builder as(String user, String path) {
        return to(path).header("Authorization", basic(user, PASSWORD));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpRequest.Builder post(HttpRequest.Builder to, String type) {
        HttpRequest.Builder post = to.POST(HttpRequest.BodyPublishers.ofString(""));
        return type.isEmpty() ? post : post.header("Content-Type", type);
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    /** The head of the answer to what no well-meaning client would send. */
    private String raw(String request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.getOutputStream().write((request + "Connection: close\r\n\r\n").getBytes(UTF_8));
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }

    private static void assertProblem(HttpResponse<String> response, int status, String detail) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(header(response, "Content-Type")).isEqualTo("application/problem+json");
        JsonObject problem = new JsonObject(response.body());
        assertThat(problem.getInteger("status")).isEqualTo(status);
        assertThat(problem.getString("detail")).contains(detail);
    }

    private double counted(String meter) {
        return metrics.scrape(Metrics.TEXT)
                .lines()
                .filter(line -> line.startsWith(meter + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .findFirst()
                .orElseThrow();
    }

    // --- the table

    /** What the router knows is in the table, and what is in the table is answered by the router. */
    @Test
    @Hostile("B84")
    void noRouteIsWithoutARole() {
        List<Route> routes = server("admin.port=0").router(vertx).getRoutes();

        List<AdminRoute> entries = routes.stream()
                .map(route -> route.<AdminRoute>getMetadata(AdminRouter.ENTRY))
                .filter(Objects::nonNull)
                .toList();
        assertThat(entries).containsExactly(AdminRoute.values());
        assertThat(routes.stream().filter(route -> route.getMetadata(AdminRouter.ENTRY) == null))
                .as("the greeting in front, and what tells that there is nothing")
                .hasSize(2)
                .allMatch(route -> route.getPath() == null);
    }

    @Test
    void aTableThatIsNotAnsweredWholeIsRefused() {
        AdminRouter router = new AdminRouter(vertx, guard(), 1_000);
        router.add(AdminRoute.METRICS, ctx -> {});

        assertThatThrownBy(router::whole)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("IMPORT");
        assertThatThrownBy(() -> router.add(AdminRoute.METRICS, ctx -> {}))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private AdminGuard guard() {
        return new AdminGuard(
                vertx,
                new AdminGuard.Rules(
                        users,
                        new CrossSite(Set.of(), Set::of, List.of()),
                        Set.of(),
                        new WrongTries(1, 1, 1),
                        audit,
                        new AdminCounts(new Metrics().registry(), audit),
                        1,
                        now::get,
                        ""));
    }

    private static String pathOf(AdminRoute route) {
        String path = route.path().replaceAll("\\{[a-zA-Z]+}", "some");
        return path.equals("/*") ? "/" : path;
    }

    private HttpRequest.Builder by(AdminRoute route, HttpRequest.Builder request) {
        return route.method().equals(HttpMethod.GET)
                ? request
                : request.method(route.method().name(), HttpRequest.BodyPublishers.ofString("{}"))
                        .header("Content-Type", "application/x-ndjson");
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PAGES")
    void everyRouteAsksWhoOneIsAndHoldsTheRoleAgainstItsOwn(AdminRoute route) throws Exception {
        String path = pathOf(route);

        assertThat(send(by(route, to(path))).statusCode()).isEqualTo(401);
        assertThat(send(by(route, to(path).header("Authorization", "Bearer nobody")))
                        .statusCode())
                .isEqualTo(401);
        for (AdminRole role : AdminRole.values()) {
            boolean allowed = role.includes(route.role());
            for (String proof : List.of(basic(role.word(), PASSWORD), "Bearer " + role.word())) {
                HttpResponse<String> answer = send(by(route, to(path).header("Authorization", proof)));
                if (allowed) {
                    assertThat(answer.statusCode()).isNotIn(401, 403, 404, 405);
                } else {
                    assertProblem(
                            answer,
                            403,
                            "this needs the role " + route.role().word() + ", and yours is " + role.word());
                }
            }
        }
    }

    /** Other spellings of a path lead to the same role, or nowhere. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/export/",
                "//api/v1/export",
                "/api//v1/export",
                "/x/../api/v1/export",
                "/api/v1/./export",
                "/api/v1/%65xport",
                "/%61pi/v1/export",
                "/api%2fv1%2fexport",
                "/API/v1/export",
                "/api/v1/export;x=1",
                "/api/v1/export?x"
            })
    @Hostile("B84")
    void noSpellingOfAPathComesAroundItsRole(String path) throws Exception {
        String answer = raw(
                "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: " + basic("viewer", PASSWORD) + "\r\n");

        assertThat(answer).matches("(?s)HTTP/1.1 (403|404|400) .*");
        assertThat(raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n"))
                .as("what leads to no route is looked for among the pages, which are for strangers")
                .matches("(?s)HTTP/1.1 (401|404|400) .*");
    }

    @ParameterizedTest
    @CsvSource({"GET, /api/v1/nothing", "POST, /api/v1/nothing", "DELETE, /api/v1/cluster", "OPTIONS, /"})
    void whatIsNotThereIsToldToThoseWhoMayRead(String method, String path) throws Exception {
        HttpRequest.BodyPublisher none = HttpRequest.BodyPublishers.noBody();
        assertThat(send(to(path).method(method, none)).statusCode()).isEqualTo(401);
        assertThat(send(as("viewer", path).method(method, none)).statusCode()).isIn(404, 405);
    }

    // --- who one is

    @Test
    void whoIsUnknownIsToldHowToSayIt() throws Exception {
        HttpResponse<String> answer = send(to("/api/v1/cluster"));

        assertProblem(answer, 401, "nobody is said to ask; allowed: a user of admin.users-file");
        assertThat(answer.headers().allValues("WWW-Authenticate"))
                .containsExactly("Basic realm=\"coppice\", charset=\"UTF-8\"", "Bearer realm=\"coppice\"");
        assertThat(audit.written).as("a browser that was not asked yet").isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Basic",
                "Basic ",
                "Basic !!!",
                "Basic YWRtaW4=",
                "Basic /zpnZWhlaW0=",
                "Bearer",
                "Bearer ",
                "Digest x",
                "admin:geheim",
                "Basic YWRtaW46ZmFsc2No"
            })
    void whatDoesNotProveItIsRefused(String shown) throws Exception {
        assertThat(raw("GET /metrics HTTP/1.1\r\nHost: localhost\r\nAuthorization: " + shown + "\r\n"))
                .startsWith("HTTP/1.1 401 ");
        assertThat(counted("mqtt_admin_authn_total{result=\"failure\"}")).isEqualTo(1);
    }

    @Test
    void twoWhoAskAreNobody() throws Exception {
        String right = "Authorization: " + basic("admin", PASSWORD) + "\r\n";
        assertThat(raw("GET /metrics HTTP/1.1\r\nHost: localhost\r\n" + right + right))
                .startsWith("HTTP/1.1 401 ");
        assertThat(raw("GET /metrics HTTP/1.1\r\nHost: localhost\r\n" + right)).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void oneIsToldWhoOneIs() throws Exception {
        assertThat(new JsonObject(send(as("operator", "/api/v1/whoami")).body()))
                .isEqualTo(new JsonObject("{\"name\":\"operator\",\"role\":\"operator\",\"proof\":\"password\"}"));
        assertThat(new JsonObject(send(to("/api/v1/whoami").header("Authorization", "bearer viewer"))
                        .body()))
                .isEqualTo(new JsonObject("{\"name\":\"token-viewer\",\"role\":\"viewer\",\"proof\":\"token\"}"));
    }

    @Test
    void aBusyCheckerIsSaidToBeOne() throws Exception {
        users.always = AdminGate.Verdict.BUSY;
        HttpResponse<String> answer = send(as("admin", "/metrics"));
        assertProblem(answer, 503, "too many passwords are being checked");
        assertThat(header(answer, "Retry-After")).isEqualTo("1");
        users.always = AdminGate.Verdict.FAILED;
        assertThat(send(as("admin", "/metrics")).statusCode()).isEqualTo(503);
    }

    // --- wrong tries

    @Test
    void whoTriesPasswordsHasToWaitLongerAndLonger() throws Exception {
        for (int i = 0; i < 10; i++) {
            assertThat(send(to("/metrics").header("Authorization", basic("admin", "" + i)))
                            .statusCode())
                    .isEqualTo(401);
        }
        HttpResponse<String> blocked = send(as("admin", "/metrics"));
        assertProblem(blocked, 429, "try again in 1 s");
        assertThat(header(blocked, "Retry-After")).isEqualTo("1");
        assertThat(send(to("/metrics").header("Authorization", "Bearer wrong")).statusCode())
                .isEqualTo(429);
        assertThat(send(to("/metrics").header("Authorization", "Bearer viewer")).statusCode())
                .as("a right token, which nobody can guess")
                .isEqualTo(200);
        now.addAndGet(1_000);
        assertThat(send(to("/metrics").header("Authorization", "Bearer wrong")).statusCode())
                .isEqualTo(401);
        assertThat(header(send(as("admin", "/metrics")), "Retry-After")).isEqualTo("2");
        now.addAndGet(2_000);
        assertThat(send(as("admin", "/metrics")).statusCode()).isEqualTo(200);
        assertThat(counted("mqtt_admin_authn_total{result=\"failure\"}")).isEqualTo(11);
        assertThat(counted("mqtt_admin_authn_total{result=\"blocked\"}")).isEqualTo(3);
        assertThat(counted("mqtt_admin_authn_total{result=\"success\"}")).isEqualTo(2);
    }

    @Test
    void wrongTriesAreWrittenDownWithUsersThatExistAndWithoutWhatTheyTried() throws Exception {
        send(to("/metrics").header("Authorization", basic("admin", "falsch")));
        send(to("/metrics").header("Authorization", basic("falsch", "admin")));
        send(to("/metrics").header("Authorization", "Bearer falsch"));

        assertThat(audit.written).hasSize(3).allSatisfy(line -> {
            assertThat(line.getString("event")).isEqualTo("refused");
            assertThat(line.getInteger("status")).isEqualTo(401);
            assertThat(line.encode()).doesNotContain("falsch");
        });
        assertThat(audit.written.get(0).getString("claimed")).isEqualTo("admin");
        assertThat(audit.written.get(1).containsKey("claimed")).isFalse();
    }

    @Test
    void strangersCannotFillTheAudit() throws Exception {
        port = start("limits.admin-wrong-tries-max=100000");
        for (int i = 0; i < 150; i++) {
            send(to("/metrics").header("Authorization", "Bearer falsch"));
        }
        assertThat(audit.written).hasSize(100);
        now.addAndGet(1_000);
        send(to("/metrics").header("Authorization", "Bearer falsch"));
        assertThat(audit.written).hasSize(101);
        assertThat(audit.written.get(100).getString("why")).contains("and 50 refusals before it were left out");
    }

    // --- for whom, and from where

    @ParameterizedTest
    @CsvSource({
        "localhost, 200",
        "LOCALHOST:1, 200",
        "127.0.0.1, 200",
        "10.1.2.3:8080, 200",
        "[fe80::1]:8080, 200",
        "node.example.com, 200",
        "Node.Example.com:8080, 200",
        "a.wild.example.com, 200",
        "proxy.example.com, 200",
        "a.b.wild.example.com, 421",
        "wild.example.com, 421",
        "evil.example, 421",
        "127.0.0.1.evil.example, 421",
        "node.example.com.evil.example, 421"
    })
    void aRequestForAnotherHostIsRefused(String host, int status) throws Exception {
        port = start("admin.names=Proxy.example.com");
        for (String path : List.of("/metrics", "/api/v1/whoami")) {
            assertThat(raw("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nAuthorization: "
                            + basic("admin", PASSWORD) + "\r\n"))
                    .startsWith("HTTP/1.1 " + status + " ");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Origin: https://evil.example | 403",
                "Origin: null | 403",
                "Origin: http://localhost:1 | 403",
                "Sec-Fetch-Site: cross-site | 403",
                "Sec-Fetch-Site: same-site | 403",
                "Origin: http://localhost | 503",
                "Origin: https://localhost | 503",
                "Sec-Fetch-Site: same-origin | 503",
                "Sec-Fetch-Site: none | 503",
                "Origin: https://console.example.com | 503",
                "Origin: https://console.example.com & Sec-Fetch-Site: cross-site | 503"
            })
    void noPageOfAnotherSiteChangesAnything(String header, int status) throws Exception {
        port = start("admin.cors-origins=https://console.example.com");
        String shown = "Host: localhost\r\nAuthorization: " + basic("admin", PASSWORD) + "\r\n"
                + header.replace(" & ", "\r\n") + "\r\n";

        assertThat(raw("POST /api/v1/import HTTP/1.1\r\nContent-Length: 0\r\nContent-Type: application/x-ndjson\r\n"
                        + shown))
                .startsWith("HTTP/1.1 " + status + " ");
        assertThat(raw("GET /api/v1/export HTTP/1.1\r\n" + shown)).startsWith("HTTP/1.1 " + status + " ");
    }

    /** 415 is the answer behind the door. */
    @ParameterizedTest
    @CsvSource({
        "'', '', 403",
        "text/plain, '', 403",
        "TEXT/PLAIN;charset=utf-8, '', 403",
        "application/x-www-form-urlencoded, '', 403",
        "multipart/form-data; boundary=x, '', 403",
        "text/plain, 1, 415",
        "'', 1, 415",
        "application/json, '', 415"
    })
    void whatAFormCouldSendWithAPasswordIsRefused(String type, String header, int status) throws Exception {
        HttpRequest.Builder byPassword = as("admin", "/api/v1/import");
        HttpRequest.Builder byToken = to("/api/v1/import").header("Authorization", "Bearer admin");
        if (!header.isEmpty()) {
            byPassword.header("X-Coppice-Request", header);
        }
        assertThat(send(post(byPassword, type)).statusCode()).isEqualTo(status);
        assertThat(send(post(byToken, type)).statusCode())
                .as("no browser adds a token by itself")
                .isEqualTo(415);
    }

    @Test
    @Hostile("B84")
    void pagesOfOtherSitesReadOnlyWhatTheirOriginIsAllowed() throws Exception {
        String preflight =
                "OPTIONS /api/v1/import HTTP/1.1\r\nHost: localhost\r\nAccess-Control-Request-Method: POST\r\n";
        assertThat(raw(preflight + "Origin: https://console.example.com\r\n"))
                .startsWith("HTTP/1.1 403 ")
                .doesNotContainIgnoringCase("access-control-allow");

        port = start("admin.cors-origins=https://console.example.com");
        assertThat(raw(preflight + "Origin: https://evil.example\r\n"))
                .startsWith("HTTP/1.1 403 ")
                .doesNotContainIgnoringCase("access-control-allow");
        assertThat(raw(preflight + "Origin: https://console.example.com\r\n").toLowerCase(Locale.ROOT))
                .startsWith("http/1.1 204 ")
                .contains("access-control-allow-origin: https://console.example.com\r\n")
                .contains("access-control-allow-headers: authorization, content-type, x-coppice-request\r\n")
                .contains("vary: origin")
                .doesNotContain("allow-credentials");
        for (String path : List.of("/api/v1/whoami", "/api/v1/nothing")) {
            assertThat(header(
                            send(as("viewer", path).header("Origin", "https://console.example.com")),
                            "Access-Control-Allow-Origin"))
                    .isEqualTo("https://console.example.com");
            assertThat(header(
                            send(as("viewer", path).header("Origin", "https://evil.example")),
                            "Access-Control-Allow-Origin"))
                    .isEmpty();
        }
    }

    @Test
    void everyAnswerSaysToBrowsersWhatTheyMayNot() throws Exception {
        for (HttpRequest.Builder request :
                List.of(to("/"), as("viewer", "/"), as("viewer", "/api/v1/export"), as("viewer", "/nothing"))) {
            HttpResponse<String> answer = send(request);
            assertThat(header(answer, "Content-Security-Policy"))
                    .contains("default-src 'none'", "frame-ancestors 'none'");
            assertThat(header(answer, "X-Content-Type-Options")).isEqualTo("nosniff");
            assertThat(header(answer, "X-Frame-Options")).isEqualTo("DENY");
            assertThat(header(answer, "Referrer-Policy")).isEqualTo("no-referrer");
            assertThat(header(answer, "Cache-Control")).isIn("no-store", "no-cache");
        }
        assertThat(header(send(as("viewer", "/api/v1/whoami")), "Cache-Control"))
                .isEqualTo("no-store");
    }

    // --- what is open

    @ParameterizedTest
    @CsvSource({"health, 200, 401", "metrics, 401, 200", "'health,metrics', 200, 200", "'', 401, 401"})
    void healthAndMetricsAreOpenWhereThatIsSaid(String open, int health, int scraped) throws Exception {
        port = start("admin.open=" + open);

        assertThat(send(to("/health/ready")).statusCode()).isEqualTo(health);
        assertThat(send(to("/metrics")).statusCode()).isEqualTo(scraped);
        assertThat(raw("GET /health/live HTTP/1.1\r\nHost: whatever\r\n"))
                .startsWith("HTTP/1.1 " + (health == 200 ? 200 : 421) + " ");
        assertThat(send(to("/api/v1/cluster")).statusCode()).isEqualTo(401);
        assertThat(send(to("/examples/settings.json")).statusCode()).isEqualTo(401);
    }

    @Test
    @Hostile("B84")
    void pagesAreForStrangersAndNothingElseIs() throws Exception {
        assertThat(send(to("/")).statusCode()).isEqualTo(200);
        assertThat(send(to("/examples/js/plot.js")).statusCode()).isEqualTo(200);
        assertThat(send(to("/nothing")).statusCode()).isEqualTo(404);
        assertThat(send(post(to("/"), "text/plain")).statusCode()).isEqualTo(401);
        assertThat(raw("GET / HTTP/1.1\r\nHost: evil.example\r\n")).startsWith("HTTP/1.1 421 ");
        assertThat(Stream.of(AdminRoute.values()).filter(AdminRoute::isForStrangers))
                .containsExactly(AdminRoute.PAGES);
    }

    /** 503 is the answer behind the door. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Origin: http://localhost & Sec-Fetch-Site: same-origin & X-Coppice-Request: 1 | 503",
                "Sec-Fetch-Site: same-origin & X-Coppice-Request: 1 | 503",
                "Sec-Fetch-Site: none | 503",
                "Sec-Fetch-Site: same-origin | 403",
                "Origin: http://localhost | 403",
                "Origin: http://localhost:1 & X-Coppice-Request: 1 | 403",
                "Origin: null & X-Coppice-Request: 1 | 403",
                "Sec-Fetch-Site: same-site & X-Coppice-Request: 1 | 403",
                "Sec-Fetch-Site: cross-site & X-Coppice-Request: 1 | 403",
                "Origin: http://localhost & Sec-Fetch-Site: cross-site & X-Coppice-Request: 1 | 403"
            })
    @Hostile("B84")
    void withoutUsersOfAllPagesOurOwnMayChangeSomething(String headers, int status) throws Exception {
        users.some = false;
        String shown = "Host: localhost\r\n" + headers.replace(" & ", "\r\n") + "\r\n";

        assertThat(raw("POST /api/v1/import HTTP/1.1\r\nContent-Length: 0\r\nContent-Type: application/x-ndjson\r\n"
                        + shown))
                .startsWith("HTTP/1.1 " + status + " ");
        assertThat(raw("GET /api/v1/export HTTP/1.1\r\n" + shown)).startsWith("HTTP/1.1 " + status + " ");
        assertThat(raw("GET /api/v1/export HTTP/1.1\r\n" + shown.replace("localhost", "evil.example")))
                .startsWith("HTTP/1.1 403 ");
    }

    @Test
    void withoutUsersWhoIsOnThisMachineMayDoEverything() throws Exception {
        users.some = false;

        assertThat(new JsonObject(send(to("/api/v1/whoami")).body()))
                .isEqualTo(new JsonObject("{\"name\":\"loopback\",\"role\":\"admin\",\"proof\":\"loopback\"}"));
        assertThat(send(post(to("/api/v1/import"), "application/x-ndjson")).statusCode())
                .isEqualTo(503);
        assertThat(raw("GET /api/v1/cluster HTTP/1.1\r\nHost: evil.example\r\n"))
                .startsWith("HTTP/1.1 421 ");
        assertThat(send(to("/api/v1/export").header("Origin", "http://localhost:" + port))
                        .statusCode())
                .isEqualTo(403);
    }

    // --- what is written down

    @Test
    void aChangeIsWrittenDownBeforeAndAfterIt() throws Exception {
        send(post(as("admin", "/api/v1/import?replace=true&token=secret"), "application/x-ndjson"));

        await().until(() -> audit.written.size() == 2);
        JsonObject begun = audit.written.get(0);
        assertThat(begun.fieldNames())
                .containsExactly(
                        "time", "event", "node", "request", "address", "method", "path", "query", "who", "proof",
                        "role");
        assertThat(begun.getString("time")).isEqualTo("2001-09-09T01:46:40Z");
        assertThat(begun.getString("event")).isEqualTo("begun");
        assertThat(begun.getString("node")).isEqualTo("alder");
        assertThat(begun.getString("address")).isEqualTo("127.0.0.1");
        assertThat(begun.getString("method")).isEqualTo("POST");
        assertThat(begun.getString("path")).isEqualTo("/api/v1/import");
        assertThat(begun.getJsonObject("query"))
                .isEqualTo(new JsonObject().put("replace", "true").put("token", "…"));
        assertThat(begun.getString("who")).isEqualTo("admin");
        assertThat(begun.getString("proof")).isEqualTo("password");
        JsonObject ended = audit.written.get(1);
        assertThat(ended.getString("event")).isEqualTo("ended");
        assertThat(ended.getInteger("status"))
                .as("a parameter that is not known")
                .isEqualTo(400);
        assertThat(ended.getLong("request")).isEqualTo(begun.getLong("request"));
        assertThat(ended.getString("who")).isEqualTo("admin");
    }

    @Test
    void readingIsNotWrittenDownButSecretsAre() throws Exception {
        send(as("admin", "/api/v1/cluster"));
        send(as("admin", "/metrics"));
        assertThat(audit.written).isEmpty();
        send(as("admin", "/api/v1/export"));
        await().until(() -> audit.written.size() == 2);
    }

    @Test
    void whoMayNotIsWrittenDownWhereItWouldBe() throws Exception {
        send(as("viewer", "/api/v1/export"));
        send(post(as("operator", "/api/v1/import"), "application/x-ndjson"));
        send(to("/api/v1/export"));
        send(post(as("admin", "/api/v1/import"), "text/plain"));

        assertThat(audit.written.stream()
                        .map(line -> line.getString("event") + " " + line.getInteger("status") + " "
                                + line.getString("who")))
                .containsExactly("refused 403 viewer", "refused 403 operator", "refused 401 null", "refused 403 admin");
        assertThat(counted("mqtt_admin_refused_total{reason=\"role\"}")).isEqualTo(2);
        assertThat(counted("mqtt_admin_refused_total{reason=\"site\"}")).isEqualTo(1);
    }

    @Test
    void whatCannotBeWrittenDownIsNotDone() throws Exception {
        audit.fault = "the disk is full";
        assertProblem(
                send(post(as("admin", "/api/v1/import"), "text/csv")),
                503,
                "nothing was done, since the audit fails: the disk is full");
        assertThat(send(as("admin", "/api/v1/whoami")).statusCode()).isEqualTo(200);
        assertThat(counted("mqtt_admin_refused_total{reason=\"audit\"}")).isEqualTo(1);
        assertThat(counted("mqtt_admin_audit_refuses")).isEqualTo(1);
        audit.fault = "";
        assertThat(send(post(as("admin", "/api/v1/import"), "text/csv")).statusCode())
                .isEqualTo(415);
        assertThat(counted("mqtt_admin_audit_refuses")).isZero();
    }

    // --- limits

    @Test
    void aBodyBeyondTheLimitIsNotTaken() throws Exception {
        port = start("limits.admin-body-bytes-max=1024");
        HttpRequest.BodyPublisher body = HttpRequest.BodyPublishers.ofString("x".repeat(1_025));

        assertProblem(send(as("admin", "/metrics").method("GET", body)), 413, "allowed: up to 1024 bytes");
        assertProblem(send(as("admin", "/nothing").POST(body)), 413, "allowed: up to 1024 bytes");
        assertThat(send(to("/metrics").method("GET", body)).statusCode())
                .as("of nobody")
                .isEqualTo(401);
    }

    @Test
    void connectionsBeyondTheLimitAreClosed() throws Exception {
        port = start("limits.admin-connections-max=4");
        List<Socket> open = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                Socket socket = new Socket("127.0.0.1", port);
                open.add(socket);
                socket.getOutputStream().write("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(UTF_8));
                assertThat(socket.getInputStream().read()).isEqualTo('H');
            }
            try (Socket more = new Socket("127.0.0.1", port)) {
                assertThat(more.getInputStream().read()).isEqualTo(-1);
            }
            open.get(0).close();
            await().untilAsserted(() -> assertThat(raw("GET /metrics HTTP/1.1\r\nHost: localhost\r\n"))
                    .startsWith("HTTP/1.1 401 "));
        } finally {
            for (Socket socket : open) {
                socket.close();
            }
        }
    }

    @Test
    void fourMayScrapeAtOnce() throws Exception {
        port = start("admin.open=metrics");
        CompletableFuture<Void> hold = new CompletableFuture<>();
        Gauge.builder("holding", () -> hold.thenApply(held -> 1).join())
                .register(shown.get(shown.size() - 1).registry());
        List<CompletableFuture<Integer>> statuses = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            statuses.add(client.sendAsync(to("/metrics").build(), HttpResponse.BodyHandlers.discarding())
                    .thenApply(HttpResponse::statusCode));
        }
        await().until(() -> statuses.stream().anyMatch(CompletableFuture::isDone));
        hold.complete(null);
        assertThat(statuses.stream().map(CompletableFuture::join)).containsExactlyInAnyOrder(200, 200, 200, 200, 503);
        assertThat(send(to("/metrics")).statusCode()).isEqualTo(200);
    }

    @Test
    void oneAddressHasAQuarterOfTheConnections() {
        ConnectionLimit limit = new ConnectionLimit("admin", 8, new Metrics().registry());

        assertThat(limit.enter("a", false)).isTrue();
        assertThat(limit.enter("a", false)).isTrue();
        assertThat(limit.enter("a", false)).isFalse();
        assertThat(limit.enter("b", false)).isTrue();
        for (int i = 0; i < 5; i++) {
            assertThat(limit.enter("here", true)).isTrue();
        }
        assertThat(limit.enter("here", true)).isFalse();
        limit.leave("a");
        assertThat(limit.enter("a", false)).isTrue();
        assertThat(limit.open()).isEqualTo(8);
    }

    @Test
    void rolesIncludeThoseBelow() {
        assertThat(EnumSet.allOf(AdminRole.class))
                .allSatisfy(role -> assertThat(Arrays.stream(AdminRole.values()).filter(role::includes))
                        .hasSize(role.ordinal() + 1));
    }
}
