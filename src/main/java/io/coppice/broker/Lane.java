package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.TopicFilter;
import io.coppice.port.ClusterSnapshot;
import io.coppice.port.Counters;
import io.coppice.port.Origin;
import io.coppice.port.Parcel;
import io.coppice.port.PeerMessage;
import io.coppice.session.DropReason;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The way from one loop here to one loop of another node: messages of a turn leave as one numbered batch, which is sent
 * again until it is confirmed, so the other side has all of them once and in order. What waits for an answer is kept
 * until it comes; when the node is gone, until its sessions have been found elsewhere.
 */
final class Lane {
    // What a long turn brought must not become one parcel that is too large to be sent, or sent again.
    private static final int BATCH_MESSAGES_MAX = 1_024;
    private static final int BATCH_BYTES_MAX = 512 << 10;

    /** A message that somebody there has yet to say they have. */
    private static final class Waiting {
        final PeerMessage.Publish publish;
        final Receipt receipt;
        /** Where the node is gone and the message was for one of its members of a shared subscription. */
        @Nullable
        Inquiry inquiry;

        Waiting(PeerMessage.Publish publish, Receipt receipt) {
            this.publish = publish;
            this.receipt = receipt;
        }
    }

    private final Shard shard;
    final Peer peer;
    private final int toShard;
    private final int max;

    private List<PeerMessage> open = new ArrayList<>();
    private long openBytes;
    /** Told when what is in the open batch has come. */
    private List<Receipt> openReceipts = List.of();

    private final Unconfirmed sent;
    private long lastNumber;
    private final Tickets<Waiting> tickets = new Tickets<>();
    /** Where sessions of the node, which is gone, have been found so far; null is this node itself. */
    private final Set<@Nullable Peer> adopters = new LinkedHashSet<>();

    Lane(Shard shard, Peer peer, int toShard) {
        this.shard = shard;
        this.peer = peer;
        this.toShard = toShard;
        this.max = shard.broker.settings.cluster().laneMessagesMax();
        this.sent = new Unconfirmed(shard, peer, toShard);
    }

    // --- messages

    /** Hands a message to whom it concerns over there, at QoS 0: nobody answers. */
    void publish(Message message, long stamp, @Nullable TopicFilter share, @Nullable Origin origin) {
        if (peer.gone || depth() >= max) {
            shard.drops.dropped(peer.gone ? DropReason.OFFLINE : DropReason.FORWARD_BACKLOG, message, null);
        } else {
            shard.counters.handedOn(Counters.Onward.NODE, 1);
            shard.counters.forwarded();
            tell(new PeerMessage.Publish(message, stamp, 0, share, null, origin));
        }
    }

    /**
     * Hands a message to whom it concerns over there.
     *
     * @param publish without a ticket
     * @param receipt told when they have it
     */
    void publish(PeerMessage.Publish publish, Receipt receipt) {
        if (isOver(publish, receipt)) {
            return;
        }
        Waiting waiting = new Waiting(publish, receipt);
        long ticket = tickets.add(waiting);
        if (peer.gone) {
            adopters.forEach(adopter -> redirect(waiting, adopter));
        } else {
            shard.counters.forwarded();
            tell(publish.awaited(ticket));
        }
    }

    /** Whether nobody is here any more for whom a message could wait; else the receipt expects an answer. */
    private boolean isOver(PeerMessage.Publish publish, Receipt receipt) {
        boolean over = peer.replaced;
        if (over && publish.share() == null) {
            shard.drops.dropped(DropReason.REPEATED, publish.message(), null);
            return true; // everyone sends to those who have the sessions now
        }
        shard.counters.handedOn(Counters.Onward.NODE, 1);
        receipt.expect(1);
        if (over) {
            finish(publish, receipt, false);
        }
        return over;
    }

