package io.coppice.port;

import java.util.List;

/**
 * What a loop of one node sends to a loop of another: a numbered batch of messages, or the confirmation that such
 * batches have come.
 */
public sealed interface Parcel {
    NodeId from();

    /** Index of the sending loop. */
    int fromShard();

    /**
     * A batch.
     *
     * @param number from 1, by one more with each batch between the same two loops
     */
    record Batch(NodeId from, int fromShard, long number, List<PeerMessage> messages) implements Parcel {}

    /**
     * All batches up to a number have come.
     *
     * @param number 0 before the first
     */
    record Confirmation(NodeId from, int fromShard, long number) implements Parcel {}
}
