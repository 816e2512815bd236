package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Publisher;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.Will;
import io.coppice.port.Counters;
import io.coppice.port.Gatekeeper;
import io.coppice.port.NodeId;
import io.coppice.port.Origin;
import io.coppice.port.Permissions;
import io.coppice.port.Questions;
import io.coppice.session.Delivery;
import io.coppice.session.DropReason;
import io.coppice.session.Session;
import io.coppice.session.SessionRecord;
import io.coppice.topic.Subscriber;
import io.coppice.topic.Target;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A session's place on a shard, and what the subscription tree points to. A slot never changes its shard; a session
 * that moves gets a new one.
 */
final class SessionSlot implements Subscriber {
    /** Where the session is. */
    private enum Presence {
        HERE,
        ARRIVING,
        GONE
    }

    final Shard shard;
    private final String clientId;

    /** With the session: of its present claim. */
    long epoch;

    final Session session;
    private final SlotEffects effects = new SlotEffects(this);
    /** With the connection; null while the client is away. */
    @Nullable
    Client client;
    /** With the session: who connected last; null for a session that nobody has connected to here. */
    Gatekeeper.@Nullable Identity identity;
    /** What that client may do. */
    private @Nullable Permissions permissions;
    /** What has to be found out before that is known; null where it always is. */
    @Nullable
    Questions questions;
    /** What is followed of it; null for most. */
    @Nullable
    ClientTrace trace;
    /** Whether that client has rights of its own. */
    private boolean granted;
    /** Whether nobody has been asked yet: what comes for the session waits, and is judged before it is sent. */
    private boolean unasked;

    /** With the session, where it came from another node. */
    @Nullable
    Arrival arrival;
    /** An admission waits for it, with the same claim: should it end before, the claim is still needed. */
    private boolean awaited;

    private boolean evicted;
    /** Its client has another connection already. */
    private boolean takenOver;
    /** It is about to be at home elsewhere, with a claim of this epoch; 0 while it is not. */
    private long leavesFor;
    /** While the session leaves for another node. */
    @Nullable
    Departure departure;
    /** While the session comes from another node. */
    @Nullable
    Coming coming;
    /** Others send what is for it elsewhere: it makes no route to this node any more. */
    volatile boolean unwanted;

    /** In the shard's list of this turn. */
    boolean dirty;
    /** Some records of this turn are its own. */
    boolean wrote;
    /** What was sent in this turn depends on records of this turn. */
    boolean holds;
    /** Where among the records of the turn those of other sessions are on which it depends; the end is 0 for none. */
    int dependsFrom;

    int dependsTo;

    /** It was published and is not known to be with everyone yet. */
    @Nullable
    Will willOnItsWay;

    /** Whether the store cannot know it: it is new, and has brought no record. */
    boolean unrecorded;

    /** Records of it could not be stored: the store has to get all of it anew before it takes more. */
    boolean behind;
    /** How often that has happened, as far as this type counts: there are very many sessions. */
    short failures;

    /**
     * How often a publish of its client could not be brought to everyone, so that the client has to send it again, with all that
     * came behind it. Written on its loop alone.
     */
    private volatile short publishFailures;

    private Presence presence;
    private volatile boolean online;
    private final SlotCounts counts = new SlotCounts();
    private @Nullable List<Runnable> waitingForSession;
    private @Nullable RetainedReplay replay;
    /** For each SUBSCRIBE that waits for other nodes before its retained messages are sent. */
    private @Nullable List<Meanwhile> subscribing;

    private TimingWheel.@Nullable Timer parkTimer;

    /** @param arriving whether the session's state is still on another shard */
    SessionSlot(Shard shard, String clientId, long epoch, boolean arriving) {
        this.shard = shard;
        this.clientId = clientId;
        this.epoch = epoch;
        this.presence = arriving ? Presence.ARRIVING : Presence.HERE;
        this.session = new Session(clientId, shard.bounds, effects);
        shard.slots.put(clientId, this);
        if (arriving) {
            shard.failedElsewhere.awaits(this);
        }
        this.trace = shard.tracing.isOn() ? shard.tracing.named(clientId, "") : null;
        Gauges.add(shard.gauges.sessions, 1);
    }

    static SessionSlot of(Target target) {
        return (SessionSlot) target.subscriber();
    }

    // --- as subscriber

    @Override
    public String clientId() {
        return clientId;
    }

    @Override
    public int inFlight() {
        return session.inFlight();
    }

    @Override
    public boolean online() {
        return online;
    }

    // --- deliveries

