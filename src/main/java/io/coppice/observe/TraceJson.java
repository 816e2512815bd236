package io.coppice.observe;

import io.coppice.mqtt.Trail;
import io.coppice.port.Tracing.Step;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** Events of traces as JSON, and those of several nodes in order of time. */
final class TraceJson {
    /** Of one text that others have chosen. */
    private static final int TEXT_MAX = 1_000;

    /** In all of it as long, so that texts are in order of time. */
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
                    "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    /** Clocks of nodes differ a little: of two things at one time the one with fewer hops behind it was first. */
    private static final Comparator<JsonObject> ORDER = Comparator.comparing(
                    (JsonObject event) -> event.getString("time"))
            .thenComparing(event -> event.getInteger("hop", 0))
            .thenComparing(event -> event.getString("node"))
            .thenComparing(event -> event.getLong("number"));

    private TraceJson() {}

    static String time(Instant time) {
        return TIME.format(time);
    }

    static JsonObject event(TraceEvents.Noted noted, String node) {
        Step step = noted.step();
        JsonObject json = new JsonObject()
                .put("time", time(noted.time()))
                .put("node", node)
                .put("number", noted.number())
                .put("event", step.event().name().toLowerCase(Locale.ROOT));
        put(json, "packet", step.packet() == null ? null : step.packet().name());
        put(json, "client", step.client());
        put(json, "topic", step.topic());
        if (step.message() != 0) {
            json.put("message", Trail.name(step.message())).put("hop", step.hops());
        }
        if (step.qos() >= 0) {
            json.put("qos", step.qos());
        }
        if (step.packetId() > 0) {
            json.put("packetId", step.packetId());
        }
        if (step.size() >= 0) {
            json.put("size", step.size());
        }
        put(json, "reason", step.reason());
        put(json, "peer", step.node());
        put(json, "detail", step.detail());
        return json;
    }

    private static void put(JsonObject json, String name, @Nullable String text) {
        if (text != null) {
            json.put(name, text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX) + "…");
        }
    }

    /** Those of several nodes in order of time, each node's in its own order. */
    static List<JsonObject> merged(Collection<JsonArray> byNode, int limit) {
        record Row(JsonArray events, int at) {
            JsonObject event() {
                return events.getJsonObject(at);
            }
        }
        PriorityQueue<Row> heads = new PriorityQueue<>(Comparator.comparing(Row::event, ORDER));
        for (JsonArray events : byNode) {
            if (!events.isEmpty()) {
                heads.add(new Row(events, 0));
            }
        }
        List<JsonObject> all = new ArrayList<>();
        while (!heads.isEmpty() && all.size() < limit) {
            Row first = heads.remove();
            all.add(first.event());
            if (first.at() + 1 < first.events().size()) {
                heads.add(new Row(first.events(), first.at() + 1));
            }
        }
        return all;
    }

    /** As people get them: without the numbers by which pages are counted. */
    static JsonArray shown(List<JsonObject> events) {
        JsonArray shown = new JsonArray();
        for (JsonObject event : events) {
            JsonObject copy = event.copy();
            copy.remove("number");
            shown.add(copy);
        }
        return shown;
    }

    /** Where each node has been read up to, by its identifier. */
    static JsonObject positions(Map<String, Long> byNode) {
        JsonObject json = new JsonObject();
        byNode.forEach((node, number) -> json.put(node, number));
        return json;
    }
}
