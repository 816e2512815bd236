package io.coppice.observe;

import io.coppice.port.Counters;
import io.coppice.port.NodeStatus;
import io.coppice.port.Times;
import io.coppice.session.DropReason;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/**
 * What a node has counted since it began, and what it holds: enough to draw rates and times of all nodes by asking one of
 * them, a kilobyte a node, where {@code /metrics} is a hundred and tells of one.
 */
final class FiguresJson {
    private FiguresJson() {}

    /** @param now milliseconds since the epoch */
    static JsonObject of(NodeStatus node, long now) {
        return new JsonObject()
                .put("time", ViewJson.time(now))
                .put("startedAt", ViewJson.time(node.startedAt()))
                .put("connections", node.connections())
                .put("sessions", node.sessions())
                .put("queuedMessages", node.queuedMessages())
                .put("inFlightMessages", node.inFlightMessages())
                .put("retainedMessages", node.retainedMessages())
                .put("messagesReceived", Totals.messagesReceived(node))
                .put("messagesSent", Totals.messagesSent(node))
                .put("bytesReceived", Totals.sum(node, Counters::bytesReceived))
                .put("bytesSent", Totals.sum(node, Counters::bytesSent))
                .put("dropped", dropped(node))
                .put("delivery", delivery(node));
    }

    /** Messages that went no further, by reason. */
    static JsonObject dropped(NodeStatus node) {
        JsonObject dropped = new JsonObject();
        for (DropReason reason : DropReason.values()) {
            dropped.put(reason.label(), Totals.sum(node, counters -> counters.droppedCount(reason)));
        }
        return dropped;
    }

    private static JsonObject delivery(NodeStatus node) {
        JsonArray counts = new JsonArray();
        for (int i = 0; i <= Times.MICROS_MAX.size(); i++) {
            int ofClass = i;
            counts.add(Totals.sum(
                    node,
                    counters -> counters.times().count(Times.Span.DELIVERY_FROM_CLIENT, ofClass)
                            + counters.times().count(Times.Span.DELIVERY_FROM_NODE, ofClass)));
        }
        return new JsonObject()
                .put("microsMax", new JsonArray(Times.MICROS_MAX))
                .put("counts", counts);
    }
}
