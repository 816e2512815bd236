package io.coppice.simulation;

import io.coppice.port.Loop;
import io.coppice.port.NodeId;
import io.coppice.port.RouteBoard;
import io.coppice.port.RouteSummary;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** One board for all nodes. */
final class SimRouteBoard implements RouteBoard {
    final Map<NodeId, RouteSummary> entries = new HashMap<>();
    /** How often something was written, in vain or not. */
    int writes;
    /** Whether nothing that is written stays. */
    boolean broken;

    @Override
    public void put(NodeId node, RouteSummary summary, Loop loop, Consumer<Boolean> then) {
        writes++;
        boolean there = !broken;
        if (there) {
            entries.put(node, summary);
        }
        then.accept(there);
    }

    @Override
    public void remove(NodeId node) {
        entries.remove(node);
    }

    @Override
    public void read(Collection<NodeId> nodes, Consumer<Map<NodeId, RouteSummary>> then) {
        Map<NodeId, RouteSummary> found = new HashMap<>(entries);
        found.keySet().retainAll(nodes);
        then.accept(found);
    }
}
