package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.ReasonCode;

/** The receipt of a client of this node. */
final class PublishReceipt extends Receipt {
    private final SessionSlot publisher;
    private final int packetId;
    private final Message message;
    /** How often a publish of the client had failed before this one. */
    private final int failures;

    private boolean matched;

    PublishReceipt(SessionSlot publisher, int packetId, Message message) {
        super(publisher.shard);
        this.publisher = publisher;
        this.packetId = packetId;
        this.message = message;
        this.failures = publisher.publishFailures();
        shard.openReceipts++;
    }

    void matched(boolean anyMatched) {
        matched |= anyMatched;
    }

    @Override
    boolean isVoid() {
        return publisher.publishFailures() != failures;
    }

    @Override
    void closed(boolean safe, boolean rejected) {
        if (isVoid()) {
            shard.counters.unsafePublish();
        } else if (safe) {
            routed(publisher, packetId, message, reason(rejected, matched));
        } else {
            unsafe(publisher, packetId, message);
        }
        shard.openReceipts--;
    }

    static ReasonCode reason(boolean rejected, boolean matched) {
        if (rejected) {
            return ReasonCode.QUOTA_EXCEEDED;
        }
        return matched ? ReasonCode.SUCCESS : ReasonCode.NO_MATCHING_SUBSCRIBERS;
    }

    /** A publish is answered; the publisher's session knows whether it still wants to hear it. */
    static void routed(SessionSlot publisher, int packetId, Message message, ReasonCode reason) {
        if (!publisher.isSettled()) {
            return;
        }
        publisher.session.routed(packetId, message, reason);
        publisher.shard.touch(publisher);
        if (publisher.client != null) {
            publisher.client.answered();
        }
    }

    /**
     * A publish may not have reached everyone. A version 5 client is told so; others know no such answer
     * and are cut off, so that they send it again, as one does that has gone already. So is whoever published it at QoS 2,
     * if the session remembers its number: told of a failure, the client would send it as another message. It repeats all that was
     * not answered then, and all of that goes on its way anew, in order: what of it is still on its way from now on is recalled.
     */
    static void unsafe(SessionSlot publisher, int packetId, Message message) {
        publisher.shard.counters.unsafePublish();
        Client present = publisher.client;
        if (present != null
                && present.connection.claimedVersion() == ProtocolVersion.V5
                && !isNumbered(publisher, message)) {
            routed(publisher, packetId, message, ReasonCode.QUOTA_EXCEEDED);
            return;
        }
        publisher.publishFailed();
        publisher.shard.lanes.tellFailed(publisher.clientId());
        if (publisher.isSettled()) {
            publisher.session.unrouted();
        }
        if (present != null) {
            present.lost("a message could not be stored, or not be brought to another node");
        }
    }

    private static boolean isNumbered(SessionSlot publisher, Message message) {
        return message.number() != 0 && publisher.session.isPersistent();
    }
}
