package io.coppice.observe;

import static java.util.stream.Collectors.joining;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code /api/v1/nodes}, {@code /api/v1/bans}, {@code /api/v1/config} and {@code /api/v1/log-levels}. */
final class NodesApi {
    private static final Merge BANS = new Merge("bans", List.of("kind", "value"));
    private static final long SECOND_MILLIS = 1_000;

    private NodesApi() {}

    // --- nodes

    static Future<JsonObject> nodes(ApiCall call) {
        String self = call.fleet().source().self().name();
        return call.fleet().everyone(Task.NODE, new JsonObject()).map(answers -> {
            JsonArray items = new JsonArray();
            answers.byNode().forEach((name, node) -> items.add(node.put("self", name.equals(self))));
            return new JsonObject().put("items", items).put("failures", answers.failures());
        });
    }

    static Future<JsonObject> figures(ApiCall call) {
        return call.fleet().everyone(Task.FIGURES, new JsonObject()).map(NodesApi::byNode);
    }

    static Future<JsonObject> draining(ApiCall call) {
        return drain(call, Task.DRAINING, new JsonObject());
    }

    static Future<JsonObject> drain(ApiCall call) {
        return drain(call, Task.DRAIN, call.by());
    }

    static Future<JsonObject> undrain(ApiCall call) {
        return drain(call, Task.UNDRAIN, call.by());
    }

    private static Future<JsonObject> drain(ApiCall call, Task task, JsonObject with) {
        String node = call.asked().text("node");
        return call.fleet().one(node, task, with).map(state -> state.put("node", node));
    }

    static Future<JsonObject> config(ApiCall call) {
        String wanted = call.asked().textOrNull("node");
        String node = wanted == null ? call.fleet().source().self().name() : wanted;
        return call.fleet().one(node, Task.CONFIG, new JsonObject()).map(config -> config.put("node", node));
    }

    /** All nodes are asked before any is told, so that what is wrong on one of them changes nothing. */
    static Future<JsonObject> changeConfig(ApiCall call) {
        JsonObject keys = new JsonObject();
        call.asked().body().forEach(key -> {
            Object value = key.getValue();
            keys.put(key.getKey(), value == null ? null : value.toString());
        });
        JsonObject with = call.by()
                .put("keys", keys)
                .put("at", call.fleet().source().orders().next());
        return call.fleet()
                .everyone(Task.CHECK_CONFIG, with)
                .compose(checked -> {
                    requireRight(checked);
                    return call.fleet().everyone(Task.CHANGE_CONFIG, with);
                })
                .map(changed -> {
                    JsonArray nodes = new JsonArray();
                    JsonArray failures = changed.failures();
                    changed.byNode().forEach((name, answer) -> {
                        JsonArray faults = answer.getJsonArray("faults");
                        if (faults == null) {
                            nodes.add(name);
                        } else {
                            failures.add(new JsonObject()
                                    .put("node", name)
                                    .put(
                                            "reason",
                                            faults.stream()
                                                    .map(Object::toString)
                                                    .collect(joining("; "))));
                        }
                    });
                    if (nodes.isEmpty()) {
                        throw Refusal.unanswered("nothing has changed", failures);
                    }
                    return new JsonObject()
                            .put("changed", keys)
                            .put("nodes", nodes)
                            .put("failures", failures);
                });
    }

    private static void requireRight(Fleet.Answers checked) {
        checked.byNode().forEach((name, answer) -> {
            JsonArray faults = answer.getJsonArray("faults");
            if (faults != null) {
                throw Refusal.faults(
                        "nothing has changed, since node " + name + " cannot take it",
                        faults.stream().map(Object::toString).toList());
            }
        });
    }

    // --- the log

    static Future<JsonObject> logLevels(ApiCall call) {
        return call.fleet().everyone(Task.LOG_LEVELS, new JsonObject()).map(NodesApi::byNode);
    }

    private static JsonObject byNode(Fleet.Answers answers) {
        JsonArray items = new JsonArray();
        answers.byNode().forEach((name, answer) -> items.add(answer.put("node", name)));
        return new JsonObject().put("items", items).put("failures", answers.failures());
    }

    static Future<JsonObject> logLevel(ApiCall call) {
        String part = call.asked().text("part");
        Set<String> known = call.fleet().source().logs().levels().keySet();
        if (!known.contains(part)) {
            throw new Refusal(404, "No such part", "there are: " + String.join(", ", known));
        }
        JsonObject with =
                call.by().put("part", part).put("level", call.asked().body().getString("level"));
        String node = call.asked().textOrNull("node");
        return node == null
                ? call.fleet().everyone(Task.LOG_LEVEL, with).map(NodesApi::byNode)
                : call.fleet()
                        .one(node, Task.LOG_LEVEL, with)
                        .map(answer -> byNode(new Fleet.Answers(Map.of(node, answer), new JsonArray())));
    }

    // --- bans

    static Future<JsonObject> bans(ApiCall call) {
        int limit = call.asked().number("limit");
        JsonObject with =
                call.with("limit").put("after", BANS.after(call.asked().textOrNull("cursor")));
        return call.fleet().everyone(Task.BANS, with).map(answers -> BANS.page(answers, limit));
    }

    static Future<JsonObject> ban(ApiCall call) {
        JsonObject body = call.asked().body();
        JsonObject with = call.by()
                .put("kind", body.getString("kind"))
                .put("value", body.getString("value"))
                .put("reason", body.getString("reason", ""))
                .put("at", call.fleet().source().orders().next())
                .put("until", System.currentTimeMillis() + body.getLong("seconds") * SECOND_MILLIS);
        return call.fleet().everyone(Task.BAN, with).map(answers -> {
            if (answers.byNode().isEmpty()) {
                throw Refusal.unanswered("nobody is banned", answers.failures());
            }
            JsonObject ban = null;
            int ended = 0;
            for (JsonObject each : answers.byNode().values()) {
                ended += each.getInteger("connectionsEnded");
                ban = each;
            }
            return new JsonObject()
                    .mergeIn(ban)
                    .put("connectionsEnded", ended)
                    .put("nodes", new JsonArray(List.copyOf(answers.byNode().keySet())))
                    .put("failures", answers.failures());
        });
    }

    static Future<JsonObject> unban(ApiCall call) {
        JsonObject with = call.with("kind", "value")
                .mergeIn(call.by())
                .put("at", call.fleet().source().orders().next());
        return call.fleet().everyone(Task.UNBAN, with).map(answers -> {
            JsonArray nodes = new JsonArray();
            answers.byNode().forEach((name, answer) -> {
                if (answer.getBoolean("ended")) {
                    nodes.add(name);
                }
            });
            if (nodes.isEmpty() && answers.failures().isEmpty()) {
                throw new Refusal(404, "Nothing is here", "nobody is banned so");
            }
            if (nodes.isEmpty()) {
                throw Refusal.unanswered("on no node that has answered is anybody banned so", answers.failures());
            }
            return call.with("kind", "value").put("nodes", nodes).put("failures", answers.failures());
        });
    }
}
