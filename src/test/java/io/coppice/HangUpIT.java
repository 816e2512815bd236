package io.coppice;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** SIGHUP has a real process read its configuration again, though nobody looks at it from time to time. */
@Timeout(60)
class HangUpIT {
    private static final int PATIENCE_SECONDS = 50;

    @TempDir
    private Path directory;

    private final List<String> lines = new ArrayList<>();

    private static void hangUp(Process process) throws Exception {
        Process kill = new ProcessBuilder("kill", "-HUP", Long.toString(process.pid())).start();
        assertThat(kill.waitFor()).isZero();
    }

    /** What it has written since the last call, up to a line with a word. */
    private List<String> until(BufferedReader reader, String word) throws Exception {
        lines.clear();
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            lines.add(line);
            if (line.contains(word)) {
                return List.copyOf(lines);
            }
        }
        throw new AssertionError("the process has ended: " + lines);
    }

    @Test
    void hasTheFileReadAgainAndWhatIsWrongLeavesAllAsItWas() throws Exception {
        Path file = Files.writeString(directory.resolve("coppice.yaml"), "limits: {keep-alive-max: 30s}\n");
        List<String> command = new ArrayList<>(List.of(
                "env", // or else nobody hears it where the tests run below nohup
                "--default-signal=HUP",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "--config",
                file.toString()));
        for (String set : List.of(
                "durability=memory",
                "listeners.mqtt.port=0",
                "listeners.ws.enabled=false",
                "admin.port=0",
                "security.reload-interval=0")) {
            command.addAll(List.of("--set", set));
        }
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        // who waits for a line that does not come is not interrupted by the time limit, but by the end of the lines
        CompletableFuture.delayedExecutor(PATIENCE_SECONDS, TimeUnit.SECONDS).execute(process::destroyForcibly);
        try (BufferedReader reader = process.inputReader()) {
            String ready = until(reader, "Coppice ready").get(lines.size() - 1);
            String api = "http://" + ready.replaceFirst(".*admin ", "").replaceFirst(",.*", "") + "/api/v1/config";

            Files.writeString(file, "limits: {keep-alive-max: 20s, receive-maximum: 9}\n");
            hangUp(process);
            assertThat(until(reader, "config-reloaded"))
                    .anyMatch(line ->
                            line.contains("config-changed") && line.contains("limits.keep-alive-max 20s (" + file))
                    .anyMatch(line -> line.contains("config-needs-restart") && line.contains("limits.receive-maximum"));

            Files.writeString(file, "limits:\n  keep-alive-max: 10s\n  sessions-max: many\n");
            hangUp(process);
            assertThat(until(reader, "config-reload-failed"))
                    .last()
                    .asString()
                    .contains("limits.sessions-max: many (" + file + ":3) is not allowed; allowed: ");
            assertThat(ask(api, "GET", "")).contains("\"limits.keep-alive-max\",\"value\":\"20s\"");

            Files.writeString(file, "limits: {keep-alive-max: 10s}\n");
            ask(api, "PATCH", "{\"limits.keep-alive-max\":40}");
            hangUp(process);
            assertThat(until(reader, "config-reloaded"))
                    .last()
                    .asString()
                    .endsWith("what was set by way of the API outranks it: limits.keep-alive-max");
        } finally {
            process.destroy();
        }
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    private static String ask(String url, String method, String body) throws Exception {
        HttpResponse<String> answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(url))
                                .header("Content-Type", "application/json")
                                .method(method, HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }
}
