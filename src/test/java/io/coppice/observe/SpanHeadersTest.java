package io.coppice.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coppice.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Headers of requests for a collector, as a file says them. */
class SpanHeadersTest {
    @TempDir
    private Path directory;

    private Path file;

    @BeforeEach
    void name() {
        file = directory.resolve("headers");
    }

    private SpanHeaders of(String content) throws IOException, ConfigException {
        Files.writeString(file, content);
        return SpanHeaders.of(file.toString());
    }

    @Test
    void areReadLineByLine() throws Exception {
        assertThat(of("# of the collector\n\nAuthorization: Bearer a:b c==  \r\nX-Tenant:\t7\n")
                        .now())
                .isEqualTo(Map.of("authorization", "Bearer a:b c==", "x-tenant", "7"));
        assertThat(SpanHeaders.of("").now()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Authorization s3cret",
                "Authorization:",
                " Authorization: s3cret",
                "Author ization: s3cret",
                "Authorization: s3cr\u00e9t",
                "Authorization: s3cret\u0000",
                ": s3cret",
                "Host: s3cret",
                "content-length: 5",
                "A: s3cret\na: s3cret"
            })
    void whatIsNoneIsRefusedAndNotShown(String content) {
        assertThatThrownBy(() -> of("X: y\n" + content + "\n"))
                .isInstanceOfSatisfying(
                        ConfigException.class,
                        wrong -> assertThat(wrong.faults())
                                .singleElement()
                                .asString()
                                .startsWith("telemetry.headers-file: " + file + " line ")
                                .contains("allowed: ")
                                .doesNotContain("s3cr"));
    }

    @Test
    void areBounded() throws Exception {
        String most = IntStream.range(0, SpanHeaders.COUNT_MAX)
                .mapToObj(i -> "h" + i + ": x\n")
                .collect(Collectors.joining());
        assertThat(of(most).now()).hasSize(SpanHeaders.COUNT_MAX);
        assertThatThrownBy(() -> of(most + "one: more\n")).isInstanceOf(ConfigException.class);
        String large = "a: " + "x".repeat(SpanHeaders.BYTES_MAX - 4) + "\n";
        assertThat(of(large).now()).hasSize(1);
        assertThatThrownBy(() -> of(large + "\n")).isInstanceOf(ConfigException.class);
    }

    @Test
    void areReadAnewAndStayWhereTheFileIsWrong() throws Exception {
        SpanHeaders headers = of("a: 1\n");
        Files.writeString(file, "a: 2\n");
        assertThat(headers.now()).isEqualTo(Map.of("a", "2"));
        Files.writeString(file, "nothing\n");
        assertThat(headers.now()).isEqualTo(Map.of("a", "2"));
        Files.delete(file);
        assertThat(headers.now()).isEqualTo(Map.of("a", "2"));
        Files.writeString(file, "a: 3\n");
        assertThat(headers.now()).isEqualTo(Map.of("a", "3"));
        assertThat(headers).hasToString("SpanHeaders[" + file + "]");
    }
}
