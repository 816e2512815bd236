package io.coppice.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coppice.config.CoppiceConfig.HttpCallout;
import io.coppice.config.CoppiceConfig.JwksUrl;
import io.coppice.config.CoppiceConfig.Jwt;
import io.coppice.config.CoppiceConfig.JwtAlgorithm;
import io.coppice.config.CoppiceConfig.Security;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Those who vouch for clients elsewhere: who signs tokens, and who is asked over HTTP. */
class CalloutSchemaTest {
    private static Security sets(String... sets) throws ConfigException {
        return ConfigLoader.load(null, Map.of(), List.of(sets)).security();
    }

    @Test
    void nobodyIsAskedUnlessSomebodyIsNamed() throws ConfigException {
        Security security = sets();

        assertThat(security.jwt().enabled()).isFalse();
        assertThat(security.http().enabled()).isFalse();
        assertThat(security.knowsUsers()).isFalse();
        assertThat(security.grantedFiltersMax()).isEqualTo(1_000);
    }

    @Test
    void tokensAreAskedForWhatIsUsual() throws ConfigException {
        assertThat(sets().jwt())
                .isEqualTo(new Jwt(
                        "",
                        "",
                        "",
                        new JwksUrl(
                                "",
                                "",
                                Duration.ofMinutes(10),
                                Duration.ofSeconds(30),
                                Duration.ofHours(1),
                                Duration.ofSeconds(5),
                                262_144),
                        List.of(JwtAlgorithm.values()),
                        8_192,
                        "",
                        "",
                        true,
                        Duration.ofSeconds(30),
                        "sub",
                        false,
                        "",
                        "acl",
                        false,
                        true));
    }

    @Test
    void questionsOverHttpHaveBounds() throws ConfigException {
        assertThat(sets().http())
                .isEqualTo(new HttpCallout(
                        "",
                        "",
                        "",
                        "",
                        Duration.ofSeconds(5),
                        64,
                        1_000,
                        Duration.ofMinutes(1),
                        Duration.ofMinutes(1),
                        Duration.ofMinutes(5),
                        100_000,
                        65_536,
                        5,
                        Duration.ofSeconds(10)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "security.jwt.secret-file=a",
                "security.jwt.public-key-file=a",
                "security.jwt.jwks-file=a",
                "security.jwt.jwks-url=https://a/b",
                "security.http.authn-url=https://a/b"
            })
    void whoIsNamedKnowsUsersSoThatClientsDoNotEnterByThemselves(String set) throws ConfigException {
        assertThat(sets(set).knowsUsers()).isTrue();
        assertThat(sets(set).anonymous()).isFalse();
        assertThat(sets(set, "security.anonymous=true").anonymous()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://auth.example.com/authn?tenant=1",
                "https://auth.example.com:8443",
                "HTTPS://auth",
                "http://localhost:8000/authn",
                "http://127.0.0.2/authn",
                "http://[::1]:8000/authn"
            })
    void aPasswordGoesOverTlsOrStaysOnTheMachine(String url) throws ConfigException {
        assertThat(sets("security.http.authn-url=" + url).http().authnUrl()).isEqualTo(url);
        assertThat(sets("security.jwt.jwks-url=" + url).jwt().keys().url()).isEqualTo(url);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://auth.example.com/authn",
                "http://localhost.example.com/authn",
                "http://127.0.0.1.example.com/authn",
                "http://10.0.0.1/authn",
                "https://anna:secret@auth.example.com/authn",
                "https://auth.example.com/authn#a",
                "https:///authn",
                "ftp://localhost/authn",
                "auth.example.com",
                "https://auth example.com"
            })
    void anotherUrlIsRefused(String url) {
        for (String key : List.of("security.http.authn-url", "security.jwt.jwks-url")) {
            assertThatThrownBy(() -> sets(key + "=" + url))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageStartingWith(key + ": ")
                    .hasMessageContaining("allowed: an https URL, or an http URL of this machine");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "security.jwt.algorithms=none",
                "security.jwt.algorithms=RS256,none",
                "security.jwt.algorithms=",
                "security.jwt.algorithms=rs256",
                "security.jwt.token-bytes-max=64KiB",
                "security.jwt.leeway=11m",
                "security.jwt.user-claim=",
                "security.jwt.jwks-refetch-min=0s",
                "security.jwt.jwks-timeout=0s",
                "security.http.timeout=0s",
                "security.http.concurrent-max=0",
                "security.http.waiting-max=0",
                "security.http.breaker-failures=0",
                "security.granted-filters-max=0"
            })
    void aValueThatIsNotAllowedIsRefused(String set) {
        assertThatThrownBy(() -> sets(set))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith(set.substring(0, set.indexOf('=')) + ": ");
    }

    @Test
    void algorithmsAreAList() throws ConfigException {
        assertThat(sets("security.jwt.algorithms=ES256, PS512").jwt().algorithms())
                .containsExactly(JwtAlgorithm.ES256, JwtAlgorithm.PS512);
    }

    @Test
    void keysComeFromOnePlace() {
        assertThatThrownBy(() -> sets("security.jwt.secret-file=/a", "security.jwt.jwks-url=https://b"))
                .hasMessageContaining(
                        "security.jwt.jwks-url: \"https://b\" (--set) contradicts security.jwt.secret-file: /a")
                .hasMessageContaining("allowed: one of the four sources of keys");
        assertThatThrownBy(() -> sets("security.jwt.acl-claim=", "security.jwt.require-acl=true"))
                .hasMessageContaining("allowed: a claim, or require-acl false");
    }
}
