package io.coppice;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.HeapFiller;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A real process without memory ends and says so, whatever its JVM was told. */
@Timeout(90)
class HeapEndIT {
    private static final int PATIENCE_SECONDS = 60;

    @Test
    void aNodeWhoseHeapIsExhaustedDoesNotGoOn() throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-cp",
                ClassPath.withoutTests(),
                Main.class.getName()));
        for (String set : List.of(
                "durability=memory", "listeners.mqtt.port=0", "listeners.ws.enabled=false", "admin.enabled=false")) {
            command.addAll(List.of("--set", set));
        }
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("COPPICE_"));
        Process process = builder.start();
        // who waits for a line that does not come is not interrupted by the time limit, but by the end of the lines
        CompletableFuture.delayedExecutor(PATIENCE_SECONDS, TimeUnit.SECONDS).execute(process::destroyForcibly);
        try (BufferedReader reader = process.inputReader()) {
            String line = reader.readLine();
            while (line != null && !line.startsWith("Coppice ready")) {
                line = reader.readLine();
            }
            assertThat(line).isNotNull();

            HeapFiller.fill(process.pid(), PATIENCE_SECONDS);

            assertThat(reader.lines())
                    .as("with all that is known, or where there is no memory for that, what needs none")
                    .anyMatch(each -> each.contains("ERROR HeapEnd heap-exhausted The heap is exhausted, of which ")
                            || each.equals("Coppice ends: its heap is exhausted (heap-exhausted)"));
        } finally {
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(process.exitValue()).isEqualTo(3);
    }
}
