package io.coppice.observe;

import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One request to the API, with what it asks for and those who can answer. */
record ApiCall(RoutingContext ctx, Asked asked, Fleet fleet) {
    static final String JSON = "application/json";

    /** How an answer comes about; may fail at once with a {@link Refusal}. */
    interface Answering {
        Future<JsonObject> to(ApiCall call);
    }

    void answer(int status, Answering answering) {
        Future<JsonObject> future;
        try {
            future = answering.to(this);
        } catch (Refusal refusal) {
            future = Future.failedFuture(refusal);
        }
        future.onSuccess(json -> Answer.send(ctx, status, JSON, json.toBuffer()))
                .onFailure(this::refused);
    }

    private void refused(Throwable fault) {
        if (fault instanceof Refusal refusal) {
            if (refusal.status() == 503) {
                ctx.response().putHeader(HttpHeaders.RETRY_AFTER, "1");
            }
            Problem.answer(
                    ctx,
                    refusal.status(),
                    Problem.json(ctx, refusal.status(), refusal.title(), refusal.detail())
                            .mergeIn(refusal.further()));
        } else {
            ctx.fail(fault);
        }
    }

    /** What goes to those who change something: who wants it, and by way of which node. */
    JsonObject by() {
        return new JsonObject()
                .put("by", AdminGuard.who(ctx).name())
                .put("asking", fleet.source().self().name());
    }

    /** Parameters of these names, as far as they are there. */
    JsonObject with(String... names) {
        JsonObject with = new JsonObject();
        for (String name : names) {
            Object value = asked.values().get(name);
            if (value != null) {
                with.put(name, value);
            }
        }
        return with;
    }

    // --- one thing that is on one of the nodes, and nobody knows on which

    /** What one node has found, with its name; failed where none has. */
    JsonObject found(Fleet.Answers answers, String what) {
        List<JsonObject> all = new ArrayList<>();
        for (Map.Entry<String, JsonObject> node : answers.byNode().entrySet()) {
            JsonObject found = node.getValue().getJsonObject("found");
            if (found != null) {
                found.put("node", node.getKey());
                // a session on its way is on two of them
                all.add(Boolean.TRUE.equals(found.getBoolean("connected")) ? 0 : all.size(), found);
            }
        }
        if (all.isEmpty()) {
            throw absent(answers, what);
        }
        return all.get(0);
    }

    /** Which node has done what was asked, with what it has told; failed where none has. */
    JsonObject done(Fleet.Answers answers, String what) {
        String moving = null;
        String failed = null;
        for (Map.Entry<String, JsonObject> node : answers.byNode().entrySet()) {
            String verdict = node.getValue().getString("verdict", "");
            switch (verdict) {
                case "done" -> {
                    JsonObject json = node.getValue().copy().put("node", node.getKey());
                    json.remove("verdict");
                    return json;
                }
                case "moving" -> moving = node.getKey();
                case "failed" -> failed = node.getKey();
                default -> {}
            }
        }
        if (failed != null) {
            throw new Refusal(503, "It could not be stored", "on node " + failed + "; its log says why");
        }
        if (moving != null) {
            throw new Refusal(409, "It is on its way", "it moves from or to node " + moving + "; try again");
        }
        throw absent(answers, what);
    }

    private static Refusal absent(Fleet.Answers answers, String what) {
        JsonArray failures = answers.failures();
        return failures.isEmpty()
                ? new Refusal(404, "Nothing is here", "no node has " + what)
                : Refusal.unanswered("no node that has answered has " + what, failures);
    }
}
