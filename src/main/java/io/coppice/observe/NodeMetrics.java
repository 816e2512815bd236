package io.coppice.observe;

import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.port.Counters;
import io.coppice.port.NodeStatus;
import io.coppice.session.DropReason;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Locale;
import java.util.function.ToLongFunction;

/** The meters with the prefix {@code mqtt_}: what a node tells of itself, under its Prometheus names. */
final class NodeMetrics {
    private final NodeStatus node;
    private final MeterRegistry registry;

    NodeMetrics(NodeStatus node, MeterRegistry registry) {
        this.node = node;
        this.registry = registry;
    }

    void register() {
        gauges();
        traffic();
        books();
        clients();
    }

    /** In these nothing may be missing: see "The books" in METRICS. */
    private void books() {
        for (Counters.Source source : Counters.Source.values()) {
            counter(
                    "mqtt.messages.due",
                    "Messages that are somebody's to get, once for each of them, by why they are",
                    Tags.of("source", source.name().toLowerCase(Locale.ROOT)),
                    counters -> counters.dueCount(source));
        }
        for (Qos qos : Qos.values()) {
            counter(
                    "mqtt.messages.delivered",
                    "Messages that their receivers have, by quality of service",
                    Tags.of("qos", Integer.toString(qos.code())),
                    counters -> counters.deliveredCount(qos));
        }
        for (DropReason reason : DropReason.values()) {
            counter(
                    "mqtt.messages.dropped",
                    "Messages that went no further, by reason",
                    Tags.of("reason", reason.label()),
                    counters -> counters.droppedCount(reason));
        }
        for (Counters.Onward to : Counters.Onward.values()) {
            counter(
                    "mqtt.messages.handed.on",
                    "Messages that are due elsewhere now, by where",
                    Tags.of("to", to.name().toLowerCase(Locale.ROOT)),
                    counters -> counters.handedOnCount(to));
        }
    }

    private void gauges() {
        gauge("mqtt.connections", "Clients connected now", NodeStatus::connections);
        gauge("mqtt.sessions", "Sessions, connected or away", NodeStatus::sessions);
        gauge("mqtt.subscriptions", "Subscriptions of all sessions, shared ones included", NodeStatus::subscriptions);
        gauge("mqtt.subscriptions.shared", "Shared subscriptions of all sessions", NodeStatus::sharedSubscriptions);
        gauge("mqtt.topics", "Different topic filters that are subscribed to", NodeStatus::topicFilters);
        gauge("mqtt.retained.messages", "Retained messages", NodeStatus::retainedMessages);
        gauge("mqtt.retained.bytes", "Weight of the retained messages", NodeStatus::retainedBytes);
        gauge("mqtt.queued.messages", "Messages that wait in session queues", NodeStatus::queuedMessages);
        gauge("mqtt.queued.bytes", "Weight of the messages that wait in session queues", NodeStatus::queuedBytes);
        gauge(
                "mqtt.queued.memory.bytes",
                "Weight of the messages that wait in session queues and are in memory",
                NodeStatus::queuedBytesInMemory);
        gauge(
                "mqtt.queued.stored.messages",
                "Messages that wait in session queues and are in the journal, not in memory",
                NodeStatus::queuedMessagesInStore);
        gauge(
                "mqtt.inflight.messages",
                "Messages sent at QoS 1 and 2 and not yet acknowledged",
                NodeStatus::inFlightMessages);
        gauge("mqtt.authn.waiting", "Clients whose password is still to be checked", NodeStatus::loginsWaiting);
        gauge(
                "mqtt.overload.level",
                "What the node does about being overloaded: 1 lets nobody in, 2 also holds back who publishes most",
                NodeStatus::overloadLevel);
        gauge(
                "mqtt.draining",
                "Whether the node sends its clients away: 1 or 0",
                status -> status.draining().on() ? 1 : 0);
        gauge(
                "mqtt.drain.left.seconds",
                "About how long the node still takes to send its clients away; 0 while it does not",
                status -> status.draining().secondsLeft());
        gauge("mqtt.ready", "Whether new clients are welcome: 1 or 0", status -> status.ready() ? 1 : 0);
    }

