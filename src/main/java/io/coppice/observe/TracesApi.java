package io.coppice.observe;

import io.coppice.config.AddressRange;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.Trail;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.security.SecureRandom;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code /api/v1/traces} and {@code /api/v1/messages}. */
final class TracesApi {
    private static final String LIST = "traceEvents";
    /** After which nodes that have come meanwhile are told of a trace. */
    private static final long TELL_AGAIN_MILLIS = 5_000;

    private TracesApi() {}

    // --- traces

    static Future<JsonObject> begin(ApiCall call) {
        JsonObject body = call.asked().body();
        TraceDesk desk = call.fleet().source().traces();
        JsonObject definition = definition(body, desk.limits(), desk.now()).mergeIn(call.by());
        Vertx vertx = call.ctx().vertx();
        return call.fleet().everyone(Task.TRACE, definition).map(answers -> {
            String self = call.fleet().source().self().name();
            JsonObject here = answers.byNode().get(self);
            if (here == null) {
                take(call.fleet(), definition.getString("id"));
                throw new Refusal(409, "It was not begun", reason(answers.failures(), self));
            }
            tellAgain(vertx, call.fleet(), definition);
            return merged(answers.byNode()).get(0).put("failures", answers.failures());
        });
    }

    private static String reason(JsonArray failures, String node) {
        return failures.stream()
                .map(JsonObject.class::cast)
                .filter(each -> node.equals(each.getString("node")))
                .map(each -> each.getString("reason"))
                .findFirst()
                .orElse("");
    }

    private static void take(Fleet fleet, String id) {
        fleet.everyone(Task.END_TRACE, new JsonObject().put("id", id));
    }

    private static JsonObject definition(JsonObject body, TraceDesk.Limits limits, Instant now) {
        List<String> about = Stream.of("client", "topic", "address")
                .filter(body::containsKey)
                .toList();
        if (about.size() != 1) {
            throw Refusal.wrong("body", "is about " + about.size() + " things", "one of client, topic and address");
        }
        String what = about.get(0);
        String value = body.getString(what);
        if (what.equals("topic")) {
            TopicFilter filter = MessagesApi.filter(value, "body /topic");
            if (filter == null || filter.isShared()) {
                throw Refusal.wrong("body /topic", "is that of a shared subscription", "a topic filter");
            }
        } else if (what.equals("address") && AddressRange.of(value) == null) {
            throw Refusal.wrong("body /address", "is no address", "an address, or a range such as 10.0.0.0/8");
        }
        long seconds = body.getLong("seconds", Math.min(60, limits.life().toSeconds()));
        if (seconds > limits.life().toSeconds()) {
            throw Refusal.wrong(
                    "body /seconds", "is too long", "at most " + limits.life().toSeconds() + " (trace.life-max)");
        }
        int events = body.getInteger("events", limits.events());
        if (events > limits.events()) {
            throw Refusal.wrong("body /events", "is too much", "at most " + limits.events() + " (trace.events-max)");
        }
        return new JsonObject()
                .put("id", Trail.name(1 + new SecureRandom().nextLong(Long.MAX_VALUE)))
                .put(what, value)
                .put("sample", body.getInteger("sample", 1))
                .put("events", events)
                .put("since", TraceJson.time(now))
                .put("until", TraceJson.time(now.plusSeconds(seconds)));
    }

    /** As long as it lives and this node does, nodes that do not have it are told of it: they have joined since, or did not answer. */
    private static void tellAgain(Vertx vertx, Fleet fleet, JsonObject definition) {
        String id = definition.getString("id");
        vertx.setTimer(TELL_AGAIN_MILLIS, due -> {
            if (!fleet.source().traces().isLive(id)) {
                return;
            }
            fleet.everyone(Task.TRACES, new JsonObject())
                    .onSuccess(answers -> answers.byNode().forEach((node, answer) -> {
                        if (fleet.source().traces().isLive(id) && !has(answer, id)) {
                            fleet.one(node, Task.TRACE, definition);
                        }
                    }))
                    .onComplete(done -> tellAgain(vertx, fleet, definition));
        });
    }

