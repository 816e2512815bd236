package io.coppice.observe;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What of {@code /api/v1} is about nodes, clients and messages; answered once there is a node. */
public final class ApiResource {
    private final AtomicInteger open = new AtomicInteger();
    private volatile @Nullable Serving serving;

    private record Serving(NodeSource source, NodeDesk desk) {}

    /**
     * From now on there is a node, and others are answered too.
     *
     * @param audit where it is written what others want to be changed here
     * @param clock milliseconds since the epoch
     */
    public void serve(NodeSource source, Audit audit, LongSupplier clock) {
        NodeDesk desk = new NodeDesk(source);
        Colloquy colloquy = new Colloquy(desk, source.self().name(), audit, clock);
        source.colleagues().answer(colloquy::answer);
        serving = new Serving(source, desk);
    }

    void addTo(Vertx vertx, AdminRouter routes) {
        add(vertx, routes, AdminRoute.CLUSTER_SIZE, 200, ClusterSizeApi::size);
        add(vertx, routes, AdminRoute.RESIZE, 200, ClusterSizeApi::resize);
        add(vertx, routes, AdminRoute.NODES, 200, NodesApi::nodes);
        add(vertx, routes, AdminRoute.FIGURES, 200, NodesApi::figures);
        add(vertx, routes, AdminRoute.DRAINING, 200, NodesApi::draining);
        add(vertx, routes, AdminRoute.DRAIN, 202, NodesApi::drain);
        add(vertx, routes, AdminRoute.UNDRAIN, 200, NodesApi::undrain);
        add(vertx, routes, AdminRoute.REBALANCING, 200, RebalanceApi::running);
        add(vertx, routes, AdminRoute.REBALANCE, 202, RebalanceApi::begin);
        add(vertx, routes, AdminRoute.END_REBALANCE, 200, RebalanceApi::end);
        add(vertx, routes, AdminRoute.CLIENTS, 200, ClientsApi::list);
        add(vertx, routes, AdminRoute.CLIENT, 200, ClientsApi::one);
        add(vertx, routes, AdminRoute.END_SESSION, 200, ClientsApi::end);
        add(vertx, routes, AdminRoute.QUEUE, 200, ClientsApi::queue);
        add(vertx, routes, AdminRoute.KICK, 200, ClientsApi::kick);
        add(vertx, routes, AdminRoute.SUBSCRIBE, 200, ClientsApi::subscribe);
        add(vertx, routes, AdminRoute.UNSUBSCRIBE, 200, ClientsApi::unsubscribe);
        add(vertx, routes, AdminRoute.SUBSCRIPTIONS, 200, ClientsApi::subscriptions);
        add(vertx, routes, AdminRoute.EXPLAIN, 200, ClientsApi::explain);
        add(vertx, routes, AdminRoute.RETAINED, 200, MessagesApi::retained);
        add(vertx, routes, AdminRoute.PURGE_RETAINED, 200, MessagesApi::purge);
        add(vertx, routes, AdminRoute.RETAINED_MESSAGE, 200, MessagesApi::message);
        add(vertx, routes, AdminRoute.CLEAR_RETAINED, 200, MessagesApi::clear);
        add(vertx, routes, AdminRoute.PUBLISH, 200, MessagesApi::publish);
        add(vertx, routes, AdminRoute.BANS, 200, NodesApi::bans);
        add(vertx, routes, AdminRoute.BAN, 201, NodesApi::ban);
        add(vertx, routes, AdminRoute.UNBAN, 200, NodesApi::unban);
        add(vertx, routes, AdminRoute.TRACES, 200, TracesApi::list);
        add(vertx, routes, AdminRoute.TRACE, 201, TracesApi::begin);
        add(vertx, routes, AdminRoute.TRACE_DETAIL, 200, TracesApi::one);
        add(vertx, routes, AdminRoute.END_TRACE, 200, TracesApi::end);
        add(vertx, routes, AdminRoute.TRACE_EVENTS, 200, TracesApi::events);
        add(vertx, routes, AdminRoute.MESSAGES, 200, TracesApi::ways);
        add(vertx, routes, AdminRoute.CONFIG, 200, NodesApi::config);
        add(vertx, routes, AdminRoute.CHANGE_CONFIG, 200, NodesApi::changeConfig);
        add(vertx, routes, AdminRoute.LOG_LEVELS, 200, NodesApi::logLevels);
        add(vertx, routes, AdminRoute.LOG_LEVEL, 200, NodesApi::logLevel);
    }

    private void add(Vertx vertx, AdminRouter routes, AdminRoute route, int status, ApiCall.Answering answering) {
        routes.add(route, ctx -> answer(vertx, ctx, status, answering));
    }

    private void answer(Vertx vertx, RoutingContext ctx, int status, ApiCall.Answering answering) {
        Serving present = serving;
        if (present == null) {
            ctx.response().putHeader(HttpHeaders.RETRY_AFTER, "1");
            Problem.answer(ctx, 503, "The node is starting", "");
            return;
        }
        Fleet fleet = new Fleet(vertx, present.source, present.desk, open);
        new ApiCall(ctx, Validation.asked(ctx), fleet).answer(status, answering);
    }
}
