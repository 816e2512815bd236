package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.Will;
import io.coppice.port.Counters;
import io.coppice.session.Attachment;
import io.coppice.session.DropReason;
import io.coppice.session.Reclaimed;
import io.coppice.session.Session;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What happens to a session when its client is gone: the will, the wait, and the end (MQTT 5, 3.1.2.5 and 4.1). */
final class Parking {
    private Parking() {}

    /** The connection is gone: the session waits for the next one, or ends with it. */
    static void park(SessionSlot slot) {
        slot.disconnected();
        giveBackShares(slot, !slot.session.isPersistent());
        slot.session.detach();
        if (slot.session.state() == Session.State.ENDED) {
            remove(slot, slot.session.will());
            return;
        }
        slot.shard.touch(slot);
        wait(slot);
    }

    /** Publishes the will when it is due and ends the session when it has expired; sets the timer for what is not. */
    static void wait(SessionSlot slot) {
        Broker broker = slot.shard.broker;
        if (slot.willOnItsWay != null || broker.isSilent()) {
            return; // goes on when the will is with everyone; or elsewhere, on a node that stays
        }
        long now = slot.shard.loop.now();
        long expiry = slot.session.sessionExpiryInterval();
        long expires = expiry == Attachment.NEVER_EXPIRES ? Long.MAX_VALUE : slot.session.parkedAt() + expiry * 1000;
        long next = expires;
        Will will = slot.session.will();
        if (will != null) {
            // no later than the end of the session (MQTT 5, 3.1.2.5)
            long due = Math.min(slot.session.parkedAt() + will.delayInterval() * 1000, expires);
            if (due <= now) {
                // until then this node may not know the way to all who are to have it
                slot.shard.adopting.whenOver(() -> publishAndWait(slot, will));
                return;
            }
            next = due;
        }
        if (expires <= now) {
            slot.shard.counters.sessionExpired();
            end(slot);
        } else if (next != Long.MAX_VALUE) {
            slot.parkTimer(next, () -> wait(slot));
        }
    }

    /** That the will was published is recorded once everyone has it: should this node end before that, another publishes it. */
    @SuppressWarnings("ReferenceEquality") // the next connection may leave an equal one, which is another will
    private static void publishAndWait(SessionSlot slot, Will will) {
        boolean due = slot.isSettled() && slot.session.state() == Session.State.PARKED && slot.session.will() == will;
        if (!due || slot.willOnItsWay != null || slot.shard.broker.isSilent()) {
            return;
        }
        slot.willOnItsWay = will;
        publish(slot, will, () -> {
            slot.willOnItsWay = null;
            if (!slot.isSettled()) {
                return;
            }
            if (slot.session.will() == will) {
                slot.session.willDone();
            }
            if (slot.session.state() == Session.State.PARKED) {
                wait(slot);
            }
        });
    }

    /** Ends a session whose client is away for good; a will that still waits is due with it. */
    @SuppressWarnings("ReferenceEquality") // as above
    static void end(SessionSlot slot) {
        giveBackShares(slot, true);
        Will will = slot.session.will();
        slot.session.end();
        remove(slot, will == slot.willOnItsWay ? null : will);
    }

    /**
     * Takes an ended session out of everything that knew it.
     *
     * @param will that is due, or null. It stays kept with the claim until everyone has it
     */
    private static void remove(SessionSlot slot, @Nullable Will will) {
        Shard shard = slot.shard;
        boolean awaited = slot.isAwaited();
        Runnable release = () -> {
            // Not before its end is stored: who claims the identifier next writes with a newer epoch, and fences this
            // one. Where it cannot be stored, the home that stays tells the next one that there may be records.
            if (!awaited && slot.unrecorded) {
                shard.broker.registry.release(slot.clientId(), slot.epoch);
            } else if (!awaited) {
                shard.whenStored(safe -> {
                    if (safe && !slot.behind) {
                        shard.broker.registry.release(slot.clientId(), slot.epoch);
                    }
                });
            }
        };
        shard.forget(slot);
        if (will == null) {
            release.run();
        } else {
            shard.adopting.whenOver(() -> publish(slot, will, release));
        }
    }

    private static void publish(SessionSlot slot, Will will, Runnable then) {
        Message message = will.message(slot.publisher(), slot.shard.loop.now(), slot.session.willNumber());
        PublishedWill.publish(slot.shard, slot, message, then);
    }

    /**
     * What shared subscriptions brought and the client did not acknowledge goes to members of its groups that are there (MQTT
     * 5, 4.8.2).
     *
     * @param ending whether the session ends: then also to members that are away
     */
    static void giveBackShares(SessionSlot slot, boolean ending) {
        boolean comesBack = slot.isTakenOver() && !ending;
        if (slot.session.owesShared() && !comesBack && !slot.shard.broker.isDraining()) {
            giveBack(slot, null, true, ending);
        }
    }

    /**
     * Gives messages of shared subscriptions to other members.
     *
     * @param share which one, or null for all
     * @param sentToo also those that the client was sent and can acknowledge no more
     * @param toAnyone also to members that are away
     */
    static void giveBack(SessionSlot slot, @Nullable TopicFilter share, boolean sentToo, boolean toAnyone) {
        Sharing sharing = slot.shard.sharing;
        List<Reclaimed> given = new ArrayList<>(0);
        slot.session.reclaim(
                wanted -> (share == null || wanted.equals(share)) && sharing.hasOthers(wanted, slot, toAnyone),
                sentToo,
                given::add);
        slot.shard.counters.handedOn(Counters.Onward.MEMBER, given.size());
        for (Reclaimed one : given) {
            if (!slot.shard.sources.allow(one.message())) {
                withheld(slot, one);
                continue;
            }
            Lending lending = new Lending(slot, one);
            if (!sharing.redispatch(one.message(), one.share(), slot, toAnyone, lending)) {
                lending.takeBack();
            }
        }
    }

    /** Its publisher may not publish it any more: nobody gets it. */
    private static void withheld(SessionSlot slot, Reclaimed one) {
        slot.session.given(one);
        slot.shard.counters.due(Counters.Source.MEMBER, 1);
        slot.shard.drops.dropped(DropReason.NOT_AUTHORIZED, one.message(), slot);
        slot.shard.touch(slot);
    }
}
