package io.coppice.observe;

import io.coppice.port.Colleagues;
import io.coppice.port.NodeId;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Compares what operators have ordered with the other nodes, and takes over what is later there. */
public final class OrderExchange implements AutoCloseable {
    private static final long LOOK_MILLIS = 2_000;

    private final Vertx vertx;
    private final StandingOrders orders;
    private final Colleagues others;
    /** Who is being asked: one question at a time to each. */
    private final Set<NodeId> asked = ConcurrentHashMap.newKeySet();

    private final long timer;

    private OrderExchange(Vertx vertx, StandingOrders orders, Colleagues others) {
        this.vertx = vertx;
        this.orders = orders;
        this.others = others;
        this.timer = vertx.setPeriodic(0, LOOK_MILLIS, id -> look());
    }

    /** Looks from now on. */
    public static OrderExchange start(Vertx vertx, StandingOrders orders, Colleagues others) {
        return new OrderExchange(vertx, orders, others);
    }

    private void look() {
        orders.tidy();
        for (NodeId node : others.present()) {
            if (asked.add(node)) {
                ask(node, new JsonObject().put("after", "").put("sum", orders.sum()))
                        .onComplete(done -> asked.remove(node));
            }
        }
    }

    private Future<Void> ask(NodeId node, JsonObject with) {
        return Fleet.other(others, node, Task.ORDERS, with).compose(page -> {
            JsonArray items = page.getJsonArray("items", new JsonArray());
            String next = page.getString("next");
            Future<Void> merged = items.isEmpty() ? Future.succeededFuture() : orders.merge(items);
            return next == null ? merged : merged.compose(taken -> ask(node, new JsonObject().put("after", next)));
        });
    }

    @Override
    public void close() {
        vertx.cancelTimer(timer);
    }
}
