package io.coppice.campaign;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.hivemq.client.mqtt.MqttClientTransportConfig;
import com.hivemq.client.mqtt.lifecycle.MqttClientDisconnectedContext;
import com.hivemq.client.mqtt.lifecycle.MqttDisconnectSource;
import com.hivemq.client.mqtt.mqtt3.exceptions.Mqtt3ConnAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5ConnAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5DisconnectException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * A client of HiveMQ's library that says in a history what it does and sees. When its connection ends, it goes to any node.
 * What it gets is in the history before it is acknowledged.
 */
final class Roamer implements Wire.Listener {
    /** What a client is. */
    record Kind(boolean keepsSession, boolean roams) {}

    static final Kind LASTING = new Kind(true, true);
    static final Kind PASSING = new Kind(false, false);
    static final Kind REPLACED = new Kind(true, false);

    final String name;
    private final Kind kind;
    private final Scene scene;
    private final AtomicInteger connections;
    private final int version;
    private final Map<NodeProcess, Relay> relays;
    private final Wire wire;
    private final Random random;
    private volatile NodeProcess node;
    private volatile int connection;
    private volatile boolean connected;
    private volatile boolean leaving;
    /** How long it stays away when it has lost a connection, at least. */
    volatile int awayMillis = 50;

    private String will = "";

    /**
     * @param connections of this client identifier so far
     * @param version of MQTT, 4 or 5
     */
    Roamer(String name, Kind kind, Scene scene, AtomicInteger connections, NodeProcess first, long seed, int version) {
        this(name, kind, scene, connections, first, seed, version, Map.of());
    }

    /** @param relays through which it goes to the nodes; straight to one that has none */
    Roamer(
            String name,
            Kind kind,
            Scene scene,
            AtomicInteger connections,
            NodeProcess first,
            long seed,
            int version,
            Map<NodeProcess, Relay> relays) {
        this.relays = relays;
        this.name = name;
        this.kind = kind;
        this.scene = scene;
        this.connections = connections;
        this.random = new Random(seed);
        this.node = first;
        this.version = version;
        wire = Wire.of(version, name, way(first), this);
    }

    /** Leaves a will at QoS 2 with its connection. Call it before {@link #connect}, of one that does not roam. */
    Roamer withWill(String topic) {
        will = topic;
        return this;
    }

    /** Tries to be let in by its first node and, if it roams, by others. */
    Roamer connect() {
        attempt(node);
        Wire.@Nullable Will last = null;
        if (!will.isEmpty()) {
            scene.history.add(Event.Kind.WILL, name, connection, will, connection);
            last = new Wire.Will(will, payload(name, connection, will));
        }
        wire.connect(kind.keepsSession(), last);
        return this;
    }

    /** The same client once more, without a will. */
    Roamer again(NodeProcess where) {
        return new Roamer(name, kind, scene, connections, where, 0, version).connect();
    }

    boolean isConnected() {
        return connected;
    }

    private void attempt(NodeProcess where) {
        node = where;
        connection = connections.incrementAndGet();
        scene.history.add(Event.Kind.SPEAKS, name, connection, version);
        scene.history.add(Event.Kind.CONNECT, name, connection, where.name, kind.keepsSession() ? "keep" : "drop");
    }

    private MqttClientTransportConfig way(NodeProcess where) {
        Relay relay = relays.get(where);
        return MqttClientTransportConfig.builder()
                .serverAddress(relay == null ? where.mqtt : relay.address())
                .socketConnectTimeout(2, TimeUnit.SECONDS)
                .mqttConnectTimeout(12, TimeUnit.SECONDS)
                .build();
    }

    @Override
    public void connected(boolean present) {
        if (leaving) {
            return; // to end its session
        }
        scene.history.add(Event.Kind.CONNECTED, name, connection, node.name, present ? "present" : "new");
        connected = true;
    }

