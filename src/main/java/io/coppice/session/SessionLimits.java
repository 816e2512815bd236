package io.coppice.session;

/**
 * What one session may hold.
 *
 * @param inFlightMax messages sent at QoS 1 and 2 and not yet acknowledged, 1 to 65,535; a client's own
 *     Receive Maximum may lower it
 * @param queueMessagesMax messages that wait for a client
 * @param queueBytesMax their weight ({@link io.coppice.mqtt.Message#weight}) in bytes
 * @param queueMemoryMax weight of those of them that are held in memory as long as the others are in the store, which
 *     gives them back piece by piece; {@link Long#MAX_VALUE} with a store that does not
 * @param overflow what happens to one more
 * @param subscriptionsMax subscriptions of the session
 * @param receiveMaximum QoS 1 and 2 messages from the client that are not yet acknowledged, 1 to 65,535
 * @param topicAliasMax highest alias a client may use, 0 to 65,535
 * @param topicAliasOutMax most aliases used towards a client that offers them, 0 to 65,535
 */
public record SessionLimits(
        int inFlightMax,
        int queueMessagesMax,
        long queueBytesMax,
        long queueMemoryMax,
        Overflow overflow,
        int subscriptionsMax,
        int receiveMaximum,
        int topicAliasMax,
        int topicAliasOutMax) {
    /** Whether the store gives back what a queue does not hold in memory. */
    boolean isPaged() {
        return queueMemoryMax < Long.MAX_VALUE;
    }
}
