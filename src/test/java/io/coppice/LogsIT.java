package io.coppice;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a real process logs while somebody wants to deceive whoever reads it. */
@Timeout(90)
class LogsIT {
    private static final String EVIL = "a\nforged WARN line\u001b[2J\u009b\u202e\"";
    private static final Pattern PORT = Pattern.compile("mqtt 127\\.0\\.0\\.1:(\\d+)");

    @TempDir
    private Path directory;

    private Process process;
    private BufferedReader reader;
    private String port = "";

    private void start(String... settings) throws Exception {
        Path users = Files.writeString(directory.resolve("users"), "");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                ClassPath.withoutTests(), // whose logback-test.xml would come first
                Main.class.getName()));
        List<String> sets = new ArrayList<>(List.of(
                "durability=memory",
                "node.name=alder",
                "listeners.mqtt.port=0",
                "listeners.ws.port=0",
                "admin.port=0",
                "security.password-file=" + users));
        sets.addAll(List.of(settings));
        sets.forEach(set -> command.addAll(List.of("--set", set)));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("COPPICE_"));
        process = builder.start();
        reader = process.inputReader();
        Matcher ready = PORT.matcher(until(line -> line.startsWith("Coppice ready")));
        assertThat(ready.find()).isTrue();
        port = ready.group(1);
    }

    private String until(Predicate<String> wanted) throws Exception {
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            if (wanted.test(line)) {
                return line;
            }
        }
        throw new AssertionError("the process has ended");
    }

    @AfterEach
    void end() throws Exception {
        process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }

    /** A CONNECT of version 5 by a user whom nobody knows; Mosquitto's commands would not send such an identifier. */
    private void refused(String clientId) throws Exception {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(body);
        out.writeUTF("MQTT");
        out.write(new byte[] {5, (byte) 0xC2, 0, 60, 0});
        for (String field : List.of(clientId, "nobody", "secret-word")) {
            byte[] bytes = field.getBytes(UTF_8);
            out.writeShort(bytes.length);
            out.write(bytes);
        }
        try (Socket socket = new Socket("127.0.0.1", Integer.parseInt(port))) {
            socket.getOutputStream().write(new byte[] {0x10, (byte) body.size()});
            socket.getOutputStream().write(body.toByteArray());
            byte[] connack = socket.getInputStream().readAllBytes();
            assertThat(connack).hasSizeGreaterThan(3);
            assertThat(connack[3]).isEqualTo((byte) 0x86);
        }
    }

    @Test
    void aLineForMachinesHasAllOfItInMembers() throws Exception {
        start("log.format=json");
        Instant before = Instant.now();
        refused(EVIL);

        String line = until(text -> text.contains("connect-refused"));

        assertThat(line).matches("\\{[\\x20-\\x7e]+\\}").doesNotContain("secret-word");
        JsonNode json = new ObjectMapper().readTree(line);
        assertThat(Instant.parse(json.path("time").asText()))
                .isBetween(before.minus(Duration.ofSeconds(1)), Instant.now().plus(Duration.ofSeconds(1)));
        assertThat(json.path("time").asText()).matches(".*\\.\\d{3}Z");
        assertThat(json.path("event").asText()).isEqualTo("connect-refused");
        assertThat(json.path("level").asText()).isEqualTo("WARN");
        assertThat(json.path("node").asText()).isEqualTo("alder");
        assertThat(json.path("subsystem").asText()).isEqualTo("observe");
        assertThat(json.path("clientId").asText()).isEqualTo(EVIL);
        assertThat(json.path("address").asText()).startsWith("127.0.0.1:");
        assertThat(json.path("reason").asText()).isEqualTo("BAD_USER_NAME_OR_PASSWORD");
        assertThat(json.path("code").asInt()).isEqualTo(0x86);
    }

    @Test
    void aLineForPeopleIsOneLine() throws Exception {
        start("log.format=text");
        refused(EVIL);

        assertThat(until(text -> text.contains("connect-refused")))
                .matches(
                        "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z WARN  EventLog connect-refused [\\x20-\\x7e]+")
                .contains("client \"a\\u000Aforged WARN line\\u001B[2J\\u009B\\u202E\\\"\" from 127.0.0.1:");
    }

    @Test
    void aPartIsAsLoudAsTheConfigurationSays() throws Exception {
        start("log.format=text", "log.level=debug", "log.levels=observe=off,netty=warn,vertx=warn");
        refused("silent");
        process.toHandle().destroy();

        assertThat(reader.lines()).noneMatch(line -> line.contains("connect-refused") || line.contains(" EventLog "));
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }
}