    /** Passes a message on to the session of a client that moves there; see {@link PeerMessage.Late}. */
    void passOn(String clientId, PeerMessage.Late late, @Nullable Receipt receipt) {
        if (receipt == null && peer.gone) {
            shard.drops.dropped(DropReason.OFFLINE, late.message(), null);
            return;
        }
        if (receipt == null) {
            shard.counters.handedOn(Counters.Onward.NODE, 1);
            shard.counters.forwarded();
            tell(late);
            return;
        }
        PeerMessage.Publish again =
                new PeerMessage.Publish(late.message(), late.stamp(), 0, late.share(), null, late.origin(), clientId);
        if (isOver(again, receipt)) {
            return;
        }
        Waiting waiting = new Waiting(again, receipt);
        long ticket = tickets.add(waiting);
        if (peer.gone) {
            adopters.forEach(adopter -> redirect(waiting, adopter));
        } else {
            shard.counters.forwarded();
            tell(late.awaited(ticket));
        }
    }

    void answered(PeerMessage.Answer answer) {
        Waiting waiting = tickets.take(answer.ticket());
        if (waiting != null) {
            waiting.receipt.settle(1, answer.safe(), answer.rejected());
        }
    }

    /** A message of a shared subscription finds nobody there. */
    void returned(PeerMessage.Returned returned) {
        Waiting waiting = tickets.take(returned.ticket());
        if (waiting != null) {
            shard.sharing.returned(peer, waiting.publish, waiting.receipt);
        }
    }

    /** Sends a word with the others of this turn. */
    void tell(PeerMessage message) {
        if (!peer.gone) {
            if (open.isEmpty()) {
                shard.lanes.touched(this);
            }
            open.add(message);
            openBytes += weight(message);
        }
    }

    /**
     * Sends a word that the other side has acted upon when it has confirmed it.
     *
     * @param receipt told then, or when the node is gone and need not know it any more; null for nobody
     */
    void tell(PeerMessage message, @Nullable Receipt receipt) {
        if (peer.gone) {
            return;
        }
        tell(message);
        if (receipt != null) {
            receipt.expect(1);
            if (openReceipts.isEmpty()) {
                openReceipts = new ArrayList<>();
            }
            openReceipts.add(receipt);
        }
    }

    /** Messages that are not yet confirmed, and those held for a node that is gone. */
    int depth() {
        return open.size() + sent.messages() + (peer.gone ? tickets.size() : 0);
    }

    /** Whether publishers should be slowed: half of what may be on the way is. */
    boolean isCrowded() {
        return depth() > max / 2;
    }

    // --- batches

    /** Sends what the turn has brought; a full lane waits for confirmations first. */
    void flush() {
        while (!open.isEmpty() && !peer.gone && sent.messages() <= max) {
            long before = openBytes;
            Parcel.Batch batch = new Parcel.Batch(shard.broker.self(), shard.index, ++lastNumber, takeSome());
            // with the last of several, which is confirmed after the others
            List<Receipt> receipts = open.isEmpty() ? openReceipts : List.of();
            if (open.isEmpty()) {
                openReceipts = List.of();
            }
            long bytes = before - openBytes;
            sent.send(batch, receipts, bytes);
        }
    }

    /** The first of what is open, as much as goes into one batch. */
    private List<PeerMessage> takeSome() {
        if (open.size() <= BATCH_MESSAGES_MAX && openBytes < BATCH_BYTES_MAX) {
            List<PeerMessage> all = open;
            open = new ArrayList<>();
            openBytes = 0;
            return all;
        }
        int count = 0;
        long bytes = 0;
        while (count < open.size() && count < BATCH_MESSAGES_MAX && bytes < BATCH_BYTES_MAX) {
            bytes += weight(open.get(count++));
        }
        openBytes -= bytes;
        List<PeerMessage> some = new ArrayList<>(open.subList(0, count));
        open.subList(0, count).clear();
        return some;
    }

    /** Whether it is a client's message of which nobody keeps anything here. */
    private static boolean isUnanswered(PeerMessage message) {
        return message instanceof PeerMessage.Publish publish && publish.ticket() == 0
                || message instanceof PeerMessage.Late late && late.ticket() == 0;
    }

    private static int weight(PeerMessage message) {
        if (message instanceof PeerMessage.Publish publish) {
            return publish.message().weight();
        }
        return message instanceof PeerMessage.Late late ? late.message().weight() : 0;
    }

    /** Messages that the other side has not confirmed. */
    int unconfirmed() {
        return peer.gone ? 0 : open.size() + sent.messages();
    }

    /** The weight of the messages that the other side has not confirmed. */
    long unconfirmedBytes() {
        return openBytes + sent.bytes();
    }

