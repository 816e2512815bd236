package io.coppice.port;

import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.session.DropReason;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What one loop counts. Written by its loop alone, without lock or fence; read from anywhere, a moment late.
 * Bytes, packets and messages since the start of the node.
 */
public final class Counters {
    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

    private static final int TYPES = 16;
    private static final int PACKETS_RECEIVED = 0;
    private static final int PACKETS_SENT = PACKETS_RECEIVED + TYPES;
    private static final int MESSAGES_RECEIVED = PACKETS_SENT + TYPES;
    private static final int MESSAGES_SENT = MESSAGES_RECEIVED + 3;
    private static final int BYTES_RECEIVED = MESSAGES_SENT + 3;
    private static final int BYTES_SENT = BYTES_RECEIVED + 1;
    private static final int DROPPED = BYTES_SENT + 1;
    private static final int CONNACKS = DROPPED + DropReason.values().length;
    private static final int DISCONNECTED = CONNACKS + 256;
    private static final int OPENED = DISCONNECTED + 256;
    private static final int SESSIONS_EXPIRED = OPENED + 1;
    private static final int AUTHENTICATED = SESSIONS_EXPIRED + 1;
    private static final int LOGINS_BUSY = AUTHENTICATED + 2;
    private static final int LOGINS_BANNED = LOGINS_BUSY + 1;
    private static final int TAKEOVERS_REFUSED = LOGINS_BANNED + 1;
    private static final int AUTHORIZED = TAKEOVERS_REFUSED + 1;
    private static final int FORWARDED = AUTHORIZED + 2;
    private static final int BATCHES_SENT = FORWARDED + 1;
    private static final int BATCHES_RESENT = BATCHES_SENT + 1;
    private static final int UNKNOWN_PARCELS = BATCHES_RESENT + 1;
    private static final int SESSIONS_ADOPTED = UNKNOWN_PARCELS + 1;
    private static final int SESSIONS_FETCHED = SESSIONS_ADOPTED + 1;
    private static final int UNSAFE = SESSIONS_FETCHED + 1;
    private static final int HANDSHAKES = UNSAFE + 1;
    private static final int PROXY_HEADERS = HANDSHAKES + Handshake.values().length;
    private static final int DUE = PROXY_HEADERS + ProxyHeader.values().length;
    private static final int DELIVERED = DUE + Source.values().length;
    private static final int HANDED_ON = DELIVERED + 3;
    private static final int ARRIVED = HANDED_ON + Onward.values().length;
    private static final int ORIGINS_REFUSED = ARRIVED + 1;
    private static final int SENDS_TIMED_OUT = ORIGINS_REFUSED + 1;
    private static final int HELD_BACK = SENDS_TIMED_OUT + 1;
    private static final int SIZE = HELD_BACK + 1;

    /** What becomes of a TLS handshake. */
    public enum Handshake {
        /** The client may begin. */
        COMPLETED,
        /** One side refused the other, did not speak TLS, or hung up. */
        FAILED,
        /** It was not over in time. */
        TIMED_OUT
    }

    /** What becomes of a connection that is to begin with a PROXY header. */
    public enum ProxyHeader {
        /** It said where the client is. */
        TAKEN,
        /** It comes from where no proxy is, and nothing of it was read. */
        UNTRUSTED,
        /** It began with something else, or ended before it had begun. */
        MALFORMED,
        /** It had not come in time. */
        TIMED_OUT
    }

    /** Whence a delivery is due. Each that is comes to one end: delivered, dropped, handed on; or it waits or is in flight. */
    public enum Source {
        /** A message that was published here matches a session here, a shared subscription, or another node. */
        MATCH,
        /** A message that nobody gets: one that matches nothing, or that its publisher may not publish. */
        NONE,
        /** A retained message for a new subscription. */
        RETAINED,
        /** A message of another node for a session here; or one that found nobody on another node, and is back. */
        NODE,
        /** A message of a shared subscription that another member did not take or acknowledge. */
        MEMBER,
        /** What waited or was in flight in a session that has come, from another node, another loop or the store. */
        SESSION
    }

