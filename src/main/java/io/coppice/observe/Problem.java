package io.coppice.observe;

import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;

/** An answer that says what went wrong, {@code application/problem+json} (RFC 9457). */
final class Problem {
    private Problem() {}

    /** @param detail what was wrong with this request and what is allowed; empty where the title says it */
    static JsonObject json(RoutingContext ctx, int status, String title, String detail) {
        JsonObject json =
                new JsonObject().put("type", "about:blank").put("title", title).put("status", status);
        if (!detail.isEmpty()) {
            json.put("detail", detail);
        }
        return json.put("instance", ctx.request().path());
    }

    static Future<Void> answer(RoutingContext ctx, int status, String title, String detail) {
        return answer(ctx, status, json(ctx, status, title, detail));
    }

    /** @return when it was written */
    static Future<Void> answer(RoutingContext ctx, int status, JsonObject problem) {
        HttpServerResponse response = ctx.response();
        if (response.ended() || response.headWritten()) {
            return Future.succeededFuture();
        }
        response.setStatusCode(status).putHeader(HttpHeaders.CONTENT_TYPE, "application/problem+json");
        if (HttpMethod.HEAD.equals(ctx.request().method())) {
            return response.putHeader(
                            HttpHeaders.CONTENT_LENGTH,
                            Integer.toString(problem.toBuffer().length()))
                    .end();
        }
        return response.end(problem.toBuffer());
    }
}
