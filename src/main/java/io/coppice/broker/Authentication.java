package io.coppice.broker;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.ReasonCode;
import io.coppice.port.Gatekeeper;
import io.coppice.port.Gatekeeper.Exchange;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Enhanced authentication of one connection: with CONNECT, and again whenever the client wants (MQTT 5, 4.12). */
final class Authentication {
    private final Client client;
    private final String method;
    private final Gatekeeper.Credentials credentials;
    private @Nullable Exchange exchange;
    private byte @Nullable [] finalData;
    private @Nullable String userName;
    /** Whether it is the client's turn. */
    private boolean asked;

    private final TimingWheel.Timer limit = new TimingWheel.Timer(this::tooLong);

    Authentication(Client client, String method, Gatekeeper.Credentials credentials) {
        this.client = client;
        this.method = method;
        this.credentials = credentials;
    }

    /** @param then told once, when the exchange has ended either way */
    void enter(byte @Nullable [] data, Consumer<Gatekeeper.Verdict> then) {
        Exchange begun = client.shard.broker.gatekeeper.exchange(method, credentials);
        if (begun == null) {
            then.accept(new Gatekeeper.Verdict(ReasonCode.BAD_AUTHENTICATION_METHOD, null));
            return;
        }
        exchange = begun;
        Shard shard = client.shard;
        shard.wheel.set(limit, shard.loop.now() + shard.broker.settings.door().authenticationMillis());
        begun.next(data, client.shard.loop, step -> answered(step, then));
    }

    /** AUTH during CONNECT. */
    void continueEntering(Packet.Auth packet, Consumer<Gatekeeper.Verdict> then) {
        if (packet.reasonCode() != ReasonCode.CONTINUE_AUTHENTICATION) {
            throw new ProtocolError(
                    ReasonCode.PROTOCOL_ERROR, "AUTH " + packet.reasonCode() + " before the answer to CONNECT");
        }
        next(packet, then);
    }

    /** AUTH of a client that is in: it proves itself again, while its packets go on. */
    void again(Packet.Auth packet) {
        if (packet.reasonCode() == ReasonCode.REAUTHENTICATE && exchange == null) {
            checkMethod(packet);
            enter(data(packet), this::judgedAgain);
        } else if (packet.reasonCode() == ReasonCode.CONTINUE_AUTHENTICATION && exchange != null) {
            next(packet, this::judgedAgain);
        } else {
            throw new ProtocolError(ReasonCode.PROTOCOL_ERROR, "AUTH " + packet.reasonCode() + " out of turn");
        }
    }

    private void next(Packet.Auth packet, Consumer<Gatekeeper.Verdict> then) {
        Exchange running = exchange;
        if (running == null || !asked) {
            throw new ProtocolError(ReasonCode.PROTOCOL_ERROR, "AUTH while it is not the client's turn");
        }
        checkMethod(packet);
        asked = false;
        running.next(data(packet), client.shard.loop, step -> answered(step, then));
    }

    private void checkMethod(Packet.Auth packet) {
        if (!method.equals(packet.properties().text(Property.AUTHENTICATION_METHOD))) {
            throw new ProtocolError(
                    ReasonCode.PROTOCOL_ERROR, "the Authentication Method stays the one of CONNECT (MQTT-4.12.0-5)");
        }
    }

    private static byte @Nullable [] data(Packet.Auth packet) {
        return packet.properties().binary(Property.AUTHENTICATION_DATA);
    }

    private void answered(Exchange.Step step, Consumer<Gatekeeper.Verdict> then) {
        if (client.isGone() || exchange == null) {
            return;
        }
        boolean banned = isBanned();
        if (step.reasonCode() == ReasonCode.CONTINUE_AUTHENTICATION && !banned) {
            asked = true;
            client.ask(auth(ReasonCode.CONTINUE_AUTHENTICATION, step.data()));
            return;
        }
        userName = exchange.userName();
        stop();
        finalData = step.data();
        then.accept(
                banned
                        ? new Gatekeeper.Verdict(ReasonCode.BANNED, null)
                        : new Gatekeeper.Verdict(step.reasonCode(), step.identity()));
    }

    /** Asked before anything is said of a proof, so that a right one is told from a wrong one by nobody who tries too many. */
    private boolean isBanned() {
        Exchange running = exchange;
        String user = running == null ? null : running.userName();
        return user != null
                && client.shard.broker.guards.isBanned(client.connection.remoteHost(), user, client.shard.loop.now());
    }

    /** Who the client has said it is. */
    @Nullable
    String userName() {
        return userName;
    }

    private void tooLong() {
        stop();
        client.shard.counters.authenticated(false);
        String detail = "the exchange of authentication took too long";
        client.end("authentication-failed", ReasonCode.NOT_AUTHORIZED, detail);
        client.refuse(ReasonCode.NOT_AUTHORIZED, detail); // where it was not in
    }

    /** Nobody waits for the end of the exchange any more. */
    void stop() {
        exchange = null;
        client.shard.wheel.cancel(limit);
    }

    private void judgedAgain(Gatekeeper.Verdict verdict) {
        Gatekeeper.Identity identity = verdict.identity();
        client.shard.counters.authenticated(identity != null);
        if (verdict.reasonCode() == ReasonCode.BAD_USER_NAME_OR_PASSWORD) {
            client.shard.broker.guards.failed(client.connection.remoteHost(), userName, client.shard.loop.now());
        }
        if (identity != null && !client.isOf(identity.userName())) {
            client.end("authentication-failed", ReasonCode.NOT_AUTHORIZED, "the client proved to be another user");
        } else if (identity != null) {
            client.requireSupervision().identify(identity);
            client.ask(auth(ReasonCode.SUCCESS, finalData));
        } else {
            client.end(
                    "authentication-failed",
                    inDisconnect(verdict.reasonCode()),
                    "the client could not prove itself again");
        }
    }

    /** DISCONNECT has not all reasons of CONNACK (MQTT 5, 2.4). */
    private static ReasonCode inDisconnect(ReasonCode reason) {
        return switch (reason) {
            case BAD_USER_NAME_OR_PASSWORD, BANNED, BAD_AUTHENTICATION_METHOD, SERVER_UNAVAILABLE ->
                ReasonCode.NOT_AUTHORIZED;
            default -> reason;
        };
    }

    private Packet.Auth auth(ReasonCode reason, byte @Nullable [] data) {
        Properties.Builder properties = Properties.builder().text(Property.AUTHENTICATION_METHOD, method);
        if (data != null) {
            properties.binary(Property.AUTHENTICATION_DATA, data);
        }
        return new Packet.Auth(reason, properties.build());
    }

    /** What CONNACK says of the exchange that led to it. */
    void describe(Properties.Builder properties) {
        properties.text(Property.AUTHENTICATION_METHOD, method);
        if (finalData != null) {
            properties.binary(Property.AUTHENTICATION_DATA, finalData);
        }
    }
}
