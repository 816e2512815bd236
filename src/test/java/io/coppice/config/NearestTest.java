package io.coppice.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestTest {
    @ParameterizedTest
    @CsvSource({
        "port, port, 0",
        "port, prot, 1",
        "port, por, 1",
        "port, ports, 1",
        "port, part, 1",
        "'', port, 4",
        "port, '', 4",
        "kitten, sitting, 3"
    })
    void editsAreCounted(String from, String to, int edits) {
        assertThat(Nearest.edits(from, to)).isEqualTo(edits);
    }

    @Test
    void ofEqualsTheFirstInTheAlphabetIsNearest() {
        assertThat(Nearest.to("x", List.of("c", "b"))).isEqualTo("b");
    }
}
