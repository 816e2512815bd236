package io.coppice.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coppice.config.ConfigException;
import io.coppice.config.ConfigLoader;
import io.coppice.config.CoppiceConfig;
import io.coppice.port.AdminGate.Operator;
import io.coppice.port.AdminGate.Proof;
import io.coppice.port.AdminGate.Verdict;
import io.coppice.port.AdminRole;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdminAccessTest {
    private static final Operator ANNA = new Operator("anna", Proof.PASSWORD, AdminRole.ADMIN);

    @TempDir
    private Path directory;

    private long now = Instant.parse("2030-01-01T00:00:00Z").toEpochMilli();

    private CoppiceConfig config(String... sets) throws ConfigException {
        return ConfigLoader.load(null, Map.of(), List.of(sets));
    }

    private Path users(String user, String password, AdminRole role) throws Exception {
        PasswordEdit edit = PasswordEdit.open(directory.resolve("users"));
        edit.set(user, password.getBytes(UTF_8), PasswordEdit.Kind.PBKDF2, role);
        edit.save();
        return directory.resolve("users");
    }

    private static Verdict verdict(AdminAccess access, String user, String password) throws Exception {
        CompletableFuture<Verdict> verdict = new CompletableFuture<>();
        access.password(user, password.getBytes(UTF_8), verdict::complete);
        return verdict.get(20, TimeUnit.SECONDS);
    }

    @Test
    void withoutFilesNobodyIsKnown() throws Exception {
        try (AdminAccess access = AdminAccess.open(config())) {
            assertThat(access.hasUsers()).isFalse();
            assertThat(access.hasTokens()).isFalse();
            assertThat(verdict(access, "anna", "")).isEqualTo(Verdict.WRONG);
            assertThat(access.token("coppice_x")).isNull();
        }
    }

    @Test
    void aFileThatIsWrongStopsTheStart() throws Exception {
        Path file = Files.writeString(directory.resolve("users"), "anna:$7$1$geheim");
        CoppiceConfig config = config("admin.users-file=" + file);

        assertThatThrownBy(() -> AdminAccess.open(config))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(file + ":1: ")
                .hasMessageNotContaining("geheim");
        assertThatThrownBy(() -> AdminAccess.check(config("admin.tokens-file=" + directory.resolve("none"))))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("there is no such file");
    }

    @Test
    void whoIsTakenOutOfTheFileIsOutAlsoIfThePasswordWasRightAMomentAgo() throws Exception {
        Path file = users("anna", "geheim", AdminRole.ADMIN);
        try (AdminAccess access = AdminAccess.open(config("admin.users-file=" + file), () -> now)) {
            assertThat(verdict(access, "anna", "geheim")).isEqualTo(Verdict.right(ANNA));
            assertThat(access.knows("anna")).isTrue();
            users("anna", "geheim", AdminRole.VIEWER);
            access.look();
            assertThat(verdict(access, "anna", "geheim").who())
                    .isEqualTo(new Operator("anna", Proof.PASSWORD, AdminRole.VIEWER));
            Files.writeString(file, "");
            access.look();
            assertThat(verdict(access, "anna", "geheim")).isEqualTo(Verdict.WRONG);
            assertThat(access.knows("anna")).isFalse();
            Files.writeString(file, "broken");
            access.look();
            assertThat(verdict(access, "anna", "geheim")).isEqualTo(Verdict.WRONG);
        }
    }

    /** It is answered before the call returns, on the caller's own thread. */
    @Test
    void aPasswordThatWasRightIsKnownAgainForAWhile() throws Exception {
        Path file = users("anna", "geheim", AdminRole.ADMIN);
        try (AdminAccess access = AdminAccess.open(config("admin.users-file=" + file), () -> now)) {
            verdict(access, "anna", "geheim");
            List<Verdict> at = new ArrayList<>();
            access.password("anna", "geheim".getBytes(UTF_8), at::add);
            assertThat(at).containsExactly(Verdict.right(ANNA));
            assertThat(verdict(access, "anna", "falsch")).isEqualTo(Verdict.WRONG);
            now += 600_000;
            List<Thread> threads = new ArrayList<>();
            CompletableFuture<Verdict> later = new CompletableFuture<>();
            access.password("anna", "geheim".getBytes(UTF_8), verdict -> {
                threads.add(Thread.currentThread());
                later.complete(verdict);
            });
            assertThat(later.get(20, TimeUnit.SECONDS)).isEqualTo(Verdict.right(ANNA));
            assertThat(threads).doesNotContain(Thread.currentThread());
        }
    }

    @Test
    void moreThanABoundedNumberOfChecksIsBusy() throws Exception {
        Path file = users("anna", "geheim", AdminRole.ADMIN);
        String limit = "limits.admin-connections-max=4";
        CompletableFuture<Void> hold = new CompletableFuture<>();
        try (AdminAccess access = AdminAccess.open(config("admin.users-file=" + file, limit), () -> now)) {
            CompletableFuture<Void> held = new CompletableFuture<>();
            access.password("anna", "x".getBytes(UTF_8), verdict -> {
                held.complete(null);
                hold.join();
            });
            held.get(20, TimeUnit.SECONDS);
            List<Verdict> waiting = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                access.password("anna", "x".getBytes(UTF_8), waiting::add);
            }
            assertThat(waiting).containsExactly(Verdict.BUSY);
            hold.complete(null);
        }
    }

    @Test
    void aTokenEndsAtItsTimeAndWithItsLine() throws Exception {
        Path file = directory.resolve("tokens");
        TokenEdit edit = TokenEdit.open(file);
        String token = edit.create("ci", AdminRole.OPERATOR, Instant.ofEpochMilli(now + 1_000));
        edit.save();
        try (AdminAccess access = AdminAccess.open(config("admin.tokens-file=" + file), () -> now)) {
            Operator ci = new Operator("ci", Proof.TOKEN, AdminRole.OPERATOR);
            assertThat(access.token(token)).isEqualTo(ci);
            now += 1_000;
            assertThat(access.token(token)).isNull();
            now -= 1;
            assertThat(access.token(token)).isEqualTo(ci);
            TokenEdit again = TokenEdit.open(file);
            again.revoke("ci");
            again.save();
            access.look();
            assertThat(access.token(token)).isNull();
        }
    }
}
