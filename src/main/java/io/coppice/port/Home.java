package io.coppice.port;

/**
 * Where a client's session lives.
 *
 * @param shard index of the node's loop
 * @param epoch grows with every claim of the client identifier, and is never below the milliseconds since 1970 of its
 *     claim, so that it grows too where the one before was forgotten; whoever bears an older one may write no more
 */
public record Home(NodeId node, int shard, long epoch) {}
