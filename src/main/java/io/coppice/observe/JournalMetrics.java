package io.coppice.observe;

import io.coppice.port.JournalStatus;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.ToDoubleFunction;

/** The meters of a node that keeps something on disk: what it writes, what waits for that, and how much room there is. */
final class JournalMetrics {
    private final JournalStatus journal;
    private final MeterRegistry registry;

    JournalMetrics(JournalStatus journal, MeterRegistry registry) {
        this.journal = journal;
        this.registry = registry;
    }

    void register() {
        counter(
                "mqtt.journal.records.written",
                "Changes of sessions and retained messages that are safe on disk",
                JournalStatus::recordsWritten);
        counter("mqtt.journal.bytes.written", "Bytes that were logged for them", JournalStatus::bytesWritten);
        counter("mqtt.journal.failures", "Writes to the journal that failed", JournalStatus::failures);
        counter(
                "mqtt.journal.reopenings",
                "How often the journal was opened anew after a failure",
                JournalStatus::reopenings);
        counter(
                "mqtt.journal.damaged.places",
                "Places of the journal that did not read and were left out",
                JournalStatus::damagedPlaces);
        gauge("mqtt.journal.backlog.records", "Changes that wait to be safe on disk", JournalStatus::backlogRecords);
        gauge("mqtt.journal.backlog.bytes", "Bytes of memory that they take", JournalStatus::backlogBytes);
        gauge(
                "mqtt.journal.writing.seconds",
                "For how long the group of changes at hand has been being written; 0 where there is none",
                status -> status.writingMillis() / 1e3);
        gauge(
                "mqtt.journal.refuses",
                "Whether nothing new is stored at the moment: 1 or 0",
                status -> status.refuses() ? 1 : 0);
        gauge("mqtt.journal.size.bytes", "Bytes of all files in the directory of the node", JournalStatus::sizeBytes);
        gauge("mqtt.journal.disk.free.bytes", "Bytes that are left on its disk", JournalStatus::freeBytes);
    }

    // The functions hold the status, so no meter's own weak reference goes stale.

    private void gauge(String name, String help, ToDoubleFunction<JournalStatus> value) {
        Gauge.builder(name, () -> value.applyAsDouble(journal))
                .description(help)
                .register(registry);
    }

    private void counter(String name, String help, ToDoubleFunction<JournalStatus> value) {
        FunctionCounter.builder(name, journal, ignored -> value.applyAsDouble(journal))
                .description(help)
                .register(registry);
    }
}
