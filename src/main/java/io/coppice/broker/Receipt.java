package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.ReasonCode;

/**
 * What a QoS 1 or 2 publish still waits for before its publisher is answered. Lives on the publisher's loop; made
 * only when something cannot be answered within the call.
 */
final class Receipt {
    private final SessionSlot publisher;
    private final int packetId;
    private final Message message;
    private int open = 1;
    private boolean matched;
    private boolean rejected;
    private boolean failed;

    /** Open from the start, until {@link #seal}. */
    Receipt(SessionSlot publisher, int packetId, Message message) {
        this.publisher = publisher;
        this.packetId = packetId;
        this.message = message;
        publisher.receiptOpened();
    }

    Shard shard() {
        return publisher.shard;
    }

    /** So many more parts to wait for; on the publisher's loop, like everything here. */
    void expect(int parts) {
        open += parts;
    }

    /** All that the publish waits for is known. */
    void seal(boolean anyMatched, boolean anyRejected) {
        matched |= anyMatched;
        settle(1, true, anyRejected);
    }

    /** The answer for some parts has come, on the publisher's loop. */
    void settle(int parts, boolean safe, boolean anyRejected) {
        rejected |= anyRejected;
        failed |= !safe;
        open -= parts;
        if (open == 0) {
            publisher.routed(packetId, message, reason(failed, rejected, matched));
            publisher.receiptClosed();
        }
    }

    static ReasonCode reason(boolean failed, boolean rejected, boolean matched) {
        if (failed || rejected) {
            return ReasonCode.QUOTA_EXCEEDED;
        }
        return matched ? ReasonCode.SUCCESS : ReasonCode.NO_MATCHING_SUBSCRIBERS;
    }
}
