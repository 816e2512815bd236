package io.coppice.broker;

/**
 * How a node keeps in touch with others; times in milliseconds.
 *
 * @param expectedSize how many nodes there are meant to be until a view says otherwise; more than half of them must be in sight for a node to serve. 1
 *     is a node that is alone and stays so
 * @param lease how long after the last word from a majority a node may still act for the cluster. The others wait as long before
 *     they act in its place
 * @param ping how often each other node is asked for a sign of life; several times within the lease
 * @param resend after what time without confirmation a batch is sent again
 * @param digest how often routes and retained messages are compared
 * @param announce how long a SUBACK waits at most for other nodes to know of the subscription, and for what is being retained
 * @param laneMessagesMax messages to one loop of another node that are not yet confirmed
 * @param tombstoneLife how long a node remembers that a retained message was cleared: longer than an older one can be
 *     under way
 * @param tombstonesMax how many of them it remembers; of more the oldest are forgotten before their time
 */
public record ClusterSettings(
        int expectedSize,
        long lease,
        long ping,
        long resend,
        long digest,
        long announce,
        int laneMessagesMax,
        long tombstoneLife,
        int tombstonesMax) {
    public static final ClusterSettings ALONE = new ClusterSettings(1, 0, 0, 0, 0, 0, 0, 0, 0);

    boolean isAlone() {
        return expectedSize == 1;
    }
}
