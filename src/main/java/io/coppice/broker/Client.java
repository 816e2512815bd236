package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Publisher;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.port.Connection;
import io.coppice.port.Gatekeeper;
import io.coppice.port.PacketSink;
import io.coppice.session.DropReason;
import io.coppice.session.Session;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One connection of one client, from its first byte to its end. Everything here ends with the connection. */
final class Client implements PacketSink {
    /** Reasons not to read from the client's socket; reading goes on when none is left. */
    static final int PAUSE_ENTERING = 1;

    static final int PAUSE_RECEIVE_MAXIMUM = 2;
    static final int PAUSE_RATE = 4;
    static final int PAUSE_BACKLOG = 8;
    static final int PAUSE_QUESTION = 16;
    static final int PAUSE_OVERLOAD = 32;
    private static final int PAUSE_LEAVING = 64;

    private enum Phase {
        WAITING_FOR_CONNECT,
        ENTERING,
        LIVE,
        GONE
    }

    final Shard shard;
    final Connection connection;
    /** The latest group that holds back output of this connection; null while none does. */
    @Nullable
    Group heldBy;

    /** Up to where its output leaves when it is its turn, see {@link Flushes}; 0 while it does not wait for that. */
    long flushesUpTo;

    final boolean surplus;
    private Phase phase = Phase.WAITING_FOR_CONNECT;
    private int pauses;
    private String clientId = "";
    private @Nullable Admission admission;
    private @Nullable SessionSlot slot;
    /** From when it is let in. */
    private @Nullable Supervision supervision;
    /** Of what it sends; null until it has sent something. */
    private @Nullable Publisher publisher;
    /** What is followed of it; null for most. */
    @Nullable
    ClientTrace trace;

    /** @param surplus whether there are more connections than may be: its CONNECT is refused */
    Client(Shard shard, Connection connection, boolean surplus) {
        this.shard = shard;
        this.surplus = surplus;
        this.connection = connection;
        this.trace = shard.tracing.isOn() ? shard.tracing.opened(connection) : null;
    }

    boolean isGone() {
        return phase == Phase.GONE;
    }

    // --- packets

    @Override
    public void received(Packet packet) {
        if (trace != null && phase != Phase.WAITING_FOR_CONNECT) {
            shard.tracing.packet(trace, true, packet);
        }
        switch (phase) {
            case LIVE -> {
                if (!requireSupervision().holds(packet)) {
                    live(packet);
                }
            }
            case WAITING_FOR_CONNECT -> {
                if (!(packet instanceof Packet.Connect connect)) {
                    throw new ProtocolError(
                            ReasonCode.PROTOCOL_ERROR, "the first packet is CONNECT, not " + packet.type());
                }
                clientId = connect.clientId();
                nameTrace(connect);
                phase = Phase.ENTERING;
                pause(PAUSE_ENTERING);
                Admission entering = new Admission(this, connect);
                admission = entering;
                entering.begin();
            }
            case ENTERING -> requireAdmission().received(packet);
            case GONE -> {}
        }
    }

    /** A packet that has waited. */
    void handle(Packet packet) {
        if (phase == Phase.LIVE) {
            live(packet);
        }
    }

    private void live(Packet packet) {
        SessionSlot here = requireSlot();
        requireSupervision().heard();
        switch (packet.type()) {
            case PUBLISH -> publish(here, (Packet.Publish) packet);
            case PUBACK -> here.session.pubAck((Packet.PubAck) packet);
            case PUBREC -> here.session.pubRec((Packet.PubRec) packet);
            case PUBREL -> here.session.pubRel((Packet.PubRel) packet);
            case PUBCOMP -> here.session.pubComp((Packet.PubComp) packet);
            case SUBSCRIBE -> Subscribing.subscribe(here, (Packet.Subscribe) packet);
            case UNSUBSCRIBE -> Subscribing.unsubscribe(here, (Packet.Unsubscribe) packet);
            case PINGREQ -> here.send(PING_RESPONSE);
            case DISCONNECT -> disconnect(here, (Packet.Disconnect) packet);
            case AUTH -> requireSupervision().reauthenticate((Packet.Auth) packet);
            default ->
                throw new ProtocolError(ReasonCode.PROTOCOL_ERROR, packet.type() + " is not for a client to send now");
        }
        if (phase == Phase.LIVE) {
            shard.touch(here);
            here.resumeReplay();
            if (bringsMore(packet) && shard.broker.store.isCrowded()) {
                shard.slowDown(this);
            }
        }
    }

