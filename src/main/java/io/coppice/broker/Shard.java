package io.coppice.broker;

import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.TopicFilter;
import io.coppice.port.ClusterSnapshot;
import io.coppice.port.Connection;
import io.coppice.port.Counters;
import io.coppice.port.Loop;
import io.coppice.port.Origin;
import io.coppice.port.SessionStore;
import io.coppice.session.SessionBounds;
import io.coppice.session.SessionRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One loop and the sessions that live on it. Everything that a turn of the loop brings about leaves it together at
 * the turn's end: batches to other shards, one group of records to the store, and one flush for each
 * connection that was written to. What depends on a record is held back until its group is stored.
 */
final class Shard {
    private static final int QUEUES_PER_SWEEP = 1000;
    private static final int MESSAGES_PER_SWEEP = 64;

    final Broker broker;
    final Loop loop;
    final int index;
    final Counters counters = new Counters();
    final Gauges gauges = new Gauges();
    final Restraint restraint;
    final Flushes flushes;
    private long queueMemoryTold;
    final TurnTimes times;
    final TimingWheel wheel;
    final Origin origin;
    final Lanes lanes;
    final Moves moves;
    final Adopting adopting;
    final FailedElsewhere failedElsewhere = new FailedElsewhere();
    final RetainedWriter retained;
    final Deliverer deliverer;
    final Sources sources;
    final Router router;
    final Sharing sharing;
    final ShardTracing tracing;
    final Drops drops;
    /** Output of clients that is stored and may not be seen yet: their sessions may be elsewhere by now. */
    final Withheld untold;

    /**
     * Whether a client may have a QoS 1 message before it is stored, and what it acknowledges in time need never be. Not where
     * others may serve the client by now, without what was sent here.
     */
    private final boolean mayHearFirst;

    final RandomGenerator random;
    /** Publishes of clients here that wait for others before they are answered. */
    int openReceipts;
    /** Wills that were published and wait to be with everyone. */
    int openWills;

    /** As they hold on this loop at the moment. */
    BrokerSettings settings;

    /** Of the sessions of this loop. */
    final SessionBounds bounds;

    final Map<String, SessionSlot> slots = new HashMap<>();

    final Map<String, List<PendingAdmission>> admissions = new HashMap<>();
    private final Outbox[] outboxes;
    private final Runnable endTurn = this::endTurn;
    private ArrayList<SessionSlot> dirty = new ArrayList<>();
    private ArrayList<SessionSlot> flushing = new ArrayList<>();
    /** Those that have only what went to very many: they come last. */
    private final ArrayList<SessionSlot> dirtyOfMany = new ArrayList<>(0);
    /** Whether what is being delivered goes to so many sessions here that others should not wait for their output. */
    boolean toMany;

    private List<SessionStore.Entry> records = new ArrayList<>();
    private Group group = new Group(this, records);
    /** The latest group that the store has and has not answered; groups are answered in order. */
    private @Nullable Group storing;

    /** Whether records were not stored: sessions here may have had messages that they do not have in the store. */
    private boolean hasFailed;

    /** Shared subscriptions of which members have come online or gone in this turn. */
    private Set<TopicFilter> onlineChanged = new HashSet<>(0);

    private final ArrayDeque<SessionSlot> queues = new ArrayDeque<>(0);
    private boolean turnScheduled;
    private @Nullable Backlogged backlogged;

    Shard(Broker broker, Loop loop, int shards, RandomGenerator random) {
        this.broker = broker;
        this.settings = broker.settings;
        this.bounds = new SessionBounds(settings.session());
        this.loop = loop;
        this.index = loop.index();
        this.flushes = new Flushes(loop);
        this.times = new TurnTimes(this, counters.times());
        this.wheel = new TimingWheel(loop);
        this.tracing = new ShardTracing(this);
        this.drops = new Drops(counters, tracing);
        this.origin = new Origin(broker.self(), index);
        this.lanes = new Lanes(this);
        this.restraint = new Restraint(broker.overload);
        this.moves = new Moves(this);
        this.adopting = new Adopting(this);
        this.retained = new RetainedWriter(this, broker.cluster.retained);
        this.deliverer = new Deliverer(this);
        this.sources = new Sources(this);
        this.router = new Router(this);
        this.outboxes = new Outbox[shards];
        this.mayHearFirst = broker.cluster.isAlone();
        this.random = random;
        this.sharing = new Sharing(this);
        this.untold = new Withheld(this);
    }