    /**
     * Delivers a message that has just been published.
     *
     * @param share the shared subscription it came through, or null
     */
    Delivery deliver(Message message, Qos qos, boolean retain, int[] identifiers, @Nullable TopicFilter share) {
        if (!mayReceive(message)) {
            shard.drops.dropped(DropReason.NOT_AUTHORIZED, message, this);
            return Delivery.DROPPED;
        }
        if (subscribing != null && message.retain()) {
            subscribing.forEach(each -> each.came(message));
        }
        return bring(message, qos, retain, identifiers, share);
    }

    /** Delivers a message, whenever it was published. */
    Delivery bring(Message message, Qos qos, boolean retain, int[] identifiers, @Nullable TopicFilter share) {
        if (presence == Presence.GONE) {
            shard.drops.dropped(DropReason.SESSION_ENDED, message, this);
            return Delivery.DROPPED;
        }
        Delivery delivery = session.deliver(message, qos, retain, identifiers, share);
        if (delivery == Delivery.REJECTED) {
            boolean all = shard.broker.queueMemory.isFull();
            shard.drops.dropped(all ? DropReason.MEMORY_FULL : DropReason.QUEUE_FULL, message, this);
        } else if (delivery != Delivery.DROPPED) {
            if (delivery == Delivery.SENT) {
                shard.times.sent(this, qos);
            } else if (trace != null || message.trail() != null) {
                shard.tracing.queued(this, message, qos);
            }
            shard.touch(this);
        }
        return delivery;
    }

    boolean isArriving() {
        return presence == Presence.ARRIVING;
    }

    /** Runs once the session's state has come. */
    void whenHere(Runnable task) {
        if (waitingForSession == null) {
            waitingForSession = new ArrayList<>();
        }
        waitingForSession.add(task);
    }

    /** Replays records of the session from elsewhere, once or once more: what they bring is this shard's to deliver. */
    void takeOver(List<SessionRecord> records) {
        long before = held();
        records.forEach(this::restore);
        long more = held() - before;
        if (presence != Presence.GONE && more > 0) {
            shard.counters.due(Counters.Source.SESSION, more);
        } else if (presence != Presence.GONE) {
            shard.counters.handedOn(Counters.Onward.SESSION, -more); // with whoever has settled it
        }
    }

    private void restore(SessionRecord record) {
        if (record instanceof SessionRecord.Attached attached && attached.owner() != null) {
            session.replay(attached.ownedBy(shard.broker.users.same(attached.owner())));
        } else {
            session.replay(record);
        }
    }

    private long held() {
        return session.queued() + (long) session.inFlight();
    }

    /** The session's state has come: what arrived before it is delivered now. */
    void here() {
        if (presence == Presence.ARRIVING) {
            presence = Presence.HERE;
        }
        shard.touch(this);
        runWaiting();
    }

    private void runWaiting() {
        if (arrival != null) {
            arrival.here();
        }
        List<Runnable> tasks = waitingForSession;
        waitingForSession = null;
        if (tasks != null) {
            tasks.forEach(Runnable::run);
        }
        shard.failedElsewhere.awaitsNoMore(this);
    }

    /** The session has ended or moved; nothing more is delivered to this slot. */
    void gone() {
        if (presence == Presence.GONE) {
            return;
        }
        presence = Presence.GONE;
        shard.counters.handedOn(Counters.Onward.SESSION, held());
        online = false;
        cancelParkTimer();
        shard.slots.remove(clientId, this);
        Gauges.add(shard.gauges.sessions, -1);
        counts.countOut(shard.gauges);
        runWaiting();
    }

    boolean isGone() {
        return presence == Presence.GONE;
    }

    // --- from node to node

    /** Whether the session's state is on its way, here or away from here. */
    boolean isMoving() {
        return presence == Presence.ARRIVING || departure != null && presence == Presence.HERE;
    }

    /** Whether the session is on its way from here to a node, which then answers for it. */
    boolean isLeavingFor(NodeId node) {
        return departure != null && departure.isTo(node);
    }

    /** Whether the session is on its way from here to a node that is gone. */
    boolean isStranded() {
        return departure != null && departure.isStranded();
    }

    /** The session was at home on other nodes until now, those of them that are gone among these. */
    void comesFrom(Collection<NodeId> formerHomes) {
        Arrival remembered = arrival == null ? new Arrival() : arrival;
        arrival = remembered;
        formerHomes.forEach(remembered::comesFrom);
    }

    /** Where the session was at home before. */
    Set<NodeId> formerHomes() {
        return arrival == null ? Set.of() : arrival.homes();
    }

    /** Whether the session was at home on a node before it came to this one. */
    boolean cameFrom(NodeId node) {
        return arrival != null && arrival.isFrom(node);
    }

    /** Whether the message was brought on another way before. */
    boolean isRepeat(Origin origin, long stamp, boolean straight) {
        return arrival != null && arrival.isRepeat(origin, stamp, straight);
    }

