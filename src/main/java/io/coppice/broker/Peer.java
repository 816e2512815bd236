package io.coppice.broker;

import io.coppice.mqtt.TopicFilter;
import io.coppice.port.ClusterSnapshot;
import io.coppice.port.NodeId;
import io.coppice.port.PeerMessage.Route;
import io.coppice.port.RouteSummary;
import io.coppice.topic.Subscriber;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Another node. In the subscription tree it stands for all its sessions that subscribe to a filter. */
final class Peer implements Subscriber {
    /** No client identifier begins so. */
    private static final String MARK = "\u0000";

    final NodeId id;
    final int shards;
    private final String key;

    // On the first loop.
    /** What it has told of its routes, by filter. */
    final Map<TopicFilter, Route> routes = new HashMap<>();

    /** The version of {@link #routes}, -1 before it has told all of them. */
    long routesVersion = -1;

    long routesDigest;
    /** Whether the routes known here are those that it has, as far as was told. */
    volatile boolean inStep;

    /** How many {@link #routes} there are. */
    volatile int routeCount;

    /** When it was first seen here, milliseconds since the epoch. */
    final long since;
    /** Versions of our own routes that each of its loops has made. */
    final long[] made;
    /** The latest time at which something was sent to it that it has confirmed; far in the past before the first. */
    long heardAt = Long.MIN_VALUE / 2;
    /** Gone, and every loop here holds what is meant for it. */
    boolean held;

    /** It has left the view: nothing of it counts any more, but it may act until its lease is over. */
    volatile boolean left;

    /** It has said that it leaves and acts no more: nobody waits for its lease. */
    volatile boolean saidFarewell;

    /** Its lease is over and its sessions are being taken over; what is meant for it is held until that is done. */
    volatile boolean gone;

    /** Its sessions have been found elsewhere, and everyone sends there: what still leads to it means nobody. */
    volatile boolean replaced;

    Peer(NodeId id, int shards, long since) {
        this.id = id;
        this.shards = shards;
        this.since = since;
        this.key = MARK + id;
        this.made = new long[shards];
        Arrays.fill(made, -1);
    }

    @Override
    public String clientId() {
        return key;
    }

    @Override
    public int inFlight() {
        return 0;
    }

    @Override
    public boolean online() {
        return true;
    }

    @Override
    public boolean isElsewhere() {
        return true;
    }

    /** On the first loop. */
    ClusterSnapshot.Peer snapshot(long now) {
        long everywhere = Long.MAX_VALUE;
        for (long each : made) {
            everywhere = Math.min(everywhere, each);
        }
        return new ClusterSnapshot.Peer(
                id,
                state(),
                since,
                heardAt < 0 ? -1 : now - heardAt,
                new RouteSummary(routesVersion, routesDigest, routes.size(), now),
                inStep,
                made.length == 0 ? -1 : everywhere);
    }

    private ClusterSnapshot.State state() {
        if (replaced) {
            return ClusterSnapshot.State.REPLACED;
        }
        if (held) {
            return ClusterSnapshot.State.HELD;
        }
        if (gone) {
            return ClusterSnapshot.State.GONE;
        }
        return left ? ClusterSnapshot.State.LEFT : ClusterSnapshot.State.PRESENT;
    }

    /** The same in each run with a seed, as is then the order in maps of peers. */
    @Override
    public int hashCode() {
        return id.hashCode();
    }

    @Override
    public boolean equals(@Nullable Object that) {
        return this == that;
    }

    @Override
    public String toString() {
        return id.toString();
    }
}
