package io.coppice.observe;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** {@code /api/v1/rebalance}: from nodes with more clients than others some go elsewhere. */
final class RebalanceApi {
    private static final int RATE = 50;
    private static final int TOLERANCE_PERCENT = 5;
    private static final int PERCENT = 100;

    private RebalanceApi() {}

    static Future<JsonObject> running(ApiCall call) {
        return call.fleet().everyone(Task.SHEDDING, new JsonObject()).map(RebalanceApi::told);
    }

    static Future<JsonObject> end(ApiCall call) {
        return call.fleet().everyone(Task.END_SHEDDING, call.by()).map(RebalanceApi::told);
    }

    private static JsonObject told(Fleet.Answers answers) {
        boolean running = answers.byNode().values().stream().anyMatch(node -> node.getBoolean("running"));
        JsonArray items = new JsonArray();
        answers.byNode().forEach((name, node) -> items.add(node.put("node", name)));
        return new JsonObject().put("running", running).put("items", items).put("failures", answers.failures());
    }

    /** Who is to lose clients is found out once, from what all nodes say; a node that says nothing might be the empty one. */
    static Future<JsonObject> begin(ApiCall call) {
        JsonObject body = call.asked().body();
        int tolerance = body.getInteger("tolerancePercent", TOLERANCE_PERCENT);
        boolean dry = body.getBoolean("dryRun", false);
        return call.fleet().everyone(Task.NODE, new JsonObject()).compose(nodes -> {
            if (!nodes.failures().isEmpty()) {
                throw Refusal.unanswered("nobody is moved while not all nodes answer", nodes.failures());
            }
            Map<String, Long> connections = new TreeMap<>();
            nodes.byNode().forEach((name, node) -> {
                if (node.getBoolean("ready")) {
                    connections.put(name, node.getLong("connections"));
                }
            });
            if (connections.size() < 2) {
                throw new Refusal(409, "There is no other node", "fewer than two nodes take clients");
            }
            Map<String, Long> surplus = surplus(connections, tolerance);
            JsonArray items = new JsonArray();
            connections.forEach((name, clients) -> items.add(new JsonObject()
                    .put("node", name)
                    .put("connections", clients)
                    .put("wanted", surplus.getOrDefault(name, 0L))));
            JsonObject plan = new JsonObject().put("dryRun", dry).put("items", items);
            if (dry) {
                return Future.succeededFuture(plan.put("failures", new JsonArray()));
            }
            return shed(call, surplus).map(failures -> plan.put("failures", failures));
        });
    }

    private static Future<JsonArray> shed(ApiCall call, Map<String, Long> surplus) {
        int rate = call.asked().body().getInteger("rate", RATE);
        JsonArray failures = new JsonArray();
        List<Future<Void>> all = new ArrayList<>();
        surplus.forEach((name, clients) -> all.add(call.fleet()
                .one(
                        name,
                        Task.SHED,
                        call.by().put("clients", clients.intValue()).put("rate", rate))
                .<Void>mapEmpty()
                .otherwise(fault -> {
                    failures.add(new JsonObject().put("node", name).put("reason", fault.getMessage()));
                    return null;
                })));
        return Future.join(all).map(done -> failures);
    }

    /**
     * How many clients each node has to lose to have no more than all have on average, by the nodes' names. One that has
     * not more than so many percent above it, rounded up, is left alone.
     */
    static Map<String, Long> surplus(Map<String, Long> connections, int tolerancePercent) {
        long all = connections.values().stream().mapToLong(Long::longValue).sum();
        int nodes = connections.size();
        long fair = (all + nodes - 1) / nodes;
        long most = (all * (PERCENT + tolerancePercent) + (long) PERCENT * nodes - 1) / ((long) PERCENT * nodes);
        Map<String, Long> surplus = new TreeMap<>();
        connections.forEach((name, clients) -> {
            if (clients > most) {
                surplus.put(name, clients - fair);
            }
        });
        return surplus;
    }
}
