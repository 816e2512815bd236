package io.coppice.broker;

import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.Subscription;
import io.coppice.port.Gatekeeper;
import io.coppice.session.SessionRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A session goes to the shard of its client's new connection (MQTT 5, 3.1.4, MQTT-3.1.4-3): the old connection ends,
 * messages are sent the new way, those still on the old way are awaited, and the records move.
 */
final class Takeover {
    private final Shard from;
    private final Shard to;
    private final String clientId;
    private final long epoch;
    private final boolean cleanStart;
    private final Consumer<Found> then;

    private Takeover(Shard from, Shard to, String clientId, long epoch, boolean cleanStart, Consumer<Found> then) {
        this.from = from;
        this.to = to;
        this.clientId = clientId;
        this.epoch = epoch;
        this.cleanStart = cleanStart;
        this.then = then;
    }

    /**
     * The session that a client comes back to on the shard where it is.
     *
     * @param epoch of the claim that asks
     */
    static Found here(Shard shard, String clientId, long epoch, boolean cleanStart) {
        SessionSlot slot = shard.slots.get(clientId);
        if (shard.adopting.isOutdated(clientId, epoch)) {
            return Found.LOST;
        }
        if (slot == null) {
            return Found.NONE;
        }
        if (slot.isClaimedAfter(epoch)) {
            return Found.LOST;
        }
        if (!slot.isSettled()) {
            return Found.NONE; // it is on its way to where it is wanted, and to be found there
        }
        disconnect(slot);
        if (cleanStart && !slot.isGone()) {
            Parking.end(slot);
        }
        return Found.of(slot);
    }

    static void disconnect(SessionSlot slot) {
        if (slot.client != null) {
            slot.takenOver(true);
            slot.client.end(
                    "session-taken-over",
                    ReasonCode.SESSION_TAKEN_OVER,
                    "another connection came with the same client identifier");
            slot.takenOver(false);
        }
    }

    /**
     * Moves a session to the shard that has claimed it; called there.
     *
     * @param then told on that shard
     */
    static void from(Shard from, Shard to, String clientId, long epoch, boolean cleanStart, Consumer<Found> then) {
        Takeover takeover = new Takeover(from, to, clientId, epoch, cleanStart, then);
        from.loop.execute(() ->
                from.whenAdmittedBefore(clientId, epoch, () -> Lending.awaited(from, clientId, takeover::freeze)));
    }

    private void freeze() {
        Found found = here(from, clientId, epoch, cleanStart);
        SessionSlot old = found.slot();
        if (old == null) {
            // what the end of the session had for other shards is flushed before the client is let in, and the end is
            // stored before the next one begins, or the store would refuse it as outdated
            from.flushOutboxes();
            from.whenStored(safe -> to.loop.execute(() -> then.accept(found)));
            return;
        }
        old.leaving(epoch);
        Gatekeeper.Identity identity = old.identity;
        to.loop.execute(() -> prepare(old, identity));
    }

    /** On the new shard: a place to which messages can be sent before the session is there. */
    private void prepare(SessionSlot old, Gatekeeper.@Nullable Identity identity) {
        SessionSlot arriving = new SessionSlot(to, clientId, epoch, true);
        if (identity != null) {
            arriving.comesWith(identity);
        }
        from.loop.execute(() -> redirect(old, arriving));
    }

    private void redirect(SessionSlot old, SessionSlot arriving) {
        for (Subscription subscription : old.session.subscriptions()) {
            from.broker.tree.put(subscription, arriving);
        }
        int others = from.broker.shards.size() - 1;
        int[] passed = {0};
        for (Shard other : from.broker.shards) {
            if (other == from) {
                continue;
            }
            // what was planned before the tree changed is in the outbox by the time this runs
            other.loop.execute(() -> {
                other.outbox(from.index).flush();
                from.loop.execute(() -> {
                    if (++passed[0] == others) {
                        from.whenStored(safe -> move(old, arriving));
                    }
                });
            });
        }
    }

    private void move(SessionSlot old, SessionSlot arriving) {
        List<SessionRecord> records = new ArrayList<>();
        old.session.snapshot(records::add);
        Arrival arrival = old.arrival;
        RetainedReplay replay = old.replay() == null ? null : old.replay().moveTo(arriving);
        boolean behind = old.behind;
        old.gone();
        to.loop.execute(() -> {
            arriving.takeOver(records);
            arriving.arrival = arrival;
            arriving.replay(replay);
            arriving.behind = behind;
            if (arriving.isGone()) {
                to.forget(arriving); // claimed again meanwhile; only now is known what led to it
            }
            arriving.here();
            then.accept(Found.of(arriving));
        });
    }
}
