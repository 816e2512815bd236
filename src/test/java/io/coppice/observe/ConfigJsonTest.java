package io.coppice.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.config.Setting;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigJsonTest {
    @ParameterizedTest
    @CsvSource({
        "security.http.authn-url, https://anna:geheim@idp.example/check?key=4711, https://…@idp.example/check?…",
        "security.http.authn-url, https://idp.example/check#geheim, https://idp.example/check?…",
        "security.http.authn-url, https://idp.example/check, https://idp.example/check",
        "some.password, geheim, …",
        "some.client-secret, geheim, …",
        "some.password, '', ''",
        "security.password-file, users, users",
        "security.password-memory, 10m, 10m"
    })
    void secretsAreLeftOut(String key, String value, String shown) {
        assertThat(ConfigJson.of(List.of(new Setting(key, value, "default", "…", false)))
                        .getJsonArray("settings")
                        .getJsonObject(0)
                        .getString("value"))
                .isEqualTo(shown);
    }
}