    /** Whether something of it may have to be stored; of what answers the broker there is no more than it has sent. */
    private static boolean bringsMore(Packet packet) {
        return switch (packet.type()) {
            case PUBLISH -> {
                Packet.Publish publish = (Packet.Publish) packet;
                yield publish.qos() != Qos.AT_MOST_ONCE || publish.retain();
            }
            case SUBSCRIBE, UNSUBSCRIBE -> true;
            default -> false;
        };
    }

    private static final Packet PING_RESPONSE = new Packet.PingResp();

    private void publish(SessionSlot here, Packet.Publish packet) {
        try {
            here.session.publish(packet);
        } catch (ProtocolError error) {
            shard.counters.refused(
                    error.reasonCode() == ReasonCode.RECEIVE_MAXIMUM_EXCEEDED
                            ? DropReason.RECEIVE_MAXIMUM
                            : DropReason.PROTOCOL_ERROR);
            throw error;
        }
        if (!here.session.mayRead()) {
            pause(PAUSE_RECEIVE_MAXIMUM);
        }
        requireSupervision().published();
        if (shard.restraint.isOn()) {
            shard.restraint.published(this, Message.weight(0, packet.payload().length));
        }
    }

    /** A publish of this client has been answered. */
    void answered() {
        if ((pauses & PAUSE_RECEIVE_MAXIMUM) != 0 && requireSlot().session.mayRead()) {
            resume(PAUSE_RECEIVE_MAXIMUM);
        }
    }

    private void disconnect(SessionSlot here, Packet.Disconnect packet) {
        long expiry = packet.properties().number(Property.SESSION_EXPIRY_INTERVAL, -1);
        if (expiry >= 0) {
            here.session.sessionExpiryInterval(Math.min(expiry, shard.broker.settings.sessionExpiryMax()));
        }
        if (packet.reasonCode() == ReasonCode.NORMAL_DISCONNECTION) {
            here.session.willDone();
        }
        leave(packet.reasonCode());
        closeWhenStored();
    }

    // --- admission

    /** The session is ready and CONNACK is sent: packets go to it from now on. */
    void live(SessionSlot newSlot, Supervision begun) {
        slot = newSlot;
        phase = Phase.LIVE;
        admission = null;
        supervision = begun;
        begun.begin();
        Gauges.add(shard.gauges.connections, 1);
        resume(PAUSE_ENTERING);
    }

    void name(String assigned) {
        clientId = assigned;
        if (trace != null) {
            trace.clientId = assigned;
        }
    }

    private void nameTrace(Packet.Connect connect) {
        trace = shard.tracing.isOn() ? shard.tracing.named(clientId, connection.remoteHost()) : null;
        if (trace != null) {
            shard.tracing.packet(trace, true, connect);
        }
    }

    /** A packet that goes past the session. */
    private void sendPast(Packet packet) {
        connection.send(packet);
        if (trace != null) {
            shard.tracing.packet(trace, false, packet);
        }
    }

    /** A packet of the authentication exchange; it waits for no records. */
    void ask(Packet.Auth packet) {
        if (!connection.fits(packet)) {
            refused(new ProtocolError(
                    phase == Phase.LIVE ? ReasonCode.PACKET_TOO_LARGE : ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR,
                    "the client takes no packet as large as the AUTH that it waits for"));
        } else if (phase == Phase.LIVE) {
            requireSlot().send(packet);
        } else {
            sendPast(packet);
            connection.flush(connection.written());
            resume(PAUSE_ENTERING);
        }
    }

