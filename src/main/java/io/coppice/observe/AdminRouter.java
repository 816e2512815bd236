package io.coppice.observe;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.handler.PlatformHandler;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Leads requests to what answers them, past a guard: nothing can be added that is not an {@link AdminRoute}, with its role. */
final class AdminRouter {
    /** Under which a route of the router has its {@link AdminRoute}. */
    static final String ENTRY = "admin-route";

    private final Router router;
    private final AdminGuard guard;
    private final Vertx vertx;
    private final long bodyBytesMax;
    private final Set<AdminRoute> added = EnumSet.noneOf(AdminRoute.class);

    /** What requests are held against, from the first one on; null before, since no start waits for its reading. */
    private @Nullable Future<Contract> contract;

    AdminRouter(Vertx vertx, AdminGuard guard, long bodyBytesMax) {
        this.vertx = vertx;
        this.router = Router.router(vertx);
        this.guard = guard;
        this.bodyBytesMax = bodyBytesMax;
        router.route().handler((PlatformHandler) guard::greet);
    }

    /** To be called in the order of the table, since the first that fits answers. */
    void add(AdminRoute entry, Handler<RoutingContext> handler) {
        if (!added.add(entry)) {
            throw new IllegalArgumentException(entry + " is there already");
        }
        Route route = entry.on(router);
        route.putMetadata(ENTRY, entry);
        if (entry.isOfApi()) {
            route.handler((PlatformHandler) this::await);
        }
        route.handler((PlatformHandler) ctx -> guard.admit(entry, ctx));
        if (!entry.endless()) {
            route.handler(BodyHandler.create(false).setBodyLimit(bodyBytesMax));
        }
        if (entry.isOfApi()) {
            route.handler(
                    ctx -> contract().result().validation(entry.operation()).handle(ctx));
        }
        route.handler(handler);
    }

    /**
     * Has a request wait until the document is read, before the guard, since that pauses the request and lets it go on when all that
     * comes after has been called.
     */
    private void await(RoutingContext ctx) {
        Future<Contract> reading = contract();
        if (reading.succeeded()) {
            ctx.next();
            return;
        }
        ctx.request().pause();
        Context here = vertx.getOrCreateContext();
        reading.onComplete(read -> here.runOnContext(now -> {
            if (read.succeeded()) {
                ctx.next();
            } else {
                ctx.request().resume();
                ctx.fail(read.cause());
            }
        }));
    }

    private synchronized Future<Contract> contract() {
        Future<Contract> known = contract;
        if (known == null) {
            known = vertx.executeBlocking(Contract::load, false);
            contract = known;
        }
        return known;
    }

    /** Answers with the document of the API, as of a release; for a route of the API, since these wait until it is read. */
    void document(String release, RoutingContext ctx) {
        Answer.send(
                ctx, 200, ApiCall.JSON, contract().result().document(release).toBuffer());
    }

    /** @throws IllegalStateException if something of the table is missing */
    Router whole() {
        Set<AdminRoute> missing = EnumSet.complementOf(EnumSet.copyOf(added));
        if (!missing.isEmpty()) {
            throw new IllegalStateException("nothing answers " + missing);
        }
        router.route().handler((PlatformHandler) guard::admitStray).handler(this::stray);
        return router;
    }

    /** What is not in the table, or not by this method. */
    private void stray(RoutingContext ctx) {
        Set<String> allowed = Arrays.stream(AdminRoute.values())
                .filter(entry -> entry.isAt(ctx.normalizedPath()))
                .flatMap(entry -> entry.methods().stream())
                .map(HttpMethod::name)
                .collect(Collectors.toCollection(LinkedHashSet::new));
        if (guard.isTooLong(ctx.request())) {
            Unread.answer(ctx, 413, "The body is too long", "allowed: up to " + bodyBytesMax + " bytes");
        } else if (allowed.isEmpty() || allowed.contains(ctx.request().method().name())) {
            Unread.answer(ctx, 404, "Nothing is here", "");
        } else {
            String list = String.join(", ", allowed);
            ctx.response().putHeader(HttpHeaders.ALLOW, list);
            Unread.answer(ctx, 405, "Another method is wanted", "allowed: " + list);
        }
    }
}
