package io.coppice;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.access.Access;
import io.coppice.config.CoppiceConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What a command does, prints, and ends with. */
class CommandLinesTest {
    @TempDir
    private Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final List<CoppiceConfig> started = new ArrayList<>();
    private final List<String> events = new ArrayList<>();
    private final CompletableFuture<String> lost = new CompletableFuture<>();

    private int run(String... args) {
        return run(
                config -> {
                    started.add(config);
                    return new Node();
                },
                Map.of("HOSTNAME", "host"),
                args);
    }

    private int run(Main.Starter starter, Map<String, String> environment, String... args) {
        CommandLine commandLine = CommandLines.create(
                starter,
                environment,
                (ready, stop, ended) -> {
                    ready.run();
                    events.add("told to stop after " + out.toString().strip());
                    return stop.run();
                },
                args);
        return commandLine
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(args);
    }

    private class Node implements Main.Running {
        @Override
        public Map<String, String> addresses() {
            Map<String, String> addresses = new LinkedHashMap<>();
            addresses.put("mqtt", "127.0.0.1:1883");
            addresses.put("admin", "http://127.0.0.1:8080");
            return addresses;
        }

        @Override
        public void stop() throws Exception {
            events.add("stopped");
        }

        @Override
        public CompletionStage<String> lost() {
            return lost;
        }
    }

    @Test
    void aFaultOfAFileThatTheConfigurationNamesIsOneOfTheConfiguration() throws IOException {
        Path users = Files.writeString(directory.resolve("users"), "anna:plain");
        String set = "security.password-file=" + users;

        assertThat(run("check", "--set", set)).isEqualTo(1);
        assertThat(run(
                        config -> {
                            Access.open(config).close();
                            return new Node();
                        },
                        Map.of(),
                        "--set",
                        set))
                .isEqualTo(1);
        assertThat(err.toString().lines())
                .hasSize(2)
                .allMatch(line -> line.startsWith(users + ":1: there is no hash; allowed: "));
    }

    @Test
    void passwordsAreSetFromTheCommandLine() {
        assertThat(run("passwd", "--help")).isZero();
        assertThat(run("passwd")).isEqualTo(1);
        assertThat(err.toString()).contains("passwd set, delete, import or check");
    }

    @Test
    void aNodeThatIsLostEndsWith4AndTheReason() {
        CommandLine commandLine = CommandLines.create(
                config -> new Node(),
                Map.of("HOSTNAME", "host"),
                (ready, stop, ended) -> {
                    ready.run();
                    assertThat(ended).isNotDone();
                    lost.complete("its cluster gave it up");
                    return ended.join();
                },
                "start");
        assertThat(commandLine
                        .setOut(new PrintWriter(out, true))
                        .setErr(new PrintWriter(err, true))
                        .execute("start"))
                .isEqualTo(4);
        assertThat(err.toString().lines()).containsExactly("Coppice must start anew: its cluster gave it up");
        assertThat(events).isEmpty();
    }

    private CoppiceConfig config() {
        assertThat(started).hasSize(1);
        return started.get(0);
    }