    @Override
    public void disconnected(MqttClientDisconnectedContext context) {
        connected = false;
        Throwable cause = context.getCause();
        String refused = refusal(cause);
        if (!refused.isEmpty()) {
            scene.history.add(Event.Kind.REFUSED, name, connection, node.name, refused);
        }
        boolean mine = context.getSource() == MqttDisconnectSource.USER;
        String who = mine ? "client" : cause instanceof Mqtt5DisconnectException ? "server" : "network";
        scene.history.add(Event.Kind.DISCONNECTED, name, connection, node.name, who, reason(cause));
        if (kind.roams() && !leaving && !mine) {
            List<NodeProcess> all = List.copyOf(scene.nodes); // which may become fewer
            NodeProcess next = all.get(random.nextInt(all.size()));
            attempt(next);
            context.getReconnector()
                    .reconnect(true)
                    .resubscribeIfSessionExpired(false)
                    .delay(awayMillis + random.nextInt(300), TimeUnit.MILLISECONDS)
                    .transportConfig(way(next));
        }
    }

    private static String refusal(Throwable cause) {
        if (cause instanceof Mqtt5ConnAckException refused) {
            return Wire.hex(refused.getMqttMessage().getReasonCode().getCode());
        }
        return cause instanceof Mqtt3ConnAckException refused
                ? Wire.hex(refused.getMqttMessage().getReturnCode().getCode())
                : "";
    }

    private static String reason(Throwable cause) {
        if (cause instanceof Mqtt5DisconnectException told) {
            return Wire.hex(told.getMqttMessage().getReasonCode().getCode());
        }
        String words = cause.getMessage();
        return (words == null ? cause.getClass().getSimpleName() : words)
                .replace(' ', '-')
                .replace('\n', '-');
    }

    @Override
    public void received(String topic, byte[] payload, int qos, Runnable acknowledge) {
        String[] words = new String(payload, UTF_8).split(" ");
        boolean intact = words.length == 4 && words[2].equals(topic) && words[3].equals(sum(words));
        scene.history.add(
                Event.Kind.RECEIVE,
                name,
                connection,
                node.name,
                topic,
                intact ? words[0] : "-",
                intact ? words[1] : "-1",
                qos,
                intact ? "intact" : "damaged");
        if (intact) {
            scene.received(words[0], topic, Integer.parseInt(words[1]));
        }
        acknowledge.run();
    }

    /** Waits until it is acknowledged. */
    void subscribe(String filter, int qos) throws Exception {
        wire.subscribe(filter, qos).get(30, TimeUnit.SECONDS);
        scene.history.add(Event.Kind.SUBSCRIBED, name, filter, qos);
    }

    /** @param how {@code plain}, {@code retain} or {@code clear} */
    void publish(String topic, int number, int qos, String how) {
        scene.history.add(Event.Kind.SEND, name, topic, number, qos, how);
        scene.sent();
        boolean retain = !how.equals("plain");
        byte[] payload = how.equals("clear") ? new byte[0] : payload(name, number, topic);
        var unused = wire.publish(topic, qos, retain, payload).thenAccept(code -> {
            scene.history.add(Event.Kind.ACK, name, topic, number, node.name, code);
            scene.answered(name, topic, number, Streams.isSuccess(code));
        });
    }

    /** Takes its leave with all that the broker holds for it. Answers whether it could. */
    boolean end() {
        leaving = true;
        try {
            if (connected) {
                wire.end().get(10, TimeUnit.SECONDS);
                scene.history.add(Event.Kind.ENDED, name);
                return true;
            }
        } catch (Exception e) {
            Thread.yield(); // it has lost its connection meanwhile
        }
        return !kind.keepsSession();
    }

    private static byte[] payload(String publisher, int number, String topic) {
        String head = publisher + " " + number + " " + topic;
        return (head + " " + sum(head.split(" "))).getBytes(UTF_8);
    }

    private static String sum(String[] words) {
        CRC32 crc = new CRC32();
        crc.update((words[0] + " " + words[1] + " " + words[2]).getBytes(UTF_8));
        return Long.toHexString(crc.getValue());
    }
}