    /** Where a delivery is due next, which is then counted there. */
    public enum Onward {
        /** With another node. */
        NODE,
        /** With another member of a shared subscription. */
        MEMBER,
        /** Wherever the session goes. */
        SESSION
    }

    private final long[] cells = new long[SIZE];
    private final Times times = new Times();

    /** How long things have taken on this loop. */
    public Times times() {
        return times;
    }

    private void add(int cell, long amount) {
        CELL.setOpaque(cells, cell, cells[cell] + amount);
    }

    private long get(int cell) {
        return (long) CELL.getOpaque(cells, cell);
    }

    public void packetReceived(PacketType type) {
        add(PACKETS_RECEIVED + type.code(), 1);
    }

    public void packetSent(PacketType type) {
        add(PACKETS_SENT + type.code(), 1);
    }

    /** A PUBLISH from a client. */
    public void messageReceived(Qos qos) {
        add(MESSAGES_RECEIVED + qos.code(), 1);
    }

    /** A PUBLISH to a client. */
    public void messageSent(Qos qos) {
        add(MESSAGES_SENT + qos.code(), 1);
    }

    public void bytesReceived(long bytes) {
        add(BYTES_RECEIVED, bytes);
    }

    public void bytesSent(long bytes) {
        add(BYTES_SENT, bytes);
    }

    public void dropped(DropReason reason) {
        add(DROPPED + reason.ordinal(), 1);
    }

    public void dropped(DropReason reason, long messages) {
        add(DROPPED + reason.ordinal(), messages);
    }

    /** So many deliveries are due. */
    public void due(Source source, long deliveries) {
        add(DUE + source.ordinal(), deliveries);
    }

    /** A message goes no further before it is known whom it is for. */
    public void refused(DropReason reason) {
        due(Source.NONE, 1);
        dropped(reason);
    }

    /** So many messages are with their clients. */
    public void delivered(Qos qos, long messages) {
        add(DELIVERED + qos.code(), messages);
    }

    /** So many deliveries are due elsewhere now. */
    public void handedOn(Onward to, long deliveries) {
        add(HANDED_ON + to.ordinal(), deliveries);
    }

    /** A client's message came from another node. */
    public void arrived() {
        add(ARRIVED, 1);
    }

    public void connAck(ReasonCode reason) {
        add(CONNACKS + reason.code(), 1);
    }

    /** The end of a client's connection: the reason either side gave, NORMAL_DISCONNECTION for a DISCONNECT, UNSPECIFIED_ERROR for a connection that broke. */
    public void disconnected(ReasonCode reason) {
        add(DISCONNECTED + reason.code(), 1);
    }

    /** A connection was accepted, whatever becomes of it. */
    public void connectionOpened() {
        add(OPENED, 1);
    }

    /** A TLS handshake is over. */
    public void handshake(Handshake result) {
        add(HANDSHAKES + result.ordinal(), 1);
    }

    /** A PROXY header was read, or there was none that could be. */
    public void proxyHeader(ProxyHeader result) {
        add(PROXY_HEADERS + result.ordinal(), 1);
    }

    /** A WebSocket was refused to a page of a site that is not allowed. */
    public void originRefused() {
        add(ORIGINS_REFUSED, 1);
    }

    /** A client had taken nothing of what it was sent for too long. */
    public void sendTimedOut() {
        add(SENDS_TIMED_OUT, 1);
    }

    /** A publisher is not read from because the node is overloaded. */
    public void heldBack() {
        add(HELD_BACK, 1);
    }

    /** A session went because its Session Expiry Interval had passed. */
    public void sessionExpired() {
        add(SESSIONS_EXPIRED, 1);
    }

    /** Credentials were judged. */
    public void authenticated(boolean accepted) {
        add(AUTHENTICATED + (accepted ? 1 : 0), 1);
    }

    /** Credentials were not judged, because too many were waiting for it. */
    public void loginBusy() {
        add(LOGINS_BUSY, 1);
    }

    /** Credentials were not looked at, because their client is banned. */
    public void loginBanned() {
        add(LOGINS_BANNED, 1);
    }

    /** A client was turned away because the session of its client identifier is another user's. */
    public void takeoverRefused() {
        add(TAKEOVERS_REFUSED, 1);
    }

