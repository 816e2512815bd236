package io.coppice.port;

/**
 * Where a client's session lives.
 *
 * @param node name of the node
 * @param shard index of its loop
 * @param epoch grows with every claim of the client identifier; whoever bears an older one may write no more
 */
public record Home(String node, int shard, long epoch) {}
