package io.coppice.cluster;

import io.coppice.config.CoppiceConfig.Cluster;
import io.coppice.config.ReleaseVersions;
import io.coppice.port.NodeId;
import io.coppice.port.WireVersions;

/**
 * What a member of the cluster is told at its start.
 *
 * @param shards how many loops the node has
 * @param wire the versions of what members say to each other, {@code spoken} the one up to which it may write, see {@link
 *     VersionInEffect}
 * @param joinMillisMax how long a start waits for a majority
 * @param nameMillisMax how long it waits for its name to become free: a node that was killed is still a member until
 *     its heartbeats are missed
 * @param leaveMillisMax how long a stop waits for its share of the copies to be taken over
 */
public record MemberSettings(
        NodeId id,
        int shards,
        Cluster cluster,
        WireVersions wire,
        long joinMillisMax,
        long nameMillisMax,
        long leaveMillisMax) {
    /** What this release writes unless it is told otherwise. */
    static final WireVersions WIRE = wire(ReleaseVersions.written());

    /** More than the time after which a silent member is given up. */
    private static final long NAME_MILLIS_MAX = (HazelcastConfig.NO_HEARTBEAT_SECONDS_MAX + 15) * 1_000L;

    private static WireVersions wire(int written) {
        return new WireVersions(ReleaseVersions.oldest(), written, ReleaseVersions.newest());
    }

    /**
     * As a node starts, with the times that suit the timings of {@link HazelcastConfig}.
     *
     * @param cluster with the ports that are really bound
     * @param writeVersion up to which it may write
     */
    public static MemberSettings of(NodeId id, int shards, Cluster cluster, int writeVersion, long leaveMillisMax) {
        return new MemberSettings(
                id,
                shards,
                cluster,
                wire(writeVersion),
                cluster.joinTimeout().toMillis(),
                NAME_MILLIS_MAX,
                leaveMillisMax);
    }
}
