package io.coppice.observe;

import io.coppice.port.ClusterFaults;
import io.coppice.port.ClusterStatus;
import io.coppice.port.Counters;
import io.coppice.port.Membership;
import io.coppice.port.NodeStatus;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.function.DoubleSupplier;
import java.util.function.ToLongFunction;

/** The meters of a node among others. One that is alone has them too, as a cluster of one, so that an alert need not know. */
final class ClusterMetrics {
    private final NodeStatus node;
    private final ClusterStatus cluster;
    private final Membership membership;
    private final ClusterFaults faults;
    private final MeterRegistry registry;

    ClusterMetrics(NodeStatus node, Membership membership, ClusterFaults faults, MeterRegistry registry) {
        this.node = node;
        this.cluster = node.cluster();
        this.membership = membership;
        this.faults = faults;
        this.registry = registry;
    }

    void register() {
        membership();
        agreement();
        sessions();
        way();
        shared();
    }

    private void membership() {
        gauge("mqtt.cluster.members", "Nodes in sight, this one included", Tags.empty(), cluster::members);
        gauge("mqtt.cluster.expected.members", "Nodes there are meant to be", Tags.empty(), cluster::expectedSize);
        counter(
                "mqtt.cluster.resizes",
                "Changes of the number of nodes there are meant to be, as this node has seen them",
                Tags.empty(),
                faults::resizes);
        gauge(
                "mqtt.cluster.in.quorum",
                "Whether more than half of the nodes are in sight: 1 or 0",
                Tags.empty(),
                () -> cluster.inQuorum() ? 1 : 0);
        gauge(
                "mqtt.cluster.copies.missing",
                "Whether not all copies of what the node keeps are on other nodes: 1 or 0",
                Tags.empty(),
                () -> membership.copiesMissing() ? 1 : 0);
        if (cluster.expectedSize() > 1) { // whoever is alone needs no lease
            gauge(
                    "mqtt.cluster.lease.remaining.seconds",
                    "For how long the node may still answer publishes if it hears from nobody",
                    Tags.empty(),
                    () -> cluster.leaseRemaining() / 1e3);
        }
    }

    private void agreement() {
        gauge(
                "mqtt.route.divergence",
                "Other nodes whose routes here are not known to be theirs",
                Tags.empty(),
                cluster::routeDivergence);
        String routes =
                "Topic filters wanted by sessions of this node as told to others, and of other nodes as known here";
        gauge("mqtt.routes", routes, Tags.of("of", "self"), cluster::routesAnnounced);
        gauge("mqtt.routes", routes, Tags.of("of", "others"), cluster::routesKnown);
        gauge(
                "mqtt.retained.divergence",
                "Other nodes whose retained messages are known not to be the same as here",
                Tags.empty(),
                cluster::retainedDivergence);
        counter(
                "mqtt.routes.repaired",
                "Routes of other nodes that differed and were put right",
                Tags.empty(),
                cluster::routesRepaired);
        counter(
                "mqtt.retained.repaired",
                "Retained messages that were out of date and were put right",
                Tags.empty(),
                cluster::retainedRepaired);
        String waits = "Waits of subscriptions that were given up, by what they waited for";
        counter("mqtt.cluster.waits.late", waits, Tags.of("for", "routes"), cluster::routeWaitsLate);
        counter("mqtt.cluster.waits.late", waits, Tags.of("for", "retained"), cluster::retainedWaitsLate);
    }

    private void sessions() {
        String moving = "Sessions on their way between nodes now, by direction";
        gauge("mqtt.cluster.sessions.moving", moving, Tags.of("direction", "in"), cluster::sessionsArriving);
        gauge("mqtt.cluster.sessions.moving", moving, Tags.of("direction", "out"), cluster::sessionsDeparting);
        gauge(
                "mqtt.cluster.sessions.adopting",
                "Sessions of nodes that are gone that this one has still to take over",
                Tags.empty(),
                cluster::sessionsAdopting);
        total(
                "mqtt.cluster.sessions.adopted",
                "Sessions taken from the store because their node was gone",
                Tags.empty(),
                Counters::sessionsAdopted);
        total(
                "mqtt.cluster.sessions.fetched",
                "Sessions that came from another node with their client",
                Tags.empty(),
                Counters::sessionsFetched);
        total(
                "mqtt.publishes.unsafe",
                "Publishes that were not answered as taken because nobody could say that they are safe",
                Tags.empty(),
                Counters::unsafePublishes);
    }

    private void way() {
        gauge(
                "mqtt.cluster.backlog.messages",
                "Messages to other nodes that are not confirmed, of any kind",
                Tags.empty(),
                cluster::backlogMessages);
        gauge(
                "mqtt.cluster.backlog.bytes",
                "Weight of clients' messages to other nodes that are not confirmed",
                Tags.empty(),
                cluster::backlogBytes);
        total(
                "mqtt.cluster.forwarded.messages",
                "Clients' messages handed to another node, once for each node",
                Tags.empty(),
                Counters::forwardedMessages);
        total(
                "mqtt.cluster.arrived.messages",
                "Clients' messages that came from other nodes",
                Tags.empty(),
                Counters::arrivedMessages);
        total("mqtt.cluster.batches.sent", "Batches that left for other nodes", Tags.empty(), Counters::batchesSent);
        total(
                "mqtt.cluster.batches.resent",
                "Batches that left once more, not confirmed in time",
                Tags.empty(),
                Counters::batchesResent);
        String refused = "Connections for members that were ended before a word of members was said, by reason";
        counter("mqtt.cluster.connections.refused", refused, Tags.of("reason", "stranger"), faults::strangers);
        counter("mqtt.cluster.connections.refused", refused, Tags.of("reason", "silent"), faults::silentConnections);
        counter("mqtt.cluster.connections.refused", refused, Tags.of("reason", "secret"), faults::wrongSecrets);
        String dropped = "Parcels between nodes that were dropped, by reason; what was in them is sent again";
        counter("mqtt.cluster.parcels.dropped", dropped, Tags.of("reason", "unsent"), faults::droppedParcels);
        counter("mqtt.cluster.parcels.dropped", dropped, Tags.of("reason", "damaged"), faults::damagedParcels);
        total("mqtt.cluster.parcels.dropped", dropped, Tags.of("reason", "unknown_node"), Counters::unknownParcels);
    }

    private void shared() {
        counter(
                "mqtt.cluster.calls.repeated",
                "Calls to what nodes share that were made again because their outcome was not known",
                Tags.empty(),
                faults::repeats);
        counter(
                "mqtt.cluster.calls.failed",
                "Calls to what nodes share that were given up",
                Tags.empty(),
                faults::failures);
        String refused = "Records and values that copies refused, by reason";
        counter("mqtt.cluster.copies.refused", refused, Tags.of("reason", "gap"), faults::gaps);
        counter("mqtt.cluster.copies.refused", refused, Tags.of("reason", "damaged"), faults::damaged);
    }

    // The functions hold the suppliers, so no meter's own weak reference goes stale.

    private void gauge(String name, String help, Tags labels, DoubleSupplier value) {
        Gauge.builder(name, value::getAsDouble).description(help).tags(labels).register(registry);
    }

    private void counter(String name, String help, Tags labels, DoubleSupplier value) {
        FunctionCounter.builder(name, value, ignored -> value.getAsDouble())
                .description(help)
                .tags(labels)
                .register(registry);
    }

    /** A counter that each loop has. */
    private void total(String name, String help, Tags labels, ToLongFunction<Counters> value) {
        counter(name, help, labels, () -> Totals.sum(node, value));
    }
}
