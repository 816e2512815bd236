package io.coppice.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.jwk.Curve;
import io.coppice.config.ConfigException;
import io.coppice.config.ConfigLoader;
import io.coppice.config.CoppiceConfig;
import io.coppice.port.Figure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessTest {
    @TempDir
    private Path directory;

    private Path users;

    @BeforeEach
    void write() throws Exception {
        users = Files.writeString(directory.resolve("users"), "");
    }

    private static CoppiceConfig config(String... sets) throws ConfigException {
        return ConfigLoader.load(null, Map.of(), List.of(sets));
    }

    @Test
    void everythingThatIsCountedIsDescribedInTheGuide() throws Exception {
        String guide = Files.readString(Path.of("src/docs/METRICS.md"));
        try (Access access = Access.open(config(
                "security.certificate-user=cn",
                "security.jwt.jwks-url=http://127.0.0.1:1/keys",
                "security.password-file=" + users,
                "security.http.authn-url=http://127.0.0.1:1/authn"))) {
            List<Figure> figures = access.gatekeeper().figures();

            assertThat(figures)
                    .extracting(each -> each.labels().getOrDefault("means", ""))
                    .contains("certificate", "jwt", "password", "http");
            assertThat(figures).extracting(Figure::name).contains("mqtt.jwt.refused", "mqtt.http.authn.breaker.open");
            assertThat(figures).allSatisfy(each -> {
                String name = each.name().replace('.', '_') + (each.growing() ? "_total" : "");
                assertThat(guide).contains("`" + name + "`");
                each.labels().values().forEach(value -> assertThat(guide).contains("`" + value + "`"));
            });
        }
    }

    @Test
    void aFileThatIsNotAsItShouldBeIsToldWithItsName() throws Exception {
        Path keys = Files.write(directory.resolve("keys"), Tokens.jwks(Tokens.ec(Curve.P_256, "e")));
        Access.check(config("security.jwt.jwks-file=" + keys, "security.password-file=" + users));
        for (String set : List.of(
                "security.jwt.secret-file=" + users,
                "security.jwt.public-key-file=" + keys,
                "security.jwt.jwks-file=" + users)) {
            assertThatThrownBy(() -> Access.check(config(set)))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageStartingWith(directory.toString());
        }
        for (String set : List.of("security.http.ca-file=", "security.http.token-file=")) {
            assertThatThrownBy(() -> Access.check(config("security.http.authn-url=https://a", set + users)))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageStartingWith(users + ":");
            assertThatThrownBy(() -> Access.check(config("security.http.authn-url=https://a", set + "/no-file")))
                    .hasMessage("/no-file: there is no such file");
        }
        assertThatThrownBy(() ->
                        Access.check(config("security.jwt.jwks-url=https://a", "security.jwt.jwks-ca-file=" + users)))
                .hasMessageContaining("there is no certificate");
    }
}
