package io.coppice.simulation;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A client of the simulation, and what the broker owes it. Its payloads are
 * {@code player:sitting:number:qos}, so that each message is known.
 */
final class Player {
    final SimClient client;
    final List<Published> published = new ArrayList<>();
    /** Whether its session always outlives its connections. */
    final boolean steady;

    private final Simulation simulation;
    private final Map<Integer, Published> open = new HashMap<>();
    private final Map<Integer, Published.Subscribed> subscribing = new HashMap<>();
    private final List<Sitting> sittings = new ArrayList<>();
    private @Nullable Sitting sitting;
    private boolean persistent;
    /** CONNECT was sent and not answered. */
    private boolean asking;

    private int lastNumber;
    private int welcomesShown;

    Player(Simulation simulation, String clientId, boolean steady) {
        this.simulation = simulation;
        this.steady = steady;
        this.client = simulation.world.client(clientId);
        client.onPacket = this::arrived;
        client.onFlush = this::shown;
        client.onMessage = this::message;
    }

    // --- what it does

    void connect(int loop) {
        if (asking && client.connection().isOpen() && !steady) {
            return; // or the broker might take the two the other way round, and the first could end the session
        }
        asking = true;
        endUnlessPersistent();
        if (steady) {
            client.version = simulation.chance(3) ? ProtocolVersion.V3_1_1 : ProtocolVersion.V5;
            client.cleanStart = false;
            client.expiry = 3600;
        } else {
            client.version = simulation.chance(2) ? ProtocolVersion.V3_1_1 : ProtocolVersion.V5;
            client.cleanStart = simulation.chance(2);
            client.expiry = simulation.chance(2) ? 3600 : 0;
        }
        client.receiveMaximum = simulation.chance(2) || !client.version.isV5() ? 65_535 : 1 + simulation.random(5);
        client.topicAliasMaximum = client.version.isV5() ? simulation.random(3) : 0;
        persistent = client.version.isV5() ? client.expiry > 0 : !client.cleanStart;
        if (client.cleanStart) {
            endSitting();
        }
        open.values().forEach(this::maybeRefused);
        subscribing.clear();
        client.connect(loop);
        client.connection().outputMax = simulation.chance(3) ? 60 : Long.MAX_VALUE;
    }

    void leave(int how) {
        switch (how) {
            case 0 -> client.disconnect();
            case 1 -> client.disconnect(ReasonCode.DISCONNECT_WITH_WILL, Properties.NONE);
            default -> client.drop();
        }
        endUnlessPersistent();
    }

    private void endUnlessPersistent() {
        if (!persistent) {
            endSitting();
        }
    }

    private void endSitting() {
        if (sitting != null) {
            sitting.ended = true;
        }
    }

    void subscribe(String filter, Qos qos) {
        Sitting now = sitting;
        if (now != null) {
            Published.Subscribed known = now.subscriptions.get(filter);
            Published.Subscribed wanted =
                    known == null || known.removed ? new Published.Subscribed(this, now, filter, qos) : known;
            subscribing.put(client.subscribe(filter, qos), wanted);
        }
    }

    void unsubscribe(String filter) {
        Published.Subscribed known = sitting == null ? null : sitting.subscriptions.remove(filter);
        if (known != null) {
            known.removed = true;
        }
        subscribing.values().forEach(each -> each.removed |= each.filter.equals(filter));
        client.unsubscribe(filter);
    }

    void publish(String topic, Qos qos) {
        Published message = newMessage(topic, qos, false, simulation.owed(topic));
        if (message != null) {
            note(message);
            sent(message, client.publish(topic, message.payload, qos));
        }
    }

    /**
     * Publishes a retained message.
     *
     * @param expiry seconds, or -1
     */
    void retain(String topic, Qos qos, boolean clear, long expiry) {
        // what expires may do so on its way to anybody
        Published message = newMessage(topic, qos, clear, expiry < 0 ? simulation.owed(topic) : List.of());
        if (message == null) {
            return;
        }
        message.storedAfter = simulation.world.retainedStore.latestVersion();
        if (!simulation.world.isCluster()) {
            simulation.retained.put(topic, message.payload);
        } else if (!clear && expiry < 0) {
            note(message);
        }
        sent(message, client.publish(topic, message.payload, qos, true, expiry, Properties.NONE));
    }

    /** Null when it may send nothing now. */
    private @Nullable Published newMessage(String topic, Qos qos, boolean clear, List<Published.Subscribed> owed) {
        Sitting now = sitting;
        if (now == null || !client.mayPublish()) {
            return null;
        }
        String payload = clear ? "" : client.clientId() + ":" + now.number + ":" + ++lastNumber + ":" + qos.code();
        Published message = new Published(payload, topic, qos, owed);
        maybeRefused(message);
        return message;
    }

    private void maybeRefused(Published message) {
        message.refusable |= simulation.mayRefuse() && client.version.isV5() && message.qos == Qos.AT_LEAST_ONCE;
    }

    private void note(Published message) {
        published.add(message);
        simulation.published(message);
    }

    private void sent(Published message, int packetId) {
        if (packetId != 0) {
            open.put(packetId, message);
        }
    }

    // --- what it hears

