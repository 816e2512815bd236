package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.Will;
import io.coppice.session.Attachment;
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
        Will will = slot.session.will();
        slot.session.detach();
        if (slot.session.state() == Session.State.ENDED) {
            publishWill(slot, will);
            remove(slot);
            return;
        }
        slot.shard.touch(slot);
        wait(slot);
    }

    /** Publishes the will when it is due and ends the session when it has expired; sets the timer for what is not. */
    static void wait(SessionSlot slot) {
        long now = slot.now();
        Will will = slot.session.will();
        long next = Long.MAX_VALUE;
        if (will != null && !slot.shard.broker.isDraining()) {
            long due = slot.session.parkedAt() + will.delayInterval() * 1000;
            if (due <= now) {
                publishWill(slot, will);
                slot.session.willDone();
            } else {
                next = due;
            }
        }
        long expiry = slot.session.sessionExpiryInterval();
        if (expiry != Attachment.NEVER_EXPIRES) {
            long expires = slot.session.parkedAt() + expiry * 1000;
            if (expires <= now) {
                slot.shard.counters.sessionExpired();
                end(slot);
                return;
            }
            next = Math.min(next, expires);
        }
        if (next != Long.MAX_VALUE) {
            slot.parkTimer(next, () -> wait(slot));
        }
    }

    /** Ends a session whose client is away for good; a will that still waits is due with it. */
    static void end(SessionSlot slot) {
        giveBackShares(slot, true);
        publishWill(slot, slot.session.will());
        slot.session.end();
        remove(slot);
    }

    /** Takes an ended session out of everything that knew it. */
    private static void remove(SessionSlot slot) {
        Broker broker = slot.shard.broker;
        slot.shard.forget(slot);
        // not before its end is stored: who claims the identifier next writes with a newer epoch, which fences this one
        if (!slot.isAwaited()) {
            slot.shard.whenStored(safe -> broker.registry.release(slot.clientId(), slot.epoch));
        }
    }

    /** A node that shuts down may leave wills unsent (MQTT 5, 3.1.2.5): its clients are told to go, they did not fail. */
    private static void publishWill(SessionSlot slot, @Nullable Will will) {
        if (will == null || slot.shard.broker.isDraining()) {
            return;
        }
        long expiresAt =
                will.messageExpiryInterval() < 0 ? Message.NEVER : slot.now() + will.messageExpiryInterval() * 1000;
        slot.shard.router.publishWill(
                slot,
                new Message(
                        will.topic(),
                        will.payload(),
                        will.qos(),
                        will.retain(),
                        will.properties(),
                        expiresAt,
                        slot.clientId()));
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
        for (Reclaimed one : given) {
            Lending lending = new Lending(slot, one);
            if (!sharing.redispatch(one.message(), one.share(), slot, toAnyone, lending)) {
                lending.takeBack();
            }
        }
    }
}
