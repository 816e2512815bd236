package io.coppice.config;

import io.coppice.config.CoppiceConfig.Trace;
import java.time.Duration;

/** The keys below {@code trace}. */
final class TraceSchema {
    private static final int TRACES_MAX = 100;
    private static final int EVENTS_MAX = 1_000_000;

    private final Schema schema;

    TraceSchema(Schema schema) {
        this.schema = schema;
    }

    Trace trace() {
        return new Trace(
                schema.integer(
                        "trace.traces-max",
                        1,
                        TRACES_MAX,
                        "8",
                        "Traces of operators at a time; those that have ended are kept until others need their places."),
                schema.value(
                        "trace.life-max",
                        ValueType.duration(Duration.ofSeconds(1), Duration.ofDays(7)),
                        "1h",
                        "Longest time for which something is traced; it ends by itself."),
                schema.integer(
                        "trace.events-max",
                        1,
                        EVENTS_MAX,
                        "10000",
                        "Events that each node keeps of a trace, about half a kilobyte each; of more the oldest are let go."));
    }
}
