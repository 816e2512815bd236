package io.coppice.broker;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.ReasonCode;
import io.coppice.port.Gatekeeper;
import io.coppice.port.Permissions;
import io.coppice.port.Questions;
import org.jspecify.annotations.Nullable;

/**
 * What a client is held to from when it is let in until its connection ends: its Keep Alive, its rate, its time, proving again who it
 * is, and that somebody is asked what it may do.
 */
final class Supervision {
    private final Client client;
    private final SessionSlot slot;
    private final @Nullable Authentication authentication;
    /** When it was let in, milliseconds since the epoch, and the Keep Alive that it is held to. */
    private final long since;

    private final int keepAliveSeconds;
    private @Nullable KeepAlive keepAlive;
    private @Nullable PublishRate publishRate;
    private @Nullable ConnectTime connectTime;
    /** Where somebody has to be asked what the client may do; null where nobody has. */
    private @Nullable Asking asking;

    private @Nullable Renewal renewal;
    /** While it is being found out what a client that has proved itself again may do. */
    private @Nullable Survey survey;

    /**
     * @param keepAliveSeconds 0 for none
     * @param authentication null for a client that named no Authentication Method in CONNECT
     */
    Supervision(Client client, SessionSlot slot, int keepAliveSeconds, @Nullable Authentication authentication) {
        this.client = client;
        this.slot = slot;
        this.authentication = authentication;
        this.since = slot.shard.loop.now();
        this.keepAliveSeconds = keepAliveSeconds;
    }

    void begin() {
        if (keepAliveSeconds > 0) {
            keepAlive = new KeepAlive(client, keepAliveSeconds);
        }
        holdTo(slot.shard.settings.publishRateMax());
        askAsNeeded();
    }

    long since() {
        return since;
    }

    int keepAliveSeconds() {
        return keepAliveSeconds;
    }

    // --- what comes

    /** Whether a packet has to wait, since nobody knows yet whether the client may do what it asks for, or for one that waits. */
    boolean holds(Packet packet) {
        return asking != null && asking.holds(packet);
    }

    void heard() {
        if (keepAlive != null) {
            keepAlive.heard();
        }
    }

    void published() {
        if (publishRate != null) {
            publishRate.published();
        }
    }

    /** @param perSecond PUBLISHes that are read from now on; 0 for no limit */
    void holdTo(int perSecond) {
        PublishRate present = publishRate;
        if (present != null) {
            present.change(perSecond);
        }
        if (perSecond == 0) {
            publishRate = null;
        } else if (present == null) {
            publishRate = new PublishRate(client, perSecond);
        }
    }

    // --- who it is

    void reauthenticate(Packet.Auth packet) {
        if (authentication == null) {
            throw new ProtocolError(
                    ReasonCode.PROTOCOL_ERROR, "AUTH from a client that named no Authentication Method in CONNECT");
        }
        authentication.again(packet);
    }

    /** The client has proved again who it is. What it may do from now on has to be known first where somebody is asked. */
    void identify(Gatekeeper.Identity identity) {
        admittedUntil(identity.grant().until());
        Permissions permissions = slot.shard.broker.gatekeeper.permissions(identity);
        Questions questions = permissions.questions();
        if (survey != null) {
            survey.stop();
        }
        if (questions == null) {
            identify(identity, permissions);
            return;
        }
        client.pause(Client.PAUSE_QUESTION);
        survey = Survey.begin(slot, questions, slot.shard.loop.now(), answered -> {
            identify(identity, permissions);
            client.resume(Client.PAUSE_QUESTION);
        });
    }

    private void identify(Gatekeeper.Identity identity, Permissions permissions) {
        slot.identify(identity, permissions);
        askAsNeeded();
        Revoking.of(slot);
    }

    private void askAsNeeded() {
        if (asking == null && slot.questions != null) {
            asking = new Asking(client, slot);
            renewal = new Renewal(slot);
        }
    }

    /** @param millis since the epoch, {@link Long#MAX_VALUE} for never */
    void admittedUntil(long millis) {
        if (connectTime == null && millis != Long.MAX_VALUE) {
            connectTime = new ConnectTime(client);
        }
        if (connectTime != null) {
            connectTime.until(millis);
        }
    }

    // --- the end

    void stop() {
        if (keepAlive != null) {
            keepAlive.stop();
        }
        if (publishRate != null) {
            publishRate.stop();
        }
        if (connectTime != null) {
            connectTime.stop();
        }
        if (authentication != null) {
            authentication.stop();
        }
        if (asking != null) {
            asking.stop();
        }
        if (renewal != null) {
            renewal.stop();
        }
        if (survey != null) {
            survey.stop();
        }
    }
}
