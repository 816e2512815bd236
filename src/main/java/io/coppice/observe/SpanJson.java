package io.coppice.observe;

import io.coppice.mqtt.Trail;
import io.coppice.port.Spans.Kind;
import io.coppice.port.Spans.Span;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Spans as collectors take them: OTLP over HTTP, in JSON (OTLP 1.x, "JSON Protobuf Encoding"). */
final class SpanJson {
    /** Of one text that others have chosen. */
    private static final int TEXT_MAX = 1_000;

    private static final int INTERNAL = 1;
    private static final int SERVER = 2;
    private static final int PRODUCER = 4;
    private static final int CONSUMER = 5;
    private static final int STATUS_ERROR = 2;

    private SpanJson() {}

    /** @param endedAt nanoseconds since the epoch */
    record Ended(Span span, long endedAt) {}

    static JsonObject batch(List<Ended> spans, String node, String release) {
        JsonArray resource = new JsonArray()
                .add(text("service.name", "coppice"))
                .add(text("service.instance.id", node))
                .add(text("service.version", release));
        JsonArray all = new JsonArray();
        spans.forEach(each -> all.add(span(each)));
        return new JsonObject()
                .put(
                        "resourceSpans",
                        new JsonArray()
                                .add(new JsonObject()
                                        .put("resource", new JsonObject().put("attributes", resource))
                                        .put(
                                                "scopeSpans",
                                                new JsonArray()
                                                        .add(new JsonObject()
                                                                .put(
                                                                        "scope",
                                                                        new JsonObject().put("name", "io.coppice"))
                                                                .put("spans", all)))));
    }

    private static JsonObject span(Ended ended) {
        Span span = ended.span();
        JsonArray attributes = new JsonArray()
                .add(text("messaging.system", "mqtt"))
                .add(text("messaging.destination.name", span.topic()))
                .add(number("messaging.message.body.size", span.size()))
                .add(number("mqtt.qos", span.qos()))
                .add(text("coppice.message", Trail.name(span.message())));
        add(attributes, "messaging.client.id", span.client());
        add(attributes, "coppice.peer", span.peer());
        add(attributes, "error.type", span.fault());
        JsonObject json = new JsonObject()
                .put(
                        "traceId",
                        Trail.name(span.context().traceHigh())
                                + Trail.name(span.context().traceLow()))
                .put("spanId", Trail.name(span.context().span()))
                .put("name", span.kind().name().toLowerCase(Locale.ROOT))
                .put("kind", kind(span.kind()))
                .put("startTimeUnixNano", Long.toString(ended.endedAt() - span.nanos()))
                .put("endTimeUnixNano", Long.toString(ended.endedAt()))
                .put("attributes", attributes);
        if (span.parent() != 0) {
            json.put("parentSpanId", Trail.name(span.parent()));
        }
        if (span.fault() != null) {
            json.put("status", new JsonObject().put("code", STATUS_ERROR).put("message", span.fault()));
        }
        return json;
    }

    private static int kind(Kind kind) {
        return switch (kind) {
            case PUBLISH -> SERVER;
            case ROUTE -> INTERNAL;
            case FORWARD, DELIVER -> PRODUCER;
            case ARRIVE -> CONSUMER;
        };
    }

    private static void add(JsonArray attributes, String key, @Nullable String value) {
        if (value != null) {
            attributes.add(text(key, value));
        }
    }

    private static JsonObject text(String key, String value) {
        String bounded = value.length() <= TEXT_MAX ? value : value.substring(0, TEXT_MAX) + "…";
        return new JsonObject().put("key", key).put("value", new JsonObject().put("stringValue", bounded));
    }

    /** Whole numbers of 64 bits are texts. */
    private static JsonObject number(String key, long value) {
        return new JsonObject().put("key", key).put("value", new JsonObject().put("intValue", Long.toString(value)));
    }
}
