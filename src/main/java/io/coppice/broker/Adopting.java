package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Publisher;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.Will;
import io.coppice.port.Home;
import io.coppice.port.NodeId;
import io.coppice.port.SessionRegistry;
import io.coppice.session.Session;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The part of one loop in taking over from nodes that are gone. */
final class Adopting {
    /** Sessions claimed and loaded at a time. */
    private static final int AT_A_TIME = 64;
    /** Claims remembered; each matters for the seconds that older ones may be under way. */
    private static final int TOLD_MAX = 100_000;

    /** How often, and after how long each time, the store is asked for a session before it is given up. */
    static final int TRIES = 100;

    private static final long RETRY_MILLIS = 200;

    private final Shard shard;
    private final ArrayDeque<SessionRegistry.Resident> left = new ArrayDeque<>();
    /** Sessions that are here and wait until what was held for them has come. */
    private final List<SessionSlot> arrived = new ArrayList<>();
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

    /**
     * Runs a claim when nobody is being taken over from, or at once where the node leaves and there will be none; it ends
     * with {@link #ended}.
     */
    void claim(Runnable claim) {
        if (!adoption().isOver() && !shard.broker.isDraining()) {
            waiting.add(() -> claim(claim));
            return;
        }
        hold();
        claim.run();
    }

    /** Runs a task when all sessions of nodes that are gone have been found. */
    void whenOver(Runnable task) {
        if (adoption().isOver()) {
            task.run();
        } else {
            waiting.add(() -> whenOver(task));
        }
    }

    /** Something else that belongs to a claim is under way; it ends with {@link #ended}. */
    void hold() {
        open++;
    }

    /** Something that was under way has ended: a round may be done with it. */
    void ended() {
        open--;
        goOn();
    }

    /** Tries again what the store or the registry gave no answer to. */
    void later(Runnable again) {
        if (!shard.broker.isStopped()) {
            shard.loop.after(RETRY_MILLIS, again);
        }
    }

    /** Whether the registry or the store is being asked for sessions. */
    boolean isAsking() {
        return open > 0;
    }

    /** Whether sessions have come out of the store and wait to be announced. */
    boolean hasArrived() {
        return !arrived.isEmpty();
    }

    /** Nobody is waited for any more: whoever waits to claim goes on. */
    void over() {
        announceAlone();
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
        if (shard.broker.isSilent()) {
            left.clear(); // they fall to others, who must not hear that this node has them
            whenDone = null;
            return;
        }
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
        hold();
        String clientId = resident.clientId();
        PendingAdmission entering = shard.admitting(clientId);
        shard.broker.registry.claimFrom(resident, shard.broker.self(), shard.loop, home -> {
            if (home == null) {
                entering.ended();
            } else {
                bring(entering, home, resident.home(), resident.will());
            }
            ended();
        });
    }

    /**
     * A claim of a client that was turned away, because nobody could say whether it was made, is settled. If it had been
     * made, nobody else looks after the session; so no round ends before that is known.
     *
     * @param made null where it was not
     */
    void settled(String clientId, SessionRegistry.@Nullable Claim made) {
        Home former = made == null ? null : made.former();
        if (made != null && former == null) {
            shard.broker.registry.release(clientId, made.home().epoch());
        } else if (made != null && former != null && !shard.broker.isSilent()) { // else whoever takes over finds it
            bring(shard.admitting(clientId), made.home(), former, null);
        }
        ended();
    }

    /** The session comes here and waits for its client. */
    private void bring(PendingAdmission entering, Home home, Home former, SessionRegistry.@Nullable KeptWill will) {
        String clientId = entering.clientId();
        entering.claimed(home.epoch());
        Fetch fetch = new Fetch(shard, clientId, home.epoch(), former.node(), null, List.of(), false, found -> {
            SessionSlot slot = found.slot();
            if (slot != null && slot.client == null) {
                slot.epoch = home.epoch();
                park(slot);
            } else if (found.ended() && will == null) {
                shard.giveUp(clientId, home.epoch());
            } else if (found.nothing()) {
                ended(clientId, home, will);
            }
            entering.ended();
        });
        fetch.begin();
    }

