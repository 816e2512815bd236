package io.coppice.broker;

import io.coppice.port.Parcel;
import io.coppice.port.PeerMessage;
import io.coppice.port.Times;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Batches of a lane that the other side has not confirmed. They are sent again until it does. */
final class Unconfirmed {
    /** Batches sent again at a time. */
    private static final int RESEND_BATCHES = 64;

    /** @param receipts told when it is confirmed */
    private record Sent(Parcel.Batch batch, List<Receipt> receipts, long bytes, long at, long nanos) {}

    private final Shard shard;
    private final Peer peer;
    private final int toShard;
    private final ArrayDeque<Sent> batches = new ArrayDeque<>();
    private int messages;
    private long bytes;
    private boolean resendScheduled;

    Unconfirmed(Shard shard, Peer peer, int toShard) {
        this.shard = shard;
        this.peer = peer;
        this.toShard = toShard;
    }

    int messages() {
        return messages;
    }

    /** The weight of the messages. */
    long bytes() {
        return bytes;
    }

    Stream<PeerMessage> stream() {
        return batches.stream().flatMap(sent -> sent.batch.messages().stream());
    }

    /** How long the oldest batch has waited; -1 where there is none. */
    long oldestMillis() {
        Sent oldest = batches.peek();
        return oldest == null ? -1 : shard.loop.now() - oldest.at;
    }

    /**
     * Sends the next batch.
     *
     * @param receipts told when it is confirmed
     * @param weight of its messages
     */
    void send(Parcel.Batch batch, List<Receipt> receipts, long weight) {
        batches.add(new Sent(batch, receipts, weight, shard.loop.now(), shard.loop.nanos()));
        messages += batch.messages().size();
        bytes += weight;
        shard.counters.batchSent();
        send(batch);
        scheduleResend();
    }

    private void send(Parcel.Batch batch) {
        shard.broker.peers.send(shard.loop, peer.id, toShard, batch);
    }

    private void scheduleResend() {
        if (!resendScheduled) {
            resendScheduled = true;
            shard.loop.after(shard.broker.settings.cluster().resend(), this::resend);
        }
    }

    private void resend() {
        resendScheduled = false;
        Sent oldest = batches.peek();
        if (oldest == null || peer.gone || shard.broker.isStopped()) {
            return;
        }
        if (shard.loop.now() - oldest.at >= shard.broker.settings.cluster().resend()) {
            int left = RESEND_BATCHES;
            for (Sent each : batches) {
                shard.counters.batchResent();
                send(each.batch);
                if (--left == 0) {
                    break;
                }
            }
        }
        scheduleResend();
    }

    /** @return when the newest batch that is confirmed now was sent, or -1 where it says nothing new */
    long confirmed(long number) {
        long sentAt = -1;
        long now = shard.loop.nanos();
        for (Sent first = batches.peek(); first != null && first.batch.number() <= number; first = batches.peek()) {
            batches.remove();
            messages -= first.batch.messages().size();
            bytes -= first.bytes;
            sentAt = first.at;
            shard.counters.times().took(Times.Span.HOP, now - first.nanos, 1);
            first.receipts.forEach(receipt -> receipt.settle(1, true, false));
        }
        return sentAt;
    }

    /** The node is gone: nothing is sent any more. Returns whom to tell. */
    List<Receipt> clear() {
        List<Receipt> receipts = new ArrayList<>();
        batches.forEach(each -> receipts.addAll(each.receipts));
        batches.clear();
        messages = 0;
        bytes = 0;
        return receipts;
    }
}