    private static boolean has(JsonObject answer, String id) {
        return answer.getJsonArray("items").stream().anyMatch(each -> id.equals(((JsonObject) each).getString("id")));
    }

    /** One of each trace, with what each node has of it. */
    private static List<JsonObject> merged(Map<String, JsonObject> byNode) {
        Map<String, JsonObject> all = new TreeMap<>();
        byNode.forEach((node, answer) -> {
            JsonArray items = answer.getJsonArray("items", new JsonArray().add(answer));
            for (Object item : items) {
                JsonObject told = (JsonObject) item;
                JsonObject one = all.computeIfAbsent(told.getString("id"), id -> {
                    JsonObject fresh = told.copy().put("nodes", new JsonArray());
                    fresh.remove("noted");
                    fresh.remove("letGo");
                    fresh.remove("asking");
                    return fresh;
                });
                one.put("live", one.getBoolean("live") || told.getBoolean("live"));
                one.getJsonArray("nodes")
                        .add(new JsonObject()
                                .put("node", node)
                                .put("noted", told.getLong("noted"))
                                .put("letGo", told.getLong("letGo")));
            }
        });
        return List.copyOf(all.values());
    }

    static Future<JsonObject> list(ApiCall call) {
        return call.fleet()
                .everyone(Task.TRACES, new JsonObject())
                .map(answers -> new JsonObject()
                        .put("items", new JsonArray(merged(answers.byNode())))
                        .put("failures", answers.failures()));
    }

    static Future<JsonObject> one(ApiCall call) {
        String id = call.asked().text("id");
        return call.fleet().everyone(Task.TRACES, new JsonObject()).map(answers -> {
            for (JsonObject trace : merged(answers.byNode())) {
                if (trace.getString("id").equals(id)) {
                    return trace.put("failures", answers.failures());
                }
            }
            throw absent(answers, id);
        });
    }

    private static Refusal absent(Fleet.Answers answers, String id) {
        return answers.failures().isEmpty()
                ? new Refusal(404, "Nothing is here", "no node has a trace " + id)
                : Refusal.unanswered("no node that has answered has a trace " + id, answers.failures());
    }

    static Future<JsonObject> end(ApiCall call) {
        String id = call.asked().text("id");
        JsonObject with = call.by().put("id", id);
        return call.fleet().everyone(Task.END_TRACE, with).map(answers -> {
            JsonArray nodes = new JsonArray();
            answers.byNode().forEach((node, answer) -> {
                if (answer.getBoolean("ended")) {
                    nodes.add(node);
                }
            });
            if (nodes.isEmpty()) {
                throw absent(answers, id);
            }
            return new JsonObject().put("id", id).put("nodes", nodes).put("failures", answers.failures());
        });
    }

    // --- events

    static Future<JsonObject> events(ApiCall call) {
        String id = call.asked().text("id");
        int limit = call.asked().number("limit");
        JsonObject after = after(call.asked().textOrNull("cursor"), id);
        JsonObject with = new JsonObject().put("id", id).put("limit", limit).put("after", after);
        return call.fleet().everyone(Task.TRACE_EVENTS, with).map(answers -> {
            Map<String, JsonArray> byNode = new TreeMap<>();
            Map<String, String> ids = new TreeMap<>();
            boolean goesOn = false;
            for (Map.Entry<String, JsonObject> each : answers.byNode().entrySet()) {
                JsonObject answer = each.getValue();
                if (answer.containsKey("events")) {
                    byNode.put(each.getKey(), answer.getJsonArray("events"));
                    ids.put(each.getKey(), answer.getString("id"));
                    goesOn |= answer.getBoolean("live") || answer.getBoolean("more");
                }
            }
            if (byNode.isEmpty()) {
                throw absent(answers, id);
            }
            List<JsonObject> events = TraceJson.merged(byNode.values(), limit);
            JsonObject next = after.copy(); // of a node that has not answered it stays where it was
            events.forEach(event -> next.put(ids.get(event.getString("node")), event.getLong("number")));
            goesOn |= byNode.values().stream().mapToInt(JsonArray::size).sum() > events.size();
            JsonObject page = new JsonObject().put("items", TraceJson.shown(events));
            if (goesOn) {
                page.put("nextCursor", Cursor.of(LIST, new JsonArray().add(id).add(next.encode())));
            }
            return page.put("failures", answers.failures());
        });
    }

