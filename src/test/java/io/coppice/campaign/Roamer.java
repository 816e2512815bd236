package io.coppice.campaign;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.hivemq.client.mqtt.MqttClientTransportConfig;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.lifecycle.MqttDisconnectSource;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5ConnAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5DisconnectException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubRecException;
import com.hivemq.client.mqtt.mqtt5.lifecycle.Mqtt5ClientConnectedContext;
import com.hivemq.client.mqtt.mqtt5.lifecycle.Mqtt5ClientDisconnectedContext;
import com.hivemq.client.mqtt.mqtt5.message.connect.Mqtt5Connect;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5RetainHandling;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * A client of HiveMQ's library that says in a history what it does and sees. When its connection ends, it goes to any node.
 * What it gets is in the history before it is acknowledged.
 */
final class Roamer {
    /** What a client is. */
    record Kind(boolean keepsSession, boolean roams) {}

    static final Kind LASTING = new Kind(true, true);
    static final Kind PASSING = new Kind(false, false);
    static final Kind REPLACED = new Kind(true, false);

    final String name;
    private final Kind kind;
    private final Scene scene;
    private final AtomicInteger connections;
    private final Mqtt5AsyncClient client;
    private final Random random;
    private volatile NodeProcess node;
    private volatile int connection;
    private volatile boolean connected;
    private volatile boolean leaving;
    private String will = "";

    /** @param connections of this client identifier so far */
    Roamer(String name, Kind kind, Scene scene, AtomicInteger connections, NodeProcess first, long seed) {
        this.name = name;
        this.kind = kind;
        this.scene = scene;
        this.connections = connections;
        this.random = new Random(seed);
        this.node = first;
        client = Mqtt5Client.builder()
                .identifier(name)
                .transportConfig(way(first))
                .addConnectedListener(context -> connected((Mqtt5ClientConnectedContext) context))
                .addDisconnectedListener(context -> disconnected((Mqtt5ClientDisconnectedContext) context))
                .buildAsync();
        client.publishes(MqttGlobalPublishFilter.ALL, this::received, Runnable::run, true);
    }

    /** Leaves a will at QoS 2 with its connection. Call it before {@link #connect}, of one that does not roam. */
    Roamer withWill(String topic) {
        will = topic;
        return this;
    }

    /** Tries to be let in by its first node and, if it roams, by others. */
    Roamer connect() {
        attempt(node);
        var connect = Mqtt5Connect.builder()
                .cleanStart(false)
                .sessionExpiryInterval(kind.keepsSession() ? 3600 : 0)
                .keepAlive(4);
        if (!will.isEmpty()) {
            scene.history.add(Event.Kind.WILL, name, connection, will, connection);
            connect = connect.willPublish()
                    .topic(will)
                    .qos(MqttQos.EXACTLY_ONCE)
                    .payload(payload(name, connection, will))
                    .applyWillPublish();
        }
        // the listeners say what becomes of it
        var unused = client.connect(connect.build()).exceptionally(failure -> null);
        return this;
    }

    /** The same client once more, without a will. */
    Roamer again(NodeProcess where) {
        return new Roamer(name, kind, scene, connections, where, 0).connect();
    }

    boolean isConnected() {
        return connected;
    }

    private void attempt(NodeProcess where) {
        node = where;
        connection = connections.incrementAndGet();
        scene.history.add(Event.Kind.CONNECT, name, connection, where.name, kind.keepsSession() ? "keep" : "drop");
    }

    private static MqttClientTransportConfig way(NodeProcess where) {
        return MqttClientTransportConfig.builder()
                .serverAddress(where.mqtt)
                .socketConnectTimeout(2, TimeUnit.SECONDS)
                .mqttConnectTimeout(12, TimeUnit.SECONDS)
                .build();
    }

    private void connected(Mqtt5ClientConnectedContext context) {
        scene.history.add(
                Event.Kind.CONNECTED,
                name,
                connection,
                node.name,
                context.getConnAck().isSessionPresent() ? "present" : "new");
        connected = true;
    }

