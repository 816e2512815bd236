package io.coppice.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.port.Figure;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FigureMetricsTest {
    private long value = 3;

    @Test
    void figuresAreMetersUnderTheirNames() {
        try (Metrics metrics = new Metrics()) {
            metrics.watch(List.of(
                    new Figure("mqtt.asked", "Questions", true, Map.of("means", "a"), () -> value),
                    new Figure("mqtt.asked", "Questions", true, Map.of("means", "b"), () -> 7),
                    new Figure("mqtt.open", "Whether", false, Map.of(), () -> value)));
            assertThat(metrics.scrape(Metrics.TEXT))
                    .contains(
                            "mqtt_asked_total{means=\"a\"} 3.0", "mqtt_asked_total{means=\"b\"} 7.0", "mqtt_open 3.0");
            value = 4;
            System.gc(); // what a meter reads stays

            assertThat(metrics.scrape(Metrics.TEXT)).contains("mqtt_asked_total{means=\"a\"} 4.0", "mqtt_open 4.0");
        }
    }
}