    private static JsonObject after(@Nullable String cursor, String id) {
        JsonArray parts = Cursor.read(cursor, LIST, 2);
        if (parts.isEmpty()) {
            return new JsonObject();
        }
        try {
            JsonObject after = new JsonObject(parts.getString(1));
            if (parts.getString(0).equals(id) && after.stream().allMatch(each -> each.getValue() instanceof Number)) {
                return after;
            }
        } catch (DecodeException foreign) {
            // as below
        }
        throw Refusal.wrong("query parameter cursor", "is none of this trace", "its nextCursor");
    }

    // --- messages

    static Future<JsonObject> ways(ApiCall call) {
        String topic = call.asked().textOrNull("topic");
        String message = call.asked().textOrNull("message");
        if ((topic == null) == (message == null)) {
            throw Refusal.wrong("query", "names no message, or two", "topic or message");
        }
        Future<Fleet.Answers> found = topic == null
                ? Future.succeededFuture(new Fleet.Answers(
                        Map.of("", new JsonObject().put("messages", new JsonArray().add(message))), new JsonArray()))
                : call.fleet().everyone(Task.FIND_MESSAGES, wanted(call, topic));
        int limit = call.asked().number("limit");
        return found.compose(first -> {
            JsonArray names = new JsonArray();
            first.byNode().values().stream()
                    .flatMap(answer -> answer.getJsonArray("messages").stream())
                    .distinct()
                    .limit(TraceDesk.MESSAGES_MAX)
                    .forEach(names::add);
            return call.fleet()
                    .everyone(Task.MESSAGE_WAYS, new JsonObject().put("messages", names))
                    .map(answers -> ways(answers, names, limit));
        });
    }

    private static JsonObject wanted(ApiCall call, String topic) {
        MessagesApi.topic(topic, "query parameter topic");
        JsonObject with = call.with("publisher", "within").put("topic", topic);
        String time = call.asked().textOrNull("time");
        if (time != null) {
            try {
                with.put("time", OffsetDateTime.parse(time).toInstant().toString());
            } catch (DateTimeException wrong) {
                throw Refusal.wrong("query parameter time", "is no time", "such as 2026-01-31T03:00:00Z");
            }
        }
        return with;
    }

    private static JsonObject ways(Fleet.Answers answers, JsonArray names, int limit) {
        Map<String, JsonArray> byNode = new TreeMap<>();
        boolean more = false;
        for (Map.Entry<String, JsonObject> each : answers.byNode().entrySet()) {
            byNode.put(each.getKey(), each.getValue().getJsonArray("events"));
            more |= each.getValue().getBoolean("more");
        }
        List<JsonObject> events = TraceJson.merged(byNode.values(), limit);
        more |= byNode.values().stream().mapToInt(JsonArray::size).sum() > events.size();
        return new JsonObject()
                .put("messages", names)
                .put("items", TraceJson.shown(events))
                .put("more", more)
                .put("failures", answers.failures());
    }

    static @Nullable Instant time(JsonObject with) {
        String time = with.getString("time");
        return time == null ? null : Instant.parse(time);
    }

    static Duration within(JsonObject with) {
        return Duration.ofSeconds(with.getLong("within"));
    }
}
