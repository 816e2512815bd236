package io.coppice;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class TokenCommandTest {
    @TempDir
    private Path directory;

    private Path file;
    private StringWriter out;
    private StringWriter err;

    @BeforeEach
    void name() {
        file = directory.resolve("tokens");
    }

    private int run(String... args) {
        out = new StringWriter();
        err = new StringWriter();
        return new CommandLine(new TokenCommand())
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(args);
    }

    @Test
    void aTokenIsPrintedOnceAndAloneOnTheStandardOutput() throws IOException {
        assertThat(run("create", file.toString(), "ci", "--role", "operator")).isZero();

        String token = out.toString().strip();
        assertThat(token).matches("coppice_[A-Za-z0-9_-]{43}");
        assertThat(err.toString()).contains("ci, operator, is good until").doesNotContain(token);
        String line = Files.readString(file).strip();
        assertThat(line).matches("ci:operator:sha256:[0-9a-f]{64}:20.*Z").doesNotContain(token);
        assertThat(Instant.parse(line.split(":", 5)[4]))
                .isBetween(
                        Instant.now().plus(Duration.ofDays(89)), Instant.now().plus(Duration.ofDays(91)));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void tokensAreListedAndRevoked() {
        run("create", file.toString(), "ci", "--role", "viewer", "--expires", "never");
        run("create", file.toString(), "cd", "--role", "admin", "--expires", "12h");
        assertThat(run("list", file.toString())).isZero();
        assertThat(out.toString()).startsWith("ci viewer never\ncd admin 20").doesNotContain("sha256");
        assertThat(run("revoke", file.toString(), "ci")).isZero();
        assertThat(run("revoke", file.toString(), "ci")).isEqualTo(1);
        assertThat(err.toString()).contains("There is no token of ci");
        run("list", file.toString());
        assertThat(out.toString()).startsWith("cd admin ");
    }

    @Test
    void aNameHasOneToken() throws IOException {
        run("create", file.toString(), "ci", "--role", "viewer");
        String before = Files.readString(file);
        assertThat(run("create", file.toString(), "ci", "--role", "admin")).isEqualTo(1);
        assertThat(err.toString()).contains("ci has a token already");
        assertThat(file).hasContent(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--role=root",
                "--role=admin,--expires=0d",
                "--role=admin,--expires=1w",
                "--role=admin,--expires="
            })
    void whatIsWrongIsRefusedAndNothingIsWritten(String options) {
        String[] given = options.split(",");
        String[] args = new String[given.length + 3];
        args[0] = "create";
        args[1] = file.toString();
        args[2] = "ci";
        System.arraycopy(given, 0, args, 3, given.length);
        assertThat(run(args)).isEqualTo(1);
        assertThat(err.toString()).contains("is not allowed; allowed: ");
        assertThat(file).doesNotExist();
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void aFileThatIsNoFileOfTokensIsLeftAlone() throws IOException {
        Files.writeString(file, "anna:admin:$7$1$x");
        assertThat(run("create", file.toString(), "ci", "--role", "admin")).isEqualTo(1);
        assertThat(err.toString()).contains(file + ":1: the line is not that of a token");
        assertThat(run("list", directory.resolve("none").toString())).isEqualTo(1);
    }
}
