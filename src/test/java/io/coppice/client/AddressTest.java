package io.coppice.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a URL says of a broker. */
class AddressTest {
    @ParameterizedTest
    @CsvSource(nullValues = "-", textBlock = """
                    mqtt://host,                     mqtt://host:1883,        -,    -,  -
                    mqtt://host/,                    mqtt://host:1883,        -,    -,  -
                    MQTTS://host/a,                  mqtts://host:8883,       -,    -,  a
                    mqtt://anna@host:5/a/b/#,        mqtt://host:5,           anna, -,  a/b/#
                    mqtt://an%40na:p%3Aw@h/a%20+/+,  mqtt://h:1883,           an@na, p:w, a +/+
                    mqtts://[::1]:9/$share/g/t,      mqtts://[::1]:9,         -,    -,  $share/g/t
                    ws://host,                       ws://host:8083/mqtt,     -,    -,  -
                    wss://u:p@host/other/path,       wss://host:8084/other/path, u, p,  -
                    """)
    void aUrlSaysAllAtOnce(String url, String address, String user, String password, String topic) {
        Address.Place place = Address.url(url);

        assertThat(place.address()).hasToString(address);
        assertThat(place.user()).isEqualTo(user);
        assertThat(place.password()).isEqualTo(password);
        assertThat(place.topic()).isEqualTo(topic);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "host",
                "http://host/",
                "mqtt://",
                "mqtt://anna:geheim@/x",
                "mqtt://anna:geheim@host:port/x",
                "mqtt:// anna:geheim@host",
                "://anna:geheim@host"
            })
    void whatIsNoneIsRefusedWithoutBeingRepeated(String url) {
        assertThatThrownBy(() -> Address.url(url))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the URL is not allowed; allowed: such as mqtt://")
                .hasMessageNotContaining("geheim");
    }

    @Test
    void thePortIsOne() {
        assertThatThrownBy(() -> Address.url("mqtt://host:0")).hasMessage("port 0 is not allowed; allowed: 1 to 65535");
        assertThatThrownBy(() -> Address.url("mqtt://host:65536")).hasMessageContaining("65536 is not allowed");
    }

    @Test
    void aPasswordIsNotShown() {
        assertThat(Address.url("mqtt://anna:geheim@host").toString()).doesNotContain("geheim");
    }
}
