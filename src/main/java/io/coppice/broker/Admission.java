package io.coppice.broker;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.Will;
import io.coppice.port.Connection;
import io.coppice.port.Gatekeeper;
import io.coppice.port.Home;
import io.coppice.port.Permissions;
import io.coppice.port.Questions;
import io.coppice.port.SessionRegistry;
import io.coppice.port.Times;
import io.coppice.session.Attachment;
import org.jspecify.annotations.Nullable;

/** One CONNECT on its way to a session: may it come in, who is it, where was its session until now (MQTT 5, 3.1.4). */
final class Admission {
    /** How long a majority is waited for each time. */
    private static final long PATIENCE_MILLIS = 100;

    private static final String OUT_OF_TOUCH = "this node is not in touch with a majority of the cluster";

    private final Client client;
    private final Packet.Connect connect;
    private final Shard shard;
    private final Broker broker;
    private final String clientId;
    private final boolean assigned;
    /** Whether the client identifier had a home when it was claimed. */
    private boolean succeeds;

    private @Nullable Authentication authentication;
    /** When it began to be judged. */
    private long askedAt;
    /** What is being judged; null before and after. */
    private Gatekeeper.@Nullable Credentials judging;
    /** What the client may do, once it is known who it is. */
    private @Nullable Permissions rights;
    /** Whether it has been asked which subscriptions of the session are still granted, and somebody could not say. */
    private boolean surveyed;

    private boolean unanswered;
    /** What CONNACK will say, as soon as the client is known. */
    private Properties welcome = Properties.NONE;

    Admission(Client client, Packet.Connect connect) {
        this.client = client;
        this.connect = connect;
        this.shard = client.shard;
        this.broker = shard.broker;
        this.assigned = connect.clientId().isEmpty();
        this.clientId = assigned ? broker.newClientId() : connect.clientId();
    }

    void begin() {
        if (broker.isDraining()) {
            refuseAtTheEnd();
            return;
        }
        if (broker.vacating.isOn()) {
            client.refuse(ReasonCode.USE_ANOTHER_SERVER, "this node is being drained; another one takes clients");
            return;
        }
        if (broker.overload.refuses()) {
            client.refuse(ReasonCode.SERVER_BUSY, "this node is overloaded; another one may take clients");
            return;
        }
        if (client.surplus) {
            client.refuse(
                    ReasonCode.QUOTA_EXCEEDED,
                    "this node has its " + broker.settings.connectionsMax() + " connections");
            return;
        }
        if (!broker.cluster.serves()) {
            client.refuse(ReasonCode.SERVER_UNAVAILABLE, OUT_OF_TOUCH);
            return;
        }
        Guards.Refusal refusal =
                broker.guards.refusal(client.connection.remoteHost(), clientId, connect.userName(), shard.loop.now());
        if (refusal != null) {
            if (refusal.reasonCode() == ReasonCode.BANNED) {
                shard.counters.loginBanned();
            }
            client.refuse(refusal.reasonCode(), refusal.detail());
            return;
        }
        if (!broker.mayConnectNow(shard.loop.now())) {
            client.refuse(
                    ReasonCode.CONNECTION_RATE_EXCEEDED,
                    "this node takes " + broker.settings.connectRateMax() + " connections a second");
            return;
        }
        client.name(clientId);
        askedAt = shard.loop.nanos();
        Gatekeeper.Credentials credentials = credentials();
        String method = connect.properties().text(Property.AUTHENTICATION_METHOD);
        if (method == null) {
            judging = credentials;
            broker.gatekeeper.authenticate(credentials, shard.loop, this::judged);
        } else {
            Authentication exchange = new Authentication(client, method, credentials);
            authentication = exchange;
            exchange.enter(connect.properties().binary(Property.AUTHENTICATION_DATA), this::judged);
        }
    }

    private void refuseAtTheEnd() {
        client.refuse(
                broker.isReplaceable() ? ReasonCode.USE_ANOTHER_SERVER : ReasonCode.SERVER_UNAVAILABLE,
                "this node is shutting down");
    }

    private Gatekeeper.Credentials credentials() {
        Connection connection = client.connection;
        return new Gatekeeper.Credentials(
                clientId,
                connect.userName(),
                connect.password(),
                connection.remoteAddress(),
                connection.listener(),
                connection.certificate());
    }

