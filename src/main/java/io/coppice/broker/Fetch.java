package io.coppice.broker;

import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.TopicFilter;
import io.coppice.port.NodeId;
import io.coppice.session.SessionRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One session is taken from where it is, or from the store: its former home is gone, or has never had it. */
final class Fetch {
    private final Shard shard;
    private final String clientId;
    private final long epoch;
    private final NodeId from;
    private final @Nullable SessionSlot arriving;
    private final List<TopicFilter> announced;
    private final boolean forAdmission;
    private final Consumer<Found> then;
    private int tries = Adopting.TRIES;

    /**
     * @param arriving its slot, where there is one already
     * @param announced filters that lead to that slot
     * @param forAdmission whether the claim is that of a client that waits to be let in
     * @param then told on the shard's loop when the session is here
     */
    Fetch(
            Shard shard,
            String clientId,
            long epoch,
            NodeId from,
            @Nullable SessionSlot arriving,
            List<TopicFilter> announced,
            boolean forAdmission,
            Consumer<Found> then) {
        this.shard = shard;
        this.clientId = clientId;
        this.epoch = epoch;
        this.from = from;
        this.arriving = arriving;
        this.announced = announced;
        this.forAdmission = forAdmission;
        this.then = then;
    }

    void begin() {
        if (arriving == null) {
            shard.adopting.hold(); // until the search is over
            shard.moves.search(clientId, epoch, this::load, then);
        } else {
            load();
        }
    }

    private void load() {
        shard.adopting.hold();
        shard.broker.store.load(
                clientId,
                epoch,
                shard.loop,
                records -> {
                    loaded(records);
                    shard.adopting.ended();
                },
                () -> {
                    lost();
                    shard.adopting.ended();
                });
    }

    private void loaded(@Nullable List<SessionRecord> records) {
        SessionSlot present = shard.slots.get(clientId);
        if (shard.adopting.isOutdated(clientId, epoch)
                || present != null && present.epoch > epoch
                || arriving != null && arriving.isGone()) {
            lost();
        } else if (records == null && --tries > 0) {
            shard.adopting.hold();
            shard.adopting.later(() -> {
                load();
                shard.adopting.ended();
            });
        } else if (records == null || records.isEmpty()) {
            if (arriving != null) {
                shard.forgetUnstored(arriving, announced);
                shard.forget(arriving);
            }
            then.accept(records == null ? Found.LOST : Found.NONE);
        } else {
            found(records);
        }
    }

    /** Someone has claimed it since. */
    private void lost() {
        if (arriving != null) {
            arriving.fenced(announced);
        }
        shard.broker.store.left(clientId, epoch);
        then.accept(Found.LOST);
    }

    private void found(List<SessionRecord> records) {
        shard.adopting.evict(clientId, epoch);
        SessionSlot slot = arriving == null ? new SessionSlot(shard, clientId, epoch, true) : arriving;
        slot.comesFrom(formerHomes());
        slot.awaited(forAdmission);
        slot.takeOver(records);
        for (Subscription subscription : slot.session.subscriptions()) {
            shard.broker.tree.put(subscription, slot);
        }
        shard.forgetUnstored(slot, announced);
        slot.whenHere(() -> then.accept(Found.of(slot)));
        shard.adopting.arrived(slot);
    }

    /** Nodes that are gone where the session may have been: it may have been claimed in vain once more, after its last home. */
    private List<NodeId> formerHomes() {
        List<NodeId> homes = new ArrayList<>();
        if (!shard.broker.cluster.isThere(from)) { // one that is has never had it, and nobody holds anything for it
            homes.add(from);
        }
        shard.broker.cluster.leftPeers().forEach(left -> homes.add(left.id));
        return homes;
    }
}
