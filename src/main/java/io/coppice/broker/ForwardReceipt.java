package io.coppice.broker;

import io.coppice.port.PeerMessage;

/** The receipt of another node, which is answered on the lane back to it. */
final class ForwardReceipt extends Receipt {
    private final Lane back;
    private final long ticket;
    private boolean givenBack;
    private volatile boolean notTaken;

    ForwardReceipt(Shard shard, Lane back, long ticket) {
        super(shard);
        this.back = back;
        this.ticket = ticket;
    }

    /** Nobody here takes the message of a shared subscription: it goes back. */
    void giveBack() {
        givenBack = true;
    }

    @Override
    void notTaken() {
        notTaken = true;
    }

    @Override
    void closed(boolean safe, boolean rejected) {
        if (givenBack) {
            back.tell(new PeerMessage.Returned(ticket));
            return;
        }
        PeerMessage answer = new PeerMessage.Answer(ticket, safe, rejected);
        if (safe) {
            back.tell(answer);
            return;
        }
        if (notTaken) { // the sooner it is told the less comes behind it that has to be recalled
            shard.broker.cluster.whenMayAct(shard, () -> back.tell(answer));
            return;
        }
        // The store fails those first who have been given up and do not know it. They are not the ones to say that it
        // failed: who asks waits until they are gone, and asks whoever has their sessions then.
        shard.broker.cluster.afterLease(shard, () -> back.tell(answer));
    }
}
