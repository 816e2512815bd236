package io.coppice.observe;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** {@code /api/v1/clients}, {@code /api/v1/subscriptions} and {@code /api/v1/explain}. */
final class ClientsApi {
    private static final Merge CLIENTS = new Merge("clients", List.of("clientId"));
    private static final Merge SUBSCRIPTIONS = new Merge("subscriptions", List.of("clientId", "filter"));
    private static final Merge RECEIVERS = new Merge("explain", List.of("clientId", "filter"));
    private static final int QOS_COUNT = 3;

    private ClientsApi() {}

    // --- looking

    static Future<JsonObject> list(ApiCall call) {
        int limit = call.asked().number("limit");
        JsonObject with = call.with("prefix", "contains", "user", "address", "connected", "limit")
                .put("after", CLIENTS.after(call.asked().textOrNull("cursor")));
        String node = call.asked().textOrNull("node");
        return pages(call, node, Task.CLIENTS, with).map(answers -> CLIENTS.page(answers, limit));
    }

    /** @param node the only one that is asked; null for all */
    private static Future<Fleet.Answers> pages(
            ApiCall call, @org.jspecify.annotations.Nullable String node, Task task, JsonObject with) {
        return node == null
                ? call.fleet().everyone(task, with)
                : call.fleet()
                        .one(node, task, with)
                        .map(page -> new Fleet.Answers(java.util.Map.of(node, page), new JsonArray()));
    }

    private static String theSession(ApiCall call) {
        return "a session of client " + call.asked().text("clientId");
    }

    static Future<JsonObject> one(ApiCall call) {
        return call.fleet()
                .everyone(Task.CLIENT, call.with("clientId"))
                .map(answers -> call.found(answers, theSession(call)));
    }

    static Future<JsonObject> queue(ApiCall call) {
        return call.fleet()
                .everyone(Task.QUEUE, call.with("clientId", "limit"))
                .map(answers -> call.found(answers, theSession(call)));
    }

    static Future<JsonObject> subscriptions(ApiCall call) {
        MessagesApi.filter(call.asked().textOrNull("filter"), "query parameter filter");
        MessagesApi.topic(call.asked().textOrNull("topic"), "query parameter topic");
        int limit = call.asked().number("limit");
        JsonObject with = call.with("filter", "topic", "clientId", "limit")
                .put("after", SUBSCRIPTIONS.after(call.asked().textOrNull("cursor")));
        return pages(call, call.asked().textOrNull("node"), Task.SUBSCRIPTIONS, with)
                .map(answers -> SUBSCRIPTIONS.page(answers, limit));
    }

    // --- who would receive

    static Future<JsonObject> explain(ApiCall call) {
        var topic = MessagesApi.topic(call.asked().text("topic"), "query parameter topic");
        String publisher = call.asked().textOrNull("client");
        int limit = call.asked().number("limit");
        JsonObject with = call.with("topic", "limit")
                .put("after", RECEIVERS.after(call.asked().textOrNull("cursor")));
        Future<Fleet.Answers> receivers = call.fleet().everyone(Task.SUBSCRIPTIONS, with);
        Future<JsonObject> publishing = publisher == null
                ? Future.succeededFuture(null)
                : call.fleet()
                        .everyone(Task.PUBLISHING, call.with("topic").put("clientId", publisher))
                        .map(answers -> publishing(answers, publisher));
        return Future.all(receivers, publishing).map(both -> {
            JsonObject page = RECEIVERS.page(receivers.result(), limit);
            for (Object row : page.getJsonArray("items")) {
                judge((JsonObject) row, publisher);
            }
            JsonArray ways = new JsonArray();
            call.fleet().source().view().ways(topic).forEach(way -> {
                var share = way.share();
                ways.add(new JsonObject()
                        .put("node", way.node())
                        .put("qos", way.qos().code())
                        .put("share", share == null ? null : share.shareName()));
            });
            return page.put("topic", topic.value())
                    .put("publisher", publishing.result())
                    .put("isRetained", call.fleet().source().view().retained(topic) != null)
                    .put("forwards", ways);
        });
    }

