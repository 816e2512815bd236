package io.coppice.port;

import java.util.Set;
import java.util.function.Consumer;

/** What a node tells of its cluster, readable from any thread, a moment late. A node that is alone is a cluster of one. */
public interface ClusterStatus {
    /** Why clients are not let in; nothing where they are. */
    Set<ClusterSnapshot.Obstacle> obstacles();

    /** How many nodes there are meant to be. */
    int expectedSize();

    /** How many nodes are in sight, this one included. */
    int members();

    /** Whether they are more than half of the expected ones. */
    boolean inQuorum();

    /**
     * Milliseconds for which this node may still act for the cluster if it hears from nobody; 0 where it may not,
     * {@link Long#MAX_VALUE} for one that is alone.
     */
    long leaseRemaining();

    /** Routes of this node that the others were told of. */
    long routesAnnounced();

    /** Routes of other nodes that are known here. */
    long routesKnown();

    /** Other nodes whose routes here are not known to be theirs. */
    long routeDivergence();

    /** Routes of other nodes that were found to differ and were put right, since the start. */
    long routesRepaired();

    /** Waits for other nodes to know a route that were given up, since the start. */
    long routeWaitsLate();

    /** Other nodes whose retained messages are known not to be the same as here. */
    long retainedDivergence();

    /** Retained messages that were found to be out of date and were put right, since the start. */
    long retainedRepaired();

    /** Waits of subscriptions for retained messages under way that were given up, since the start. */
    long retainedWaitsLate();

    /** Messages that other nodes have not confirmed; as of the last second. */
    long backlogMessages();

    /** Weight of the messages of clients among {@link #backlogMessages}, in bytes. */
    long backlogBytes();

    /** Sessions that come from other nodes; as of the last second. */
    long sessionsArriving();

    /** Sessions that leave for other nodes; as of the last second. */
    long sessionsDeparting();

    /** Sessions of nodes that are gone that this one has still to take over; as of the last second. */
    long sessionsAdopting();

    /**
     * Asks every loop for what it knows, each on its own.
     *
     * @param patience milliseconds after which a loop that has not answered is left out
     * @param then called once, on any thread; never where no loop runs any more
     */
    void inspect(long patience, Consumer<ClusterSnapshot> then);
}
