package io.coppice.observe;

import io.coppice.port.Membership;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.TimeUnit;

/** {@code /api/v1/cluster/expected-size}: how many nodes the running cluster is meant to have. */
final class ClusterSizeApi {
    /** Steps of it that wait for a node that is given up meanwhile. */
    private static final long SECONDS_MAX = 60;

    private ClusterSizeApi() {}

    static Future<JsonObject> size(ApiCall call) {
        return Future.succeededFuture(of(call.fleet().source().membership().size()));
    }

    /** Sets it; refused in words where that is not safe. */
    static Future<JsonObject> resize(ApiCall call) {
        Membership membership = call.fleet().source().membership();
        Context context = Vertx.currentContext();
        Promise<JsonObject> promise = Promise.promise();
        membership.resize(
                call.asked().body().getInteger("size"),
                refusal -> context.runOnContext(go -> {
                    if (refusal == null) {
                        promise.tryComplete(of(membership.size()));
                    } else {
                        promise.tryFail(new Refusal(409, "The cluster stays as it is", refusal));
                    }
                }));
        return promise.future()
                .timeout(SECONDS_MAX, TimeUnit.SECONDS)
                .recover(fault -> Future.failedFuture(
                        fault instanceof Refusal
                                ? fault
                                : new Refusal(503, "Not known yet", "the nodes have not agreed in time; look again")));
    }

    static JsonObject of(Membership.Size size) {
        return new JsonObject()
                .put("expected", size.size())
                .put("configured", size.configured())
                .put("max", size.max())
                .put("majority", size.majority())
                .put("version", size.version())
                .put("nodes", new JsonArray(size.nodes()));
    }
}
