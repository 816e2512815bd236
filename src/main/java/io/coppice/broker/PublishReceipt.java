package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.ReasonCode;

/** The receipt of a client of this node. */
final class PublishReceipt extends Receipt {
    private final SessionSlot publisher;
    private final int packetId;
    private final Message message;
    private boolean matched;

    PublishReceipt(SessionSlot publisher, int packetId, Message message) {
        super(publisher.shard);
        this.publisher = publisher;
        this.packetId = packetId;
        this.message = message;
        shard.openReceipts++;
    }

    void matched(boolean anyMatched) {
        matched |= anyMatched;
    }

    @Override
    void closed(boolean safe, boolean rejected) {
        if (safe) {
            publisher.routed(packetId, message, reason(rejected, matched));
        } else {
            publisher.unsafe(packetId, message);
        }
        shard.openReceipts--;
    }

    static ReasonCode reason(boolean rejected, boolean matched) {
        if (rejected) {
            return ReasonCode.QUOTA_EXCEEDED;
        }
        return matched ? ReasonCode.SUCCESS : ReasonCode.NO_MATCHING_SUBSCRIBERS;
    }
}
