package io.coppice.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coppice.shell.Surroundings;
import io.coppice.shell.Wrong;
import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Who asks a node from a command line, and by what. */
class AdminLoginTest {
    @TempDir
    private Path directory;

    @CommandLine.Command
    private static final class Typed {
        @CommandLine.Mixin
        private AdminLogin login;
    }

    private static HttpRequest request(Map<String, String> environment, String typed, String... args) throws Exception {
        Typed command = new Typed();
        new CommandLine(command).parseArgs(args);
        return command.login
                .port(new Surroundings(environment, new ByteArrayInputStream(typed.getBytes(UTF_8)), null))
                .to("/x")
                .build();
    }

    private static String proof(Map<String, String> environment, String typed, String... args) throws Exception {
        String header = request(environment, typed, args)
                .headers()
                .firstValue("Authorization")
                .orElse("");
        return header.startsWith("Basic ")
                ? "Basic " + new String(Base64.getDecoder().decode(header.substring(6)), UTF_8)
                : header;
    }

    private String file(String text) throws Exception {
        return Files.writeString(Files.createTempFile(directory, "secret", ""), text)
                .toString();
    }

    @Test
    void nobodyIsSaidToAskUnlessThatIsSaid() throws Exception {
        HttpRequest request = request(Map.of(), "");

        assertThat(request.uri()).hasToString("http://127.0.0.1:8080/x");
        assertThat(request.headers().firstValue("Authorization")).isEmpty();
        assertThat(request.headers().firstValue("X-Coppice-Request")).isPresent();
        assertThat(request(Map.of("COPPICE_ADMIN_URL", "https://a:1"), "").uri())
                .hasToString("https://a:1/x");
        assertThat(request(Map.of("COPPICE_ADMIN_URL", "https://a:1"), "", "--url", "https://b:1")
                        .uri())
                .hasToString("https://b:1/x");
    }

    @Test
    void passwordsComeFromFilesOrTheEnvironment() throws Exception {
        assertThat(proof(Map.of(), "", "--user", "anna", "--password-file", file("a b:c\nmore")))
                .isEqualTo("Basic anna:a b:c");
        assertThat(proof(Map.of(), "typed\n", "--user", "anna", "--password-file", "-"))
                .isEqualTo("Basic anna:typed");
        assertThat(proof(Map.of("COPPICE_ADMIN_USER", "bert", "COPPICE_ADMIN_PASSWORD", "p"), ""))
                .isEqualTo("Basic bert:p");
        assertThat(proof(Map.of("COPPICE_ADMIN_PASSWORD_FILE", file("f\r\n")), "", "--user", "anna"))
                .isEqualTo("Basic anna:f");
    }

    @Test
    void tokensComeFromFilesOrTheEnvironmentAndAUserThatIsTypedOutranksThem() throws Exception {
        assertThat(proof(Map.of(), "", "--token-file", file("coppice_a\n"))).isEqualTo("Bearer coppice_a");
        assertThat(proof(Map.of("COPPICE_ADMIN_TOKEN", "coppice_b"), "")).isEqualTo("Bearer coppice_b");
        assertThat(proof(Map.of("COPPICE_ADMIN_TOKEN_FILE", file("coppice_c")), ""))
                .isEqualTo("Bearer coppice_c");
        assertThat(proof(
                        Map.of("COPPICE_ADMIN_TOKEN", "coppice_b", "COPPICE_ADMIN_PASSWORD", "p"),
                        "",
                        "--user",
                        "anna"))
                .isEqualTo("Basic anna:p");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://node.example.com:8080",
                "http://192.0.2.1",
                "http://127.0.0.1.example.com",
                "http://0.0.0.0:8080"
            })
    void aSecretDoesNotGoInClearBeyondThisMachine(String url) {
        assertThatThrownBy(() -> request(Map.of("COPPICE_ADMIN_TOKEN", "geheim"), "", "--url", url))
                .isInstanceOf(Wrong.class)
                .hasMessageContaining("allowed: https, or http to this machine")
                .hasMessageNotContaining("geheim");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://localhost:1", "http://127.8.9.1", "http://[::1]:1", "https://node.example.com"})
    void toThisMachineAndOverTlsItDoes(String url) throws Exception {
        assertThat(proof(Map.of("COPPICE_ADMIN_TOKEN", "t"), "", "--url", url)).isEqualTo("Bearer t");
    }

    @Test
    void whatDoesNotGoTogetherIsRefused() throws Exception {
        String secret = file("s");
        assertThatThrownBy(() -> request(Map.of(), "", "--user", "a", "--token-file", secret))
                .hasMessageContaining("allowed: one of the two");
        assertThatThrownBy(() -> request(Map.of(), "", "--password-file", secret))
                .hasMessageContaining("with --user");
        assertThatThrownBy(() -> request(Map.of(), "", "--user", "a")).hasMessageContaining("No password was given");
        assertThatThrownBy(() -> request(Map.of(), "", "--user", "a:b", "--password-file", secret))
                .hasMessageContaining("without a colon");
        assertThatThrownBy(() -> request(Map.of(), "", "--url", "https://u:geheim@a"))
                .hasMessageNotContaining("geheim");
        assertThatThrownBy(() -> request(Map.of(), "", "--url", "ftp://a")).hasMessageContaining("is not allowed");
        assertThatThrownBy(() -> request(Map.of("COPPICE_ADMIN_TOKEN", "a\nb"), ""))
                .hasMessageContaining("the token is not allowed");
        assertThatThrownBy(() -> request(Map.of(), "", "--ca", secret)).isInstanceOf(Wrong.class);
        assertThatThrownBy(() -> request(
                        Map.of(), "", "--token-file", directory.resolve("none").toString()))
                .hasMessageContaining("cannot be read");
    }
}
