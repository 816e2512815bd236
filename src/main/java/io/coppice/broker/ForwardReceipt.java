package io.coppice.broker;

import io.coppice.port.PeerMessage;

/** The receipt of another node, which is answered on the lane back to it. */
final class ForwardReceipt extends Receipt {
    private final Lane back;
    private final long ticket;

    ForwardReceipt(Shard shard, Lane back, long ticket) {
        super(shard);
        this.back = back;
        this.ticket = ticket;
    }

    @Override
    void closed(boolean safe, boolean rejected) {
        back.tell(new PeerMessage.Answer(ticket, safe, rejected));
    }
}