    /** A packet that came before the client was let in; the codec holds back all but AUTH and DISCONNECT. */
    void received(Packet packet) {
        if (packet instanceof Packet.Auth auth && authentication != null) {
            authentication.continueEntering(auth, this::judged);
        } else if (packet instanceof Packet.Disconnect) {
            client.withdraw();
        } else {
            throw new ProtocolError(ReasonCode.PROTOCOL_ERROR, packet.type() + " before the answer to CONNECT");
        }
    }

    /** The client has gone: nobody waits for a verdict any more. */
    void withdraw() {
        if (authentication != null) {
            authentication.stop();
        }
        Gatekeeper.Credentials left = judging;
        if (left != null) {
            judging = null;
            broker.gatekeeper.withdraw(left);
        }
    }

    private void judged(Gatekeeper.Verdict verdict) {
        judging = null;
        Gatekeeper.Identity identity = verdict.identity();
        shard.counters.times().took(Times.Span.AUTHENTICATION, shard.loop.nanosNow() - askedAt, 1);
        count(verdict);
        if (client.isGone()) {
            return;
        }
        if (identity == null) {
            client.refuse(verdict.reasonCode(), refusal(verdict.reasonCode()));
            return;
        }
        if (broker.guards.isBannedByHand(
                client.connection.remoteHost(), clientId, identity.userName(), shard.loop.now())) {
            shard.counters.loginBanned();
            client.refuse(ReasonCode.BANNED, "an operator has banned this client for a time");
            return;
        }
        Permissions given = broker.gatekeeper.permissions(identity);
        rights = given;
        Will will = connect.will();
        Questions questions = given.questions();
        if (will == null
                || questions == null
                || questions.isAnswered(will.topic(), will.qos(), will.retain(), shard.loop.now())) {
            known(identity, given);
        } else {
            questions.ask(will.topic(), will.qos(), will.retain(), shard.loop, answered -> {
                if (!client.isGone()) {
                    known(identity, given);
                }
            });
        }
    }

    /** It is known who the client is, and whether it may leave a will. */
    private void known(Gatekeeper.Identity identity, Permissions given) {
        Will will = connect.will();
        if (will != null && !mayLeave(will, given)) {
            client.refuse(ReasonCode.NOT_AUTHORIZED, "the client may not publish to the topic of its will");
            return;
        }
        String refusal = storeRefusal();
        if (refusal != null && (connect.cleanStart() || broker.store.isBroken())) {
            refuseSession(refusal);
            return;
        }
        welcome = Welcome.properties(
                connect, broker.settings, assigned ? clientId : null, sessionExpiry(), keepAlive(), authentication);
        if (!client.connection.fits(new Packet.ConnAck(false, ReasonCode.SUCCESS, welcome))) {
            client.refuse(
                    ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR,
                    "the client takes no packet as large as the answer to its CONNECT");
            return;
        }
        shard.adopting.claim(() -> claim(identity));
    }

    private void count(Gatekeeper.Verdict verdict) {
        ReasonCode reason = verdict.reasonCode();
        String host = client.connection.remoteHost();
        long now = shard.loop.now();
        if (reason == ReasonCode.SERVER_BUSY) {
            shard.counters.loginBusy();
            return;
        }
        if (reason == ReasonCode.BANNED) {
            shard.counters.loginBanned();
            return;
        }
        shard.counters.authenticated(verdict.identity() != null);
        if (reason == ReasonCode.BAD_USER_NAME_OR_PASSWORD && broker.guards.failed(host, userSaid(), now)) {
            report("login-banned", "too many passwords were wrong; it is refused for a time");
        }
    }

    private @Nullable String userSaid() {
        return authentication == null ? connect.userName() : authentication.userName();
    }

    /** Not of whom another user's session is refused: others could have its client banned. */
    private void countConnect() {
        String host = client.connection.remoteHost();
        if (broker.guards.admitted(host, clientId, userSaid(), shard.loop.now())) {
            report("flapping-banned", "it connected too often; it is refused for a time from the next time on");
        }
    }

    private void report(String event, String detail) {
        broker.events.client(event, clientId, client.connection.remoteAddress(), ReasonCode.BANNED, detail);
    }

    /** Whether the client may publish its will now; asked again when that is due. */
    private boolean mayLeave(Will will, Permissions given) {
        boolean allowed = given.mayPublish(will.topic(), will.qos(), will.retain());
        shard.counters.authorized(allowed);
        return allowed;
    }

    /** Why no new session can be stored where this may be one; a session that is there may be worked off, which makes room. */
    private @Nullable String storeRefusal() {
        return sessionExpiry() == 0 ? null : broker.store.refusal();
    }