    /** Runs a delivery once the session's state has come, in its place among the others. */
    void whenHere(Origin origin, long stamp, boolean straight, Runnable delivery) {
        if (arrival == null) {
            whenHere(delivery);
        } else {
            arrival.whenHere(origin, stamp, straight, delivery);
        }
    }

    /** Whether it was taken over from a node that is gone, and nobody has connected to it since. */
    boolean isAdopted() {
        return arrival != null;
    }

    /** What its client is sent in this turn depends on these records, up to the latest one. */
    void dependsOn(int firstRecord) {
        dependsFrom = dependsTo == 0 ? firstRecord : dependsFrom;
        dependsTo = shard.recordCount();
        holds = true;
        shard.touch(this); // this need not be a turn in which its client sent anything
    }

    /** An adopted session goes on, without its client: that went with its node. */
    void takeUp() {
        if (presence == Presence.GONE) {
            return;
        }
        presence = Presence.HERE;
        Adopting.park(this);
        here();
    }

    /** Someone else has claimed it and could not say so. */
    void evict() {
        evicted = true;
        if (session.isPersistent() || client == null) {
            fenced();
        } else {
            Takeover.disconnect(this);
        }
    }

    /** The filters that its session subscribes to. */
    Set<TopicFilter> filters() {
        Set<TopicFilter> filters = new HashSet<>();
        session.subscriptions().forEach(subscription -> filters.add(subscription.filter()));
        return filters;
    }

    /** What was recorded of it could not be stored. */
    void notStored() {
        behind = true;
        failures++;
    }

    /** The store has refused its records because it has another home. */
    void fenced() {
        fenced(List.of());
    }

    /** @param announced filters that lead here besides those of its session */
    void fenced(Collection<TopicFilter> announced) {
        evicted = true;
        if (client != null) {
            client.fenced();
        }
        if (presence != Presence.GONE) {
            shard.giveWay(this, announced);
        }
        if (departure != null) {
            departure.overtaken();
        }
        if (coming != null) {
            coming.overtaken();
        }
    }

    /** Whether someone else has claimed it and is the one to go on with it. */
    boolean isEvicted() {
        return evicted;
    }

    void awaited(boolean now) {
        awaited = now;
    }

    boolean isAwaited() {
        return awaited;
    }

    int publishFailures() {
        return publishFailures;
    }

    void publishFailed() {
        publishFailures = (short) (publishFailures + 1);
    }

    /** Whether what its client published when it had failed so often goes on its way from here. */
    boolean maySend(int failuresBefore) {
        return isSettled() && publishFailures == failuresBefore;
    }

    // --- the client comes and goes

    void connected(Client newClient, Gatekeeper.Identity who, Permissions rights, long newEpoch) {
        client = newClient;
        shard.tracing.connected(this, newClient);
        identify(who, rights);
        epoch = newEpoch;
        online = true;
        cancelParkTimer();
        shard.onlineChanged(this);
    }

    /** Whether it is known what its client may do. */
    boolean isKnown() {
        return permissions != null;
    }

    /** What its client may do; null where nobody here knows who that is. Asking it counts nothing. */
    @Nullable
    Permissions permissions() {
        return permissions;
    }

    /** Who its client was where it comes from, whose rights it has until its next client is let in. */
    void comesWith(Gatekeeper.Identity who) {
        identify(who, shard.broker.gatekeeper.permissions(who));
        unasked = questions != null;
    }

    /** Who its client is from now on, and what rights this one has. */
    void identify(Gatekeeper.Identity who, Permissions rights) {
        unasked = false;
        identity = who;
        granted = who.grant().givesRights();
        permissions = rights;
        questions = rights.questions();
        if (client != null) {
            client.forgetPublisher();
        }
    }

    /** Who publishes what comes from the session now, as far as that is known. */
    Publisher publisher() {
        Gatekeeper.Identity who = identity;
        if (who == null && permissions == null) {
            return new Publisher(clientId, session.owner(), Publisher.Kind.UNKNOWN, Publisher.NO_EPOCH);
        }
        return shard.sources.publisher(
                clientId, who == null ? null : who.userName(), granted ? Publisher.Kind.GRANTED : Publisher.Kind.RULED);
    }

    void disconnected() {
        client = null;
        trace = trace == null ? null : shard.tracing.named(clientId, "");
        if (identity != null && identity.userName() == null) {
            identity = null; // the session is nobody's and has its rights; of those that wait there are many
        }
        online = false;
        shard.onlineChanged(this);
    }

    /** Its connection is ended for another one of the same client. */
    void takenOver(boolean now) {
        takenOver = now;
    }