    /**
     * A session that was to end with its connection has ended with its node: its will is due. It is published when all
     * sessions have been found, for until then a node that has come lately does not know the way to all of them; and not if
     * the client has come back by then.
     */
    private void ended(String clientId, Home home, SessionRegistry.@Nullable KeptWill kept) {
        SessionRegistry registry = shard.broker.registry;
        if (kept == null) {
            registry.release(clientId, home.epoch());
            return;
        }
        whenOver(() -> {
            if (shard.broker.isSilent()) {
                return; // it is kept for whoever takes over from this node
            }
            hold();
            registry.claimFrom(new SessionRegistry.Resident(clientId, home), shard.broker.self(), shard.loop, again -> {
                if (again != null) {
                    publish(clientId, kept, again.epoch());
                }
                ended();
            });
        });
    }

    /** The will stays kept until everyone has it, so that it is not lost should this node end now. */
    private void publish(String clientId, SessionRegistry.KeptWill kept, long epoch) {
        Message will = kept.will().message(Publisher.unknown(clientId), shard.loop.now(), Will.number(kept.epoch()));
        PublishedWill.publish(shard, null, will, () -> shard.broker.registry.release(clientId, epoch));
    }

    /** A session has come out of the store, and goes on with the others of its round; at once where there is none. */
    void arrived(SessionSlot slot) {
        arrived.add(slot);
        shard.counters.sessionAdopted();
        announceAlone();
    }

    /** What came too late for the round that it could have gone on with waits for no other one. */
    private void announceAlone() {
        if (adoption().isOver() && !arrived.isEmpty()) {
            Arrived alone = arrived();
            shard.broker.cluster.routes.adopted(
                    shard, alone.filters, alone.formerly, () -> alone.slots.forEach(SessionSlot::takeUp));
        }
    }

    /**
     * A client identifier was claimed with an epoch; who has it here from an earlier one gives it up. One that was leaving
     * for a node that is gone still passes on what comes, which is held for that node until its sessions have been found.
     */
    void evict(String clientId, long epoch) {
        told(clientId, epoch);
        SessionSlot slot = shard.slots.get(clientId);
        if (slot != null && slot.epoch < epoch && !slot.isStranded()) {
            slot.evict();
        }
    }

    /**
     * A client identifier was claimed with an epoch. A session that came out of the store and does not go on yet is
     * there for the new claim too; it would wait for that one, and that one for it.
     */
    void claimedAfter(String clientId, long epoch) {
        told(clientId, epoch);
        SessionSlot slot = shard.slots.get(clientId);
        if (slot != null && slot.epoch < epoch && arrived.contains(slot)) {
            slot.evict();
        }
    }

    /** A client identifier was claimed with an epoch: clients with older ones come too late. */
    void told(String clientId, long epoch) {
        told.merge(clientId, epoch, Math::max);
        if (told.size() > TOLD_MAX) {
            told.remove(told.keySet().iterator().next());
        }
    }

    /** Whether a claim is known to have been followed by another one. */
    boolean isOutdated(String clientId, long epoch) {
        return told.getOrDefault(clientId, epoch) > epoch;
    }

    /**
     * Sessions that have come.
     *
     * @param formerly the nodes where they were, of which this one need not have known
     */
    record Arrived(List<SessionSlot> slots, Set<TopicFilter> filters, Set<NodeId> formerly) {}

    /** Those that have come since this was asked last: they are to be announced. */
    Arrived arrived() {
        List<SessionSlot> slots = List.copyOf(arrived);
        arrived.clear();
        Set<TopicFilter> filters = new HashSet<>();
        Set<NodeId> formerly = new HashSet<>();
        for (SessionSlot slot : slots) {
            filters.addAll(slot.filters());
            formerly.addAll(slot.formerHomes());
        }
        return new Arrived(slots, filters, formerly);
    }

    /** The connection of an adopted session went with its node. */
    static void park(SessionSlot slot) {
        if (slot.session.state() == Session.State.CONNECTED) {
            Parking.park(slot);
        } else {
            // what it was giving to others when its node died may not have come there
            Parking.giveBackShares(slot, false);
            Parking.wait(slot);
        }
    }

    /** Sessions of nodes that are gone that are still to be found, or wait until what was held for them has come. */
    int remaining() {
        return left.size() + arrived.size() + (whenDone == null ? 0 : open);
    }

    int size() {
        return open + left.size() + arrived.size() + waiting.size() + waitingToAct.size();
    }
}
