package io.coppice.port;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a node knows of its cluster at one moment, for people to look at: each loop's part is of its own moment. It is
 * bounded by the numbers of nodes and loops, and names no client and no topic.
 *
 * @param at milliseconds since the epoch
 * @param members those in sight, this node included
 * @param obstacles why clients are not welcome here; none where they are
 * @param leaseRemaining milliseconds for which this node may still act for the cluster; 0 where it may not,
 *     {@link Long#MAX_VALUE} for one that is alone
 * @param firstLoop what only the first loop knows; null where it did not answer in time
 * @param parts of the loops that answered in time, by their index
 * @param silentLoops indexes of those that did not
 * @param published what nodes have written of their routes where all can read it
 */
public record ClusterSnapshot(
        NodeId self,
        long at,
        int expectedSize,
        List<NodeId> members,
        boolean inQuorum,
        long leaseRemaining,
        Set<Obstacle> obstacles,
        Retained retained,
        boolean adopting,
        @Nullable FirstLoop firstLoop,
        List<Part> parts,
        List<Integer> silentLoops,
        Map<NodeId, RouteSummary> published) {
    /** Why a node lets no clients in. */
    public enum Obstacle {
        STARTING,
        DRAINING,
        /** By an operator: it stays in the cluster. */
        DRAINED,
        /** It has more to do, or to keep, than it can. */
        OVERLOADED,
        /** Not more than half of the expected nodes are in sight. */
        NO_QUORUM,
        /** Not all other nodes have told all their routes. */
        ROUTES_INCOMPLETE,
        /** Not all retained messages have been read. */
        RETAINED_INCOMPLETE
    }

    /**
     * The retained messages of a node.
     *
     * @param divergentNodes other nodes whose retained messages are known not to be the same as here
     */
    public record Retained(long messages, long bytes, long divergentNodes) {}

    /**
     * What the first loop knows.
     *
     * @param routes this node's own, as they were told to the others
     * @param routeWaits subscriptions and moves that wait for other nodes to know routes
     * @param peers the other nodes, those included that have left and are not replaced yet
     * @param adoptionRound counts the rounds in which sessions of nodes that are gone were shared out; 0 before the first
     */
    public record FirstLoop(RouteSummary routes, int routeWaits, List<Peer> peers, long adoptionRound) {}

    /** How far the end of another node is. */
    public enum State {
        PRESENT,
        /** It has left the view, and may still act: its lease is not over. */
        LEFT,
        /** Its lease is over; not all loops here hold yet what is for it. */
        GONE,
        /** What is for it is held, and its sessions are being taken over. */
        HELD,
        /** Its sessions have been found elsewhere. */
        REPLACED
    }

    /**
     * Another node.
     *
     * @param since when it was first seen here, milliseconds since the epoch
     * @param heardAgo milliseconds since something was sent that it has confirmed; -1 before the first
     * @param routes its routes as they are known here, with version -1 before it has told all of them
     * @param inStep whether they are what it told last of their version and digest
     * @param made the version of this node's own routes that each of its loops has; -1 for none
     */
    public record Peer(
            NodeId id, State state, long since, long heardAgo, RouteSummary routes, boolean inStep, long made) {}

    /**
     * What one loop knows.
     *
     * @param lanes those on which something is not confirmed or not answered
     * @param arriving sessions that come from other nodes, or are looked for there
     * @param departing sessions that leave for other nodes
     * @param adopting sessions of nodes that are gone that this loop has still to take over
     */
    public record Part(int loop, List<Lane> lanes, int arriving, int departing, int adopting) {
        public Part {
            lanes = List.copyOf(lanes);
        }
    }

    /**
     * The way from one loop here to one loop of another node.
     *
     * @param messages that the other side has not confirmed, of any kind
     * @param bytes weight of the messages of clients among them
     * @param oldestAge milliseconds since the oldest batch that is not confirmed was sent; -1 for none
     * @param unanswered messages of clients that somebody there has yet to say they have; of a node that is gone, those held for it
     */
    public record Lane(
            NodeId to, int fromLoop, int toLoop, long messages, long bytes, long oldestAge, long unanswered) {}

    public ClusterSnapshot {
        members = List.copyOf(members);
        obstacles = Set.copyOf(obstacles);
        parts = List.copyOf(parts);
        silentLoops = List.copyOf(silentLoops);
        published = Map.copyOf(published);
    }
}
