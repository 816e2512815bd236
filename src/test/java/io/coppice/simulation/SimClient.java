package io.coppice.simulation;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.SubscriptionOptions;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Will;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A client that keeps to the standard and fails the test when the broker does not (MQTT 5, 4.3 and 4.4). */
public final class SimClient extends Actor {
    private final World world;
    private final String clientId;

    // What the next CONNECT says.
    public ProtocolVersion version = ProtocolVersion.V5;
    public boolean cleanStart = true;
    /** Seconds, in version 5. */
    public long expiry;

    public int keepAlive;
    public int receiveMaximum = 65_535;
    public int topicAliasMaximum;
    public long maximumPacketSize = -1;
    public @Nullable Will will;
    public @Nullable String userName;
    /** The address without port that its connections come from. */
    public String host = "10.0.0.1";

    public @Nullable String method;
    public @Nullable String data;

    /** Whether it acknowledges what it gets. */
    public boolean acknowledges = true;
    /** Told of each packet that is on its way to the client, the moment it is flushed. */
    public Consumer<Packet> onFlush = packet -> {};
    /** Told of each packet that has arrived. */
    public Consumer<Packet> onPacket = packet -> {};
    /** Told of each application message, QoS 2 repeats left out; its topic is always there. */
    public Consumer<Packet.Publish> onMessage = message -> {};

    /** Every packet that arrived, and every application message. */
    public final List<Packet> log = new ArrayList<>();

    public final List<Packet.Publish> messages = new ArrayList<>();

    // With the session.
    private final Map<Integer, Packet> outgoing = new LinkedHashMap<>();
    private final Set<Integer> received = new HashSet<>();
    private int lastId;

    // With the connection.
    private @Nullable SimConnection connection;
    private boolean welcome;
    /** It has left by itself, and hears nothing any more. */
    private boolean left;

    private int serverReceiveMaximum;
    private final Set<Integer> unacknowledged = new HashSet<>();
    private final Map<Integer, TopicName> aliases = new HashMap<>();

    SimClient(World world, String clientId) {
        super(world);
        this.world = world;
        this.clientId = clientId;
    }

    // --- coming and going

    /** Opens a connection on a loop; an earlier one is left as it is. */
    public SimConnection open(int loop) {
        SimConnection opened = new SimConnection(world, this, world.loops.get(loop));
        connection = opened;
        welcome = false;
        left = false;
        unacknowledged.clear();
        aliases.clear();
        return opened;
    }

    /** Opens a connection on a loop and sends CONNECT. */
    public SimClient connect(int loop) {
        SimConnection opened = open(loop);
        Properties.Builder properties = Properties.builder();
        if (version.isV5()) {
            number(properties, Property.SESSION_EXPIRY_INTERVAL, expiry, 0);
            number(properties, Property.RECEIVE_MAXIMUM, receiveMaximum, 65_535);
            number(properties, Property.TOPIC_ALIAS_MAXIMUM, topicAliasMaximum, 0);
            number(properties, Property.MAXIMUM_PACKET_SIZE, maximumPacketSize, -1);
            if (method != null) {
                properties.text(Property.AUTHENTICATION_METHOD, method);
            }
            if (data != null) {
                properties.binary(Property.AUTHENTICATION_DATA, data.getBytes(StandardCharsets.UTF_8));
            }
        }
        opened.arrive(
                new Packet.Connect(version, cleanStart, keepAlive, clientId, will, userName, null, properties.build()));
        return this;
    }

    private static void number(Properties.Builder properties, Property property, long value, long usual) {
        if (value != usual) {
            properties.number(property, value);
        }
    }

    /** Lets everything happen that needs no time. */
    public SimClient await() {
        world.run();
        return this;
    }

    /** A session that outlives its connection. */
    public SimClient persistent() {
        cleanStart = false;
        expiry = 3600;
        return this;
    }

    public SimConnection connection() {
        if (connection == null) {
            throw new IllegalStateException(clientId + " has never connected");
        }
        return connection;
    }

    /** Whether it has a connection that was let in. */
    public boolean isConnected() {
        return welcome && connection().isOpen();
    }

