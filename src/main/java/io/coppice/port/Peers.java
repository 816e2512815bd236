package io.coppice.port;

/**
 * The way to other nodes. It does its best and promises nothing: a parcel may come late, twice or not at all, and one
 * that overtakes another is no fault. The core numbers what it sends and sends again what was not confirmed.
 */
public interface Peers {
    /** A node that is alone. */
    Peers NONE = (from, to, shard, parcel) -> {};

    /**
     * Sends a parcel to a loop of another node; called on a loop.
     *
     * @param from the caller's loop
     * @param shard index of the receiving loop
     */
    void send(Loop from, NodeId to, int shard, Parcel parcel);
}
