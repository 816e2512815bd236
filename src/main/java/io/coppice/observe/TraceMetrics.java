package io.coppice.observe;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/** What operators trace. */
final class TraceMetrics {
    private final TraceDesk traces;
    private final MeterRegistry registry;

    TraceMetrics(TraceDesk traces, MeterRegistry registry) {
        this.traces = traces;
        this.registry = registry;
    }

    void register() {
        Gauge.builder("mqtt.traces", traces, TraceDesk::live)
                .description("Traces of operators that are live")
                .register(registry);
        FunctionCounter.builder("mqtt.trace.events", traces, TraceDesk::noted)
                .description("Events that traces have noted")
                .register(registry);
        FunctionCounter.builder("mqtt.trace.events.let.go", traces, TraceDesk::letGo)
                .description("Events of traces that were let go for newer ones")
                .register(registry);
    }
}
