package io.coppice.broker;

import io.coppice.mqtt.Subscription;
import io.coppice.port.Backup;
import io.coppice.port.Backup.Outcome;
import io.coppice.port.Backup.Verdict;
import io.coppice.port.Home;
import io.coppice.port.SessionRegistry;
import io.coppice.session.SessionRecord;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A session that was told whole gets its home on this loop, as if its client had just gone: the identifier is claimed like
 * that of a client that connects, and the session is there when it is stored and everyone knows the way to it. Where the
 * identifier has a home nothing happens, unless the session that is there is to be replaced: then that ends as by Clean Start.
 */
final class Placement {
    /** How long a majority is waited for each time. */
    private static final long PATIENCE_MILLIS = 100;

    private final BackupRestoring restoring;
    private final Shard shard;
    private final Broker broker;
    private final IncomingSession incoming;
    private final String clientId;
    private final boolean replace;
    private final Consumer<Outcome> then;
    /** Whether the client identifier had a home when it was claimed. */
    private boolean succeeds;

    /** What it still waits for: to be stored, and to be known to others. */
    private int open = 2;

    private boolean stored;

    Placement(
            BackupRestoring restoring,
            Shard shard,
            IncomingSession incoming,
            boolean replace,
            Consumer<Backup.Outcome> then) {
        this.restoring = restoring;
        this.shard = shard;
        this.broker = shard.broker;
        this.incoming = incoming;
        this.clientId = incoming.clientId();
        this.replace = replace;
        this.then = then;
    }

    private void tell(Verdict verdict, String why) {
        then.accept(new Outcome(verdict, why));
    }

    void begin() {
        String obstacle = NodeBackup.obstacle(broker);
        if (obstacle != null) {
            tell(Verdict.FAILED, obstacle);
        } else if (incoming.isExpired(shard.loop.now())) {
            tell(Verdict.EXPIRED, "");
        } else if (!replace && shard.slots.containsKey(clientId)) {
            tell(Verdict.EXISTING, "");
        } else if (!replace && isCrowded()) {
            tell(Verdict.REFUSED, crowded());
        } else {
            shard.adopting.claim(this::claim);
        }
    }

    private boolean isCrowded() {
        return broker.sessions() >= broker.settings.sessionsMax();
    }

    private String crowded() {
        return "this node has as many sessions as limits.sessions-max, " + broker.settings.sessionsMax();
    }

    private void claim() {
        PendingAdmission entering = shard.admitting(clientId);
        if (replace) {
            broker.registry.claim(
                    clientId,
                    broker.self(),
                    shard.loop,
                    new SessionRegistry.Claimant(incoming.owner(), true, null),
                    claim -> {
                        claimed(entering, claim);
                        if (claim != null) {
                            shard.adopting.ended();
                        }
                    },
                    () -> {}, // it is taken from anyone
                    made -> shard.adopting.settled(clientId, made));
        } else {
            broker.registry.claimVacant(clientId, broker.self(), shard.loop, incoming.owner(), home -> {
                if (home == null) {
                    entering.ended();
                    tell(Verdict.EXISTING, "");
                } else {
                    entering.claimed(home.epoch());
                    enter(entering, Found.NONE, home.epoch());
                }
                shard.adopting.ended();
            });
        }
    }

    private void claimed(PendingAdmission entering, SessionRegistry.@Nullable Claim claim) {
        if (claim == null) {
            entering.ended();
            tell(Verdict.REFUSED, "this node cannot say where the session is");
            return;
        }
        long epoch = claim.home().epoch();
        entering.claimed(epoch);
        Home former = claim.former();
        succeeds = former != null;
        if (former == null) {
            enter(entering, Found.NONE, epoch);
        } else {
            new FormerHome(shard, clientId, epoch, true, found -> enter(entering, found, epoch)).bring(former);
        }
    }

    private void enter(PendingAdmission entering, Found found, long epoch) {
        boolean mayAct = broker.cluster.mayAct(shard.loop.now());
        if (!mayAct && broker.cluster.inQuorum() && !broker.isDraining()) {
            // others may be about to let the client in; soon this node knows whether it is one of a majority
            shard.loop.after(PATIENCE_MILLIS, () -> enter(entering, found, epoch));
            return;
        }
        SessionSlot present = found.slot();
        if (found.lost() || shard.adopting.isOutdated(clientId, epoch)) {
            tell(Verdict.REFUSED, "a client came with the identifier meanwhile, and has its session");
        } else if (!mayAct || broker.isDraining()) {
            giveUp(present, epoch);
            tell(Verdict.FAILED, "this node is shutting down, or not in touch with a majority of the cluster");
        } else if (present == null && isCrowded()) {
            giveUp(null, epoch);
            tell(Verdict.REFUSED, crowded());
        } else {
            if (present != null) {
                present.awaited(true);
                Parking.end(present);
            }
            settle(epoch);
        }
        entering.ended();
    }

    private void giveUp(@Nullable SessionSlot present, long epoch) {
        if (present != null) {
            present.awaited(false);
            present.epoch = epoch;
            Parking.wait(present);
        } else if (succeeds) {
            shard.giveUp(clientId, epoch);
        } else {
            broker.registry.release(clientId, epoch);
        }
    }

    /** The session is here from now on, and its records are one group with what ends any other: they are stored together. */
    private void settle(long epoch) {
        SessionSlot slot = new SessionSlot(shard, clientId, epoch, false);
        slot.comesFrom(List.of()); // nobody here knows who its client was
        shard.begin(slot);
        incoming.replay(shard.loop.now(), epoch, record -> take(slot, record));
        for (Subscription subscription : slot.session.subscriptions()) {
            broker.tree.put(subscription, slot);
        }
        broker.cluster.routes.changed(shard, slot.filters(), () -> done(slot));
        shard.whenStored(safe -> {
            stored = safe;
            done(slot);
        });
    }

    private void take(SessionSlot slot, SessionRecord record) {
        slot.takeOver(List.of(record));
        shard.record(slot, record);
    }

    private void done(SessionSlot slot) {
        if (--open > 0) {
            return;
        }
        if (stored && slot.isEvicted()) {
            tell(Verdict.REFUSED, "a client came with the identifier meanwhile, and has its session");
        } else if (stored) {
            if (incoming.hasWill()) {
                restoring.cameWithWill(slot);
            } else if (slot.goesOn()) {
                BackupRestoring.await(slot);
            }
            tell(Verdict.IMPORTED, "");
        } else {
            if (slot.goesOn() && slot.client == null) {
                takeOut(slot);
            }
            tell(Verdict.FAILED, "the session could not be stored");
        }
    }

    /** What could not be stored is not there: its client would find it and lose it. */
    private void takeOut(SessionSlot slot) {
        slot.session.end();
        shard.forget(slot);
        shard.giveUp(clientId, slot.epoch);
    }
}