    @Test
    void aNodeServesUntilItIsToldToStopAndEndsWith0() {
        assertThat(run("start")).isZero();
        assertThat(events)
                .satisfiesExactly(
                        told -> assertThat(told)
                                .matches("told to stop after Coppice ready in \\d+ ms: "
                                        + "mqtt 127\\.0\\.0\\.1:1883, admin http://127\\.0\\.0\\.1:8080"),
                        stopped -> assertThat(stopped).isEqualTo("stopped"));
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void startIsWhatHappensWithoutACommand() {
        assertThat(run()).isZero();
        assertThat(config().node().name()).isEqualTo("host");
    }

    @Test
    void theFileAndTheSettingsMayStandBeforeOrAfterTheCommand() throws IOException {
        Path file = Files.writeString(directory.resolve("c.yaml"), "admin: {port: 1}");

        assertThat(run("--config", file.toString(), "--set", "sys.interval=1s", "start", "--set=node.name=a"))
                .isZero();
        assertThat(config().admin().port()).isEqualTo(1);
        assertThat(config().sys().interval()).hasSeconds(1);
        assertThat(config().node().name()).isEqualTo("a");
    }

    @Test
    void theFileMayStandAfterTheCommand() throws IOException {
        Path file = Files.writeString(directory.resolve("c.yaml"), "admin: {port: 1}");

        assertThat(run("start", "--config", file.toString())).isZero();
        assertThat(config().admin().port()).isEqualTo(1);
    }

    @Test
    void aSettingAfterTheCommandOutranksOneBefore() {
        assertThat(run("--set", "admin.port=1", "start", "--set", "admin.port=2"))
                .isZero();
        assertThat(config().admin().port()).isEqualTo(2);
    }

    @Test
    void theEnvironmentCounts() {
        int status = run(
                config -> {
                    started.add(config);
                    return new Node();
                },
                Map.of("COPPICE_ADMIN_PORT", "3"));

        assertThat(status).isZero();
        assertThat(config().admin().port()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"start", "check"})
    void aWrongConfigurationEndsWith1AndALineForEachFault(String command) {
        assertThat(run(command, "--set", "admin.port=x", "--set", "admin.prot=1"))
                .isEqualTo(1);
        assertThat(err.toString().lines())
                .containsExactly(
                        "admin.port: x (--set) is not allowed; allowed: a whole number from 0 to 65535",
                        "admin.prot (--set) is an unknown key; nearest: admin.port");
        assertThat(out.toString()).isEmpty();
        assertThat(started).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"start", "check"})
    void aWrongFileOfRulesIsAWrongConfiguration(String command, @TempDir Path directory) throws Exception {
        Path acl = Files.writeString(directory.resolve("acl"), "topic read a\ntopic wrote b\nbogus\n");

        Main.Starter reading = config -> {
            Access.check(config); // as a node does
            throw new AssertionError("nothing was found wrong");
        };

        assertThat(run(reading, Map.of(), command, "--set", "security.acl-file=" + acl))
                .isEqualTo(1);
        assertThat(err.toString().lines()).hasSize(2).allMatch(line -> line.startsWith(acl + ":"));
        assertThat(started).isEmpty();
    }

    @Test
    void aCheckedConfigurationIsNotStarted() {
        assertThat(run("check")).isZero();
        assertThat(out.toString().strip()).isEqualTo("The configuration is right.");
        assertThat(started).isEmpty();
    }