    private void arrived(Packet packet) {
        if (packet instanceof Packet.ConnAck ack) {
            welcomed(ack);
        } else if (packet instanceof Packet.SubAck ack) {
            Published.Subscribed wanted = subscribing.remove(ack.packetId());
            if (wanted != null && !wanted.removed && !ack.reasonCodes().get(0).isError()) {
                wanted.acked = true;
                wanted.sitting.subscriptions.put(wanted.filter, wanted);
            }
        } else if (packet instanceof Packet.PubAck ack) {
            acked(ack.packetId(), ack.reasonCode());
        } else if (packet instanceof Packet.PubRec rec) {
            acked(rec.packetId(), rec.reasonCode());
        }
    }

    private void acked(int packetId, ReasonCode reason) {
        Published message = open.remove(packetId);
        if (message != null && !reason.isError()) {
            message.acked = true;
        }
    }

    private void welcomed(Packet.ConnAck ack) {
        asking = false;
        boolean elsewhere = ack.reasonCode() == ReasonCode.SERVER_UNAVAILABLE
                || ack.reasonCode() == ReasonCode.USE_ANOTHER_SERVER // which a node says that leaves
                || ack.reasonCode() == ReasonCode.QUOTA_EXCEEDED; // or whose disk is full
        if (elsewhere && simulation.mayBeUnavailable()) {
            return;
        }
        simulation.require(ack.reasonCode() == ReasonCode.SUCCESS, client.clientId() + " was refused: " + ack);
        boolean known = sitting != null && !sitting.ended;
        simulation.require(!known || ack.sessionPresent(), client.clientId() + " has lost its session");
        if (!known) {
            // with Session Present it is a session of which the client cannot know all
            open.values().forEach(message -> message.exempt = true);
            if (!ack.sessionPresent()) {
                open.clear();
            }
            Sitting fresh = new Sitting(sittings.size());
            sittings.add(fresh);
            sitting = fresh;
        }
    }

    private void message(Packet.Publish message) {
        Sitting now = sitting;
        if (now != null && message.payload().length > 0) {
            now.got(message, simulation.isExempt(SimClient.text(message)));
        }
    }

    /** A packet is on its way to the client: all that it depends on must be safe by now. */
    private void shown(Packet packet) {
        String clientId = client.clientId();
        SafeRecords safe = simulation.safe;
        if (packet instanceof Packet.PubAck ack && !ack.reasonCode().isError()) {
            shownAnswer(open.get(ack.packetId()));
        } else if (packet instanceof Packet.PubRec rec && !rec.reasonCode().isError()) {
            Published message = open.get(rec.packetId());
            shownAnswer(message);
            simulation.require(
                    !steady || message == null || safe.hasAccepted(clientId, message.payload),
                    "PUBREC before Accepted was safe");
        } else if (packet instanceof Packet.SubAck ack && steady) {
            Published.Subscribed wanted = subscribing.get(ack.packetId());
            simulation.require(
                    wanted == null || wanted.removed || safe.hasSubscribed(clientId, wanted.filter),
                    "SUBACK before Subscribed was safe");
        } else if (packet instanceof Packet.Publish publish && publish.qos() == Qos.EXACTLY_ONCE && steady) {
            simulation.require(
                    SimClient.text(publish).equals(safe.assigned(clientId, publish.packetId())),
                    "PUBLISH before Assigned was safe");
        } else if (packet instanceof Packet.ConnAck ack && ack.reasonCode() == ReasonCode.SUCCESS && steady) {
            simulation.require(safe.attached(clientId) >= ++welcomesShown, "CONNACK before Attached was safe");
        }
    }

    private void shownAnswer(@Nullable Published message) {
        if (message == null || message.exempt) {
            return;
        }
        simulation.answered(message);
        for (Published.Subscribed to : message.owed) {
            boolean kept = to.stands() && to.player.steady && to.qos != Qos.AT_MOST_ONCE;
            simulation.require(
                    !kept || simulation.safe.hasEnqueued(to.player.client.clientId(), message.payload),
                    message.payload + " of " + message.topic + " was answered before it was safe for "
                            + to.player.client.clientId());
        }
    }

    // --- what it was owed

    List<Published.Subscribed> standing() {
        Sitting now = sitting;
        return now == null
                ? List.of()
                : now.subscriptions.values().stream()
                        .filter(Published.Subscribed::stands)
                        .toList();
    }

    /** After everything has come to rest. */
    void check() {
        simulation.require(
                !client.hasOpenMessages(), client.clientId() + " waits for answers to " + client.openMessages());
        for (Sitting each : sittings) {
            each.checkOrder((payload, qos) -> simulation.isOwed(payload, qos, each));
            simulation.require(each.faults.isEmpty(), client.clientId() + ": " + each.faults);
        }
        for (Published message : published) {
            for (Published.Subscribed to : message.owed) {
                if (message.acked && to.stands() && to.qos != Qos.AT_MOST_ONCE) {
                    int times = to.sitting.times(message.payload);
                    boolean once = message.qos == Qos.EXACTLY_ONCE && to.qos == Qos.EXACTLY_ONCE && !message.exempt;
                    simulation.require(
                            times == 1 || times > 1 && !once,
                            message.payload + " came " + times + " times to " + to.player.client.clientId() + " "
                                    + to.filter + " " + to.qos);
                }
            }
        }
    }
}