    /** Makes the way to every shard; called once all of them exist. */
    void connect(List<Shard> shards) {
        for (int i = 0; i < outboxes.length; i++) {
            outboxes[i] = new Outbox(this, shards.get(i), broker.settings.loopBacklogMax());
        }
    }

    /** Other settings hold on this loop from now on; on the loop. */
    void take(BrokerSettings next) {
        boolean otherRate = next.publishRateMax() != settings.publishRateMax();
        settings = next;
        bounds.change(next.session());
        if (otherRate) {
            SessionSurvey.of(this, List.copyOf(slots.values()), this::heldToRate, 0, none -> {});
        }
    }

    /** Never true, since nothing is to be kept of a session that was looked at. */
    private boolean heldToRate(SessionSlot slot) {
        if (slot.client != null) {
            slot.client.requireSupervision().holdTo(settings.publishRateMax());
        }
        return false;
    }

    // --- the turn

    /** A session whose output, gauges or records changed in this turn. */
    void touch(SessionSlot slot) {
        if (!slot.dirty) {
            slot.dirty = true;
            (toMany ? dirtyOfMany : dirty).add(slot);
        }
        scheduleEndOfTurn();
    }

    void scheduleEndOfTurn() {
        if (!turnScheduled) {
            turnScheduled = true;
            loop.execute(endTurn);
        }
    }

    /** A change of a session on this shard, stored with the others of this turn. */
    void record(SessionSlot slot, SessionRecord record) {
        if (!(record instanceof SessionRecord.Ended)) {
            catchUp(slot);
        }
        slot.behind = false;
        add(slot, record);
    }

    /** Where records of a session could not be stored before, the store gets all of it anew: what it has may lack some. */
    void catchUp(SessionSlot slot) {
        if (slot.behind) {
            slot.behind = false;
            add(slot, new SessionRecord.Ended());
            // it may have the change that is about to be recorded; told twice, a change is the same
            slot.session.snapshot(each -> add(slot, each));
        }
    }

    /** A session begins where there was another one, whose end may not have been stored: nobody may find that one again. */
    void begin(SessionSlot slot) {
        add(slot, new SessionRecord.Ended());
    }

    /**
     * A claim is given up, and no session goes on under it. Not before the store knows that: who claims the identifier next
     * would find nobody there before, and begin on top of what is stored.
     */
    void giveUp(String clientId, long epoch) {
        records.add(new SessionStore.Entry(clientId, epoch, new SessionRecord.Ended()));
        scheduleEndOfTurn();
        whenStored(safe -> {
            if (safe) {
                broker.registry.release(clientId, epoch);
            }
        });
    }

    private void add(SessionSlot slot, SessionRecord record) {
        records.add(new SessionStore.Entry(slot.clientId(), slot.epoch, record));
        slot.wrote = true;
        slot.holds |= !(mayHearFirst && record.isOfQueue());
        slot.unrecorded = false;
        touch(slot);
    }

    /** How many records this turn has brought so far: callers compare before and after. */
    int recordCount() {
        return records.size();
    }

    /** What must wait for the records of this turn. */
    Group group() {
        return group;
    }

    /** Runs a task on the loop, told whether all records until now are safe, once that is known; at once where it is. */
    void whenStored(Consumer<Boolean> task) {
        whenSettled(outcome -> task.accept(outcome.safe()));
    }

    /** Runs a task on the loop, told what became of the last records until now, once that is known; at once where it is. */
    void whenSettled(Consumer<SessionStore.Outcome> task) {
        Group last = unstored();
        if (last == null) {
            task.accept(SessionStore.Outcome.SAFE);
        } else {
            last.then(task);
        }
    }

    /** The latest group of records that is not known to be stored, that of this turn included; null where there is none. */
    @Nullable
    Group unstored() {
        return records.isEmpty() ? storing : group;
    }

