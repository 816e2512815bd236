package io.coppice.broker;

import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.TopicFilter;
import io.coppice.port.Counters;
import io.coppice.port.Home;
import io.coppice.port.PeerMessage;
import io.coppice.session.Delivery;
import io.coppice.session.DropReason;
import io.coppice.session.SessionRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A session comes from another node, seen from its new home. The former home freezes it and passes on what still comes;
 * everyone is told to send it here too; the records are loaded once the former home has stored the last of them; and
 * when the former home has nothing more to pass on, the session goes on: first with what was passed on, then with what came straight.
 */
final class Coming {
    /** How long a former home that cannot store may take to be found out. */
    private static final long PATIENCE_MILLIS = 20_000;

    private final Shard shard;
    private final Peer from;
    private final Home former;
    private final long move;
    private final String clientId;
    private final long epoch;
    private final boolean cleanStart;
    private final Consumer<Found> then;
    private final List<TopicFilter> announced = new ArrayList<>();
    private @Nullable SessionSlot slot;
    private int tries = Adopting.TRIES;
    private boolean recordsAreSafe;
    private boolean loaded;
    private boolean emptied;

    Coming(
            Shard shard,
            Peer from,
            Home former,
            long move,
            String clientId,
            long epoch,
            boolean cleanStart,
            Consumer<Found> then) {
        this.shard = shard;
        this.from = from;
        this.former = former;
        this.move = move;
        this.clientId = clientId;
        this.epoch = epoch;
        this.cleanStart = cleanStart;
        this.then = then;
    }

    boolean isFrom(Peer peer) {
        return from == peer;
    }

    void begin() {
        lane().tell(new PeerMessage.Yield(move, clientId, epoch, cleanStart));
    }

    private Lane lane() {
        return shard.lanes.to(from, former.shard());
    }

    void frozen(PeerMessage.Frozen frozen) {
        List<Subscription> subscriptions = frozen.subscriptions();
        boolean lost = frozen.lost();
        SessionSlot present = shard.slots.get(clientId);
        if (subscriptions == null || present != null && present.epoch > epoch) {
            boolean outdated = lost || subscriptions != null;
            end(outdated ? Found.LOST : frozen.ended() ? Found.ENDED : Found.NONE);
            return;
        }
        shard.adopting.evict(clientId, epoch);
        SessionSlot arriving = new SessionSlot(shard, clientId, epoch, true);
        Arrival arrival = new Arrival();
        arrival.comesFrom(from.id);
        arrival.hadBefore(frozen.seen());
        arriving.arrival = arrival;
        arriving.coming = this;
        slot = arriving;
        for (Subscription subscription : subscriptions) {
            shard.broker.tree.put(subscription, arriving);
            announced.add(subscription.filter());
        }
        // also where it has ended meanwhile: the former home has nothing to wait for then
        shard.broker.cluster.routes.changed(shard, announced, () -> lane().tell(new PeerMessage.Announced(move)));
    }

    /** A message that the former home has passed on. */
    void late(PeerMessage.Late late, @Nullable ForwardReceipt waiting) {
        SessionSlot to = slot;
        Arrival arrival = to == null ? null : to.arrival;
        if (to == null || arrival == null) {
            giveBack(shard, late, waiting);
            return;
        }
        shard.counters.due(Counters.Source.NODE, 1);
        if (waiting != null) {
            waiting.expect(1);
        }
        arrival.whenHere(late.origin(), late.stamp(), false, () -> {
            TopicFilter share = late.share();
            if (share != null && to.isGone()) {
                shard.sharing.again(late.message(), share, to, late.origin(), late.stamp(), waiting);
                return;
            }
            if (share == null && waiting != null && isOvertaking()) {
                shard.drops.dropped(DropReason.REPEATED, late.message(), to);
                return;
            }
            if (share == null
                    && waiting != null
                    && shard.failedElsewhere.has(late.message(), late.origin(), late.stamp())) {
                shard.deliverer.notTaken(late.message(), to, waiting);
                return;
            }
            int records = shard.recordCount();
            boolean repeat = share == null && to.isRepeat(late.origin(), late.stamp(), false);
            if (repeat) {
                shard.drops.dropped(DropReason.REPEATED, late.message(), to);
            }
            Delivery delivery = repeat
                    ? Delivery.DROPPED
                    : to.deliver(
                            late.message(), late.qos(), late.retain(), late.subscriptionIdentifiers(), late.share());
            if (delivery == Delivery.DROPPED && waiting != null) {
                shard.deliverer.settleRepeat(waiting, 1, false);
            } else {
                shard.deliverer.settle(waiting, 1, delivery == Delivery.REJECTED, records);
            }
        });
    }

