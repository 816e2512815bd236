package io.coppice;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coppice.client.Login;
import io.coppice.shell.CommandEnd;
import io.coppice.shell.Surroundings;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What can be typed after pub and sub; no broker is asked here. */
class ClientCommandsTest {
    @TempDir
    private Path directory;

    private final StringWriter err = new StringWriter();

    @CommandLine.Command
    private static final class Typed {
        @CommandLine.Mixin
        private ClientOptions options;
    }

    private static Surroundings around(Map<String, String> environment) {
        return new Surroundings(environment, new ByteArrayInputStream("typed\n".getBytes(UTF_8)), null);
    }

    private static ClientOptions.Chosen chosen(Map<String, String> environment, String... args) {
        Typed typed = new Typed();
        new CommandLine(typed).parseArgs(args);
        return typed.options.chosen("test", around(environment));
    }

    private static Login login(String... args) {
        return chosen(Map.of(), args).login();
    }

    /** Commands whose connections nobody makes: what comes so far ends with 42. */
    private int run(String... args) {
        CommandEnd end = new CommandEnd() {
            @Override
            public int during(boolean welcome, ToIntFunction<Consumer<Runnable>> command) {
                return 42;
            }

            @Override
            public boolean isTerminal() {
                return false;
            }
        };
        CommandLine both = CommandLines.create(
                config -> {
                    throw new AssertionError();
                },
                Map.of(),
                (ready, stop, ended) -> 0);
        CommandLine fresh = args[0].equals("pub")
                ? new CommandLine(new PubCommand(around(Map.of()), end))
                : new CommandLine(new SubCommand(around(Map.of()), new ByteArrayOutputStream(), end));
        fresh.setParameterExceptionHandler(both.getParameterExceptionHandler());
        return fresh.setErr(new PrintWriter(err, true))
                .execute(List.of(args).subList(1, args.length).toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
                    '',                         mqtt://localhost:1883
                    -h broker -p 5,             mqtt://broker:5
                    --tls,                      mqtts://localhost:8883
                    -p 8883,                    mqtts://localhost:8883
                    --insecure -p 5,            mqtts://localhost:5
                    --ws,                       ws://localhost:8083/mqtt
                    --ws --tls --ws-path /x,    wss://localhost:8084/x
                    -h ::1,                     mqtt://[::1]:1883
                    -L mqtts://host:9/topic,    mqtts://host:9
                    """)
    void theAddressIsMadeOfWhatWasTyped(String args, String address) {
        String[] typed = args.isEmpty() ? new String[0] : args.split(" ");

        assertThat(login(typed).address()).hasToString(address);
    }

    @Test
    void theDefaultsAreMqtt5AndASessionThatEndsWithTheConnection() {
        Login login = login();

        assertThat(login.version()).isEqualTo(5);
        assertThat(login.cleanStart()).isTrue();
        assertThat(login.sessionExpirySeconds()).isZero();
        assertThat(login.clientId()).matches("coppice-test-[0-9a-f]{12}").isNotEqualTo(login().clientId());
        assertThat(login.user()).isNull();
        assertThat(login.password()).isNull();
        assertThat(login.nameChecked()).isTrue();
    }

    @Test
    void aSessionThatIsKeptHasNoEndUnlessOneIsSaid() {
        assertThat(login("-c", "-i", "a").sessionExpirySeconds()).isEqualTo(4_294_967_295L);
        assertThat(login("-c", "-i", "a", "-x", "7").sessionExpirySeconds()).isEqualTo(7);
        assertThat(login("-c", "-i", "a").cleanStart()).isFalse();
    }

    @Test
    void thePasswordComesFromTheNearestPlace() throws Exception {
        Path file = Files.writeString(directory.resolve("secret"), "of file\nmore");
        Map<String, String> variable = Map.of("COPPICE_CLIENT_PASSWORD", "of variable");
        Map<String, String> named =
                Map.of("COPPICE_CLIENT_PASSWORD", "of variable", "COPPICE_CLIENT_PASSWORD_FILE", file.toString());

        assertThat(chosen(named, "-P", "of option", "-L", "mqtt://u:ofurl@h")
                        .login()
                        .password())
                .asString(UTF_8)
                .isEqualTo("of option");
        assertThat(chosen(named, "-L", "mqtt://u:ofurl@h").login().password())
                .asString(UTF_8)
                .isEqualTo("ofurl");
        assertThat(chosen(variable, "--password-file", file.toString()).login().password())
                .asString(UTF_8)
                .isEqualTo("of file");
        assertThat(chosen(variable, "--password-file", "-").login().password())
                .asString(UTF_8)
                .isEqualTo("typed");
        assertThat(chosen(named).login().password()).asString(UTF_8).isEqualTo("of file");
        assertThat(chosen(variable).login().password()).asString(UTF_8).isEqualTo("of variable");
        assertThat(login("-L", "mqtt://u@h").user()).isEqualTo("u");
    }

    @Test
    void aPasswordIsNotShown() {
        Login login = login("-u", "anna", "-P", "geheim");

        assertThat(login.toString()).doesNotContain("geheim");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-c",
                "-k -1",
                "-k 65536",
                "-x -1",
                "-x 4294967296",
                "-V 4",
                "-V 311 -x 1",
                "-h x -L mqtt://y",
                "-p 0",
                "--cert x",
                "--key x",
                "--cafile /none",
                "--password-file /none",
                "--will-payload x",
                "-L mqtt://x --insecure",
                "-L mqtt://x:geheim",
                "--ws --ws-path x"
            })
    void whatDoesNotGoTogetherIsRefused(String args) {
        assertThatThrownBy(() -> login(args.split(" ")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("geheim");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pub -m x",
                "pub -t a",
                "pub -t a -m x -n",
                "pub -t a -m x -q 3",
                "pub -t a -m x --repeat 0",
                "pub -t a -m x --repeat-delay -1",
                "pub -t a -m x --user-property k",
                "pub -t a -m x -V 311 --user-property k=v",
                "pub -t a -f /none",
                "sub",
                "sub -t a/#/b",
                "sub -t a -q 3",
                "sub -t a -C 0",
                "sub -t a -W 0",
                "sub -t a -v --json",
                "sub -t a -F %z",
                "sub -t a -V 311 --no-local",
                "sub -t a --retain-handling 3",
                "sub -t a -T a#"
            })
    void aWrongCommandLineEndsWith1(String line) {
        assertThat(run(line.split(" "))).as(err.toString()).isEqualTo(1);
        assertThat(err.toString()).containsPattern("Try (pub|sub) --help\\.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pub -t a -m x",
                "pub -L mqtt://h/a -n -r -q 2",
                "pub -t a -l",
                "pub -t a -s --user-property k=v=w --content-type text/plain --message-expiry 3",
                "sub -t a -t b -q 1 -C 1 -W 1",
                "sub -L mqtt://h/a/# --json",
                "sub -t a -F %j -N -R -E -T a/b --retained-only --no-local"
            })
    void aRightOneIsTaken(String line) {
        assertThat(run(line.split(" "))).as(err.toString()).isEqualTo(42);
    }

    @ParameterizedTest
    @CsvSource({"p, pub passwd", "co, completion", "su, sub"})
    void aShellCompletesCommands(String begun, String words) throws Exception {
        assertThat(completed(begun, "coppice", begun)).containsExactlyInAnyOrder(words.split(" "));
    }

    @Test
    void aShellCompletesOptions() throws Exception {
        assertThat(completed("--ret", "coppice", "sub", "--ret"))
                .containsExactlyInAnyOrder("--retained-only", "--retain-as-published", "--retain-handling");
    }

    /** What bash would offer behind these words. */
    private List<String> completed(String begun, String... words) throws Exception {
        StringWriter script = new StringWriter();
        CommandLine commandLine = CommandLines.create(
                config -> {
                    throw new AssertionError();
                },
                Map.of(),
                (ready, stop, ended) -> 0,
                "completion");
        assertThat(commandLine.setOut(new PrintWriter(script, true)).execute("completion", "bash"))
                .isZero();
        Path file = Files.writeString(
                directory.resolve("completion"),
                script + "\ncompopt() { :; }\nCOMP_WORDS=(" + String.join(" ", words) + ")\nCOMP_CWORD="
                        + (words.length - 1) + "\n_complete_coppice coppice '" + begun
                        + "'\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n");
        Process bash = new ProcessBuilder("bash", file.toString())
                .redirectErrorStream(true)
                .start();
        List<String> offered = bash.inputReader().lines().map(String::strip).toList();
        assertThat(bash.waitFor(10, TimeUnit.SECONDS)).isTrue();
        return offered;
    }

    @Test
    void anotherShellIsRefused() {
        CommandLine commandLine = CommandLines.create(
                config -> {
                    throw new AssertionError();
                },
                Map.of(),
                (ready, stop, ended) -> 0,
                "completion");

        assertThat(commandLine.setErr(new PrintWriter(err, true)).execute("completion", "fish"))
                .isEqualTo(1);
        assertThat(err.toString()).contains("fish is not allowed; allowed: bash or zsh");
    }
}