    /** @param loadable whether sessions have in the store what they have here */
    void stored(Group answered, boolean loadable) {
        hasFailed |= !loadable;
        if (storing == answered) {
            storing = null;
        }
    }

    boolean hasFailed() {
        return hasFailed;
    }

    Outbox outbox(int shard) {
        return outboxes[shard];
    }

    private void endTurn() {
        turnScheduled = false;
        List<SessionStore.Entry> entries = records;
        Group closing = group;
        boolean anyRecords = !entries.isEmpty();
        if (anyRecords) {
            records = new ArrayList<>();
            group = new Group(this, records);
        }
        ArrayList<SessionSlot> slotsOfTurn = dirty;
        dirty = flushing;
        flushing = slotsOfTurn;
        flushing.addAll(dirtyOfMany);
        dirtyOfMany.clear();
        flushes.begin();
        for (int i = 0; i < slotsOfTurn.size(); i++) {
            SessionSlot slot = slotsOfTurn.get(i);
            slot.dirty = false;
            slot.count();
            letOut(slot, closing);
        }
        slotsOfTurn.clear();
        queueMemoryTold = broker.queueMemory.tell(gauges.queuedMemory.getPlain(), queueMemoryTold);
        times.measure();
        if (anyRecords) {
            storing = closing;
            broker.store.append(loop, entries, closing::stored);
        }
        flushOutboxes();
        if (!onlineChanged.isEmpty()) {
            broker.cluster.routes.onlineChanged(onlineChanged);
            onlineChanged = new HashSet<>(0);
        }
        lanes.flush();
    }

    /** A client has come or gone: other nodes give to members of its shared subscriptions accordingly. */
    void onlineChanged(SessionSlot slot) {
        if (broker.cluster.isAlone()) {
            return;
        }
        for (Subscription subscription : slot.session.subscriptions()) {
            if (subscription.filter().isShared()) {
                onlineChanged.add(subscription.filter());
                scheduleEndOfTurn();
            }
        }
    }

    private void letOut(SessionSlot slot, Group closing) {
        Client client = slot.client;
        boolean wrote = slot.wrote;
        boolean holds = slot.holds;
        int from = slot.dependsFrom;
        int to = slot.dependsTo;
        slot.wrote = false;
        slot.holds = false;
        slot.dependsTo = 0;
        if (wrote) {
            closing.wrote(slot);
        }
        if (client == null) {
            return;
        }
        Connection connection = client.connection;
        if (holds) {
            closing.hold(slot, client, connection.written(), from, to);
            client.heldBy = closing;
        } else if (client.heldBy != null) {
            client.heldBy.hold(slot, client, connection.written(), 0, 0);
        } else {
            flushes.flush(client, connection.written());
        }
    }

    /** What was held back leaves. Where others may serve the client a moment later it does so before that moment. */
    void letOut(Client client, long mark) {
        if (mayHearFirst) {
            flushes.flush(client, mark);
        } else {
            client.connection.flush(mark);
        }
    }

    void flushOutboxes() {
        for (Outbox outbox : outboxes) {
            outbox.flush();
        }
    }

    /** The session has another home by now: it is given up here, and nothing of it is stored. */
    void forget(SessionSlot slot) {
        Set<TopicFilter> filters = slot.filters();
        slot.gone();
        leaveTree(slot, filters);
    }

    /**
     * As {@link #forget}, but whoever claimed the session may not have it yet: what is published for it meanwhile finds it
     * here and is not taken, so that nobody is told that all have it. When nobody is being taken over from any more, others know the way.
     */
    void giveWay(SessionSlot slot, Collection<TopicFilter> announced) {
        Set<TopicFilter> filters = slot.filters();
        filters.addAll(announced);
        slot.gone();
        broker.store.left(slot.clientId(), slot.epoch);
        Set<TopicFilter> shared = new HashSet<>();
        filters.removeIf(filter -> filter.isShared() && shared.add(filter));
        leaveTree(slot, shared); // other members are there
        adopting.whenOver(() -> leaveTree(slot, filters));
    }

