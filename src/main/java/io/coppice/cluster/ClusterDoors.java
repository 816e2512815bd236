package io.coppice.cluster;

import com.hazelcast.core.HazelcastInstance;
import io.coppice.port.Membership;
import io.coppice.port.RetainedStore;
import io.coppice.port.RouteBoard;
import io.coppice.port.SessionRegistry;
import io.coppice.port.SessionStore;

/** What a node of a cluster gives its core: registry and stores that all nodes share. */
public final class ClusterDoors implements AutoCloseable {
    private static final long SCAN_MILLIS_MAX = 60_000;

    private final HazelcastMember member;
    private final ClusterCounters counters;
    private final Calls calls;
    private final PartitionScan scan;
    private final HazelcastSessionRegistry registry;
    private final HazelcastSessionStore sessionStore;
    private final HazelcastRetainedStore retainedStore;
    private final HazelcastRouteBoard routeBoard;

    /** Over a member, which is left by {@link #close}. */
    public ClusterDoors(HazelcastMember member) {
        this(member, Submitter.DIRECT);
    }

    ClusterDoors(HazelcastMember member, Submitter submitter) {
        this.member = member;
        this.counters = member.counters();
        HazelcastInstance instance = member.instance();
        calls = new Calls(submitter, member::hasMajority, counters);
        scan = new PartitionScan(member, SCAN_MILLIS_MAX);
        sessionStore = new HazelcastSessionStore(
                instance.getMap(HazelcastConfig.SESSIONS),
                member.archive(),
                calls,
                counters,
                HazelcastSessionStore.Settings.DEFAULT);
        registry = new HazelcastSessionRegistry(
                instance.getMap(HazelcastConfig.HOMES),
                calls,
                scan,
                member::isThere,
                sessionStore::left,
                HazelcastSessionRegistry.Settings.DEFAULT);
        retainedStore = new HazelcastRetainedStore(
                instance.getMap(HazelcastConfig.RETAINED),
                calls,
                scan,
                counters,
                HazelcastRetainedStore.Settings.DEFAULT);
        routeBoard = new HazelcastRouteBoard(instance.getMap(HazelcastConfig.ROUTES));
    }

    public HazelcastMember member() {
        return member;
    }

    public SessionRegistry registry() {
        return registry;
    }

    public SessionStore sessionStore() {
        return sessionStore;
    }

    public RetainedStore retainedStore() {
        return retainedStore;
    }

    public RouteBoard routeBoard() {
        return routeBoard;
    }

    public Membership membership() {
        return new HazelcastMembership(member);
    }

    public ClusterCounters counters() {
        return counters;
    }

    /** Ends what is running and leaves the cluster. */
    @Override
    public void close() {
        scan.close();
        calls.close();
        member.leave();
    }
}
