package io.coppice.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OriginsTest {
    private static final Origins LISTED = Origins.of(List.of("https://App.example.com", "http://tools.example.com:80"));

    @ParameterizedTest
    @CsvSource({
        "http://broker.example.com, broker.example.com:8083",
        "https://broker.example.com:8443, broker.example.com",
        "HTTP://Broker.Example.com:8080, broker.example.com:8083",
        "http://192.0.2.7:8080, 192.0.2.7:8083",
        "http://[2001:db8::7]:8080, [2001:db8::7]:8083",
        "http://localhost:8080, 127.0.0.1:8083",
        "http://127.0.0.1:8080, localhost:8083",
        "http://[::1]:8080, localhost:8083"
    })
    void pagesOfTheSameHostMayByDefault(String origin, String host) {
        assertThat(Origins.SAME_HOST.allow(origin, host)).isTrue();
        assertThat(LISTED.allow(origin, host)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "http://evil.example, broker.example.com:8083",
        "http://evil.example, localhost:8083",
        "http://broker.example.com.evil.example, broker.example.com",
        "http://evil.example/broker.example.com, broker.example.com",
        "http://broker.example.com@evil.example, broker.example.com",
        "http://localhost.evil.example, localhost:8083",
        "http://127.0.0.1.evil.example, 127.0.0.1:8083",
        "http://[2001:db8::8], [2001:db8::7]:8083",
        "null, broker.example.com",
        "null, null",
        "file://, localhost:8083",
        "http://, ''",
        "'', ''",
        "broker.example.com, broker.example.com"
    })
    void othersAndPagesWithoutASiteMayNot(String origin, String host) {
        assertThat(Origins.SAME_HOST.allow(origin, host)).isFalse();
        assertThat(LISTED.allow(origin, host)).isFalse();
        assertThat(Origins.of(List.of("any")).allow(origin, host)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://app.example.com",
                "https://app.example.com:443",
                "HTTPS://APP.example.com",
                "http://tools.example.com"
            })
    void thoseThatAreListedMay(String origin) {
        assertThat(LISTED.allow(origin, "broker.example.com")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://app.example.com",
                "https://app.example.com:8443",
                "https://x.app.example.com",
                "https://app"
            })
    void schemeNameAndPortAreAllPartOfASite(String origin) {
        assertThat(LISTED.allow(origin, "broker.example.com")).isFalse();
    }

    @Test
    void anEmptyListLetsNoPageIn() {
        assertThat(Origins.of(List.of()).allow("http://localhost", "localhost")).isFalse();
    }
}