    private void disconnected(Mqtt5ClientDisconnectedContext context) {
        connected = false;
        Throwable cause = context.getCause();
        if (cause instanceof Mqtt5ConnAckException refused) {
            scene.history.add(
                    Event.Kind.REFUSED,
                    name,
                    connection,
                    node.name,
                    hex(refused.getMqttMessage().getReasonCode().getCode()));
        }
        boolean mine = context.getSource() == MqttDisconnectSource.USER;
        String who = mine ? "client" : cause instanceof Mqtt5DisconnectException ? "server" : "network";
        scene.history.add(Event.Kind.DISCONNECTED, name, connection, node.name, who, reason(cause));
        if (kind.roams() && !leaving && !mine) {
            NodeProcess next = scene.nodes.get(random.nextInt(scene.nodes.size()));
            attempt(next);
            context.getReconnector()
                    .reconnect(true)
                    .resubscribeIfSessionExpired(false)
                    .delay(50 + random.nextInt(300), TimeUnit.MILLISECONDS)
                    .transportConfig(way(next));
        }
    }

    private static String reason(Throwable cause) {
        if (cause instanceof Mqtt5DisconnectException told) {
            return hex(told.getMqttMessage().getReasonCode().getCode());
        }
        String words = cause.getMessage();
        return (words == null ? cause.getClass().getSimpleName() : words)
                .replace(' ', '-')
                .replace('\n', '-');
    }

    private void received(Mqtt5Publish message) {
        String topic = message.getTopic().toString();
        String[] words = new String(message.getPayloadAsBytes(), UTF_8).split(" ");
        boolean intact = words.length == 4 && words[2].equals(topic) && words[3].equals(sum(words));
        scene.history.add(
                Event.Kind.RECEIVE,
                name,
                connection,
                node.name,
                topic,
                intact ? words[0] : "-",
                intact ? words[1] : "-1",
                message.getQos().getCode(),
                intact ? "intact" : "damaged");
        if (intact) {
            scene.received(words[0], topic, Integer.parseInt(words[1]));
        }
        message.acknowledge();
    }

    /** Waits until it is acknowledged. */
    void subscribe(String filter, int qos) throws Exception {
        client.subscribeWith()
                .topicFilter(filter)
                .qos(MqttQos.fromCode(qos))
                .retainHandling(Mqtt5RetainHandling.DO_NOT_SEND)
                .send()
                .get(30, TimeUnit.SECONDS);
        scene.history.add(Event.Kind.SUBSCRIBED, name, filter, qos);
    }

    /** @param how {@code plain}, {@code retain} or {@code clear} */
    void publish(String topic, int number, int qos, String how) {
        scene.history.add(Event.Kind.SEND, name, topic, number, qos, how);
        scene.sent();
        client.publishWith()
                .topic(topic)
                .qos(MqttQos.fromCode(qos))
                .retain(!how.equals("plain"))
                .payload(how.equals("clear") ? new byte[0] : payload(name, number, topic))
                .send()
                .whenComplete((result, failure) -> {
                    Throwable error = failure == null ? result.getError().orElse(null) : failure;
                    String code = code(error);
                    scene.history.add(Event.Kind.ACK, name, topic, number, node.name, code);
                    scene.answered(name, topic, number, Streams.isSuccess(code));
                });
    }

    private static String code(@Nullable Throwable error) {
        if (error == null) {
            return "0x0";
        }
        if (error instanceof Mqtt5PubAckException refused) {
            return hex(refused.getMqttMessage().getReasonCode().getCode());
        }
        if (error instanceof Mqtt5PubRecException refused) {
            return hex(refused.getMqttMessage().getReasonCode().getCode());
        }
        return "lost";
    }

    /** Takes its leave with all that the broker holds for it. Answers whether it could. */
    boolean end() {
        leaving = true;
        try {
            if (connected) {
                client.disconnectWith().sessionExpiryInterval(0).send().get(10, TimeUnit.SECONDS);
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

    private static String hex(int code) {
        return "0x" + Integer.toHexString(code);
    }
}
