package io.coppice.port;

/**
 * What can be said of a node's routes in a few numbers: two nodes that have the same of one node agree about its routes.
 *
 * @param version counts the changes
 * @param digest a sum over all routes
 * @param at when this was so, milliseconds since the epoch
 */
public record RouteSummary(long version, long digest, long count, long at) {
    /** Whether both are of the same routes. */
    public boolean agrees(RouteSummary that) {
        return version == that.version && digest == that.digest && count == that.count;
    }
}
