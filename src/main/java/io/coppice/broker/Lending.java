package io.coppice.broker;

import io.coppice.port.Counters;
import io.coppice.session.DropReason;
import io.coppice.session.Reclaimed;
import io.coppice.session.Session;

/**
 * A message of a shared subscription that a session gives to another member. Its records keep the message until the
 * other one has it, so that it is not lost with a node in between.
 */
final class Lending extends Receipt {
    private static final long CHECK_MILLIS = 20;
    /** Longer together than a node says nothing before it is given up. */
    private static final int TRIES = 1_000;
    /** Where a node was given up: what has become of the message is known only when its sessions have been found, which may wait for this one. */
    private static final int TRIES_WITHOUT_A_NODE = 250;

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
        } else if (lender.session.state() == Session.State.ENDED) { // one that goes on elsewhere has taken it along
            if (!shard.sharing.redispatch(lent.message(), lent.share(), lender, true, forNobody(shard))) {
                shard.counters.due(Counters.Source.MEMBER, 1);
                shard.drops.dropped(DropReason.SESSION_ENDED, lent.message(), lender);
            }
        }
    }

    /**
     * Runs a task on the shard's loop when a session, if it is here, has no QoS 2 message on its way to another member: where it
     * goes it would take it along, and both would get it. Where that takes too long, a node may have died.
     */
    static void awaited(Shard shard, String clientId, Runnable task) {
        awaited(shard, clientId, 0, task);
    }

    private static void awaited(Shard shard, String clientId, int tries, Runnable task) {
        SessionSlot slot = shard.slots.get(clientId);
        int triesMax = shard.broker.cluster.adoption.isOver() ? TRIES : TRIES_WITHOUT_A_NODE;
        if (tries >= triesMax || slot == null || !slot.session.isLendingQos2()) {
            task.run();
        } else {
            shard.loop.after(CHECK_MILLIS, () -> awaited(shard, clientId, tries + 1, task));
        }
    }

    /** The session keeps it after all, behind what it has. */
    void takeBack() {
        lender.session.given(lent);
        shard.counters.due(Counters.Source.MEMBER, 1);
        lender.deliver(lent.message(), lent.qos(), lent.retain(), lent.subscriptionIdentifiers(), lent.share());
        shard.touch(lender);
    }
}