    private void refuseSession(String why) {
        client.refuse(ReasonCode.QUOTA_EXCEEDED, "sessions that outlive their connection cannot be stored: " + why);
    }

    private void claim(Gatekeeper.Identity identity) {
        if (broker.isDraining()) {
            refuseAtTheEnd();
        }
        if (client.isGone()) { // it may be elsewhere by now, and keeps its session there
            shard.adopting.ended();
            return;
        }
        // that of a session that outlives its connection is in its records
        Will will = sessionExpiry() == 0 ? connect.will() : null;
        Ownership ownership = broker.settings.ownership();
        SessionRegistry.Claimant claimant =
                new SessionRegistry.Claimant(ownership.owner(identity), ownership.isForAnyone(), will);
        SessionSlot here = shard.slots.get(clientId);
        if (here != null && here.isSettled() && !claimant.mayTake(here.session.owner())) {
            // without a claim: who has the session waits for those that are under way when it moves
            ofAnother();
            return;
        }
        PendingAdmission entering = shard.admitting(clientId);
        broker.registry.claim(
                clientId,
                broker.self(),
                shard.loop,
                claimant,
                claim -> {
                    countConnect();
                    claimed(entering, claim, identity);
                    if (claim != null) {
                        shard.adopting.ended();
                    }
                },
                () -> {
                    entering.ended();
                    ofAnother();
                },
                made -> shard.adopting.settled(clientId, made));
    }

    /** Whoever has the session hears nothing of it. */
    private void ofAnother() {
        shard.counters.takeoverRefused();
        client.refuse(ReasonCode.NOT_AUTHORIZED, "the session of this client identifier is another user's");
        shard.adopting.ended();
    }

    private String refusal(ReasonCode reason) {
        return switch (reason) {
            case BAD_AUTHENTICATION_METHOD -> "the authentication method is not one that this node knows";
            case BAD_USER_NAME_OR_PASSWORD -> "the user name or the password is wrong";
            case BANNED ->
                "too many proofs of this user that came from this address were wrong; it is refused for a time";
            case SERVER_BUSY -> "too many passwords are waiting to be checked; try again later";
            case SERVER_UNAVAILABLE -> "nobody can say now whether the client may enter; try again later";
            case NOT_AUTHORIZED ->
                connect.userName() == null && connect.password() == null && authentication == null
                        ? "anonymous clients are not let in here; give a user name and a password"
                        : "this client is not let in";
            default -> "authentication failed";
        };
    }

    private void claimed(
            PendingAdmission entering, SessionRegistry.@Nullable Claim claim, Gatekeeper.Identity identity) {
        if (claim == null) {
            client.refuse(ReasonCode.SERVER_UNAVAILABLE, "this node cannot say where the session is");
            entering.ended();
            return;
        }
        long epoch = claim.home().epoch();
        entering.claimed(epoch);
        Home former = claim.former();
        succeeds = former != null;
        if (former == null) {
            enter(entering, Found.NONE, epoch, identity);
        } else {
            new FormerHome(
                            shard,
                            clientId,
                            epoch,
                            connect.cleanStart(),
                            found -> enter(entering, found, epoch, identity))
                    .bring(former);
        }
    }

    private void enter(PendingAdmission entering, Found found, long epoch, Gatekeeper.Identity identity) {
        boolean mayAct = broker.cluster.mayAct(shard.loop.now());
        if (!mayAct && broker.cluster.inQuorum() && !client.isGone() && !broker.isDraining()) {
            // others may be about to let the client in elsewhere; soon this node knows whether it is one of a majority
            SessionSlot slot = found.slot();
            if (slot != null) {
                slot.epoch = epoch; // nobody with an older claim gets it now
            }
            shard.loop.after(
                    PATIENCE_MILLIS, () -> enter(entering, slot == null ? found : Found.of(slot), epoch, identity));
            return;
        }
        SessionSlot present = found.slot();
        if (mayAct && present != null && mustAsk(present, entering, epoch, identity)) {
            return;
        }
        try {
            if (present != null) {
                present.awaited(false);
            }
            if (found.lost() || shard.adopting.isOutdated(clientId, epoch)) {
                client.refuse(ReasonCode.SERVER_UNAVAILABLE, "another connection came with the same client identifier");
            } else if (client.isGone() || broker.isDraining()) {
                turnBack(present, epoch, "this node is shutting down");
            } else if (!mayAct) {
                turnBack(present, epoch, OUT_OF_TOUCH);
            } else if (unanswered) {
                turnBack(present, epoch, "nobody can say now what the client may do; try again later");
            } else if (present == null && broker.sessions() >= broker.settings.sessionsMax()) {
                giveUp(epoch);
                client.refuse(
                        ReasonCode.QUOTA_EXCEEDED, "this node has its " + broker.settings.sessionsMax() + " sessions");
            } else {
                String refusal = present == null ? storeRefusal() : null;
                if (refusal == null) {
                    admit(present, epoch, identity);
                } else {
                    giveUp(epoch);
                    refuseSession(refusal);
                }
            }
        } finally {
            entering.ended();
        }
    }

