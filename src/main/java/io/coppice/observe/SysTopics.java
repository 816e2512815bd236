package io.coppice.observe;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Publisher;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Counters;
import io.coppice.port.NodeStatus;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/**
 * What the node tells of itself under {@code $SYS/broker/}, with the names and the formats of Mosquitto, so
 * that tools written for it read Coppice too. Messages are retained and of QoS 0; a topic is published again
 * only when its value has changed. Used by one thread at a time.
 */
public final class SysTopics {
    /** One topic and the value that was published last; empty before the first. */
    private static final class Topic {
        private final TopicName name;
        private final Function<NodeStatus, String> value;
        private String last = "";

        Topic(String name, Function<NodeStatus, String> value) {
            this.name = TopicName.of("$SYS/broker/" + name);
            this.value = value;
        }
    }

    /** One count and its averages over 1, 5 and 15 minutes. */
    private static final class Load {
        private final ToLongFunction<NodeStatus> count;
        private final List<LoadAverage> averages = new ArrayList<>();
        private long last;

        Load(ToLongFunction<NodeStatus> count) {
            this.count = count;
        }
    }

    private static final int[] WINDOWS_MINUTES = {1, 5, 15};

    private final NodeStatus node;
    private final List<Topic> topics = new ArrayList<>();
    private final List<Load> loads = new ArrayList<>();
    private long lastTick;
    private long now;
    private long connectionsMax;
    private long heapMax;

    /**
     * Prepares the topics; nothing is published before the first {@link #tick}.
     *
     * @param version of the broker, such as {@code 1.0.0}
     * @param heapUsed bytes of heap in use now
     */
    public SysTopics(NodeStatus node, String version, LongSupplier heapUsed) {
        this.node = node;
        this.lastTick = node.startedAt();
        topics.add(new Topic("version", status -> "coppice version " + version));
        topics.add(new Topic("uptime", status -> Math.max(0, (now - status.startedAt()) / 1000) + " seconds"));
        clients();
        messages();
        loads();
        number("heap/current", status -> {
            long used = heapUsed.getAsLong();
            heapMax = Math.max(heapMax, used);
            return used;
        });
        number("heap/maximum", status -> heapMax);
    }

    private void clients() {
        number("clients/total", SysTopics::clientsTotal);
        number("clients/connected", NodeStatus::connections);
        number("clients/active", NodeStatus::connections);
        number("clients/disconnected", status -> clientsTotal(status) - status.connections());
        number("clients/inactive", status -> clientsTotal(status) - status.connections());
        number("clients/maximum", status -> connectionsMax);
        counter("clients/expired", Counters::sessionsExpired);
        number("subscriptions/count", NodeStatus::subscriptions);
        number("shared_subscriptions/count", NodeStatus::sharedSubscriptions);
    }

    private void messages() {
        number("messages/received", Totals::packetsReceived);
        number("messages/sent", Totals::packetsSent);
        number("messages/inflight", NodeStatus::inFlightMessages);
        number("messages/stored", SysTopics::stored);
        number("store/messages/count", SysTopics::stored);
        number("store/messages/bytes", status -> status.retainedBytes() + status.queuedBytes());
        number("retained messages/count", NodeStatus::retainedMessages);
        number("publish/messages/received", Totals::messagesReceived);
        number("publish/messages/sent", Totals::messagesSent);
        number("publish/messages/dropped", Totals::messagesLost);
        counter("bytes/received", Counters::bytesReceived);
        counter("bytes/sent", Counters::bytesSent);
    }

    private void loads() {
        load("messages/received", Totals::packetsReceived);
        load("messages/sent", Totals::packetsSent);
        load("publish/received", Totals::messagesReceived);
        load("publish/sent", Totals::messagesSent);
        load("publish/dropped", Totals::messagesLost);
        load("bytes/received", status -> Totals.sum(status, Counters::bytesReceived));
        load("bytes/sent", status -> Totals.sum(status, Counters::bytesSent));
        load("sockets", status -> Totals.sum(status, Counters::connectionsOpened));
        load("connections", status -> Totals.sum(status, it -> it.packetsReceived(PacketType.CONNECT)));
    }

    private void number(String name, ToLongFunction<NodeStatus> value) {
        topics.add(new Topic(name, status -> Long.toString(value.applyAsLong(status))));
    }

    private void counter(String name, ToLongFunction<Counters> value) {
        number(name, status -> Totals.sum(status, value));
    }

    private void load(String name, ToLongFunction<NodeStatus> count) {
        Load load = new Load(count);
        loads.add(load);
        for (int minutes : WINDOWS_MINUTES) {
            LoadAverage average = new LoadAverage(minutes);
            load.averages.add(average);
            topics.add(new Topic("load/" + name + "/" + minutes + "min", status -> average.toString()));
        }
    }

    /** A client may be connected without a session for the time of its admission, hence the larger of both. */
    private static long clientsTotal(NodeStatus node) {
        return Math.max(node.sessions(), node.connections());
    }

    private static long stored(NodeStatus node) {
        return node.retainedMessages() + node.queuedMessages() + node.inFlightMessages();
    }

    /**
     * Publishes what has changed since the last tick.
     *
     * @param now milliseconds since the epoch; a tick that is not later than the one before leaves the averages alone
     */
    public void tick(long now) {
        this.now = now;
        connectionsMax = Math.max(connectionsMax, node.connections());
        if (now > lastTick) {
            double seconds = (now - lastTick) / 1000.0;
            for (Load load : loads) {
                long count = load.count.applyAsLong(node);
                for (LoadAverage average : load.averages) {
                    average.tick(count - load.last, seconds);
                }
                load.last = count;
            }
            lastTick = now;
        }
        for (Topic topic : topics) {
            String value = topic.value.apply(node);
            if (!value.equals(topic.last)) {
                topic.last = value;
                node.publish(retained(topic.name, value));
            }
        }
    }

    private static Message retained(TopicName topic, String value) {
        return new Message(
                topic,
                value.getBytes(StandardCharsets.UTF_8),
                Qos.AT_MOST_ONCE,
                true,
                Properties.NONE,
                Message.NEVER,
                Publisher.THIS_NODE);
    }
}
