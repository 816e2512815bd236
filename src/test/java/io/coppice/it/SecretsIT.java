package io.coppice.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.coppice.ClassPath;
import io.coppice.access.PasswordEdit;
import io.coppice.access.ScramClient;
import io.coppice.access.TokenEdit;
import io.coppice.blackbox.FreePorts;
import io.coppice.pki.Authority;
import io.coppice.pki.Issued;
import io.coppice.port.AdminRole;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * No secret is said by anything that a node says: with everything logged that can be logged, each way in succeeds once and fails once,
 * and afterwards whatever was printed, answered or written down is searched for every secret that there was.
 */
@Timeout(240)
class SecretsIT {
    private static final int NAME_AND_PASSWORD = 0xC2;

    private final Map<String, String> secrets = new TreeMap<>();
    private final Map<String, String> said = new TreeMap<>();
    private final List<Process> processes = new ArrayList<>();

    @TempDir
    private Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private Stub stub;

    @BeforeEach
    void open() throws Exception {
        stub = Stub.plain();
        stub.body = "{\"result\":\"ignore\"}";
    }

    @AfterEach
    void close() throws Exception {
        stub.close();
        for (Process process : processes) {
            process.destroyForcibly();
            assertThat(process.waitFor(Peer.PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        }
    }

    // --- secrets, and what is searched for them

    private String secret(String what) {
        return secret(what, what.replace(' ', '-') + "+/" + UUID.randomUUID());
    }

    private String secret(String what, String value) {
        secrets.put(what, value);
        return value;
    }

    private Path file(String name, String content) throws Exception {
        return Files.writeString(directory.resolve(name), content);
    }

    /** A secret as it may be written: as it is, percent-encoded, in hexadecimal, and in Base64 wherever it begins in what is encoded. */
    private static List<String> forms(String secret) {
        List<String> forms = new ArrayList<>(List.of(
                secret,
                java.net.URLEncoder.encode(secret, UTF_8),
                java.util.HexFormat.of().formatHex(secret.getBytes(UTF_8))));
        for (String before : List.of("", "x", "xx")) {
            String encoded = Base64.getEncoder().encodeToString((before + secret).getBytes(UTF_8));
            String middle = encoded.substring(4, encoded.length() - 4);
            forms.add(middle);
            forms.add(middle.replace('+', '-').replace('/', '_'));
        }
        return forms;
    }

    private void assertNothingIsSaid() {
        List<String> leaks = new ArrayList<>();
        said.forEach((where, text) -> secrets.forEach((what, secret) -> {
            String small = text.toLowerCase(java.util.Locale.ROOT);
            if (forms(secret).stream().anyMatch(form -> small.contains(form.toLowerCase(java.util.Locale.ROOT)))) {
                leaks.add(what + " in " + where + ": " + line(text, secret));
            }
        }));
        assertThat(leaks).isEmpty();
    }

    private static String line(String text, String secret) {
        return text.lines().filter(each -> each.contains(secret)).findFirst().orElse("(encoded)");
    }

    // --- processes

    private Process coppice(String name, Map<String, String> environment, List<String> arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx200m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                ClassPath.withoutTests(), // whose logback-test.xml would come first
                "io.coppice.Main"));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve(name + ".out").toFile());
        builder.environment().keySet().removeIf(variable -> variable.startsWith("COPPICE_"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        processes.add(process);
        return process;
    }

    private String output(String name) throws Exception {
        return Files.readString(directory.resolve(name + ".out"));
    }

    private String failing(String name, Map<String, String> environment, List<String> arguments) throws Exception {
        Process process = coppice(name, environment, arguments);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(name).isTrue();
        assertThat(process.exitValue()).as(output(name)).isBetween(1, 2);
        said.put("the output of " + name, output(name));
        return output(name);
    }

    private int port(String name, String listener) throws Exception {
        Matcher ready = Pattern.compile("Coppice ready .*\\b" + listener + " 127\\.0\\.0\\.1:(\\d+)")
                .matcher(output(name));
        assertThat(ready.find()).isTrue();
        return Integer.parseInt(ready.group(1));
    }

    // --- ways in

    private int connect(String what, int port, int version, String user, byte[] password) throws Exception {
        byte[] behind = Wire.join(
                Wire.text(user), new byte[] {(byte) (password.length >> 8), (byte) password.length}, password);
        try (Wire wire = new Wire(port)) {
            Wire.Answer answer = wire.send(Wire.connectPacket(version, NAME_AND_PASSWORD, "client", behind))
                    .read();
            said.put("the answer to " + what + " in version " + version, new String(answer.body(), UTF_8));
            return answer.connectReason();
        }
    }

    private void connects(String what, int port, String user, String password, boolean right) throws Exception {
        for (int version : new int[] {4, 5}) {
            int reason = connect(what, port, version, user, password.getBytes(UTF_8));
            assertThat(reason == 0).as("%s: %d", what, reason).isEqualTo(right);
        }
    }

    private void scram(String what, int port, String user, String password, boolean right) throws Exception {
        ScramClient client = new ScramClient(user, password);
        byte[] method = Wire.join(new byte[] {0x15}, Wire.text("SCRAM-SHA-256"));
        try (Wire wire = new Wire(port)) {
            wire.send(Wire.connectPacket(5, 2, "scram", new byte[0], method, data(client.first())));
            byte[] first = wire.read(15).body();
            String server = new String(first, UTF_8);
            byte[] last = client.last(server.substring(server.indexOf("r=")).getBytes(UTF_8));
            wire.send(Wire.packet(0xF0, new byte[] {0x18}, Wire.block(method, data(last))));
            Wire.Answer answer = wire.read(Wire.CONNACK);
            said.put("the answer to " + what, new String(answer.body(), UTF_8));
            assertThat(answer.connectReason() == 0).as(what).isEqualTo(right);
        }
    }

    private static byte[] data(byte[] bytes) {
        return Wire.join(new byte[] {0x16, (byte) (bytes.length >> 8), (byte) bytes.length}, bytes);
    }

    private int ask(int admin, String method, String path, String authorization) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + admin + path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .header("X-Coppice-Request", "test")
                .header("Authorization", authorization)
                .build();
        HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
        said.merge(
                "the answers to " + method + " " + path.replaceAll("\\?.*", ""),
                answer.headers().map() + "\n" + answer.body(),
                String::concat);
        return answer.statusCode();
    }

