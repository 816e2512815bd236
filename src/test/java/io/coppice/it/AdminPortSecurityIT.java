package io.coppice.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.coppice.Main;
import io.coppice.access.PasswordEdit;
import io.coppice.access.TokenEdit;
import io.coppice.blackbox.Hostile;
import io.coppice.pki.Authority;
import io.coppice.pki.Issued;
import io.coppice.pki.TlsClient;
import io.coppice.port.AdminRole;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** The admin port of a node that others reach: over TLS, for users and tokens, with an audit. */
@Timeout(180)
class AdminPortSecurityIT {
    private static final Authority AUTHORITY = Authority.root("Servers");
    private static final String PASSWORD = "geheim-4711";

    @TempDir
    private Path directory;

    private Path tls;
    private Path users;
    private Path tokens;
    private Path audit;
    private Path auditFile;
    private String token;
    private final HttpClient http = client(TlsClient.trusting(AUTHORITY));

    private static HttpClient client(TlsClient tls) {
        return HttpClient.newBuilder().sslContext(tls.context()).build();
    }

    @BeforeEach
    void makeFiles() throws Exception {
        tls = AUTHORITY.server("localhost").into(directory.resolve("tls"));
        users = directory.resolve("users");
        tokens = directory.resolve("tokens");
        audit = Files.createDirectory(directory.resolve("audit"));
        auditFile = audit.resolve("audit.jsonl");
        for (AdminRole role : AdminRole.values()) {
            user(role.word(), PASSWORD, role);
        }
        token = token("ci", AdminRole.ADMIN);
    }

    private void user(String name, String password, AdminRole role) throws Exception {
        PasswordEdit edit = PasswordEdit.open(users);
        edit.set(name, password.getBytes(UTF_8), PasswordEdit.Kind.PBKDF2, role);
        edit.save();
    }

    private String token(String name, AdminRole role) throws Exception {
        TokenEdit edit = TokenEdit.open(tokens);
        String made = edit.create(name, role, null);
        edit.save();
        return made;
    }

    private RunningNode node(String... further) throws Exception {
        List<String> settings = new ArrayList<>(List.of(
                "admin.host=0.0.0.0",
                "admin.tls.certificate=" + tls,
                "admin.users-file=" + users,
                "admin.tokens-file=" + tokens,
                "admin.audit-file=" + auditFile,
                "monitoring.enabled=true",
                "monitoring.port=0",
                "security.reload-interval=50ms"));
        settings.addAll(List.of(further));
        return RunningNode.start(settings.toArray(String[]::new));
    }