    /** Of what the client sends now, by the policy that holds now. */
    Publisher publisher(SessionSlot here) {
        Publisher known = publisher;
        if (known == null || known.epoch() != shard.sources.epoch()) {
            known = here.publisher();
            publisher = known;
        }
        return known;
    }

    /** It is somebody else from now on, or has other rights. */
    void forgetPublisher() {
        publisher = null;
    }

    /** Whether the client is this user's. */
    boolean isOf(@Nullable String userName) {
        Gatekeeper.Identity known = requireSlot().identity;
        return known != null && Objects.equals(known.userName(), userName);
    }

    // --- the end

    /** The client leaves before it was let in. */
    void withdraw() {
        notAdmitted();
        connection.close();
    }

    private void notAdmitted() {
        phase = Phase.GONE;
        if (trace != null) {
            shard.tracing.closed(trace, null);
        }
        if (admission != null) {
            admission.withdraw();
            admission = null;
        }
    }

    /** Not let in: CONNACK with the reason where the version knows one, then the connection is closed. */
    void refuse(ReasonCode reason, String detail) {
        if (phase == Phase.GONE) {
            return;
        }
        shard.counters.connAck(reason);
        report("connect-refused", reason, detail);
        sendPast(new Packet.ConnAck(false, reason, why(reason, detail)));
        notAdmitted();
        connection.close();
    }

    @Override
    public void refused(ProtocolError error) {
        switch (phase) {
            case WAITING_FOR_CONNECT, ENTERING -> refusedEarly(error);
            case LIVE -> end("protocol-error", error.reasonCode(), error.detail());
            case GONE -> {}
        }
    }

    private void refusedEarly(ProtocolError error) {
        ProtocolVersion claimed = connection.claimedVersion();
        boolean answered = claimed != null
                && (claimed.isV5()
                        || error.reasonCode() == ReasonCode.UNSUPPORTED_PROTOCOL_VERSION
                        || error.reasonCode() == ReasonCode.CLIENT_IDENTIFIER_NOT_VALID);
        if (answered) {
            refuse(error.reasonCode(), error.detail());
            return;
        }
        notAdmitted();
        report("connect-refused", error.reasonCode(), error.detail());
        connection.close();
    }

    /**
     * Brings to its end what is in flight: from now on nothing new is sent at QoS 1 and 2, and nothing is read any more once what was
     * sent is acknowledged. Whether all of it is done with; asked again and again before the client is sent away.
     */
    boolean settle() {
        if (phase != Phase.LIVE) {
            return true;
        }
        Session session = requireSlot().session;
        session.holdBack();
        if (session.onWire() > 0) {
            return false;
        }
        pause(PAUSE_LEAVING);
        return session.awaited() == 0;
    }

    /** The node leaves. That is no failure of the client, so its will is withdrawn (MQTT 5, 3.1.2.5 leaves that to the server). */
    void sendAway() {
        sendAway(
                "server-shutting-down",
                shard.broker.isReplaceable() ? ReasonCode.USE_ANOTHER_SERVER : ReasonCode.SERVER_SHUTTING_DOWN,
                "this node is shutting down");
    }

    /** It is to go to another node; its will is withdrawn for the same reason. */
    void sendElsewhere() {
        sendAway("node-drained", ReasonCode.USE_ANOTHER_SERVER, "this node is being drained");
    }

    /** As above, with the node open for others. */
    void sendForBalance() {
        sendAway("client-rebalanced", ReasonCode.USE_ANOTHER_SERVER, "other nodes have fewer clients than this one");
    }

    private void sendAway(String event, ReasonCode reason, String detail) {
        if (phase == Phase.LIVE) {
            requireSlot().session.willDone();
        }
        end(event, reason, detail);
    }

    /** The broker ends the connection: DISCONNECT with the reason in version 5, close; the will is due. */
    void end(String event, ReasonCode reason, String detail) {
        if (phase != Phase.LIVE) {
            return;
        }
        sendPast(new Packet.Disconnect(reason, why(reason, detail)));
        leave(event, reason, detail);
        closeWhenStored();
    }

