package io.coppice.broker;

import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.TopicFilter;
import io.coppice.port.NodeId;
import io.coppice.port.PeerMessage;
import io.coppice.port.SessionRegistry;
import io.coppice.session.Session;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The part of one loop in taking over from nodes that are gone. */
final class Adopting {
    /** Sessions claimed and loaded at a time. */
    private static final int AT_A_TIME = 64;
    /** Claims remembered; each matters for the seconds that older ones may be under way. */
    private static final int TOLD_MAX = 100_000;

    private final Shard shard;
    private final ArrayDeque<SessionRegistry.Resident> left = new ArrayDeque<>();
    /** Sessions that are here and wait until what was held for them has come. */
    private final List<SessionSlot> arrived = new ArrayList<>();

    private final Set<NodeId> formerHomes = new HashSet<>();
    /** Claims and loads that are under way. */
    private int open;

    /** The claims that were told of because nobody else could tell: clients with older ones come too late. */
    private final Map<String, Long> told = new LinkedHashMap<>();

    private @Nullable Runnable whenDone;
    private List<Runnable> waiting = new ArrayList<>();
    private List<Runnable> waitingToAct = new ArrayList<>();

    Adopting(Shard shard) {
        this.shard = shard;
    }

    private Adoption adoption() {
        return shard.broker.cluster.adoption;
    }

    // --- admissions

    /** Runs a claim when nobody is being taken over from; it ends with {@link #claimed}. */
    void claim(Runnable claim) {
        if (!adoption().isOver()) {
            waiting.add(() -> claim(claim));
            return;
        }
        open++;
        claim.run();
    }

    void claimed() {
        ended();
    }

    /** Something else that belongs to a claim is under way; it ends with {@link #claimed}. */
    void hold() {
        open++;
    }

    private void ended() {
        open--;
        goOn();
    }

    void over() {
        List<Runnable> all = waiting;
        waiting = new ArrayList<>();
        all.forEach(Runnable::run);
    }

    void whenMayAct(Runnable task) {
        waitingToAct.add(task);
    }

    void mayActAgain() {
        List<Runnable> all = waitingToAct;
        waitingToAct = new ArrayList<>();
        all.forEach(Runnable::run);
    }

    // --- a round

    /** Takes over sessions; those of an earlier round that are not done yet are done with these. */
    void take(List<SessionRegistry.Resident> residents, Runnable done) {
        left.clear();
        left.addAll(residents);
        whenDone = done;
        goOn();
    }

    private void goOn() {
        while (open < AT_A_TIME && !left.isEmpty()) {
            claimFrom(left.remove());
        }
        Runnable done = whenDone;
        if (open == 0 && left.isEmpty() && done != null) {
            whenDone = null;
            done.run();
        }
    }

    private void claimFrom(SessionRegistry.Resident resident) {
        open++;
        String clientId = resident.clientId();
        PendingAdmission entering = shard.admitting(clientId);
        shard.broker.registry.claimFrom(resident, shard.broker.self(), shard.loop, home -> {
            if (home == null) {
                entering.ended();
            } else {
                entering.claimed(home.epoch());
                adopt(clientId, home.epoch(), resident.home().node(), null, false, found -> {
                    if (found == Found.NONE) {
                        shard.broker.registry.release(clientId, home.epoch());
                    }
                    entering.ended();
                });
            }
            ended();
        });
    }

    /**
     * Takes a session whose former home is gone from the store.
     *
     * @param arriving its slot, where there is one already
     * @param forAdmission whether the claim is that of a client that waits to be let in
     * @param then told on this loop when the session is here
     */
    void adopt(
            String clientId,
            long epoch,
            NodeId from,
            @Nullable SessionSlot arriving,
            boolean forAdmission,
            Consumer<Found> then) {
        open++;
        tellOthers(clientId, epoch);
        shard.broker.store.load(clientId, epoch, shard.loop, records -> {
            SessionSlot present = shard.slots.get(clientId);
            if (present != null && present.epoch > epoch || arriving != null && arriving.isGone()) {
                then.accept(Found.LOST);
            } else if (records == null || records.isEmpty()) {
                if (arriving != null) {
                    shard.forget(arriving);
                }
                then.accept(records == null ? Found.LOST : Found.NONE);
            } else {
                evict(clientId, epoch);
                SessionSlot slot = arriving == null ? new SessionSlot(shard, clientId, epoch, true) : arriving;
                slot.comesFrom(from);
                slot.awaited(forAdmission);
                records.forEach(slot.session::replay);
                for (Subscription subscription : slot.session.subscriptions()) {
                    shard.broker.tree.put(subscription, slot);
                }
                slot.whenHere(() -> then.accept(Found.of(slot)));
                arrived.add(slot);
                formerHomes.add(from);
                if (adoption().isOver()) {
                    TakenUp taken = takeUp();
                    shard.broker.cluster.routes.adopted(shard, taken.filters, taken.formerly, () -> {});
                }
            }
            ended();
        });
    }

    /** The node that is gone may have claimed the session from yet another one without telling it. */
    private void tellOthers(String clientId, long epoch) {
        Broker broker = shard.broker;
        for (Peer peer : broker.cluster.presentPeers()) {
            shard.lanes.to(peer).tell(new PeerMessage.Claimed(clientId, epoch));
        }
        evict(clientId, epoch);
        broker.onEveryLoop(shard, each -> each.adopting.evict(clientId, epoch), () -> {});
    }

    /** A client identifier was claimed with an epoch; who has it here from an earlier one gives it up. */
    void evict(String clientId, long epoch) {
        told.merge(clientId, epoch, Math::max);
        if (told.size() > TOLD_MAX) {
            told.remove(told.keySet().iterator().next());
        }
        SessionSlot slot = shard.slots.get(clientId);
        if (slot != null && slot.epoch < epoch) {
            slot.evict();
        }
    }

    /** Whether a claim is known to have been followed by another one. */
    boolean isOutdated(String clientId, long epoch) {
        return told.getOrDefault(clientId, epoch) > epoch;
    }

    /**
     * Sessions that go on here.
     *
     * @param formerly the nodes where they were, of which this one need not have known
     */
    record TakenUp(Set<TopicFilter> filters, Set<NodeId> formerly) {
        TakenUp() {
            this(new HashSet<>(), new HashSet<>());
        }

        void add(TakenUp that) {
            filters.addAll(that.filters);
            formerly.addAll(that.formerly);
        }
    }

    /** What was held has come: the sessions go on, without their clients. */
    TakenUp takeUp() {
        TakenUp taken = new TakenUp();
        List<SessionSlot> all = List.copyOf(arrived);
        arrived.clear();
        taken.formerly.addAll(formerHomes);
        formerHomes.clear();
        for (SessionSlot slot : all) {
            for (Subscription subscription : slot.session.subscriptions()) {
                taken.filters.add(subscription.filter());
            }
            slot.takeUp();
        }
        return taken;
    }

    /** The connection of an adopted session went with its node. */
    static void park(SessionSlot slot) {
        if (slot.session.state() == Session.State.CONNECTED) {
            Parking.park(slot);
        } else {
            Parking.wait(slot);
        }
    }

    int size() {
        return open + left.size() + arrived.size() + waiting.size() + waitingToAct.size();
    }
}
