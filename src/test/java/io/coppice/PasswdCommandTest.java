package io.coppice;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class PasswdCommandTest {
    @TempDir
    private Path directory;

    private Path file;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void name() {
        file = directory.resolve("users");
    }

    private int run(String typed, String... args) {
        return new CommandLine(new PasswdCommand(new ByteArrayInputStream(typed.getBytes(UTF_8)), null))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(args);
    }

    private String mode() throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    private List<String> files() throws IOException {
        List<String> names = new ArrayList<>();
        try (var found = Files.list(directory)) {
            found.forEach(path -> names.add(path.getFileName().toString()));
        }
        return names;
    }

    @ParameterizedTest
    @CsvSource({
        "argon2id, '$argon2id$v=19$m=19456,t=2,p=1$'",
        "bcrypt, $2b$10$",
        "pbkdf2, $7$100000$",
        "scram, $scram-sha-256$20000$"
    })
    void aUserIsAddedWithTheHashThatIsWanted(String kind, String begin) throws IOException {
        assertThat(run("geheim\n", "set", file.toString(), "anna", "--hash", kind))
                .isZero();

        assertThat(Files.readString(file)).startsWith("anna:" + begin).doesNotContain("geheim");
        assertThat(mode()).isEqualTo("rw-------");
        assertThat(files()).containsExactly("users");
        assertThat(run("geheim", "check", file.toString(), "anna")).isZero();
        assertThat(run("wrong", "check", file.toString(), "anna")).isEqualTo(1);
        assertThat(run("geheim", "check", file.toString(), "bert")).isEqualTo(1);
        assertThat(out.toString()).contains("Added anna; now 1 user in").contains("The password is right.");
        assertThat(err.toString()).contains("The password is wrong.").contains("There is no user bert in");
    }

    @Test
    void theSaltForMosquittoIsAsLongAsItsOwn() throws IOException {
        run("geheim", "set", file.toString(), "anna", "--hash", "pbkdf2");

        String salt = Files.readString(file).split("\\$")[3];
        assertThat(Base64.getDecoder().decode(salt)).hasSize(12);
    }

    @Test
    void aUserIsChangedAndDeletedAndTheRestStays() throws IOException {
        Files.writeString(file, "# ours\nanna:$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);
        assertThat(run("one", "set", link.toString(), "bert", "--hash", "bcrypt"))
                .isZero();
        assertThat(run("two", "set", link.toString(), "bert", "--hash", "bcrypt"))
                .isZero();
        assertThat(run("two", "check", link.toString(), "bert")).isZero();
        assertThat(run("secret", "check", link.toString(), "anna")).isZero();
        assertThat(run("", "delete", link.toString(), "anna")).isZero();
        assertThat(run("", "delete", link.toString(), "anna")).isEqualTo(1);

        assertThat(Files.readAllLines(file))
                .hasSize(2)
                .startsWith("# ours")
                .last()
                .asString()
                .startsWith("bert:$2b$10$");
        assertThat(mode()).isEqualTo("rw-r-----");
        assertThat(link).isSymbolicLink();
    }

    @Test
    void aPasswordComesFromTheFirstLineOfAFile() throws IOException {
        Path from = Files.writeString(directory.resolve("secret"), "geheim\r\nmore\n");
        assertThat(run("", "set", file.toString(), "anna", "--hash", "bcrypt", "--password-from", from.toString()))
                .isZero();

        assertThat(run("geheim", "check", file.toString(), "anna", "--password-from", "-"))
                .isZero();
    }

    @Test
    void manyUsersComeAllOrNone() throws IOException {
        String good = "# ours\nanna:one\nbert:t:wo\n\n";
        assertThat(run(good + "carl\n", "import", file.toString(), "-", "--hash", "bcrypt"))
                .isEqualTo(1);
        assertThat(file).doesNotExist();
        assertThat(err.toString()).isEqualTo("-:5: there is no colon; allowed: user:password" + System.lineSeparator());
        assertThat(run(good, "import", file.toString(), "-", "--hash", "bcrypt"))
                .isZero();

        assertThat(run("t:wo", "check", file.toString(), "bert")).isZero();
        assertThat(run("", "check", file.toString())).isZero();
        assertThat(out.toString()).contains("Took 2 passwords; now 2 users");
    }

    @Test
    void whatIsNotAllowedChangesNothing() throws IOException {
        assertThat(run("", "set", file.toString(), "anna")).isEqualTo(1);
        assertThat(run("x".repeat(73), "set", file.toString(), "anna", "--hash", "bcrypt"))
                .isEqualTo(1);
        assertThat(run("x".repeat(65_536), "set", file.toString(), "anna")).isEqualTo(1);
        assertThat(run("x", "set", file.toString(), "an:na")).isEqualTo(1);
        assertThat(run("x", "set", file.toString(), "anna", "--hash", "md5")).isEqualTo(1);
        assertThat(run("x", "delete", file.toString(), "anna")).isEqualTo(1);
        assertThat(run("x", "check", file.toString())).isEqualTo(1);
        assertThat(files()).isEmpty();
        assertThat(err.toString())
                .contains("an empty password is not allowed")
                .contains("bcrypt takes 72 bytes")
                .contains("up to 65535 bytes")
                .contains("without colon")
                .contains("--hash md5 is not allowed; allowed: argon2id, bcrypt, pbkdf2 or scram")
                .contains("there is no such file");
        Files.writeString(file, "plain:text\n");
        assertThat(run("x", "set", file.toString(), "anna")).isEqualTo(1);
        assertThat(Files.readString(file)).isEqualTo("plain:text\n");
    }

    @Test
    void aDirectoryThatIsNotThereIsSaid() {
        assertThat(run("x", "set", directory.resolve("none/users").toString(), "anna", "--hash", "bcrypt"))
                .isEqualTo(2);
        assertThat(err.toString()).contains("there is no directory");
    }

    @Test
    void aUserOfTheAdminPortHasARoleAndKeepsIt() throws IOException {
        String hash = "--hash=pbkdf2";
        assertThat(run("geheim\n", "set", file.toString(), "anna", "--role", "operator", hash))
                .isZero();
        assertThat(Files.readString(file)).startsWith("anna:operator:$7$");
        assertThat(mode()).isEqualTo("rw-------");
        assertThat(run("anders\n", "set", file.toString(), "anna", hash)).isZero();
        assertThat(Files.readString(file)).startsWith("anna:operator:$7$");
        assertThat(run("anders\n", "check", file.toString(), "anna")).isZero();
        assertThat(run("geheim\n", "check", file.toString(), "anna")).isEqualTo(1);
        assertThat(run("anders\n", "set", file.toString(), "anna", "--role", "viewer", hash))
                .isZero();
        assertThat(Files.readString(file)).startsWith("anna:viewer:$7$");
        assertThat(run("", "delete", file.toString(), "anna")).isZero();
        assertThat(file).isEmptyFile();
    }

    @Test
    void usersOfTheAdminPortAndClientsAreNotMixed() throws IOException {
        String hash = "--hash=pbkdf2";
        run("geheim\n", "set", file.toString(), "anna", "--role", "admin", hash);
        assertThat(run("geheim\n", "set", file.toString(), "bert", hash)).isEqualTo(1);
        assertThat(err.toString()).contains("allowed: --role viewer, operator or admin");
        assertThat(run("geheim\n", "set", file.toString(), "bert", "--role", "root", hash))
                .isEqualTo(1);
        assertThat(err.toString()).contains("--role root is not allowed; allowed: viewer, operator or admin");

        Path clients = directory.resolve("clients");
        run("geheim\n", "set", clients.toString(), "sensor", hash);
        assertThat(run("geheim\n", "set", clients.toString(), "anna", "--role", "admin", hash))
                .isEqualTo(1);
        assertThat(err.toString()).contains("another file for admin.users-file");
        assertThat(Files.readString(clients)).startsWith("sensor:$7$").doesNotContain("anna");
    }
}