    /**
     * What was sent may depend on records, so it leaves with them, and the connection closes after it. What is stored and may
     * not be seen, since others may serve the client by now, is not seen either: its session has it.
     */
    private void closeWhenStored() {
        shard.whenStored(safe -> {
            if (safe && (heldBy == null || !shard.untold.holds())) {
                connection.close();
            } else {
                connection.abort();
            }
        });
    }

    /** What the client was about to be told can't be kept: it is told nothing. */
    void lost(String detail) {
        if (phase != Phase.LIVE) {
            return;
        }
        leave("client-lost", ReasonCode.UNSPECIFIED_ERROR, detail);
        connection.abort();
    }

    @Override
    public void unread(long millis) {
        if (phase == Phase.LIVE) {
            leave(
                    "send-timeout",
                    ReasonCode.QUOTA_EXCEEDED,
                    "it has taken nothing of what it is sent for " + millis + " ms");
        } else {
            notAdmitted();
        }
        connection.abort();
    }

    /** Another node has the session: what the client was about to be told is void, and its will is the other node's affair. */
    void fenced() {
        if (phase != Phase.LIVE) {
            return;
        }
        report("session-taken-over", ReasonCode.SESSION_TAKEN_OVER, "the session has another home by now");
        departed(ReasonCode.SESSION_TAKEN_OVER);
        connection.abort();
    }

    @Override
    public void closed() {
        if (!surplus) {
            shard.broker.connectionClosed();
        }
        switch (phase) {
            case LIVE ->
                leave("connection-lost", ReasonCode.UNSPECIFIED_ERROR, "the connection ended without DISCONNECT");
            case WAITING_FOR_CONNECT, ENTERING -> notAdmitted();
            case GONE -> {}
        }
    }

    private void leave(String event, ReasonCode reason, String detail) {
        report(event, reason, detail);
        leave(reason);
    }

    private void leave(ReasonCode reason) {
        departed(reason);
        Parking.park(requireSlot());
    }

    private void departed(ReasonCode reason) {
        shard.counters.disconnected(reason);
        phase = Phase.GONE;
        if (trace != null) {
            shard.tracing.closed(trace, reason);
        }
        Gauges.add(shard.gauges.connections, -1);
        requireSupervision().stop();
    }

    private void report(String event, ReasonCode reason, String detail) {
        shard.broker.events.client(event, clientId, connection.remoteAddress(), reason, detail);
    }

    private Properties why(ReasonCode reason, String detail) {
        Properties.Builder why = Properties.builder().text(Property.REASON_STRING, detail);
        String elsewhere = shard.settings.drain().serverReference();
        if (reason == ReasonCode.USE_ANOTHER_SERVER && !elsewhere.isEmpty()) {
            why.text(Property.SERVER_REFERENCE, elsewhere);
        }
        return why.build();
    }

    // --- output and reading

    @Override
    public void writableAgain() {
        if (phase == Phase.LIVE) {
            SessionSlot here = requireSlot();
            here.session.drain();
            shard.touch(here);
            here.resumeReplay();
        }
    }

    /** Stops reading for a reason; true when it was not yet stopped for it. */
    boolean pause(int reason) {
        if ((pauses & reason) != 0) {
            return false;
        }
        pauses |= reason;
        connection.reading(false);
        return true;
    }

    void resume(int reason) {
        if ((pauses & reason) == 0) {
            return;
        }
        pauses &= ~reason;
        if (pauses == 0 && phase != Phase.GONE) {
            connection.reading(true);
        }
    }

    boolean isPaused() {
        return pauses != 0;
    }

    SessionSlot requireSlot() {
        SessionSlot here = slot;
        if (here == null) {
            throw new IllegalStateException("client '" + clientId + "' has no session in phase " + phase);
        }
        return here;
    }

    Supervision requireSupervision() {
        Supervision here = supervision;
        if (here == null) {
            throw new IllegalStateException("client '" + clientId + "' is not let in in phase " + phase);
        }
        return here;
    }

    private Admission requireAdmission() {
        Admission entering = admission;
        if (entering == null) {
            throw new IllegalStateException("client '" + clientId + "' is not being admitted in phase " + phase);
        }
        return entering;
    }
}
