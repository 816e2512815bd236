package io.coppice.broker;

import io.coppice.mqtt.Qos;
import io.coppice.session.Reclaimed;

/**
 * A message of a shared subscription that a session gives to another member. Its records keep the message until the
 * other one has it, so that it is not lost with a node in between.
 */
final class Lending extends Receipt {
    private final SessionSlot lender;
    private final Reclaimed lent;

    Lending(SessionSlot lender, Reclaimed lent) {
        super(lender.shard);
        this.lender = lender;
        this.lent = lent;
    }

    @Override
    void closed(boolean safe, boolean rejected) {
        if (safe && !rejected) {
            if (lender.goesOn()) {
                lender.session.given(lent);
                shard.touch(lender);
            }
        } else if (lender.goesOn()) {
            takeBack();
        } else if (lent.qos() == Qos.EXACTLY_ONCE) {
            shard.sharing.redispatch(lent.message(), lent.share(), lender, true, forNobody(shard));
        }
    }

    /** The session keeps it after all, behind what it has. */
    void takeBack() {
        lender.session.given(lent);
        lender.deliver(lent.message(), lent.qos(), lent.retain(), lent.subscriptionIdentifiers(), lent.share());
        shard.touch(lender);
    }
}
