package io.coppice.session;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Will;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One client's session as a state machine (MQTT 5, 4.1): subscriptions, will, the flows of messages in both
 * directions, and what survives a connection or a node. It does nothing itself and asks {@link SessionEffects}
 * for everything. Used on one thread.
 *
 * <p>A change of a persistent session is told as a {@link SessionRecord}, and {@link #replay} of those records
 * makes the same session. A session whose expiry interval is 0 ends with its connection and is not recorded.
 */
public final class Session {
    /** Where a session is in its life. */
    public enum State {
        /** It has a connection, or had one when its records ended. */
        CONNECTED,
        /** It waits for its client to come back. */
        PARKED,
        /** It is over; nothing brings it back. */
        ENDED
    }

    // With the session.
    private final String clientId;
    private final SessionEffects effects;
    private final Subscriptions subscriptions = new Subscriptions();
    private final InboundFlow inbound;
    private final OutboundFlow outbound;
    private final Outbox outbox;
    private final Life life = new Life();

    // With the connection.
    private @Nullable Attachment attachment;

    /** A fresh session, PARKED, without anything. */
    public Session(String clientId, SessionLimits limits, SessionEffects effects) {
        this(clientId, new SessionBounds(limits), effects);
    }

    /** @param bounds of the loop on which it lives */
    public Session(String clientId, SessionBounds bounds, SessionEffects effects) {
        this.clientId = clientId;
        this.effects = effects;
        this.inbound = new InboundFlow(this, bounds, effects);
        this.outbox = new Outbox(this, bounds, effects);
        this.outbound = new OutboundFlow(this, outbox, bounds, effects);
    }

    public String clientId() {
        return clientId;
    }

    public State state() {
        return life.state;
    }

    /** Whether it outlives its connection, so that its changes are recorded. */
    public boolean isPersistent() {
        return life.isPersistent();
    }

    /** Whether there is a connection now. A replayed session may be CONNECTED and not attached: its connection died with its node. */
    public boolean isAttached() {
        return attachment != null;
    }

    /** Seconds the session lives on after its connection; 0 ends it with the connection, {@link Attachment#NEVER_EXPIRES} never. */
    public long sessionExpiryInterval() {
        return life.sessionExpiryInterval;
    }

    /**
     * Changes the Session Expiry Interval (seconds), as DISCONNECT may (MQTT 5, 3.14.2.2.2). It is recorded when
     * the connection ends.
     *
     * @throws ProtocolError 0x82 when it was 0 and is not to be 0 any more
     */
    public void sessionExpiryInterval(long seconds) {
        life.changeExpiry(seconds);
    }

    /** The user whose session it is; null where it is nobody's. */
    public @Nullable String owner() {
        return life.owner;
    }

    /** When the session was parked, milliseconds since the epoch: its expiry and the will's delay count from here. -1 unless it is PARKED. */
    public long parkedAt() {
        return life.state == State.PARKED ? life.parkedAt : Life.NEVER;
    }

    // Life.

    /**
     * A connection begins. Nothing is sent yet, and what arrives for the client waits for {@link #resume}.
     *
     * @throws IllegalStateException while there is another connection, or after the end
     */
    public void attach(Attachment attachment) {
        if (this.attachment != null || life.state == State.ENDED) {
            throw new IllegalStateException("session of " + clientId + " is " + life.state + " and cannot be attached");
        }
        this.attachment = attachment;
        outbox.live();
        var attached = new SessionRecord.Attached(
                effects.now(),
                attachment.sessionExpiryInterval(),
                attachment.will(),
                effects.epoch(),
                attachment.owner());
        life.apply(attached);
        if (isPersistent() || life.recorded) {
            record(attached);
        }
    }

    /** CONNACK was sent: resends what is in flight with its packet identifiers, in order, and goes on with the queue. */
    public void resume() {
        outbound.resume(attached());
    }

    /**
     * The connection is gone. The session is PARKED, or ENDED where its expiry interval is 0. What belongs to
     * the connection is forgotten, with it QoS 1 messages from the client that were not acknowledged. The will
     * stays until {@link #willDone}. Does nothing to a session that is not CONNECTED.
     */
    public void detach() {
        if (life.state != State.CONNECTED) {
            return;
        }
        if (life.sessionExpiryInterval == 0) {
            end();
            return;
        }
        attachment = null;
        inbound.detach();
        outbound.detach();
        SessionRecord.Parked parked = new SessionRecord.Parked(effects.now(), life.sessionExpiryInterval);
        life.apply(parked);
        record(parked);
    }

    /**
     * The session is over for good. What waits for the client is dropped with {@link DropReason#SESSION_ENDED};
     * those of shared subscriptions are to be {@link #reclaim}ed before. The subscriptions and the will can
     * still be read.
     */
    public void end() {
        if (life.state == State.ENDED) {
            return;
        }
        ended();
        if (life.recorded) {
            record(new SessionRecord.Ended());
        }
    }

    private void ended() {
        life.state = State.ENDED;
        attachment = null;
        inbound.end();
        outbound.detach();
        outbox.end();
    }

    private void record(SessionRecord record) {
        life.recorded = true;
        effects.record(record);
    }

    // Records.

    /** Applies a record of this session, in the order of recording; no connection may have begun on this object. */
    public void replay(SessionRecord record) {
        life.recorded = true;
        if (!outbox.replay(record)
                && !inbound.replay(record)
                && !subscriptions.replay(record)
                && !life.replay(record)) {
            ended(); // no other record is left
        }
    }

    /** As {@link #replay} of a message, and of its end right after it: somebody else has it until it is replayed here again. */
    public void replayElsewhere(SessionRecord.Enqueued message) {
        life.recorded = true;
        outbox.replayElsewhere(message);
    }

    /** Hands over the shortest list of records that makes this session as it is, without what belongs to its connection. */
    public void snapshot(Consumer<SessionRecord> to) {
        if (life.state == State.ENDED) {
            to.accept(new SessionRecord.Ended());
            return;
        }
        life.snapshot(to);
        subscriptions.snapshot(to);
        inbound.snapshot(to);
        outbox.snapshot(to);
    }

    // From the client.

    /**
     * A message from the client: its topic alias is resolved, a repeat at QoS 2 is recognised, and what is new
     * goes to {@link SessionEffects#route}.
     *
     * @throws ProtocolError 0x94 for an alias above the maximum, 0x82 for one that was not set, 0x93 when the
     *     Receive Maximum is exceeded
     */
    public void publish(Packet.Publish packet) {
        attached();
        inbound.publish(packet);
    }

    /** The topic that a message from the client is for; errors as with {@link #publish}. What that does to the aliases is no harm if it is done twice. */
    public TopicName topicOf(Packet.Publish packet) {
        return inbound.topicOf(packet);
    }

    /** As {@link #routed(int, Message, ReasonCode)}, for callers who know that no reconnect came between. */
    public void routed(int packetId, ReasonCode reason) {
        inbound.routed(packetId, null, reason);
    }

    /**
     * Of what the client has published and was not answered something may not have reached everyone: nothing of it is answered, and all of
     * it is routed again when the client repeats it. A connection that it came on has to end, or the client would not.
     */
    public void unrouted() {
        inbound.unrouted();
    }

    /**
     * The answer to one {@link SessionEffects#route} at QoS 1 or 2. PUBACK or PUBREC follows as soon as all
     * messages before it are answered. An error at QoS 2 frees the identifier; 3.1 and 3.1.1 know no errors
     * and acknowledge (MQTT 3.1.1, 3.3.5).
     *
     * @param message as given to route; where another one bears the identifier by now, the answer is ignored
     */
    public void routed(int packetId, Message message, ReasonCode reason) {
        inbound.routed(packetId, message, reason);
    }

    /**
     * An answer of the client to what it was sent; sends what may now be sent.
     *
     * @throws ProtocolError 0x82 where it does not fit the flow of the message that bears the identifier
     */
    public void pubAck(Packet.PubAck packet) {
        attached();
        outbound.pubAck(packet);
    }

    /** See {@link #pubAck}. */
    public void pubRec(Packet.PubRec packet) {
        attached();
        outbound.pubRec(packet);
    }

    /** The client releases a QoS 2 message of its own; errors as with {@link #pubAck}. */
    public void pubRel(Packet.PubRel packet) {
        attached();
        inbound.pubRel(packet);
    }

    /** See {@link #pubAck}. */
    public void pubComp(Packet.PubComp packet) {
        attached();
        outbound.pubComp(packet);
    }

    /**
     * Whether more of the client may be read: false while a 3.1 or 3.1.1 client, which knows no Receive Maximum,
     * has as many unanswered messages. {@link #routed} makes it true again.
     */
    public boolean mayRead() {
        return inbound.mayRead();
    }

    /** Whether a message from the client that is not done with bears the packet identifier (0x91). */
    public boolean inboundInUse(int packetId) {
        return inbound.inUse(packetId);
    }

    // Subscriptions.

    /** Adds a subscription, or replaces the one with its filter; whether the filter is new. */
    public boolean subscribe(Subscription subscription) {
        Subscription former = subscriptions.get(subscription.filter());
        if (!subscription.equals(former)) {
            subscriptions.put(subscription);
            if (isPersistent()) {
                record(new SessionRecord.Subscribed(subscription));
            }
        }
        return former == null;
    }

    /** Whether there was a subscription with the filter. */
    public boolean unsubscribe(TopicFilter filter) {
        boolean removed = subscriptions.remove(filter);
        if (removed && isPersistent()) {
            record(new SessionRecord.Unsubscribed(filter));
        }
        return removed;
    }

    /** The subscriptions as they are now, in the order they were first made. */
    public Collection<Subscription> subscriptions() {
        return subscriptions.all();
    }

    public int subscriptionCount() {
        return subscriptions.size();
    }

    public @Nullable Subscription subscription(TopicFilter filter) {
        return subscriptions.get(filter);
    }

    // To the client.

    /**
     * A message for the client that came through no shared subscription.
     *
     * @param qos the lower of what it was published with and what the subscription has
     */
    public Delivery deliver(Message message, Qos qos, boolean retain, int[] subscriptionIdentifiers) {
        return outbound.deliver(message, qos, retain, subscriptionIdentifiers, null);
    }

    /** As above, through a shared subscription: {@code share} is its whole filter, {@code $share/group/} and all. */
    public Delivery deliver(
            Message message, Qos qos, boolean retain, int[] subscriptionIdentifiers, @Nullable TopicFilter share) {
        return outbound.deliver(message, qos, retain, subscriptionIdentifiers, share);
    }

    /** Sends what waits, as far as the window and the connection's output allow; for when the output is writable again. */
    public void drain() {
        outbound.drain();
    }

    /** Sends no more at QoS 1 and 2 on this connection: what comes for the client waits for its next one. */
    public void holdBack() {
        outbound.holdBack();
    }

    /** Messages that the connection has on its way to the client at QoS 1 and 2. */
    public int onWire() {
        return outbound.onWire();
    }

    /** Messages that came on the connection and were not yet answered with PUBACK or PUBREC. */
    public int awaited() {
        return inbound.awaited();
    }

    /** Messages sent at QoS 1 and 2 and not yet done with. */
    public int inFlight() {
        return outbox.unacknowledged();
    }

    /** The first messages in flight, in the order sent. */
    public List<Outgoing> inFlight(int atMost) {
        return outgoing(outbox.inFlight().first(), atMost);
    }

    /** The first messages that wait, in order, as far as they are in memory. */
    public List<Outgoing> queueHead(int atMost) {
        return outgoing(outbox.waiting().first(), atMost);
    }

    private static List<Outgoing> outgoing(@Nullable OutboundMessage first, int atMost) {
        List<Outgoing> some = new ArrayList<>();
        for (OutboundMessage each = first; each != null && some.size() < atMost; each = each.next) {
            some.add(Outgoing.of(each));
        }
        return some;
    }

    /** Messages that wait to be sent for the first time. */
    public int queued() {
        return outbox.waiting().size();
    }

    /** Their weight in bytes, see {@link Message#weight}. */
    public long queuedBytes() {
        return outbox.waiting().bytes();
    }

    /** The weight of those that are in memory. */
    public long queuedBytesInMemory() {
        return outbox.waiting().bytesInMemory();
    }

    /** How many of them are in the store and not in memory. */
    public int queuedInStore() {
        return outbox.waiting().storedOnly();
    }

    /** Up to which sequence messages are held in memory until it is known that they are stored; 0 for none. */
    public long unstored() {
        return isPersistent() ? outbox.waiting().lastUnstored() : 0;
    }

    /** All messages up to a sequence, as {@link #unstored} gave it after they were recorded, are stored and can be read. */
    public void stored(long sequence) {
        outbox.waiting().stored(sequence);
    }

    /**
     * The answer to {@link SessionEffects#readQueue}.
     *
     * @param found messages in the order of their sequences, from where the question said
     * @param all whether there were no more of them
     */
    public void queueRead(List<SessionRecord.Enqueued> found, boolean all) {
        outbound.queueRead(found, all);
    }

    /**
     * Drops expired messages from the queue, which are never sent in any case, to give back their memory. The next
     * call goes on where this one stopped; one without anything to find costs next to nothing.
     *
     * @param atMost messages to look at
     */
    public void removeExpired(int atMost) {
        outbound.removeExpired(atMost);
    }

    /**
     * Takes back messages that came through shared subscriptions, so that another member can have them
     * (MQTT 5, 4.8.2): those that were not sent and, on request, QoS 1 messages that were. A QoS 2 message that
     * was sent stays (MQTT-4.8.2-5).
     *
     * @param shares which shared subscriptions
     * @param sentToo only where no acknowledgement can come any more: before {@link #detach} for a connection
     *     that is gone, before {@link #end}, and while PARKED
     * @param to called once for each message, in order, after all were taken
     */
    public void reclaim(Predicate<TopicFilter> shares, boolean sentToo, Consumer<Reclaimed> to) {
        outbound.reclaim(shares, sentToo, to);
    }

    /** Another member has a message that was {@link #reclaim}ed. */
    public void given(Reclaimed message) {
        outbox.given(message.sequence());
    }

    /** Whether QoS 2 messages that were {@link #reclaim}ed are neither {@link #given} yet nor back. */
    public boolean isLendingQos2() {
        return outbox.isLendingQos2();
    }

    /** Whether a message that came through a shared subscription waits for the client, or for its acknowledgement. */
    public boolean owesShared() {
        return outbox.owesShared();
    }

    /** Whether a numbered message that came through a shared subscription waits for the client, or for its acknowledgement. */
    public boolean owes(Message message, TopicFilter share) {
        return outbox.owes(message, share);
    }

    // Will.

    /** The will that is still to be published should the client go without DISCONNECT 0x00; also after the end. */
    public @Nullable Will will() {
        return life.will;
    }

    /** What tells the will from all others of the client, whoever publishes it; 0 where nobody can publish it twice. */
    public long willNumber() {
        return effects.mayComeTwice() ? life.willNumber() : 0;
    }

    /** The will was published, or withdrawn by DISCONNECT 0x00 (MQTT-3.1.2-10). */
    public void willDone() {
        boolean changed = life.will != null && life.recorded && life.state != State.ENDED;
        life.will = null;
        if (changed) {
            record(new SessionRecord.WillDone());
        }
    }

    // For the flows.

    boolean isV5() {
        return attachment != null && attachment.version().isV5();
    }

    /** A reason code as the client's version can say it: 3.1 and 3.1.1 know nothing but success. */
    ReasonCode spoken(ReasonCode reason) {
        return isV5() ? reason : ReasonCode.SUCCESS;
    }

    /** Slots held for packet identifiers, a measure of memory. */
    int slots() {
        return inbound.capacity() + outbox.inFlight().capacity();
    }

    private Attachment attached() {
        if (attachment == null) {
            throw new IllegalStateException("session of " + clientId + " is " + life.state + " and has no connection");
        }
        return attachment;
    }
}