    private static String basic(String user, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(UTF_8));
    }

    private String token(String key) throws Exception {
        SignedJWT token = new SignedJWT(
                new JWSHeader(JWSAlgorithm.HS256),
                new JWTClaimsSet.Builder()
                        .subject("anna")
                        .expirationTime(Date.from(Instant.now().plusSeconds(600)))
                        .build());
        token.sign(new MACSigner(key.getBytes(UTF_8)));
        return token.serialize();
    }

    // --- tests

    @Test
    void areSaidByNothingWhateverSucceedsAndFails() throws Exception {
        String password = secret("password");
        Path users = directory.resolve("users");
        PasswordEdit edit = PasswordEdit.open(users);
        edit.set("anna", password.getBytes(UTF_8), PasswordEdit.Kind.PBKDF2, null);
        edit.set("bert", password.getBytes(UTF_8), PasswordEdit.Kind.SCRAM, null);
        edit.save();
        hashes("users", users);

        String adminPassword = secret("password of an administrator");
        Path admins = directory.resolve("admins");
        PasswordEdit adminEdit = PasswordEdit.open(admins);
        adminEdit.set("root", adminPassword.getBytes(UTF_8), PasswordEdit.Kind.PBKDF2, AdminRole.ADMIN);
        adminEdit.save();
        hashes("admins", admins);
        Path tokens = directory.resolve("tokens");
        TokenEdit tokenEdit = TokenEdit.open(tokens);
        String adminToken = secret("token of an administrator", tokenEdit.create("ci", AdminRole.ADMIN, null));
        tokenEdit.save();

        String keyPassword = secret("password of a key store");
        Issued issued = Authority.root("Servers").server("localhost");
        Path keyStore = Files.write(directory.resolve("key.p12"), issued.pkcs12(keyPassword));
        List<String> key =
                issued.keyPem().lines().filter(line -> line.length() > 40).toList();
        for (int i = 0; i < key.size(); i++) {
            secret("private key, line " + i, key.get(i));
        }
        String jwtSecret = secret("key of tokens");
        String clusterSecret = secret("secret of the cluster");
        String jwt = secret("token", token(jwtSecret));
        String strangeJwt = secret("strange token", token(secret("another key of tokens")));
        String callToken = secret("bearer token", UUID.randomUUID().toString());
        String query = secret("query of a URL", UUID.randomUUID().toString());
        List<Integer> ports = FreePorts.of(4);
        Path audit = directory.resolve("audit.jsonl");
        Path config = file(
                "coppice.yaml",
                String.join(
                        "\n",
                        "node: {event-loops: 2, data: " + directory.resolve("data") + "}",
                        "listeners:",
                        "  mqtt: {port: 0}",
                        "  ws: {port: 0}",
                        "  mqtts: {port: 0, certificate: " + keyStore + ", key-password-file: "
                                + file("key-password", keyPassword) + "}",
                        "admin: {port: 0, users-file: " + admins + ", tokens-file: " + tokens + ", audit-file: " + audit
                                + "}",
                        "security:",
                        "  password-file: " + users,
                        "  reload-interval: 100ms",
                        "  jwt: {secret-file: " + file("jwt-secret", jwtSecret) + "}",
                        "  http: {authn-url: '" + stub.url("/authn?key=" + query) + "', token-file: "
                                + file("call-token", callToken)
                                + ", cache-time: 0, breaker-failures: 1, breaker-time: 100ms}",
                        "cluster: {mode: static, backups: 0, members: ['127.0.0.1:" + ports.get(0) + "'], port: "
                                + ports.get(0) + ", bus-port: " + ports.get(1) + "}",
                        "limits: {admin-wrong-tries-max: 1000}"));
        Process node = coppice(
                "node",
                Map.of(
                        "COPPICE_LOG_LEVEL", "trace",
                        "COPPICE_CLUSTER_SECRET_FILE",
                                file("cluster-secret", clusterSecret).toString(),
                        "COPPICE_ADMIN_TOKEN", secret("token of the command line", "t" + UUID.randomUUID())),
                List.of("--config", config.toString()));
        await().atMost(Duration.ofSeconds(90))
                .until(() -> !node.isAlive() || output("node").contains("Coppice ready"));
        assertThat(node.isAlive()).as(output("node")).isTrue();
        int mqtt = port("node", "mqtt");
        int admin = port("node", "admin");

        connects("a password", mqtt, "anna", password, true);
        connects("a wrong password", mqtt, "anna", secret("wrong password"), false);
        connects("a password of nobody", mqtt, "nobody", secret("password of nobody"), false);
        connects("a token", mqtt, "anna", jwt, true);
        connects("a strange token", mqtt, "anna", strangeJwt, false);
        connects(
                "a broken token",
                mqtt,
                "anna",
                secret("broken token", jwt.substring(0, jwt.length() - 9)) + "!",
                false);
        connects("no token", mqtt, "anna", secret("no token", "e30.e30." + UUID.randomUUID()), false);
        scram("a proof", mqtt, "bert", password, true);
        scram("a wrong proof", mqtt, "bert", secret("wrong password to prove"), false);
        assertThat(stub.asked)
                .isNotEmpty()
                .allSatisfy(each -> assertThat(each.authorization()).contains(callToken));
        stub.body = "{\"result\":\"" + secret("answer that is none") + "\"";
        connects("a question that is answered with nothing", mqtt, "carl", secret("password to ask about"), false);
        stub.close();
        await().until(() -> connect(
                        "a question to nobody",
                        mqtt,
                        5,
                        "carl",
                        secrets.get("password to ask about").getBytes(UTF_8))
                == 0x88);
        upgrade(port("node", "ws"));
        plainOnTls(port("node", "mqtts"), password);
        broken(mqtt, password);

        for (String path : List.of(
                "/",
                "/metrics",
                "/health",
                "/health/ready",
                "/api/v1/whoami",
                "/api/v1/cluster",
                "/api/v1/config",
                "/api/v1/export",
                "/api/v1/import")) {
            for (String method : List.of("GET", "POST")) {
                ask(admin, method, path, basic("root", adminPassword));
                ask(admin, method, path, "Bearer " + adminToken);
                ask(admin, method, path, basic("root", secret("wrong password of an administrator")));
                ask(
                        admin,
                        method,
                        path,
                        "Bearer " + secret("wrong token of an administrator", "w" + UUID.randomUUID()));
                ask(admin, method, path + "?token=" + adminToken, "Bearer x");
            }
        }
        assertThat(ask(admin, "GET", "/metrics", "Bearer " + adminToken)).isEqualTo(200);
        assertThat(ask(admin, "GET", "/api/v1/cluster", basic("root", adminPassword)))
                .isEqualTo(200);
        ask(admin, "GET", "/api/v1/cluster", secret("strange authorization"));

        joining(ports, secret("wrong secret of the cluster"));
        spoil(users, tokens, admins);

        said.put("the command line", Files.readString(Path.of("/proc/" + node.pid() + "/cmdline")));
        node.destroy();
        assertThat(node.waitFor(60, TimeUnit.SECONDS)).isTrue();
        said.put("the log", output("node"));
        said.put("the audit", Files.readString(audit));
        assertThat(said.get("the audit")).contains("wrong");
        assertThat(said.get("the log")).contains("DEBUG", "cluster.port: ");
        assertNothingIsSaid();
    }

    private void hashes(String what, Path file) throws Exception {
        for (String line : Files.readAllLines(file)) {
            String hash = line.substring(line.lastIndexOf(':') + 1);
            secret("hash of " + what + " " + line.substring(0, 4), hash);
            for (String part : hash.split("\\$")) {
                if (part.length() >= 20) {
                    secret("part of a hash " + secrets.size(), part);
                }
            }
        }
    }

    private void upgrade(int port) throws Exception {
        String token =
                secret("token in the path of a WebSocket", UUID.randomUUID().toString());
        for (String head : List.of(
                "GET /mqtt?token=" + token + " HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /" + token + " HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                "GET /mqtt HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\nUpgrade: " + token
                        + "\r\n\r\n")) {
            try (Wire wire = new Wire(port)) {
                wire.send(head.getBytes(UTF_8));
                said.merge("the answer to a WebSocket", Integer.toString(wire.first()), String::concat);
            }
        }
    }

    private static void plainOnTls(int port, String password) throws Exception {
        byte[] behind = Wire.join(Wire.text("anna"), Wire.text(password));
        try (Wire wire = new Wire(port)) {
            wire.send(Wire.connectPacket(5, NAME_AND_PASSWORD, "client", behind))
                    .first();
        }
    }

    /** Packets that are refused before, in and behind the password. */
    private void broken(int mqtt, String password) throws Exception {
        byte[] behind = Wire.join(Wire.text("anna"), Wire.text(password));
        for (int flags : new int[] {0x02, 0x42, 0xC3, 0xDE, 0xC6}) {
            try (Wire wire = new Wire(mqtt)) {
                wire.send(Wire.connectPacket(5, flags, "client", behind)).first();
            }
        }
        try (Wire wire = new Wire(mqtt)) {
            wire.send(
                    Wire.join(Wire.connectPacket(5, NAME_AND_PASSWORD, "client", behind), new byte[] {(byte) 0xFF, 0}));
            wire.first();
        }
        try (Wire wire = new Wire(mqtt)) { // twice on one connection
            byte[] connect = Wire.connectPacket(5, NAME_AND_PASSWORD, "client", behind);
            wire.send(Wire.join(connect, connect));
            wire.read(Wire.CONNACK);
            said.put("the answer to a second CONNECT", new String(wire.read().body(), UTF_8));
        }
    }

    private void joining(List<Integer> ports, String wrongSecret) throws Exception {
        failing(
                "a node with the wrong secret",
                Map.of("COPPICE_LOG_LEVEL", "trace"),
                List.of(
                        "--set", "cluster.mode=static",
                        "--set", "cluster.members=127.0.0.1:" + ports.get(0) + ",127.0.0.1:" + ports.get(2),
                        "--set", "cluster.port=" + ports.get(2),
                        "--set", "cluster.bus-port=" + ports.get(3),
                        "--set", "cluster.secret-file=" + file("wrong-secret", wrongSecret),
                        "--set", "cluster.join-timeout=3s",
                        "--set", "listeners.mqtt.port=0",
                        "--set", "listeners.ws.port=0",
                        "--set", "admin.port=0",
                        "--set", "node.name=other",
                        "--set", "node.data=" + directory.resolve("other")));
    }

    /** Puts something into the files that a node reads anew that is none of what belongs there. */
    private void spoil(Path... files) throws Exception {
        for (Path file : files) {
            String spoiled = secret("spoiled line of " + file.getFileName(), "spoiled" + UUID.randomUUID());
            Issued.put(file, (spoiled + "\nanna:$7$" + spoiled + "\n").getBytes(UTF_8));
            await().until(() -> output("node").contains(file + " has changed, and what it said before stays"));
        }
    }

    @Test
    void areNotSaidByAConfigurationThatIsWrong() throws Exception {
        String value = secret("secret in a wrong line");
        String queried = secret("password in a URL", UUID.randomUUID().toString());
        String key = Authority.root("x").server("localhost").keyPem().replace("\n", "\n      ");
        for (String line : key.lines()
                .map(String::strip)
                .filter(each -> each.length() > 40)
                .toList()) {
            secret("private key " + secrets.size(), line);
        }
        Path wrong = file(
                "wrong.yaml",
                String.join(
                        "\n",
                        "cluster:",
                        "  secret: " + value,
                        "  mode: [" + value + "]",
                        "security:",
                        "  password: '" + value + "'",
                        "  jwt: {secret: '" + value + "', jwks-url: 'http://anna:" + queried + "@keys.example.com/'}",
                        "  http:",
                        "    authn-url: 'https://anna:" + queried + "@example.com/?key=" + queried + "'",
                        "    headers: {Authorization: '" + value + "'}",
                        "listeners:",
                        "  mqtts:",
                        "    key: |",
                        "      " + key,
                        "    key-password: " + value));
        String all = failing(
                "a configuration",
                Map.of("COPPICE_CLUSTER_SECRET", value),
                List.of("check", "--config", wrong.toString()));
        assertThat(all)
                .contains(
                        "cluster.secret (" + wrong + ":2) is an unknown key; nearest: cluster.secret-file",
                        "https://…@example.com/?…",
                        "COPPICE_CLUSTER_SECRET is an unknown environment variable");
        failing(
                "an alias",
                Map.of(),
                List.of(
                        "--config",
                        file("alias.yaml", "cluster:\n  secret: *" + secret("alias", "a" + UUID.randomUUID()))
                                .toString()));
        failing(
                "a tag",
                Map.of(),
                List.of(
                        "--config",
                        file("tag.yaml", "cluster:\n  secret: !" + secret("tag", "a" + UUID.randomUUID()) + "!x y")
                                .toString()));
        failing("a setting", Map.of(), List.of("--set", "admin.token=" + value));
        failing("no setting", Map.of(), List.of("--set", value));
        failing(
                "an argument",
                Map.of(),
                List.of("passwd", "set", directory.resolve("u").toString(), "anna", value));
        failing("an option", Map.of(), List.of("admin", "export", "--password=" + value));
        for (String setting : List.of(
                "security.jwt.secret-file",
                "security.http.token-file",
                "security.password-file",
                "admin.tokens-file")) {
            failing(
                    "the secret as " + setting,
                    Map.of(),
                    List.of("--set", setting + "=" + value, "--set", "security.http.authn-url=https://localhost:1"));
        }
        failing(
                "the secret of a cluster",
                Map.of(),
                List.of(
                        "--set",
                        "cluster.secret-file=" + value,
                        "--set",
                        "cluster.mode=static",
                        "--set",
                        "cluster.members=127.0.0.1:1"));
        Path keyStore = Files.write(
                directory.resolve("k.p12"),
                Authority.root("x").server("localhost").pkcs12("right"));
        for (String password : List.of(value, file("wrong-password", value).toString())) {
            failing(
                    "a key store " + (password.equals(value) ? "and its password as a path" : "and a wrong password"),
                    Map.of("COPPICE_LISTENERS_MQTTS_KEY_PASSWORD_FILE", password),
                    List.of(
                            "--set",
                            "listeners.mqtts.certificate=" + keyStore,
                            "--set",
                            "listeners.mqtts.port=0",
                            "--set",
                            "listeners.mqtt.port=0",
                            "--set",
                            "listeners.ws.port=0",
                            "--set",
                            "admin.port=0",
                            "--set",
                            "durability=memory"));
        }
        assertNothingIsSaid();
    }
}
