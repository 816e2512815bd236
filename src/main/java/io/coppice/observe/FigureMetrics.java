package io.coppice.observe;

import io.coppice.port.Figure;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import java.util.List;

/** The meters of those who tell of themselves by figures. */
final class FigureMetrics {
    private final List<Figure> figures;
    private final MeterRegistry registry;

    FigureMetrics(List<Figure> figures, MeterRegistry registry) {
        this.figures = figures;
        this.registry = registry;
    }

    void register() {
        for (Figure figure : figures) {
            List<Tag> tags = figure.labels().entrySet().stream()
                    .map(label -> Tag.of(label.getKey(), label.getValue()))
                    .toList();
            if (figure.growing()) {
                FunctionCounter.builder(
                                figure.name(), figure, each -> each.value().getAsLong())
                        .description(figure.description())
                        .tags(tags)
                        .register(registry);
            } else {
                Gauge.builder(figure.name(), figure, each -> each.value().getAsLong())
                        .description(figure.description())
                        .tags(tags)
                        .register(registry);
            }
        }
    }
}
