package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicFilter;
import io.coppice.port.Gatekeeper;
import io.coppice.session.Delivery;
import io.coppice.session.DropReason;
import io.coppice.session.Session;
import io.coppice.session.SessionEffects;
import io.coppice.session.SessionRecord;
import io.coppice.topic.Subscriber;
import io.coppice.topic.Target;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A session's place on a shard: it carries out what the session asks for, and is what the subscription tree points
 * to. A slot never changes its shard; a session that moves gets a new one.
 */
final class SessionSlot implements Subscriber, SessionEffects {
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
    /** With the connection; null while the client is away. */
    @Nullable Client client;
    /** With the session: who connected last; null for a session that nobody has connected to here. */
    Gatekeeper.@Nullable Identity identity;

    /** How many connections the session has had in this slot: tells a late answer from a present one. */
    long connectionCount;
    /** Publishes of this client that are not answered yet. */
    int openReceipts;
    /** In the shard's list of this turn. */
    boolean dirty;
    /** What was sent in this turn depends on records of this turn. */
    boolean holds;

    private Presence presence;
    private volatile boolean online;
    private int countedQueued;
    private int countedInFlight;
    private @Nullable List<Runnable> waitingForSession;
    private @Nullable List<Runnable> waitingForReceipts;
    private @Nullable RetainedReplay replay;
    private TimingWheel.@Nullable Timer parkTimer;

    /** @param arriving whether the session's state is still on another shard */
    SessionSlot(Shard shard, String clientId, long epoch, boolean arriving) {
        this.shard = shard;
        this.clientId = clientId;
        this.epoch = epoch;
        this.presence = arriving ? Presence.ARRIVING : Presence.HERE;
        this.session = new Session(clientId, shard.broker.settings.session(), this);
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

    /** @param share the shared subscription it came through, or null */
    Delivery deliver(Message message, Qos qos, boolean retain, int[] identifiers, @Nullable String share) {
        if (presence == Presence.GONE) {
            dropped(DropReason.SESSION_ENDED, message);
            return Delivery.DROPPED;
        }
        Delivery delivery = session.deliver(message, qos, retain, identifiers, share);
        if (delivery != Delivery.DROPPED) {
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

    /** The session's state has come: what arrived before it is delivered now. */
    void here() {
        presence = Presence.HERE;
        List<Runnable> tasks = waitingForSession;
        waitingForSession = null;
        if (tasks != null) {
            tasks.forEach(Runnable::run);
        }
    }

    /** The session has ended or moved; nothing more is delivered to this slot. */
    void gone() {
        presence = Presence.GONE;
        online = false;
        cancelParkTimer();
        shard.slots.remove(clientId, this);
        countOut(shard.gauges);
    }

    boolean isGone() {
        return presence == Presence.GONE;
    }

    // --- the client comes and goes

    void connected(Client newClient, Gatekeeper.Identity who, long newEpoch) {
        client = newClient;
        identity = who;
        epoch = newEpoch;
        connectionCount++;
        online = true;
        cancelParkTimer();
    }

    void disconnected() {
        client = null;
        online = false;
    }

    /** Sets the one timer of a parked session. */
    void parkTimer(long deadline, Runnable action) {
        cancelParkTimer();
        TimingWheel.Timer timer = new TimingWheel.Timer(action);
        parkTimer = timer;
        shard.wheel.set(timer, deadline);
    }

    private void cancelParkTimer() {
        if (parkTimer != null) {
            shard.wheel.cancel(parkTimer);
            parkTimer = null;
        }
    }

    @Nullable RetainedReplay replay() {
        return replay;
    }

    void replay(@Nullable RetainedReplay wanted) {
        replay = wanted;
    }

    ReasonCode maySubscribe(TopicFilter filter, Qos qos) {
        return identity == null
                ? ReasonCode.NOT_AUTHORIZED
                : shard.broker.gatekeeper.maySubscribe(identity, filter, qos);
    }

    // --- answers to what the client published

    /** A publish of the present connection is answered. */
    void routed(int packetId, ReasonCode reason) {
        session.routed(packetId, reason);
        shard.touch(this);
        if (client != null) {
            client.answered();
        }
    }

    /**
     * A publish is answered after others had to be waited for.
     *
     * @param connection the {@link #connectionCount} when it was published: a QoS 1 answer belongs to its connection
     *     alone, because the next one may use the identifier anew; a QoS 2 one to the session
     */
    void routedLate(long connection, boolean exactlyOnce, int packetId, ReasonCode reason) {
        boolean sameConnection = connection == connectionCount && client != null;
        if (presence == Presence.HERE && (sameConnection || exactlyOnce && session.isPersistent())) {
            routed(packetId, reason);
        }
        if (openReceipts == 0 && waitingForReceipts != null) {
            List<Runnable> tasks = waitingForReceipts;
            waitingForReceipts = null;
            tasks.forEach(Runnable::run);
        }
    }

    /** Runs when no publish of this client waits for an answer any more. */
    void whenQuiet(Runnable task) {
        if (openReceipts == 0) {
            task.run();
            return;
        }
        if (waitingForReceipts == null) {
            waitingForReceipts = new ArrayList<>();
        }
        waitingForReceipts.add(task);
    }

    // --- effects of the session

    @Override
    public void record(SessionRecord record) {
        shard.record(this, record);
    }

    @Override
    public void send(Packet packet) {
        if (client != null) {
            client.connection.send(packet);
            shard.touch(this);
        }
    }

    @Override
    public void sendPublish(
            Message message,
            Qos qos,
            boolean dup,
            boolean retain,
            int packetId,
            int topicAlias,
            boolean withTopic,
            int[] subscriptionIdentifiers) {
        if (client != null) {
            client.connection.sendPublish(
                    message, qos, dup, retain, packetId, topicAlias, withTopic, subscriptionIdentifiers);
            shard.touch(this);
        }
    }

    @Override
    public int publishSize(Message message, Qos qos, int[] subscriptionIdentifiers) {
        return client == null ? 0 : client.connection.publishSize(message, qos, subscriptionIdentifiers);
    }

    @Override
    public boolean writable() {
        return client != null && client.connection.writable();
    }

    @Override
    public void route(Message message, int packetId) {
        shard.router.publish(this, message, packetId);
    }

    @Override
    public void dropped(DropReason reason, Message message) {
        shard.counters.dropped(reason);
    }

    @Override
    public long now() {
        return shard.loop.now();
    }

    // --- gauges

    /** Brings the shard's gauges up to what the session holds now. */
    void countInto(Gauges gauges) {
        if (presence == Presence.GONE) {
            return;
        }
        int queued = session.queued();
        int inFlight = session.inFlight();
        if (queued != countedQueued) {
            Gauges.add(gauges.queued, queued - countedQueued);
            countedQueued = queued;
        }
        if (inFlight != countedInFlight) {
            Gauges.add(gauges.inFlight, inFlight - countedInFlight);
            countedInFlight = inFlight;
        }
    }

    private void countOut(Gauges gauges) {
        Gauges.add(gauges.queued, -countedQueued);
        Gauges.add(gauges.inFlight, -countedInFlight);
        countedQueued = 0;
        countedInFlight = 0;
    }
}
