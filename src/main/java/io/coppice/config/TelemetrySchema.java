package io.coppice.config;

import io.coppice.config.CoppiceConfig.Telemetry;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;

/** The keys below {@code telemetry}. */
final class TelemetrySchema {
    private static final int UNBOUNDED = 1_000_000_000;
    private static final int QUEUE_MAX = 1_000_000;

    private final Schema schema;

    TelemetrySchema(Schema schema) {
        this.schema = schema;
    }

    Telemetry telemetry() {
        return new Telemetry(
                schema.value(
                        "telemetry.url",
                        new ValueType<>(
                                "an http or https URL without user and fragment, such as http://127.0.0.1:4318/v1/traces",
                                text -> text.isEmpty() || isUrl(text) ? Optional.of(text) : Optional.empty(),
                                false,
                                Shown::url),
                        "",
                        "Where a collector of OpenTelemetry takes traces (OTLP over HTTP); empty for no spans."),
                schema.value(
                        "telemetry.headers-file",
                        ValueType.path(),
                        "",
                        "Headers of requests for the collector, such as a token: lines \"Name: value\"; empty for none. It is read for each request."),
                schema.integer(
                        "telemetry.sample",
                        0,
                        UNBOUNDED,
                        "1000",
                        "Of so many messages spans are made of one; 0 for none. A publisher's traceparent decides before it."),
                schema.integer(
                        "telemetry.queue-max",
                        1,
                        QUEUE_MAX,
                        "4096",
                        "Spans that wait for the collector, about half a kilobyte each; more are dropped and counted."));
    }

    private static boolean isUrl(String text) {
        try {
            URI url = new URI(text);
            return url.getHost() != null
                    && url.getRawUserInfo() == null
                    && url.getRawFragment() == null
                    && ("http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme()));
        } catch (URISyntaxException malformed) {
            return false;
        }
    }
}
