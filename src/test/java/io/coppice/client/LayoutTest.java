package io.coppice.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a message is written. */
class LayoutTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.0061Z");

    private static Arrived message(String topic, byte[] payload) {
        return new Arrived(
                topic,
                payload,
                1,
                true,
                List.of(Map.entry("k", "v"), Map.entry("k", "w")),
                "text/plain",
                60L,
                "answers",
                "id".getBytes(UTF_8),
                1,
                () -> {});
    }

    private static String line(String format, boolean terminal, Arrived message) {
        return new String(Layout.of(format, terminal).line(message, NOW), UTF_8);
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '|', textBlock = """
                    %p,         Grün!
                    %t %p,      a/b Grün!
                    %q%r%l%%,   116%
                    %x,         4772c3bc6e21
                    %X,         4772C3BC6E21
                    %b,         R3LDvG4h
                    %U,         1767323045.006100000
                    %I,         2026-01-02T03:04:05.006Z
                    %C %R %E %F %D,  text/plain answers 60 1 id
                    %P,         k:v k:w
                    """)
    void theEscapesAreThoseOfMosquitto(String format, String written) {
        assertThat(line(format, false, message("a/b", "Grün!".getBytes(UTF_8)))).isEqualTo(written);
    }

    @Test
    void controlCharactersAreWrittenAsEscapes() {
        assertThat(line("\\a\\e\\n\\r\\t\\v\\0\\\\", true, message("t", new byte[0])))
                .isEqualTo("\u0007\u001b\n\r\t\u000b\0\\");
    }

    @ParameterizedTest
    @ValueSource(strings = {"%z", "%", "\\q", "\\", "%A"})
    void anUnknownEscapeIsRefusedWithAllThatAreKnown(String format) {
        assertThatThrownBy(() -> Layout.of(format, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the format has " + format + "; allowed: %p payload");
    }

    @Test
    void bytesArePassedOnAsTheyAreWhereNobodySeesThem() {
        byte[] bytes = {0, 27, (byte) 0x9b, (byte) 0xff, 10};

        assertThat(Layout.of("%p", false).line(message("t", bytes), NOW)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"%p", "%t", "%j", "%J", "%C"})
    void nothingThatCameDoesAnythingToATerminal(String format) {
        String evil = "\u001b]0;x\u0007\u009b2J\u202e\r\u2028";
        Arrived message =
                new Arrived(evil, evil.getBytes(UTF_8), 0, false, List.of(), evil, null, null, null, null, () -> {});

        assertThat(line(format, true, message))
                .matches("[\\x20-\\x7e]*")
                .containsIgnoringCase("\\u001b]0;x\\u0007\\u009b2J\\u202e");
    }

    @Test
    void linesOfTextStayLinesOnATerminal() {
        assertThat(line("%p", true, message("t", "a\n\tb ü".getBytes(UTF_8)))).isEqualTo("a\n\tb ü");
    }

    private static JsonNode json(String format, byte[] payload) throws Exception {
        String line = line(format, false, message("a/\"b", payload));
        assertThat(line).doesNotContain("\n");
        return new ObjectMapper().readTree(line);
    }

    @Test
    void jsonHasTheNamesOfMosquitto() throws Exception {
        assertThat(json("%j", "{\"x\": 1}".getBytes(UTF_8))).isEqualTo(new ObjectMapper().readTree("""
                        {"tst":"2026-01-02T03:04:05.006Z","topic":"a/\\"b","qos":1,"retain":1,"payloadlen":8,
                         "properties":{"payload-format-indicator":1,"message-expiry-interval":60,
                          "content-type":"text/plain","response-topic":"answers","correlation-data":"id",
                          "user-properties":[{"name":"k","value":"v"},{"name":"k","value":"w"}]},
                         "payload":"{\\"x\\": 1}"}
                        """));
    }

    @Test
    void jsonHasNoPropertiesWhereThereAreNone() throws Exception {
        Arrived plain = new Arrived("t", new byte[0], 0, false, List.of(), null, null, null, null, null, () -> {});

        assertThat(new ObjectMapper().readTree(line("%j", false, plain)).has("properties"))
                .isFalse();
    }

    @Test
    void aPayloadThatIsNoTextStandsInBase64() throws Exception {
        JsonNode line = json("%J", new byte[] {(byte) 0xff, 0});

        assertThat(line.path("payload_base64").asText()).isEqualTo("/wA=");
        assertThat(line.has("payload")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"x\":\n [1.10, 3.14159265358979323846264338327950288]}", "12", "\"s\"", "null", "[[]]"})
    void aPayloadThatIsJsonStandsThereAsSuch(String payload) {
        assertThat(line("%J", false, message("t", payload.getBytes(UTF_8))))
                .endsWith(",\"payload\":" + payload.replaceAll("\\s", "") + "}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "{", "{} {}", "1 2", "{\"a\":1,\"a\":2}", "NaN", "[1}", "\"a"})
    void aPayloadThatIsNotQuiteJsonIsText(String payload) throws Exception {
        assertThat(json("%J", payload.getBytes(UTF_8)).path("payload").asText()).isEqualTo(payload);
    }
}