    public void disconnect() {
        disconnect(ReasonCode.NORMAL_DISCONNECTION, Properties.NONE);
    }

    public void disconnect(ReasonCode reason, Properties properties) {
        send(new Packet.Disconnect(reason, properties));
        welcome = false;
        left = true;
    }

    /** The connection breaks. */
    public void drop() {
        connection().cut();
        welcome = false;
        left = true;
    }

    void closed(SimConnection which) {
        if (which == connection) {
            welcome = false;
        }
    }

    // --- what it says

    public SimClient send(Packet packet) {
        connection().arrive(packet);
        return this;
    }

    public boolean mayPublish() {
        return outgoing.size() < serverReceiveMaximum;
    }

    public boolean hasOpenMessages() {
        return !outgoing.isEmpty();
    }

    /** What it has published and not been answered. */
    String openMessages() {
        return outgoing.values().toString();
    }

    /** Returns the packet identifier, 0 at QoS 0. */
    public int publish(String topic, String payload, Qos qos, boolean retain) {
        return publish(topic, payload, qos, retain, -1, Properties.NONE);
    }

    public int publish(String topic, String payload, Qos qos) {
        return publish(topic, payload, qos, false);
    }

    /** @param expirySeconds Message Expiry Interval, or -1 */
    public int publish(
            String topic, String payload, Qos qos, boolean retain, long expirySeconds, Properties properties) {
        int packetId = qos == Qos.AT_MOST_ONCE ? 0 : newId();
        Packet.Publish packet = new Packet.Publish(
                false,
                qos,
                retain,
                TopicName.of(topic),
                packetId,
                0,
                expirySeconds,
                properties,
                payload.getBytes(StandardCharsets.UTF_8));
        if (packetId != 0) {
            outgoing.put(packetId, packet);
        }
        send(packet);
        return packetId;
    }

    /** Sends a PUBLISH that a test has made itself. */
    public void expectAnswer(Packet.Publish packet) {
        outgoing.put(packet.packetId(), packet);
        send(packet);
    }

    private int newId() {
        do {
            lastId = lastId % 65_535 + 1;
        } while (outgoing.containsKey(lastId));
        return lastId;
    }

    public int subscribe(String filter, Qos qos) {
        return subscribe(filter, SubscriptionOptions.of(qos), 0);
    }

    public int subscribe(String filter, SubscriptionOptions options, int identifier) {
        int packetId = newId();
        Properties properties = identifier == 0
                ? Properties.NONE
                : Properties.builder().subscriptionIdentifier(identifier).build();
        send(new Packet.Subscribe(packetId, List.of(new Packet.Request(filter, options)), properties));
        return packetId;
    }

    public int unsubscribe(String filter) {
        int packetId = newId();
        send(new Packet.Unsubscribe(packetId, List.of(filter), Properties.NONE));
        return packetId;
    }

    // --- what it hears

    void visible(SimConnection from, Packet packet) {
        if (from == connection) {
            onFlush.accept(packet);
        }
    }

    void received(SimConnection from, Packet packet) {
        if (from != connection) {
            late(packet);
            return;
        }
        if (left) {
            return;
        }
        log.add(packet);
        if (packet instanceof Packet.ConnAck ack) {
            check(!welcome, "a second CONNACK");
            welcomed(ack);
        } else if (packet instanceof Packet.Publish publish) {
            check(welcome || !from.isOpen(), "PUBLISH before CONNACK");
            publish(publish);
        } else if (packet instanceof Packet.PubAck ack) {
            Packet open = outgoing.remove(ack.packetId());
            check(open instanceof Packet.Publish p && p.qos() == Qos.AT_LEAST_ONCE, "PUBACK that answers nothing");
        } else if (packet instanceof Packet.PubRec rec) {
            received(rec);
        } else if (packet instanceof Packet.PubRel rel) {
            boolean known = received.remove(rel.packetId());
            if (acknowledges) {
                send(new Packet.PubComp(rel.packetId(), found(known), Properties.NONE));
                unacknowledged.remove(rel.packetId());
            }
        } else if (packet instanceof Packet.PubComp comp) {
            Packet open = outgoing.remove(comp.packetId());
            check(open instanceof Packet.PubRel, "PUBCOMP that answers nothing");
        }
        onPacket.accept(packet);
    }