    /**
     * Whether what the former home has passed on would come before other messages: it was given up, and could not say that
     * it had stored what came to it before. Nobody has answered any of that; its publishers repeat all of it.
     */
    private boolean isOvertaking() {
        return !recordsAreSafe && shard.broker.cluster.isGivenUp(from.id);
    }

    /** The session does not come any more: whoever passed the message on finds another member of the group. */
    static void giveBack(Shard shard, PeerMessage.Late late, @Nullable ForwardReceipt waiting) {
        if (late.share() != null && waiting != null) {
            waiting.giveBack();
        } else {
            shard.counters.due(Counters.Source.NODE, 1);
            shard.drops.dropped(DropReason.SESSION_ENDED, late.message(), null);
        }
    }

    void stored(boolean safe) {
        SessionSlot arriving = slot;
        if (arriving == null) {
            return;
        }
        recordsAreSafe = safe;
        if (safe) {
            load(arriving);
            return;
        }
        // Most likely the former home was thrown out and will be gone in a moment. What others hold for it comes first
        // then: a publisher's later messages would make the earlier ones look like repeats.
        shard.loop.after(PATIENCE_MILLIS, () -> {
            if (slot == arriving && !shard.broker.isStopped()) {
                hadNothing(arriving);
                load(arriving);
            }
        });
    }

    /** What the session had at its former home may not be stored: it is brought again. */
    private static void hadNothing(SessionSlot arriving) {
        if (arriving.arrival != null) {
            arriving.arrival.hadNothing();
        }
    }

    private void load(SessionSlot arriving) {
        shard.broker.store.load(clientId, epoch, shard.loop, records -> loaded(arriving, records), () -> {
            if (slot == arriving) {
                end(Found.LOST);
            }
        });
    }

    private void loaded(SessionSlot arriving, @Nullable List<SessionRecord> records) {
        if (slot != arriving) {
            shard.broker.store.left(clientId, epoch);
            return;
        }
        if (records != null) {
            arriving.takeOver(records);
            shard.forgetUnstored(arriving, announced);
            loaded = true;
            goOn();
        } else if (--tries > 0) {
            // the store does not answer, which is no reason to think that there is no session
            shard.adopting.later(() -> {
                if (slot == arriving) {
                    load(arriving);
                }
            });
        } else {
            end(Found.LOST);
        }
    }

    void emptied() {
        emptied = true;
        goOn();
    }

    private void goOn() {
        SessionSlot arriving = slot;
        if (loaded && emptied && arriving != null) {
            shard.counters.sessionFetched();
            arriving.here();
            end(Found.of(arriving));
        }
    }

    private void end(Found found) {
        SessionSlot arriving = slot;
        slot = null;
        if (arriving != null) {
            arriving.coming = null;
        }
        shard.moves.arrived(this);
        if (arriving != null && found.slot() == null) {
            arriving.fenced(announced);
        }
        then.accept(found);
    }

    @Override
    public String toString() {
        return clientId + " " + former + " to " + epoch + (slot == null ? "" : " frozen") + (loaded ? " loaded" : "")
                + (emptied ? " emptied" : "");
    }

    /** Someone else has claimed the session since: it does not come here any more. */
    void overtaken() {
        end(Found.LOST);
    }

    /** The former home is gone before all was done: the session is taken from the store, like its others. */
    void adopt() {
        SessionSlot arriving = slot;
        slot = null;
        if (arriving != null) {
            arriving.coming = null;
            if (!recordsAreSafe) {
                hadNothing(arriving);
            }
        }
        Fetch fetch = new Fetch(shard, clientId, epoch, from.id, arriving, announced, true, found -> {
            SessionSlot adopted = found.slot();
            if (adopted != null && cleanStart) {
                adopted.awaited(true); // the claim is still needed
                Parking.end(adopted);
                then.accept(Found.ENDED);
            } else {
                then.accept(found);
            }
        });
        fetch.begin();
    }
}