    /** Takes a session out of the tree where its records do not say that it subscribes: its former home could not store that. */
    void forgetUnstored(SessionSlot slot, Collection<TopicFilter> announced) {
        Set<TopicFilter> unstored = new HashSet<>(announced);
        unstored.removeAll(slot.filters());
        leaveTree(slot, unstored);
    }

    /** Nothing leads to a session with these filters any more. */
    void leaveTree(SessionSlot slot, Collection<TopicFilter> filters) {
        if (!filters.isEmpty()) {
            filters.forEach(filter -> broker.tree.remove(filter, slot));
            broker.cluster.routes.changed(this, filters, () -> {});
        }
    }

    /** The node may act no more: clients are sent away, and what they did last is not answered. */
    void cutOff() {
        for (SessionSlot slot : List.copyOf(slots.values())) {
            if (slot.client != null) {
                slot.client.end(
                        "out-of-quorum",
                        ReasonCode.SERVER_UNAVAILABLE,
                        "this node is not in touch with a majority of the cluster");
            }
        }
    }

    /** Looks at what is not worth following change by change. */
    void takeStock() {
        gauges.backlog.lazySet(lanes.unconfirmed());
        gauges.backlogBytes.lazySet(lanes.unconfirmedBytes());
        gauges.arriving.lazySet(moves.arriving());
        gauges.departing.lazySet(moves.departing());
        gauges.adopting.lazySet(adopting.remaining());
    }

    ClusterSnapshot.Part snapshot() {
        return new ClusterSnapshot.Part(
                index, lanes.snapshot(), moves.arriving(), moves.departing(), adopting.remaining());
    }

    // --- queues

    /** A session's queue holds something: it is looked through for expired messages from time to time. */
    void queueBegins(SessionSlot slot) {
        queues.add(slot);
    }

    /** Looks through some of the queues, a few messages each; the next call goes on where this one stopped. */
    void sweepQueues() {
        for (int left = Math.min(queues.size(), QUEUES_PER_SWEEP); left > 0; left--) {
            SessionSlot slot = queues.remove();
            if (slot.sweep(MESSAGES_PER_SWEEP)) {
                queues.add(slot);
            }
        }
    }

    // --- clients that are slowed because a loop, another node or the store lags behind

    void slowDown(Client publisher) {
        Backlogged waiting = backlogged;
        if (waiting == null) {
            waiting = new Backlogged();
            backlogged = waiting;
            loop.after(Backlogged.CHECK_MILLIS, this::checkBacklog);
        }
        waiting.add(publisher);
    }

    private void checkBacklog() {
        Backlogged waiting = backlogged;
        if (waiting == null) {
            return;
        }
        for (Outbox outbox : outboxes) {
            if (outbox.isCrowded()) {
                loop.after(Backlogged.CHECK_MILLIS, this::checkBacklog);
                return;
            }
        }
        if (lanes.anyCrowded() || retained.isCrowded() || broker.store.isCrowded()) {
            loop.after(Backlogged.CHECK_MILLIS, this::checkBacklog);
            return;
        }
        backlogged = null;
        waiting.release();
    }

    // --- client identifiers that are being admitted

    /** Notes that a client identifier is being claimed for this shard. */
    PendingAdmission admitting(String clientId) {
        PendingAdmission pending = new PendingAdmission(this, clientId);
        admissions.computeIfAbsent(clientId, id -> new ArrayList<>(1)).add(pending);
        return pending;
    }

    void admitted(PendingAdmission pending) {
        List<PendingAdmission> all = admissions.get(pending.clientId());
        if (all != null && all.remove(pending) && all.isEmpty()) {
            admissions.remove(pending.clientId());
        }
    }

    /**
     * Runs a task once all admissions that claimed a client identifier here before an epoch have ended; at once when there
     * is none. Waiting is only ever for a lower epoch, so no two admissions can wait for each other.
     */
    void whenAdmittedBefore(String clientId, long epoch, Runnable task) {
        for (PendingAdmission pending : admissions.getOrDefault(clientId, List.of())) {
            if (pending.mayBeBefore(epoch)) {
                pending.then(() -> whenAdmittedBefore(clientId, epoch, task));
                return;
            }
        }
        task.run();
    }
}
