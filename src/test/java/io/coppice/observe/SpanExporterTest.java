package io.coppice.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.coppice.it.Collector;
import io.coppice.mqtt.SpanContext;
import io.coppice.port.Figure;
import io.coppice.port.Spans;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Spans on their way to a collector that takes them, or does not. */
@Timeout(60)
class SpanExporterTest {
    private final Collector collector = new Collector();

    @AfterEach
    void close() {
        collector.close();
    }

    private static Spans.Span span(long id) {
        return new Spans.Span(
                Spans.Kind.DELIVER,
                new SpanContext(1, 2, id),
                3,
                1_000,
                4,
                "a/b",
                1,
                10,
                "lamp",
                null,
                id % 2 == 0 ? "queue_full" : null);
    }

    /** By name, and of what is dropped by reason. */
    private static Map<String, Long> counted(SpanExporter exporter) {
        return exporter.figures().stream()
                .collect(Collectors.toMap(
                        figure -> figure.name() + figure.labels().getOrDefault("reason", ""),
                        (Figure figure) -> figure.value().getAsLong()));
    }

    @Test
    void everySpanComesOnceAsItIs() throws Exception {
        SpanExporter exporter = new SpanExporter(collector.url(), SpanHeaders.NONE, 5_000, "oak", "1");
        for (int i = 1; i <= 2_000; i++) {
            exporter.ended(span(i));
        }
        await().until(() -> counted(exporter).get("mqtt.spans.exported") == 2_000);

        assertThat(collector.spans()).hasSize(2_000).doesNotHaveDuplicates();
        Collector.Span second = collector.spans().get(1);
        assertThat(second.node()).isEqualTo("oak");
        assertThat(second.name()).isEqualTo("deliver");
        assertThat(second.trace()).isEqualTo("00000000000000010000000000000002");
        assertThat(second.id()).isEqualTo("0000000000000002");
        assertThat(second.parent()).isEqualTo("0000000000000003");
        assertThat(second.end() - second.begin()).isEqualTo(1_000);
        assertThat(second.attributes())
                .containsEntry("coppice.message", "0000000000000004")
                .containsEntry("error.type", "queue_full")
                .containsEntry("mqtt.qos", "1");
        assertThat(collector.spans().get(0).attributes()).doesNotContainKey("error.type");

        exporter.ended(span(2_001));
        exporter.close();
        assertThat(collector.spans()).as("what waits at the end goes too").hasSize(2_001);
    }

    @Test
    void aTokenComesFromAFileAndIsChangedInIt(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("headers"), "Authorization: Bearer one\n");
        SpanExporter exporter = new SpanExporter(collector.url(), SpanHeaders.of(file.toString()), 100, "oak", "1");
        exporter.ended(span(1));
        await().until(() -> collector.spans().size() == 1);
        assertThat(collector.authorization).isEqualTo("Bearer one");
        Files.writeString(file, "Authorization: Bearer two\n");
        exporter.ended(span(2));
        await().until(() -> collector.spans().size() == 2);
        assertThat(collector.authorization).isEqualTo("Bearer two");
        exporter.close();
    }

    @Test
    void whatACollectorRefusesIsDroppedAndWhatComesLaterIsTriedAnew() throws Exception {
        collector.status = 400;
        SpanExporter exporter = new SpanExporter(collector.url(), SpanHeaders.NONE, 100, "oak", "1");
        exporter.ended(span(1));
        await().until(() -> counted(exporter).get("mqtt.spans.droppednot_taken") == 1);
        collector.status = 200;
        exporter.ended(span(2));
        // not the collector's count: it has the span before its answer is here
        await().until(() -> counted(exporter).get("mqtt.spans.exported") == 1);
        assertThat(collector.spans()).hasSize(1);
        assertThat(counted(exporter)).containsEntry("mqtt.spans.droppedqueue_full", 0L);
        exporter.close();
    }

    @Test
    void asMuchWaitsAsMayAndTheRestIsCounted() throws Exception {
        collector.close(); // nobody answers
        SpanExporter exporter = new SpanExporter(collector.url(), SpanHeaders.NONE, 10, "oak", "1");
        for (int i = 1; i <= 5_000; i++) {
            exporter.ended(span(i));
        }
        assertThat(counted(exporter).get("mqtt.spans.droppedqueue_full"))
                .as("all but what waits, and one batch that is on its way")
                .isBetween(5_000L - 10 - 512, 5_000L - 10);
        exporter.close();
        Map<String, Long> counted = counted(exporter);
        assertThat(counted.get("mqtt.spans.droppedqueue_full") + counted.get("mqtt.spans.droppednot_taken"))
                .isEqualTo(5_000);
    }
}