    private static HttpRequest.Builder to(RunningNode node, String path) {
        return HttpRequest.newBuilder(URI.create("https://localhost:" + node.admin() + path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> as(RunningNode node, String authorization, String path) throws Exception {
        return send(to(node, path).header("Authorization", authorization));
    }

    private static String basic(String user, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(UTF_8));
    }

    private HttpResponse<String> plain(RunningNode node, String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + node.node().port("monitoring") + path);
        return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }

    private List<JsonObject> lines() throws IOException {
        return Files.readAllLines(auditFile).stream().map(JsonObject::new).toList();
    }

    // --- who gets in

    @Test
    @Hostile("B84")
    void whoHasARoleIsAnsweredOverTlsAndNobodyElseIs() throws Exception {
        try (RunningNode node = node()) {
            assertThat(send(to(node, "/api/v1/cluster")).statusCode()).isEqualTo(401);
            for (String path : List.of("/metrics", "/health/ready", "/api/v1/figures")) {
                assertThat(send(to(node, path)).statusCode()).as(path).isEqualTo(401);
            }
            assertThat(as(node, basic("viewer", PASSWORD), "/api/v1/cluster").statusCode())
                    .isEqualTo(200);
            assertThat(as(node, basic("viewer", "x"), "/api/v1/cluster").statusCode())
                    .isEqualTo(401);
            assertThat(as(node, basic("nobody", PASSWORD), "/api/v1/cluster").statusCode())
                    .isEqualTo(401);
            assertThat(as(node, basic("operator", PASSWORD), "/api/v1/export").statusCode())
                    .isEqualTo(403);
            assertThat(as(node, basic("admin", PASSWORD), "/api/v1/export").body())
                    .contains("\"kind\":\"trailer\"");
            assertThat(as(node, "Bearer " + token, "/api/v1/whoami").body()).contains("\"ci\"");
            try (Socket unencrypted = new Socket("127.0.0.1", node.admin())) {
                unencrypted.getOutputStream().write("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(UTF_8));
                assertThat(new String(unencrypted.getInputStream().readAllBytes(), UTF_8))
                        .doesNotContain("HTTP/1.1 2");
            }
            for (String version : List.of("TLSv1.2", "TLSv1.3")) {
                try (Socket secured =
                        TlsClient.trusting(AUTHORITY).speaking(version).connect(node.admin())) {
                    secured.getOutputStream().write("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(UTF_8));
                    assertThat(secured.getInputStream().readNBytes(12))
                            .asString(UTF_8)
                            .isEqualTo("HTTP/1.1 401");
                }
            }
        }
    }

    @Test
    void aCallerMustShowACertificateWhereThatIsAsked() throws Exception {
        Authority people = Authority.root("People");
        Path authority = Issued.put(directory.resolve("people.pem"), people.pem());
        try (RunningNode node = node("admin.tls.client-ca=" + authority, "admin.tls.client-auth=required")) {
            assertThatThrownBy(() -> send(to(node, "/metrics"))).isInstanceOf(IOException.class);
            TlsClient showing = TlsClient.of(AUTHORITY, people.client("anna"));
            try (Socket secured = showing.connect(node.admin())) {
                secured.getOutputStream().write("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(UTF_8));
                assertThat(secured.getInputStream().readNBytes(12))
                        .asString(UTF_8)
                        .as("a password is asked for all the same")
                        .isEqualTo("HTTP/1.1 401");
            }
        }
    }

    @Test
    void monitoringIsOpenOnAPortOfItsOwnAndNothingElseIs() throws Exception {
        try (RunningNode node = node()) {
            assertThat(plain(node, "/metrics").body()).contains("mqtt_connections 0.0");
            for (String path : List.of("/health/startup", "/health/live", "/health/ready")) {
                assertThat(plain(node, path).statusCode()).isEqualTo(200);
            }
            for (String path : List.of("/", "/api/v1/cluster", "/api/v1/export", "/api/v1/whoami", "/examples/")) {
                assertThat(plain(node, path).statusCode()).as(path).isEqualTo(404);
            }
            assertThat(node.node().addresses()).containsKey("monitoring");
        }
        try (RunningNode node = node("monitoring.metrics=false")) {
            assertThat(plain(node, "/metrics").statusCode()).isEqualTo(404);
            assertThat(plain(node, "/health/live").statusCode()).isEqualTo(200);
        }
    }

    // --- what changes while the node serves

    @Test
    void usersTokensAndCertificatesAreTakenUpWhileTheNodeServes() throws Exception {
        try (RunningNode node = node()) {
            assertThat(as(node, basic("viewer", PASSWORD), "/metrics").statusCode())
                    .isEqualTo(200);
            PasswordEdit edit = PasswordEdit.open(users);
            edit.delete("viewer");
            edit.save();
            user("anna", "other-" + PASSWORD, AdminRole.VIEWER);
            await().until(() ->
                    as(node, basic("anna", "other-" + PASSWORD), "/metrics").statusCode() == 200);
            assertThat(as(node, basic("viewer", PASSWORD), "/metrics").statusCode())
                    .isEqualTo(401);

            TokenEdit revoking = TokenEdit.open(tokens);
            revoking.revoke("ci");
            revoking.save();
            await().until(() -> as(node, "Bearer " + token, "/api/v1/whoami").statusCode() == 401);

            Issued before = AUTHORITY.server("localhost");
            before.into(tls);
            TlsClient looking = TlsClient.trusting(AUTHORITY);
            await().untilAsserted(() -> assertThat(looking.shown(node.admin()).getSerialNumber())
                    .isEqualTo(before.certificate().getSerialNumber()));
            String series = "mqtt_cert_expiry_timestamp_seconds{certificate=\"" + tls + "\",listener=\"admin\"}";
            assertThat(RunningNode.sum(plain(node, "/metrics").body(), series))
                    .isEqualTo(before.certificate().getNotAfter().getTime() / 1_000);
            Issued.put(tls.resolve("tls.key"), "broken");
            Files.writeString(users, "broken");
            assertThat(looking.shown(node.admin()).getSerialNumber())
                    .isEqualTo(before.certificate().getSerialNumber());
            assertThat(as(node, basic("anna", "other-" + PASSWORD), "/metrics").statusCode())
                    .isEqualTo(200);
        }
    }

    // --- who tries passwords

    @Test
    void whoTriesPasswordsHasToWait() throws Exception {
        try (RunningNode node = node("limits.admin-wrong-tries-max=5", "admin.back-off-max=1h")) {
            for (int i = 0; i < 5; i++) {
                assertThat(as(node, basic("admin", "wrong-" + i), "/metrics").statusCode())
                        .isEqualTo(401);
            }
            HttpResponse<String> blocked = as(node, basic("admin", PASSWORD), "/metrics");
            assertThat(blocked.statusCode()).isEqualTo(429);
            assertThat(blocked.headers().firstValue("Retry-After")).contains("1");
            assertThat(as(node, "Bearer " + token, "/api/v1/whoami").statusCode())
                    .isEqualTo(200);
            await().until(() -> as(node, basic("admin", PASSWORD), "/metrics").statusCode() == 200);
            assertThat(RunningNode.sum(plain(node, "/metrics").body(), "mqtt_admin_authn_total{result=\"failure\"}"))
                    .isEqualTo(5);
        }
    }

    // --- what is written down

    @Test
    void changesAreWrittenDownAndRefusedWhileTheyCannotBe() throws Exception {
        try (RunningNode node = node()) {
            String backup = as(node, basic("admin", PASSWORD), "/api/v1/export").body();
            HttpRequest.Builder bringing = to(node, "/api/v1/import?replace=true")
                    .header("Content-Type", "application/x-ndjson")
                    .POST(HttpRequest.BodyPublishers.ofString(backup));
            assertThat(send(bringing.copy().setHeader("Authorization", "Bearer " + token))
                            .statusCode())
                    .isEqualTo(200);
            assertThat(send(bringing.copy().setHeader("Authorization", basic("operator", PASSWORD)))
                            .statusCode())
                    .isEqualTo(403);
            await().until(() -> lines().size() == 5);
            assertThat(lines().stream()
                            .map(line -> line.getString("event") + " " + line.getString("who") + " "
                                    + line.getString("method") + " " + line.getString("path") + " "
                                    + line.getInteger("status")))
                    .containsExactly(
                            "begun admin GET /api/v1/export null",
                            "ended admin GET /api/v1/export 200",
                            "begun ci POST /api/v1/import null",
                            "ended ci POST /api/v1/import 200",
                            "refused operator POST /api/v1/import 403");
            assertThat(lines()).allSatisfy(line -> {
                assertThat(line.getString("time")).matches("20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z");
                assertThat(line.getString("address")).isEqualTo("127.0.0.1");
                assertThat(line.getString("node")).isNotEmpty();
            });

            Path away = directory.resolve("away");
            Files.move(audit, away);
            HttpResponse<String> refused = send(bringing.copy().setHeader("Authorization", "Bearer " + token));
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body()).contains("nothing was done").contains("there is no such directory");
            assertThat(as(node, basic("viewer", PASSWORD), "/api/v1/cluster").statusCode())
                    .as("reading goes on")
                    .isEqualTo(200);
            HttpResponse<String> ready = plain(node, "/health/ready");
            assertThat(ready.statusCode()).as("clients are served").isEqualTo(200);
            assertThat(ready.body()).contains("\"DEGRADED\"").contains("changes are refused");
            assertThat(RunningNode.sum(plain(node, "/metrics").body(), "mqtt_admin_audit_refuses"))
                    .isEqualTo(1);

            Files.createDirectory(audit);
            await().until(() -> plain(node, "/health/ready").body().contains("\"name\":\"audit\",\"status\":\"UP\""));
            assertThat(send(bringing.copy().setHeader("Authorization", "Bearer " + token))
                            .statusCode())
                    .isEqualTo(200);
            await().until(() -> lines().size() == 2);
        }
    }

    /** With a real node behind the port, and what was done found in the audit. */
    @Test
    void rolesHoldForWhatIsDoneToClientsAndTheAuditTellsOfIt() throws Exception {
        try (RunningNode node = node()) {
            node.wire().connect5("lamp");
            String kick = "/api/v1/clients/lamp/connection?reason=server-busy";
            assertThat(as(node, basic("viewer", PASSWORD), "/api/v1/clients/lamp")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(as(node, basic("viewer", PASSWORD), "/api/v1/clients/lamp/queue")
                            .statusCode())
                    .isEqualTo(403);
            assertThat(delete(node, "viewer", kick).statusCode()).isEqualTo(403);
            assertThat(delete(node, "operator", "/api/v1/clients/lamp").statusCode())
                    .as("ending a session is for admins")
                    .isEqualTo(403);
            assertThat(send(to(node, kick)
                                    .header("Authorization", basic("operator", PASSWORD))
                                    .header("Origin", "https://elsewhere.example")
                                    .DELETE())
                            .statusCode())
                    .as("a page of another site")
                    .isEqualTo(403);
            assertThat(as(node, basic("viewer", PASSWORD), "/api/v1/clients/lamp")
                            .statusCode())
                    .as("nothing was done")
                    .isEqualTo(200);
            assertThat(delete(node, "operator", kick).statusCode()).isEqualTo(200);
            await().until(() -> lines().stream()
                    .anyMatch(line -> "ended".equals(line.getString("event")) && line.getInteger("status") == 200));

            assertThat(lines().stream()
                            .filter(line -> line.getString("path").endsWith("/connection"))
                            .map(line -> line.getString("event") + " " + line.getString("who") + " "
                                    + line.getJsonObject("query", new JsonObject())
                                            .getString("reason")))
                    .containsExactly(
                            "refused viewer server-busy",
                            "refused operator server-busy",
                            "begun operator server-busy",
                            "ended operator server-busy");
        }
    }

    private HttpResponse<String> delete(RunningNode node, String user, String path) throws Exception {
        return send(to(node, path)
                .header("Authorization", basic(user, PASSWORD))
                .header("X-Coppice-Request", "test")
                .DELETE());
    }

    @Test
    void aNodeThatCannotWriteItsAuditOrReadItsUsersDoesNotStart() throws Exception {
        assertThatThrownBy(() -> node("admin.audit-file="
                                + directory.resolve("none").resolve("audit"))
                        .close())
                .hasMessageContaining("admin.audit-file: ")
                .hasMessageContaining("there is no such directory");
        assertThatThrownBy(() -> node("admin.tls.certificate=" + directory.resolve("none"))
                        .close())
                .hasMessageContaining("admin.tls.certificate: ");
        Files.writeString(users, "anna:root:" + PASSWORD);
        assertThatThrownBy(() -> node().close())
                .hasMessageContaining(users + ":1: the role is not known")
                .hasMessageNotContaining(PASSWORD);
    }

    // --- secrets

    @Test
    void secretsAreNowhereButWhereTheyBelong() throws Exception {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        log.start();
        root.addAppender(log);
        StringBuilder seen = new StringBuilder();
        try (RunningNode node = node()) {
            for (String proof : List.of(
                    basic("admin", PASSWORD),
                    basic("admin", "wrong-" + PASSWORD),
                    "Bearer " + token,
                    "Bearer x" + token)) {
                for (String path :
                        List.of("/api/v1/whoami", "/api/v1/cluster", "/metrics", "/api/v1/export", "/nothing")) {
                    HttpResponse<String> answer = as(node, proof, path + "?token=" + token);
                    seen.append(answer.headers().map()).append(answer.body());
                }
            }
            seen.append(plain(node, "/metrics").body());
        } finally {
            root.detachAppender(log);
        }
        log.list.forEach(event -> seen.append(event.getFormattedMessage()));
        seen.append(Files.readString(auditFile));

        assertThat(seen)
                .contains("\"refused\"")
                .doesNotContain(PASSWORD)
                .doesNotContain(token)
                .doesNotContain(token.substring("coppice_".length()))
                .doesNotContain(basic("admin", PASSWORD).substring("Basic ".length()));
        for (String line : Files.readAllLines(users)) {
            assertThat(seen).doesNotContain(line.substring(line.lastIndexOf('$')));
        }
    }

    // --- the command line

    private record Ended(int status, String printed) {}

    private static Ended coppice(Map<String, String> environment, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder building = new ProcessBuilder(command).redirectErrorStream(true);
        building.environment().putAll(environment);
        Process process = building.start();
        process.getOutputStream().close();
        String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Ended(process.exitValue(), printed);
    }

    @Test
    void theCommandLineProvesWhoAsksByFileAndByEnvironment() throws Exception {
        String authority =
                Issued.put(directory.resolve("ca.pem"), AUTHORITY.pem()).toString();
        String password = Files.writeString(directory.resolve("password"), PASSWORD + "\n")
                .toString();
        String backup = directory.resolve("backup").toString();
        try (RunningNode node = node()) {
            String url = "https://localhost:" + node.admin();

            assertThat(coppice(
                            Map.of(),
                            "admin",
                            "whoami",
                            "--url",
                            url,
                            "--ca",
                            authority,
                            "--user",
                            "operator",
                            "--password-file",
                            password))
                    .isEqualTo(new Ended(0, "operator, operator, by password.\n"));
            Map<String, String> environment =
                    Map.of("COPPICE_ADMIN_URL", url, "COPPICE_ADMIN_CA", authority, "COPPICE_ADMIN_TOKEN", token);
            assertThat(coppice(environment, "admin", "whoami")).isEqualTo(new Ended(0, "ci, admin, by token.\n"));
            assertThat(coppice(environment, "admin", "export", backup).status()).isZero();
            assertThat(coppice(environment, "admin", "import", backup).printed())
                    .startsWith("Imported ");

            Ended nobody = coppice(Map.of(), "admin", "export", backup + "2", "--url", url, "--ca", authority);
            assertThat(nobody.status()).isEqualTo(3);
            assertThat(nobody.printed()).contains("Say who you are").contains("--user or --token-file");
            Ended untrusting = coppice(Map.of("COPPICE_ADMIN_TOKEN", token), "admin", "whoami", "--url", url);
            assertThat(untrusting.status()).isEqualTo(2);
            assertThat(untrusting.printed()).contains("--ca names who signed").doesNotContain(token);
            Ended inClear =
                    coppice(Map.of("COPPICE_ADMIN_TOKEN", token), "admin", "whoami", "--url", "http://192.0.2.1:8080");
            assertThat(inClear.status()).isEqualTo(1);
            assertThat(inClear.printed())
                    .contains("everybody on the way could read")
                    .doesNotContain(token);
        }
    }
}