    /** What an earlier connection still brings is read by nobody. */
    private void late(Packet packet) {
        if (packet instanceof Packet.Disconnect) {
            log.add(packet);
        }
    }

    private ReasonCode found(boolean known) {
        return known || !version.isV5() ? ReasonCode.SUCCESS : ReasonCode.PACKET_IDENTIFIER_NOT_FOUND;
    }

    private void welcomed(Packet.ConnAck ack) {
        if (ack.reasonCode() != ReasonCode.SUCCESS) {
            return;
        }
        welcome = true;
        serverReceiveMaximum = (int) ack.properties().number(Property.RECEIVE_MAXIMUM, 65_535);
        if (!ack.sessionPresent()) {
            outgoing.clear();
            received.clear();
            return;
        }
        check(!cleanStart, "Session Present after a clean start");
        for (Packet open : List.copyOf(outgoing.values())) {
            send(open instanceof Packet.Publish p ? Publishes.again(p) : open);
        }
    }

    private void received(Packet.PubRec rec) {
        Packet open = outgoing.get(rec.packetId());
        check(
                open instanceof Packet.PubRel || open instanceof Packet.Publish p && p.qos() == Qos.EXACTLY_ONCE,
                "PUBREC that answers nothing");
        if (rec.reasonCode().isError()) {
            outgoing.remove(rec.packetId());
            return;
        }
        Packet release = new Packet.PubRel(rec.packetId(), ReasonCode.SUCCESS, Properties.NONE);
        outgoing.put(rec.packetId(), release);
        send(release);
    }

    private void publish(Packet.Publish publish) {
        TopicName topic = publish.topic() == null ? aliases.get(publish.topicAlias()) : publish.topic();
        check(topic != null, "an alias that was never set");
        check(publish.topicAlias() <= topicAliasMaximum, "an alias above the maximum");
        if (publish.topicAlias() != 0) {
            aliases.put(publish.topicAlias(), topic);
        }
        int packetId = publish.packetId();
        if (packetId != 0) {
            check(unacknowledged.add(packetId), "identifier " + packetId + " is in use");
            check(unacknowledged.size() <= receiveMaximum, "more than the Receive Maximum");
        }
        if (publish.qos() != Qos.EXACTLY_ONCE || received.add(packetId)) {
            Packet.Publish message = Publishes.onTopic(publish, topic);
            messages.add(message);
            onMessage.accept(message);
        }
        if (acknowledges) {
            acknowledge(publish);
        }
    }

    /** Answers a PUBLISH; for clients that do not do so of themselves. */
    public void acknowledge(Packet.Publish publish) {
        if (publish.qos() == Qos.AT_LEAST_ONCE) {
            unacknowledged.remove(publish.packetId());
            send(new Packet.PubAck(publish.packetId(), ReasonCode.SUCCESS, Properties.NONE));
        } else if (publish.qos() == Qos.EXACTLY_ONCE) {
            send(new Packet.PubRec(publish.packetId(), ReasonCode.SUCCESS, Properties.NONE));
        }
    }

    private void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(clientId + " got " + otherwise + "; so far " + log);
        }
    }

    // --- what a test asks

    public String clientId() {
        return clientId;
    }

    public static String text(Packet.Publish message) {
        return new String(message.payload(), StandardCharsets.UTF_8);
    }

    /** The payloads of all application messages, in order. */
    public List<String> payloads() {
        return messages.stream().map(SimClient::text).toList();
    }

    public <T extends Packet> List<T> all(Class<T> type) {
        return log.stream().filter(type::isInstance).map(type::cast).toList();
    }

    /** The latest packet of a type. */
    public <T extends Packet> T last(Class<T> type) {
        List<T> all = all(type);
        if (all.isEmpty()) {
            throw new AssertionError(clientId + " got no " + type.getSimpleName() + ", but " + log);
        }
        return all.get(all.size() - 1);
    }
}
