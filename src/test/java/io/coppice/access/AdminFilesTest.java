package io.coppice.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.coppice.config.ConfigException;
import io.coppice.port.AdminGate.Operator;
import io.coppice.port.AdminGate.Proof;
import io.coppice.port.AdminRole;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The files of the admin port: who is in them, and what is wrong with one. */
class AdminFilesTest {
    private static final Path FILE = Path.of("users");
    private static final String HASH =
            Pbkdf2Sha512.of("geheim".getBytes(UTF_8), new byte[12], 1).text();
    private static final String SHA = "0123456789abcdef".repeat(4);
    private static final Instant NOW = Instant.parse("2030-01-31T00:00:00Z");

    @TempDir
    private Path directory;

    private static List<String> faults(String text, boolean tokens) {
        byte[] content = text.getBytes(UTF_8);
        return catchThrowableOfType(ConfigException.class, () -> {
                    if (tokens) {
                        AdminTokens.parse(FILE, content);
                    } else {
                        AdminUsers.parse(FILE, content);
                    }
                })
                .faults();
    }

    @Test
    void aUserHasTheRoleOfTheLineWhereThePasswordIsRight() throws Exception {
        AdminUsers users = AdminUsers.parse(
                FILE, ("# people\n\nanna:admin:" + HASH + "\nbert:viewer:" + HASH + "\n").getBytes(UTF_8));

        assertThat(users.size()).isEqualTo(2);
        assertThat(users.role("anna", "geheim".getBytes(UTF_8))).isEqualTo(AdminRole.ADMIN);
        assertThat(users.role("bert", "geheim".getBytes(UTF_8))).isEqualTo(AdminRole.VIEWER);
        assertThat(users.role("anna", "falsch".getBytes(UTF_8))).isNull();
    }

    /** The hash of somebody else is computed for it, and its being right lets nobody in. */
    @Test
    void whoIsNotThereIsCheckedAllTheSameAndRefused() throws Exception {
        AdminUsers users = AdminUsers.parse(FILE, ("anna:admin:" + HASH).getBytes(UTF_8));

        assertThat(users.role("nobody", "geheim".getBytes(UTF_8))).isNull();
        assertThat(AdminUsers.parse(FILE, new byte[0]).role("nobody", new byte[0]))
                .isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "anna, there are not two colons; allowed: name:role:hash",
        "anna:$7$1$x, there are not two colons; allowed: name:role:hash",
        "anna:root:x, 'the role is not known; allowed: viewer, operator or admin'",
        "anna:Admin:x, 'the role is not known; allowed: viewer, operator or admin'",
        ":admin:x, the user name is not allowed"
    })
    void aWrongLineOfUsersIsNamed(String line, String fault) {
        assertThat(faults("\n" + line, false)).singleElement().asString().startsWith("users:2: " + fault);
    }

    @Test
    void aNameStandsThereOnce() {
        assertThat(faults("a:admin:" + HASH + "\na:viewer:" + HASH, false))
                .containsExactly("users:2: the name stands in line 1 already; allowed: one line for each");
        assertThat(faults("a:admin:sha256:" + SHA + ":never\nb:viewer:sha256:" + SHA + ":never", true))
                .containsExactly("users:2: the same token stands in an earlier line; allowed: one of its own");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ci:admin:sha256:0123:never",
                "ci:admin:md5:" + "0123456789abcdef0123456789abcdef" + ":never",
                "ci:admin:sha256:never",
                "ci:admin:coppice_geheim",
                "ci:admin:sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef:tomorrow",
                "ci:admin:sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef:"
            })
    void aWrongLineOfTokensIsNamedAndNotQuoted(String line) {
        assertThat(faults(line, true))
                .singleElement()
                .asString()
                .startsWith("users:1: ")
                .contains("; allowed: ")
                .doesNotContain("geheim");
    }

    @Test
    void ofAWrongFileTwentyLinesAreNamed() {
        assertThat(faults("x\n".repeat(30), false)).hasSize(21).last().isEqualTo("users: and 10 lines more");
    }

    @Test
    void aTokenIsItsOwnersUntilItsTimeIsOver() throws Exception {
        String line = AdminTokens.line("ci", AdminRole.OPERATOR, "coppice_abc", NOW);
        AdminTokens tokens = AdminTokens.parse(FILE, line.getBytes(UTF_8));

        assertThat(tokens.who("coppice_abc", NOW.minusMillis(1)))
                .isEqualTo(new Operator("ci", Proof.TOKEN, AdminRole.OPERATOR));
        assertThat(tokens.who("coppice_abc", NOW)).isNull();
        assertThat(tokens.who("coppice_abd", NOW.minusMillis(1))).isNull();
        assertThat(tokens.who("x".repeat(100_000), NOW.minusMillis(1))).isNull();
        assertThat(line).doesNotContain("abc:").endsWith(":2030-01-31T00:00:00Z");
    }

    @Test
    void aTokenThatIsMadeIsGoodAndStandsNowhere() throws Exception {
        Path file = directory.resolve("tokens");
        TokenEdit edit = TokenEdit.open(file);
        String token = edit.create("ci", AdminRole.VIEWER, null);
        String other = edit.create("cd", AdminRole.ADMIN, NOW);
        edit.save();

        assertThat(token).matches("coppice_[A-Za-z0-9_-]{43}").isNotEqualTo(other);
        assertThat(Files.readString(file)).doesNotContain(token).doesNotContain(token.substring(8));
        AdminTokens read = AdminTokens.parse(file, Files.readAllBytes(file));
        assertThat(read.who(token, NOW)).isEqualTo(new Operator("ci", Proof.TOKEN, AdminRole.VIEWER));
        assertThat(TokenEdit.open(file).entries())
                .containsExactly(
                        new TokenEdit.Entry("ci", "viewer", "never"),
                        new TokenEdit.Entry("cd", "admin", "2030-01-31T00:00:00Z"));
        TokenEdit again = TokenEdit.open(file);
        assertThat(again.revoke("ci")).isTrue();
        assertThat(again.revoke("ci")).isFalse();
        again.save();
        assertThat(AdminTokens.parse(file, Files.readAllBytes(file)).size()).isEqualTo(1);
    }
}
