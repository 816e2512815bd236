package io.coppice.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class RebalanceApiTest {
    private static Map<String, Long> surplus(int tolerance, long... connections) {
        Map<String, Long> nodes = new java.util.TreeMap<>();
        for (int i = 0; i < connections.length; i++) {
            nodes.put("n" + i, connections[i]);
        }
        return RebalanceApi.surplus(nodes, tolerance);
    }

    @Test
    void crowdedNodesComeDownToTheAverage() {
        assertThat(surplus(5, 100, 100, 0, 0)).isEqualTo(Map.of("n0", 50L, "n1", 50L));
        assertThat(surplus(5, 600, 300, 0)).isEqualTo(Map.of("n0", 300L));
    }

    @Test
    void whoIsLittleAboveItIsLeftAlone() {
        assertThat(surplus(5, 105, 95)).isEmpty();
        assertThat(surplus(5, 106, 94)).isEqualTo(Map.of("n0", 6L));
        assertThat(surplus(0, 101, 99)).isEqualTo(Map.of("n0", 1L));
    }

    @Test
    void whatCannotBeDividedIsNotMovedToAndFro() {
        assertThat(surplus(0, 1, 0)).isEmpty();
        assertThat(surplus(0, 2, 1, 1)).isEmpty();
        assertThat(surplus(0, 0, 0)).isEmpty();
    }
}