    /** Whether the client is coming back: what it was sent it is sent again, and nobody else needs to get it. */
    boolean isTakenOver() {
        return takenOver;
    }

    /** Whether changes of the session are recorded here: it is neither gone nor about to be. */
    boolean goesOn() {
        return isSettled() && session.state() != Session.State.ENDED;
    }

    /** Sets the one timer of a parked session. */
    void parkTimer(long deadline, Runnable action) {
        cancelParkTimer();
        TimingWheel.Timer timer = new TimingWheel.Timer(action);
        parkTimer = timer;
        shard.wheel.set(timer, deadline);
    }

    /**
     * Its client is back, on another shard or node: it neither expires nor sends its will while it moves there, and nothing
     * more is recorded of it here. What its client published and was not answered the client sends again.
     *
     * @param claimed epoch of the claim for which it leaves
     */
    void leaving(long claimed) {
        leavesFor = claimed;
        cancelParkTimer();
    }

    /** Whether the session is here, or leaves, for a claim that was made after one with an epoch. */
    boolean isClaimedAfter(long older) {
        return epoch > older || leavesFor > older;
    }

    /** Whether the session is here to stay: what is recorded of it here counts. */
    boolean isSettled() {
        return presence == Presence.HERE && leavesFor == 0;
    }

    private void cancelParkTimer() {
        if (parkTimer != null) {
            shard.wheel.cancel(parkTimer);
            parkTimer = null;
        }
    }

    @Nullable
    RetainedReplay replay() {
        return replay;
    }

    void replay(@Nullable RetainedReplay wanted) {
        replay = wanted;
    }

    /** Notes what comes live, until {@link #subscribed}. */
    Meanwhile subscribes() {
        Meanwhile meanwhile = new Meanwhile();
        if (subscribing == null) {
            subscribing = new ArrayList<>(1);
        }
        subscribing.add(meanwhile);
        return meanwhile;
    }

    void subscribed(Meanwhile meanwhile) {
        if (subscribing != null && subscribing.remove(meanwhile) && subscribing.isEmpty()) {
            subscribing = null;
        }
    }

    /** The client may take more: what is left of a replay goes on. */
    void resumeReplay() {
        if (replay != null) {
            replay.resume();
        }
    }

    ReasonCode maySubscribe(TopicFilter filter, Qos qos) {
        ReasonCode verdict = permissions == null ? ReasonCode.NOT_AUTHORIZED : permissions.maySubscribe(filter, qos);
        shard.counters.authorized(!verdict.isError());
        return verdict;
    }

    boolean mayPublish(Message message) {
        boolean allowed =
                permissions != null && permissions.mayPublish(message.topic(), message.qos(), message.retain());
        shard.counters.authorized(allowed);
        return allowed;
    }

    /** Of a session whose client is not known here yet that is asked once it has come, before it is sent anything. */
    boolean mayReceive(Message message) {
        return permissions == null || unasked || permissions.mayReceive(message.topic());
    }

    /**
     * Whether a subscription is not granted any more by what holds now; one that was not asked about yet will be. Counts nothing, for
     * nobody has asked for it.
     */
    boolean isRevoked(Subscription subscription) {
        Qos qos = subscription.options().maximumQos();
        if (permissions == null
                || questions != null && !questions.isAnswered(subscription.filter(), qos, Questions.ANY_TIME)) {
            return false;
        }
        return permissions.maySubscribe(subscription.filter(), qos).isError();
    }

    /** Whether nothing has been found out of the client's right to publish a message, or not within the time before now. */
    boolean mustAsk(Message message, long at) {
        return questions != null && !questions.isAnswered(message.topic(), message.qos(), message.retain(), at);
    }

    /** A filter is not among those of the session: what was found out about it is of no use. */
    void forget(TopicFilter filter) {
        if (questions != null && session.subscription(filter) == null) {
            questions.forget(filter);
        }
    }

    void follow(@Nullable ClientTrace now) {
        trace = now;
        if (client != null) {
            client.trace = now;
        }
    }

    /** Appends a packet to the connection's output. */
    void send(Packet packet) {
        effects.send(packet);
    }

    boolean fits(Packet answer) {
        return client == null || client.connection.fits(answer);
    }

    // --- gauges

    /** Drops expired messages from the queue; false when there is no queue to look through any more. */
    boolean sweep(int atMost) {
        if (!isSettled() || session.queued() == 0) {
            counts.noQueue();
            return false;
        }
        session.removeExpired(atMost);
        shard.touch(this);
        return true;
    }

    /** Brings the shard's gauges up to what the session holds now. */
    void count() {
        if (presence != Presence.GONE && counts.count(session, shard.gauges)) {
            shard.queueBegins(this);
        }
    }
}
