package io.coppice.observe;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.atomic.AtomicInteger;

/** What is asked of a node again and again: whether it is well, and its metrics. */
final class Probes {
    /** Scrapes at once; each takes a worker thread for milliseconds, and nobody needs more. */
    private static final int SCRAPES_MAX = 4;

    private final Metrics metrics;
    private final Health health;
    private final AtomicInteger scrapes = new AtomicInteger();

    Probes(Metrics metrics, Health health) {
        this.metrics = metrics;
        this.health = health;
    }

    void scrape(Vertx vertx, RoutingContext ctx) {
        if (scrapes.incrementAndGet() > SCRAPES_MAX) {
            scrapes.decrementAndGet();
            ctx.response().putHeader(HttpHeaders.RETRY_AFTER, "1");
            Problem.answer(ctx, 503, "Busy", "metrics are being asked for too often");
            return;
        }
        String accept = ctx.request().getHeader(HttpHeaders.ACCEPT);
        String format = Metrics.formatFor(accept == null ? "" : accept);
        vertx.executeBlocking(() -> metrics.scrape(format), false)
                .onComplete(done -> scrapes.decrementAndGet())
                .onSuccess(text -> Answer.send(ctx, 200, format, Buffer.buffer(text)))
                .onFailure(ctx::fail);
    }

    void live(RoutingContext ctx) {
        probe(ctx, health.live());
    }

    void ready(RoutingContext ctx) {
        probe(ctx, health.ready());
    }

    private static void probe(RoutingContext ctx, Health.Report report) {
        Answer.send(
                ctx, report.up() ? 200 : 503, "application/json", report.json().toBuffer());
    }
}
