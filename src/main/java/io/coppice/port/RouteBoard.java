package io.coppice.port;

import java.util.Collection;
import java.util.Map;
import java.util.function.Consumer;

/** Where each node writes what its routes are, so that people can compare. Nothing depends on it: what fails is left. */
public interface RouteBoard {
    /** That of a node that is alone. */
    RouteBoard NONE = new RouteBoard() {
        @Override
        public void put(NodeId node, RouteSummary summary, Loop loop, Consumer<Boolean> then) {
            then.accept(true);
        }

        @Override
        public void remove(NodeId node) {}

        @Override
        public void read(Collection<NodeId> nodes, Consumer<Map<NodeId, RouteSummary>> then) {
            then.accept(Map.of());
        }
    };

    /**
     * Writes a node's entry over the one before.
     *
     * @param then called once on the loop, possibly before this returns: whether it is there
     */
    void put(NodeId node, RouteSummary summary, Loop loop, Consumer<Boolean> then);

    /** Takes the entry of a node away that is gone. */
    void remove(NodeId node);

    /**
     * Reads the entries of some nodes; from any thread.
     *
     * @param then called once, on any thread, with those that could be read
     */
    void read(Collection<NodeId> nodes, Consumer<Map<NodeId, RouteSummary>> then);
}