    /**
     * Finds out which subscriptions of a session are still granted before its client has it: until then what comes for it waits, and
     * where nobody can say, the client is told so and the session is kept.
     */
    private boolean mustAsk(SessionSlot present, PendingAdmission entering, long epoch, Gatekeeper.Identity identity) {
        Questions questions = requireRights().questions();
        if (questions == null || surveyed || client.isGone() || present.session.subscriptionCount() == 0) {
            return false;
        }
        present.awaited(true);
        present.epoch = epoch; // nobody with an older claim gets it now
        Survey.begin(present, questions, shard.loop.now(), answered -> {
            surveyed = true;
            unanswered = !answered;
            shard.loop.execute(() -> enter(entering, Found.of(present), epoch, identity));
        });
        return true;
    }

    private Permissions requireRights() {
        Permissions given = rights;
        if (given == null) {
            throw new IllegalStateException("nobody knows what client '" + clientId + "' may do");
        }
        return given;
    }

    private void turnBack(@Nullable SessionSlot present, long epoch, String why) {
        client.refuse(ReasonCode.SERVER_UNAVAILABLE, why);
        if (present == null) {
            giveUp(epoch);
        } else {
            present.epoch = epoch;
            Parking.wait(present);
        }
    }

    private void giveUp(long epoch) {
        if (succeeds) {
            shard.giveUp(clientId, epoch);
        } else {
            broker.registry.release(clientId, epoch);
        }
    }

    private void admit(@Nullable SessionSlot present, long epoch, Gatekeeper.Identity identity) {
        SessionSlot slot = present == null ? new SessionSlot(shard, clientId, epoch, false) : present;
        slot.connected(client, identity, requireRights(), epoch);
        if (present == null) {
            slot.unrecorded = true;
            if (succeeds) {
                shard.begin(slot);
            }
        }
        long maximumPacketSize = connect.properties().number(Property.MAXIMUM_PACKET_SIZE, Long.MAX_VALUE);
        slot.session.attach(new Attachment(
                connect.version(),
                sessionExpiry(),
                (int) connect.properties().number(Property.RECEIVE_MAXIMUM, 65_535),
                maximumPacketSize,
                (int) connect.properties().number(Property.TOPIC_ALIAS_MAXIMUM, 0),
                connect.will(),
                broker.settings.ownership().owner(identity)));
        client.connection.established(
                connect.version(),
                maximumPacketSize,
                connect.properties().number(Property.REQUEST_PROBLEM_INFORMATION, 1) == 1);
        shard.counters.connAck(ReasonCode.SUCCESS);
        slot.send(new Packet.ConnAck(present != null, ReasonCode.SUCCESS, welcome));
        Supervision supervision = new Supervision(client, slot, keepAlive(), authentication);
        client.live(slot, supervision);
        supervision.admittedUntil(identity.grant().until());
        if (present != null) {
            Revoking.of(slot);
        }
        slot.session.resume();
        slot.resumeReplay();
    }

    /** Seconds; MQTT 3.1.1 knows a Clean Session, which ends with the connection, and one that is kept. */
    private long sessionExpiry() {
        long max = broker.settings.sessionExpiryMax();
        if (connect.version().isV5()) {
            return Math.min(connect.properties().number(Property.SESSION_EXPIRY_INTERVAL, 0), max);
        }
        return connect.cleanStart() ? 0 : max;
    }

    /**
     * Seconds that the client is held to; the greatest maximum is none, so it leaves clients without keep-alive alone.
     * A 3.1.1 client cannot be told of a lower one, but may be disconnected whenever it seems to be gone (3.1.2.10).
     */
    private int keepAlive() {
        int max = broker.settings.keepAliveMax();
        boolean tooLong = connect.keepAlive() > max || connect.keepAlive() == 0 && max < 65_535;
        return tooLong ? max : connect.keepAlive();
    }
}