    ClusterSnapshot.Lane snapshot() {
        return new ClusterSnapshot.Lane(
                peer.id, shard.index, toShard, unconfirmed(), unconfirmedBytes(), sent.oldestMillis(), tickets.size());
    }

    /** Messages of publishers among them. */
    int unconfirmedPublishes() {
        return peer.gone
                ? 0
                : (int) Stream.concat(open.stream(), sent.stream())
                        .filter(PeerMessage.Publish.class::isInstance)
                        .count();
    }

    /** @return when the newest batch that is confirmed now was sent, or -1 where it says nothing new */
    long confirmed(long number) {
        long sentAt = sent.confirmed(number);
        flush();
        return sentAt;
    }

    // --- the end of the node

    /** The node is gone: nothing is sent any more, and what was not answered is held. */
    void gone() {
        List<Receipt> receipts = new ArrayList<>(openReceipts);
        long lost = open.stream().filter(Lane::isUnanswered).count();
        shard.counters.due(Counters.Source.NODE, lost);
        shard.counters.dropped(DropReason.OFFLINE, lost);
        open.clear();
        openBytes = 0;
        openReceipts = List.of();
        receipts.addAll(sent.clear());
        receipts.forEach(receipt -> receipt.settle(1, true, false));
    }

    /**
     * Sessions of the node, which is gone, are somewhere else by now: what is held goes there, and so does what comes.
     *
     * @param adopter null for this node itself
     */
    void redirectTo(@Nullable Peer adopter) {
        adopters.add(adopter);
        tickets.forEach(each -> redirect(each, adopter));
    }

    private void redirect(Waiting waiting, @Nullable Peer adopter) {
        if (waiting.receipt.isVoid()) {
            return; // it comes again, behind what failed before it
        }
        PeerMessage.Publish publish = waiting.publish;
        TopicFilter share = publish.share();
        PeerMessage.Publish formerly = new PeerMessage.Publish(
                publish.message(), publish.stamp(), 0, share, peer.id, publish.origin(), publish.only());
        if (share != null) {
            ask(waiting, formerly, share, adopter);
        } else if (adopter == null) {
            shard.router.arriveFormerly(formerly, waiting.receipt);
        } else {
            shard.counters.due(Counters.Source.NODE, 1);
            shard.lanes.to(adopter).publish(formerly, waiting.receipt);
        }
    }

    /**
     * A member there may have the message, stored but not answered. At QoS 1 somebody else gets it all the same, later; at
     * QoS 2 it stays with that member, whose session is being taken over (MQTT-4.8.2-4).
     */
    private void ask(Waiting waiting, PeerMessage.Publish question, TopicFilter share, @Nullable Peer adopter) {
        Message message = question.message();
        if (message.number() == 0) {
            return;
        }
        Inquiry inquiry = waiting.inquiry;
        if (inquiry == null) {
            inquiry = new Inquiry(shard, found -> finish(waiting.publish, waiting.receipt, found));
            waiting.inquiry = inquiry;
        }
        Receipt asked = inquiry.question();
        if (adopter == null) {
            asked.expect(1);
            shard.sharing.ask(share, message, peer.id, found -> asked.settle(1, found, false));
        } else {
            shard.counters.due(Counters.Source.NODE, 1);
            shard.lanes.to(adopter).publish(question, asked);
        }
        asked.seal(false);
    }

    /** All sessions of the node have been found. */
    void retire() {
        List<Waiting> held = new ArrayList<>();
        tickets.forEach(held::add);
        for (Waiting each : held) {
            if (each.inquiry != null) {
                each.inquiry.end();
            } else {
                finish(each.publish, each.receipt, false);
            }
        }
    }

    /**
     * Nothing more can become of a message here.
     *
     * @param found whether one of the sessions that were there has it
     */
    private void finish(PeerMessage.Publish publish, Receipt receipt, boolean found) {
        if (publish.share() == null || found) {
            receipt.settle(1, true, false);
        } else if (publish.formerly() != null) {
            receipt.settle(1, false, false); // it was a question, and they have it no more than others
        } else {
            shard.sharing.returned(peer, publish, receipt);
        }
    }
}
