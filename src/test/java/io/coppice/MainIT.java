package io.coppice;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.ssl.OpenSsl;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The exit status of a real process. */
@Timeout(60)
class MainIT {
    private static Process process(Class<?> main, String... args) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("COPPICE_"));
        return builder.start();
    }

    private static int status(Process process) throws Exception {
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    /** Sends SIGTERM; unlike {@link Process#destroy} it leaves the output open. */
    private static void terminate(Process process) {
        assertThat(process.toHandle().destroy()).isTrue();
    }

    @Test
    void is0WhenTheConfigurationIsRight() throws Exception {
        Process process = process(Main.class, "check");

        assertThat(process.inputReader().readLine()).isEqualTo("The configuration is right.");
        assertThat(status(process)).isZero();
    }

    @Test
    void is1WhenTheConfigurationIsWrong() throws Exception {
        Process process = process(Main.class, "start", "--set", "admin.port=x");

        assertThat(process.inputReader().readLine()).startsWith("admin.port: x (--set) is not allowed");
        assertThat(status(process)).isEqualTo(1);
    }

    @Test
    void is0AfterASignalAndACleanStop() throws Exception {
        Process process = process(StoppedProcess.class);
        BufferedReader reader = process.inputReader();

        assertThat(reader.readLine()).matches("Coppice ready in \\d+ ms: pid " + process.pid());
        terminate(process);
        assertThat(reader.readLine()).isEqualTo("stopped");
        assertThat(status(process)).isZero();
    }

    @Test
    void is3AfterASignalAndAStopThatFailed() throws Exception {
        Process process = process(StoppedProcess.class, "stuck");
        BufferedReader reader = process.inputReader();

        assertThat(reader.readLine()).startsWith("Coppice ready");
        terminate(process);
        assertThat(reader.lines()).containsExactly("stopped", "Coppice could not stop cleanly: stuck");
        assertThat(status(process)).isEqualTo(3);
    }

    @Test
    void is4WhenTheClusterGoesOnWithoutTheNode() throws Exception {
        Process process = process(StoppedProcess.class, "lost");

        assertThat(process.inputReader().lines())
                .anyMatch("Coppice must start anew: nobody wants it"::equals)
                .noneMatch("stopped"::equals);
        assertThat(status(process)).isEqualTo(4);
    }

    /** Of the library that has them the jar holds a small part. */
    @ParameterizedTest
    @ValueSource(strings = {"argon2id", "bcrypt", "pbkdf2"})
    void is0WhenAPasswordIsSetAndFoundRightWithTheJar(String hash, @TempDir Path directory) throws Exception {
        Path users = directory.resolve("users");
        Path secret = Files.writeString(directory.resolve("secret"), "geheim");
        for (List<String> words : List.of(
                List.of("set", users.toString(), "anna", "--hash", hash), List.of("check", users.toString(), "anna"))) {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-jar",
                    Path.of("target", "coppice.jar").toString(),
                    "passwd"));
            command.addAll(words);
            command.addAll(List.of("--password-from", secret.toString()));
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();

            assertThat(status(process))
                    .as(process.inputReader().lines().toList().toString())
                    .isZero();
        }
    }

    /** The libraries that are in the jar in part, or for some systems only, are there as far as they are needed. */
    @Test
    void aNodeFromTheJarSpeaksTlsWithACertificateThatTheJarHasMade(@TempDir Path data) throws Exception {
        Path made = data.resolve("made");
        Process making = jar("certificate", "--out", made.toString());
        assertThat(making.inputReader().lines()).anyMatch(line -> line.startsWith("Only for development"));
        assertThat(status(making)).isZero();

        Process process = jar(
                "--set", "durability=memory",
                "--set", "listeners.mqtt.port=0",
                "--set", "listeners.ws.port=0",
                "--set", "admin.port=0",
                "--set", "listeners.mqtts.port=0",
                "--set", "listeners.mqtts.certificate=" + made);
        List<String> lines = new ArrayList<>();
        BufferedReader reader = process.inputReader();
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            lines.add(line);
            if (line.startsWith("Coppice ready")) {
                break;
            }
        }
        terminate(process);
        assertThat(status(process)).isZero();
        assertThat(lines).last().asString().contains(", mqtts 127.0.0.1:");
        assertThat(lines)
                .filteredOn(line -> line.contains("TLS is "))
                .singleElement()
                .asString()
                .contains(OpenSsl.isAvailable() ? "BoringSSL" : "the JDK's own");
    }

    private static Process jar(String... args) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-jar",
                Path.of("target", "coppice.jar").toString()));
        command.addAll(List.of(args));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    /** What a cluster needs must cost nothing where there is none, and what other commands need nothing to a node. */
    @Test
    void aNodeThatIsAloneLoadsNothingOfHazelcastAndOfClientsFromTheJar(@TempDir Path data) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xlog:class+load",
                "-jar",
                Path.of("target", "coppice.jar").toString()));
        command.addAll(List.of("--set", "node.data=" + data));
        for (String listener : List.of("listeners.mqtt.port", "listeners.ws.port", "admin.port")) {
            command.addAll(List.of("--set", listener + "=0"));
        }
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        List<String> loaded = new ArrayList<>();
        BufferedReader reader = process.inputReader();
        for (String line = reader.readLine();
                line != null && !line.startsWith("Coppice ready");
                line = reader.readLine()) {
            loaded.add(line);
        }
        terminate(process);
        loaded.addAll(reader.lines().toList());

        assertThat(status(process)).isZero();
        assertThat(loaded)
                .anyMatch(line -> line.contains("io.coppice.SingleMode"))
                .noneMatch(line -> line.contains("hazelcast"))
                .noneMatch(line -> line.contains("com.hivemq") || line.contains("io.reactivex"))
                .noneMatch(line -> line.contains("io.coppice.cluster"));
    }
}
