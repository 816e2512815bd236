package io.coppice.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A configuration is put together again while the node serves. */
class ConfigOriginTest {
    @TempDir
    private Path directory;

    private Path file;
    private CoppiceConfig first;

    @BeforeEach
    void load() throws Exception {
        file = directory.resolve("coppice.yaml");
        write("limits: {sessions-max: 5, receive-maximum: 6, publish-rate-max: 7}");
        first = ConfigLoader.load(
                file,
                Map.of("HOSTNAME", "host", "COPPICE_LIMITS_CONNECTIONS_MAX", "8"),
                List.of("limits.keep-alive-max=9s"));
    }

    private void write(String text) throws Exception {
        Files.writeString(file, text);
    }

    private String source(ConfigOrigin.Again again, String key) {
        return again.config().settings().stream()
                .filter(setting -> setting.key().equals(key))
                .map(Setting::source)
                .toList()
                .get(0);
    }

    @Test
    void whatMayChangeIsTakenAndTheRestStaysAsItWas() throws Exception {
        write("limits: {sessions-max: 50, receive-maximum: 60}");

        ConfigOrigin.Again again = first.origin().again(Map.of());

        assertThat(again.config().limits().sessionsMax()).isEqualTo(50);
        assertThat(again.config().limits().receiveMaximum()).isEqualTo(6);
        assertThat(again.config().limits().publishRateMax()).as("its default").isZero();
        assertThat(again.needingRestart()).containsExactly("limits.receive-maximum");
        assertThat(source(again, "limits.sessions-max")).isEqualTo(file + ":1");
    }

    @Test
    void whatStaysAsItWasIsTheSame() throws Exception {
        ConfigOrigin.Again again = first.origin().again(Map.of());

        assertThat(again.config()).isEqualTo(first);
        assertThat(again.needingRestart()).isEmpty();
    }

    @Test
    void anOrderOutranksFileEnvironmentAndCommandLine() throws Exception {
        ConfigOrigin.Again again = first.origin()
                .again(Map.of(
                        "limits.sessions-max", "1", "limits.connections-max", "2", "limits.keep-alive-max", "3s"));

        assertThat(again.config().limits().sessionsMax()).isEqualTo(1);
        assertThat(again.config().limits().connectionsMax()).isEqualTo(2);
        assertThat(again.config().limits().keepAliveMax()).isEqualTo(3);
        assertThat(source(again, "limits.keep-alive-max")).isEqualTo("api");
    }

    @Test
    void allThatIsWrongIsSaid() throws Exception {
        write("limits: {sessions-max: many, publish-rate-max: 1}");

        assertThatThrownBy(() -> first.origin()
                        .again(Map.of("limits.keep-alive-max", "x", "node.name", "other", "limits.nope", "1")))
                .isInstanceOfSatisfying(
                        ConfigException.class,
                        wrong -> assertThat(wrong.faults())
                                .hasSize(4)
                                .anyMatch(fault -> fault.startsWith("limits.sessions-max: many (" + file + ":1)"))
                                .anyMatch(fault -> fault.startsWith("limits.keep-alive-max: x (api) is not allowed"))
                                .anyMatch(fault ->
                                        fault.startsWith("node.name (api) may not change while the node serves"))
                                .anyMatch(fault -> fault.startsWith("limits.nope (api) is an unknown key")));
    }

    @Test
    void valuesThatContradictEachOtherAreRefused() {
        assertThatThrownBy(() -> first.origin().again(Map.of("limits.packet-size-max", "1KiB")))
                .hasMessageContaining("limits.packet-size-before-connect-max");
    }

    @Test
    void everyLiveKeyIsAKey() {
        assertThat(Schema.keys().stream().filter(Key::live).map(Key::name))
                .containsExactlyInAnyOrderElementsOf(LiveKeys.names());
    }

    @Test
    void itSaysNothingOfTheEnvironment() throws Exception {
        assertThat(first.toString()).doesNotContain("HOSTNAME");
    }
}