    private static JsonObject publishing(Fleet.Answers answers, String clientId) {
        JsonObject json = new JsonObject().put("clientId", clientId);
        for (JsonObject answer : answers.byNode().values()) {
            JsonObject found = answer.getJsonObject("found");
            if (found != null) {
                JsonArray may = new JsonArray();
                for (int qos = 0; qos < QOS_COUNT; qos++) {
                    may.add(new JsonObject()
                            .put("qos", qos)
                            .put("mayPublish", found.getJsonArray("qos").getBoolean(qos))
                            .put("mayRetain", found.getJsonArray("retained").getBoolean(qos)));
                }
                return json.put("known", true).put("rights", may);
            }
        }
        return json.put("known", false).put("rights", new JsonArray());
    }

    /** Says of a subscription what would come of a message. */
    private static void judge(JsonObject row, @org.jspecify.annotations.Nullable String publisher) {
        Boolean may = row.getBoolean("mayReceive");
        String verdict;
        if (Boolean.FALSE.equals(may)) {
            verdict = "not-authorized";
        } else if (row.getBoolean("noLocal") && row.getString("clientId").equals(publisher)) {
            verdict = "no-local";
        } else if (row.getString("share") != null) {
            verdict = "one-of-group";
        } else if (!row.getBoolean("connected") && row.getInteger("qos") == 0) {
            verdict = "offline";
        } else {
            verdict = may == null ? "unknown" : "receives";
        }
        row.put("verdict", verdict);
    }

    // --- doing

    static Future<JsonObject> kick(ApiCall call) {
        JsonObject with = call.with("clientId", "reason").mergeIn(call.by());
        return call.fleet()
                .everyone(Task.KICK, with)
                .map(answers -> call.done(
                                answers,
                                "a connection of client " + call.asked().text("clientId"))
                        .put("clientId", call.asked().text("clientId")));
    }

    static Future<JsonObject> end(ApiCall call) {
        JsonObject with = call.with("clientId").mergeIn(call.by());
        return call.fleet()
                .everyone(Task.END_SESSION, with)
                .map(answers -> call.done(answers, theSession(call))
                        .put("clientId", call.asked().text("clientId")));
    }

    static Future<JsonObject> subscribe(ApiCall call) {
        JsonArray wanted = call.asked().body().getJsonArray("subscriptions");
        JsonObject with = call.with("clientId")
                .put("subscriptions", wanted)
                .put("identifier", call.asked().body().getInteger("identifier", 0))
                .mergeIn(call.by());
        return call.fleet().everyone(Task.SUBSCRIBE, with).map(answers -> {
            JsonObject done = call.done(answers, theSession(call));
            JsonArray results = new JsonArray();
            JsonArray reasons = done.getJsonArray("reasons");
            for (int i = 0; i < reasons.size(); i++) {
                results.add(reasons.getJsonObject(i)
                        .put("filter", wanted.getJsonObject(i).getString("filter")));
            }
            return new JsonObject()
                    .put("clientId", call.asked().text("clientId"))
                    .put("node", done.getString("node"))
                    .put("results", results);
        });
    }

    static Future<JsonObject> unsubscribe(ApiCall call) {
        JsonObject with = call.with("clientId", "filter").mergeIn(call.by());
        return call.fleet().everyone(Task.UNSUBSCRIBE, with).map(answers -> {
            JsonObject done = call.done(answers, theSession(call));
            JsonObject reason = done.getJsonArray("reasons").getJsonObject(0);
            if (!reason.getBoolean("granted")) {
                throw new Refusal(
                        404,
                        "There is no such subscription",
                        "client " + call.asked().text("clientId") + " has no "
                                + call.asked().text("filter"));
            }
            return new JsonObject()
                    .put("clientId", call.asked().text("clientId"))
                    .put("node", done.getString("node"))
                    .put("filter", call.asked().text("filter"));
        });
    }
}