    private void traffic() {
        for (PacketType type : PacketType.values()) {
            Tags label = Tags.of("type", Labels.label(type));
            if (Labels.fromClient(type)) {
                counter(
                        "mqtt.packets.received",
                        "Packets from clients, by type",
                        label,
                        counters -> counters.packetsReceived(type));
            }
            if (Labels.fromServer(type)) {
                counter(
                        "mqtt.packets.sent",
                        "Packets to clients, by type",
                        label,
                        counters -> counters.packetsSent(type));
            }
        }
        for (Qos qos : Qos.values()) {
            Tags label = Tags.of("qos", Integer.toString(qos.code()));
            counter(
                    "mqtt.messages.received",
                    "PUBLISH packets from clients, by quality of service",
                    label,
                    counters -> counters.messagesReceived(qos));
            counter(
                    "mqtt.messages.sent",
                    "PUBLISH packets to clients, by quality of service",
                    label,
                    counters -> counters.messagesSent(qos));
        }
        counter("mqtt.bytes.received", "Bytes of MQTT from clients", Tags.empty(), Counters::bytesReceived);
        counter("mqtt.bytes.sent", "Bytes of MQTT to clients", Tags.empty(), Counters::bytesSent);
    }

    private void clients() {
        counter(
                "mqtt.connections.opened",
                "Connections accepted, whatever became of them",
                Tags.empty(),
                Counters::connectionsOpened);
        counter(
                "mqtt.connections.send.timed.out",
                "Connections that ended because their clients did not read",
                Tags.empty(),
                Counters::sendsTimedOut);
        counter(
                "mqtt.publishers.held.back",
                "Times that a publisher was not read from because the node was overloaded",
                Tags.empty(),
                Counters::heldBackPublishers);
        counter(
                "mqtt.sessions.expired",
                "Sessions that ended by their Session Expiry Interval",
                Tags.empty(),
                Counters::sessionsExpired);
        for (ReasonCode reason : ReasonCode.values()) {
            if (Labels.answersConnect(reason)) {
                counter(
                        "mqtt.connack.sent",
                        "Answers to CONNECT, by reason code",
                        Tags.of("reason_code", Labels.label(reason)),
                        counters -> counters.connAcks(reason));
            }
            if (Labels.endsConnection(reason)) {
                counter(
                        "mqtt.client.disconnected",
                        "Ends of connections, by the reason either side gave",
                        Tags.of("reason", Labels.endLabel(reason)),
                        counters -> counters.disconnects(reason));
            }
        }
        counter(
                "mqtt.takeovers.refused",
                "CONNECTs that were refused because the session of their client identifier is another user's",
                Tags.empty(),
                Counters::takeoversRefused);
        logins("busy", Counters::loginsBusy);
        logins("banned", Counters::loginsBanned);
        for (Counters.Handshake result : Counters.Handshake.values()) {
            counter(
                    "mqtt.tls.handshakes",
                    "TLS handshakes that are over, by result",
                    Tags.of("result", result.name().toLowerCase(Locale.ROOT)),
                    counters -> counters.handshakes(result));
        }
        for (Counters.ProxyHeader result : Counters.ProxyHeader.values()) {
            counter(
                    "mqtt.proxy.headers",
                    "Connections that were to begin with a PROXY header, by what became of them",
                    Tags.of("result", result.name().toLowerCase(Locale.ROOT)),
                    counters -> counters.proxyHeaders(result));
        }
        counter(
                "mqtt.websocket.origins.refused",
                "WebSockets refused to pages of sites that are not allowed",
                Tags.empty(),
                Counters::originsRefused);
        for (boolean yes : new boolean[] {true, false}) {
            logins(yes ? "success" : "failure", counters -> counters.authentications(yes));
            counter(
                    "mqtt.authz",
                    "Publishes and topic filters judged, by result",
                    Tags.of("result", yes ? "allowed" : "denied"),
                    counters -> counters.authorizations(yes));
        }
    }

    private void logins(String result, ToLongFunction<Counters> value) {
        counter("mqtt.authn", "Credentials shown, by what became of them", Tags.of("result", result), value);
    }

    private void gauge(String name, String help, ToLongFunction<NodeStatus> value) {
        // A gauge by supplier is held strongly; one by object would read NaN once the object is collected.
        Gauge.builder(name, () -> value.applyAsLong(node)).description(help).register(registry);
    }

    private void counter(String name, String help, Tags labels, ToLongFunction<Counters> value) {
        // The function holds this object, so the meter's own weak reference to the node never goes stale.
        FunctionCounter.builder(name, node, ignored -> Totals.sum(node, value))
                .description(help)
                .tags(labels)
                .register(registry);
    }
}