    /** A publish or a topic filter was judged. */
    public void authorized(boolean allowed) {
        add(AUTHORIZED + (allowed ? 1 : 0), 1);
    }

    /** A message was handed to another node; once for each node. */
    public void forwarded() {
        add(FORWARDED, 1);
    }

    /** A batch for another node left for the first time. */
    public void batchSent() {
        add(BATCHES_SENT, 1);
    }

    /** A batch that was not confirmed in time left once more. */
    public void batchResent() {
        add(BATCHES_RESENT, 1);
    }

    /** A parcel came from a node that is not known here, or not any more. */
    public void unknownParcel() {
        add(UNKNOWN_PARCELS, 1);
    }

    /** A session whose node had died was taken from the store. */
    public void sessionAdopted() {
        add(SESSIONS_ADOPTED, 1);
    }

    /** A session came from another node, which gave it up. */
    public void sessionFetched() {
        add(SESSIONS_FETCHED, 1);
    }

    /** A client was not told that its publish is safe, because nobody could say so. */
    public void unsafePublish() {
        add(UNSAFE, 1);
    }

    public long packetsReceived(PacketType type) {
        return get(PACKETS_RECEIVED + type.code());
    }

    public long packetsSent(PacketType type) {
        return get(PACKETS_SENT + type.code());
    }

    public long messagesReceived(Qos qos) {
        return get(MESSAGES_RECEIVED + qos.code());
    }

    public long messagesSent(Qos qos) {
        return get(MESSAGES_SENT + qos.code());
    }

    public long bytesReceived() {
        return get(BYTES_RECEIVED);
    }

    public long bytesSent() {
        return get(BYTES_SENT);
    }

    public long droppedCount(DropReason reason) {
        return get(DROPPED + reason.ordinal());
    }

    public long dueCount(Source source) {
        return get(DUE + source.ordinal());
    }

    public long deliveredCount(Qos qos) {
        return get(DELIVERED + qos.code());
    }

    public long handedOnCount(Onward to) {
        return get(HANDED_ON + to.ordinal());
    }

    public long arrivedMessages() {
        return get(ARRIVED);
    }

    public long connAcks(ReasonCode reason) {
        return get(CONNACKS + reason.code());
    }

    public long disconnects(ReasonCode reason) {
        return get(DISCONNECTED + reason.code());
    }

    public long connectionsOpened() {
        return get(OPENED);
    }

    public long handshakes(Handshake result) {
        return get(HANDSHAKES + result.ordinal());
    }

    public long proxyHeaders(ProxyHeader result) {
        return get(PROXY_HEADERS + result.ordinal());
    }

    public long originsRefused() {
        return get(ORIGINS_REFUSED);
    }

    public long sendsTimedOut() {
        return get(SENDS_TIMED_OUT);
    }

    public long heldBackPublishers() {
        return get(HELD_BACK);
    }

    public long sessionsExpired() {
        return get(SESSIONS_EXPIRED);
    }

    /** How many credentials were accepted, or refused. */
    public long authentications(boolean accepted) {
        return get(AUTHENTICATED + (accepted ? 1 : 0));
    }

    public long loginsBusy() {
        return get(LOGINS_BUSY);
    }

    public long loginsBanned() {
        return get(LOGINS_BANNED);
    }

    public long takeoversRefused() {
        return get(TAKEOVERS_REFUSED);
    }

    /** How many publishes and topic filters were allowed, or refused. */
    public long authorizations(boolean allowed) {
        return get(AUTHORIZED + (allowed ? 1 : 0));
    }

    public long forwardedMessages() {
        return get(FORWARDED);
    }

    public long batchesSent() {
        return get(BATCHES_SENT);
    }

    public long batchesResent() {
        return get(BATCHES_RESENT);
    }

    public long unknownParcels() {
        return get(UNKNOWN_PARCELS);
    }

    public long sessionsAdopted() {
        return get(SESSIONS_ADOPTED);
    }

    public long sessionsFetched() {
        return get(SESSIONS_FETCHED);
    }

    public long unsafePublishes() {
        return get(UNSAFE);
    }
}