    @Test
    void whatIsSimilarToAMistakeIsNamedAndWhereToReadOn() {
        assertThat(run("admin", "clents", "list")).isEqualTo(1);
        assertThat(err.toString().lines())
                .contains("Try coppice admin --help.")
                .anyMatch(line -> line.startsWith("Similar: clients"));
        err.getBuffer().setLength(0);
        assertThat(run("admin", "drain", "start", "n1", "--wach")).isEqualTo(1);
        assertThat(err.toString().lines())
                .startsWith("Unknown option: --wach")
                .contains("Try coppice admin drain start --help.")
                .anyMatch(line -> line.startsWith("Similar: ") && line.contains("--watch"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--bogus", "bogus", "--config", "@bogus"})
    void aWrongCommandLineEndsWith1(String argument) {
        assertThat(run(argument)).isEqualTo(1);
        assertThat(err.toString()).containsPattern("Try coppice.* --help\\.");
        assertThat(started).isEmpty();
    }

    @Test
    void aNodeThatCannotStartEndsWith2AndItsReason() {
        int status = run(
                config -> {
                    throw new IllegalStateException("mqtt on 127.0.0.1:1883", new BindException("Address in use"));
                },
                Map.of());

        assertThat(status).isEqualTo(2);
        assertThat(err.toString().strip()).isEqualTo("Coppice could not start: mqtt on 127.0.0.1:1883: Address in use");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void aReasonWithoutWordsIsTheKindOfFailure() {
        int status = run(
                config -> {
                    throw new IllegalStateException();
                },
                Map.of());

        assertThat(status).isEqualTo(2);
        assertThat(err.toString().strip()).isEqualTo("Coppice could not start: IllegalStateException");
    }

    @Test
    void aNodeThatCannotStopCleanlyEndsWith3() {
        int status = run(
                config -> new Node() {
                    @Override
                    public void stop() throws IOException {
                        throw new IOException("two\nlines");
                    }
                },
                Map.of());

        assertThat(status).isEqualTo(3);
        assertThat(err.toString().strip()).isEqualTo("Coppice could not stop cleanly: two lines");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "start --help", "check --help"})
    void helpIsGiven(String arguments) {
        assertThat(run(arguments.split(" "))).isZero();
        assertThat(out.toString()).contains("Usage: coppice", "--config=FILE", "--set=KEY=VALUE");
        assertThat(out.toString().lines()).allMatch(line -> line.length() <= 80);
    }

    @ParameterizedTest
    @ValueSource(strings = {"admin --help", "admin export --help", "admin import --help"})
    void helpIsGivenForANodeThatRuns(String arguments) {
        assertThat(run(arguments.split(" "))).isZero();
        assertThat(out.toString())
                .contains("Usage: coppice admin")
                .contains("xport")
                .doesNotContain("--set");
        assertThat(out.toString().lines()).allMatch(line -> line.length() <= 80);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "admin",
                "admin bogus",
                "admin export",
                "admin import",
                "admin import a b",
                "admin export --replace a",
                "admin import --url=a:b:c^ file",
                "admin import --url=localhost:8080 file",
                "admin export --url=127.0.0.1 file"
            })
    void aWrongCommandForANodeThatRunsEndsWith1(String arguments) {
        assertThat(run(arguments.split(" "))).isEqualTo(1);
        assertThat(err.toString()).containsPattern("Try coppice.* --help\\.");
        assertThat(started).isEmpty();
    }

    @Test
    void whatIsNoBackupIsNotImportedWhereverTheNodeIs() throws IOException {
        Path none = directory.resolve("none");
        assertThat(run("admin", "import", none.toString())).isEqualTo(1);
        Path text = Files.writeString(directory.resolve("text"), "hello\n");
        assertThat(run("admin", "import", text.toString())).isEqualTo(1);
        Path cut = Files.write(directory.resolve("cut.gz"), new byte[] {0x1f, (byte) 0x8b, 8});
        assertThat(run("admin", "import", cut.toString())).isEqualTo(1);
        Path empty = Files.writeString(directory.resolve("empty"), "");
        assertThat(run("admin", "import", empty.toString())).isEqualTo(1);

        assertThat(err.toString().lines())
                .hasSize(4)
                .contains("There is no file " + none + ".")
                .contains(text + ", line 1: is not the first line of a backup of Coppice. Nothing was imported.")
                .anyMatch(line -> line.startsWith(cut + " cannot be read: "))
                .contains(empty
                        + ", line 1: the backup ends here, before its end: it was cut off. Nothing was imported.");
    }

    @Test
    void anExportOverwritesNothingAndLeavesNothingBehind() throws IOException {
        Path there = Files.writeString(directory.resolve("there"), "mine");
        assertThat(run("admin", "export", there.toString())).isEqualTo(1);
        Path nowhere = directory.resolve("nowhere").resolve("file");
        assertThat(run("admin", "export", nowhere.toString())).isEqualTo(2);

        assertThat(there).hasContent("mine");
        assertThat(err.toString().lines())
                .containsExactly(
                        there + " is there already; --force overwrites it.",
                        "Could not be written: there is no directory " + nowhere.getParent());
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(there);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--version", "start --version"})
    void theVersionIsTold(String arguments) {
        assertThat(run(arguments.split(" "))).isZero();
        assertThat(out.toString()).startsWith("Coppice ");
    }
}
