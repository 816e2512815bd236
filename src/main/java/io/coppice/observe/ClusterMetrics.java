package io.coppice.observe;

import io.coppice.port.ClusterFaults;
import io.coppice.port.ClusterStatus;
import io.coppice.port.Counters;
import io.coppice.port.NodeStatus;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/** The meters of a node among others. One that is alone has them too, as a cluster of one, so that an alert need not know. */
final class ClusterMetrics {
    private final NodeStatus node;
    private final ClusterStatus cluster;
    private final ClusterFaults faults;
    private final MeterRegistry registry;

    ClusterMetrics(NodeStatus node, ClusterFaults faults, MeterRegistry registry) {
        this.node = node;
        this.cluster = node.cluster();
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
        gauge("mqtt.cluster.members", "Nodes in sight, this one included", Tags.empty(), ClusterStatus::members);
        gauge(
                "mqtt.cluster.expected.members",
                "Nodes there are meant to be",
                Tags.empty(),
                ClusterStatus::expectedSize);
        gauge(
                "mqtt.cluster.in.quorum",
                "Whether more than half of the nodes are in sight: 1 or 0",
                Tags.empty(),
                status -> status.inQuorum() ? 1 : 0);
        if (cluster.expectedSize() > 1) { // whoever is alone needs no lease
            gauge(
                    "mqtt.cluster.lease.remaining.seconds",
                    "For how long the node may still answer publishes if it hears from nobody",
                    Tags.empty(),
                    status -> status.leaseRemaining() / 1e3);
        }
    }

    private void agreement() {
        gauge(
                "mqtt.route.divergence",
                "Other nodes whose routes here are not known to be theirs",
                Tags.empty(),
                ClusterStatus::routeDivergence);
        String routes =
                "Topic filters wanted by sessions of this node as told to others, and of other nodes as known here";
        gauge("mqtt.routes", routes, Tags.of("of", "self"), ClusterStatus::routesAnnounced);
        gauge("mqtt.routes", routes, Tags.of("of", "others"), ClusterStatus::routesKnown);
        gauge(
                "mqtt.retained.divergence",
                "Other nodes whose retained messages are known not to be the same as here",
                Tags.empty(),
                ClusterStatus::retainedDivergence);
        counter(
                "mqtt.routes.repaired",
                "Routes of other nodes that differed and were put right",
                ClusterStatus::routesRepaired);
        counter(
                "mqtt.retained.repaired",
                "Retained messages that were out of date and were put right",
                ClusterStatus::retainedRepaired);
        String waits = "Waits of subscriptions that were given up, by what they waited for";
        counter("mqtt.cluster.waits.late", waits, Tags.of("for", "routes"), ClusterStatus::routeWaitsLate);
        counter("mqtt.cluster.waits.late", waits, Tags.of("for", "retained"), ClusterStatus::retainedWaitsLate);
    }

    private void sessions() {
        String moving = "Sessions on their way between nodes now, by direction";
        gauge("mqtt.cluster.sessions.moving", moving, Tags.of("direction", "in"), ClusterStatus::sessionsArriving);
        gauge("mqtt.cluster.sessions.moving", moving, Tags.of("direction", "out"), ClusterStatus::sessionsDeparting);
        gauge(
                "mqtt.cluster.sessions.adopting",
                "Sessions of nodes that are gone that this one has still to take over",
                Tags.empty(),
                ClusterStatus::sessionsAdopting);
        total(
                "mqtt.cluster.sessions.adopted",
                "Sessions taken from the store because their node was gone",
                Counters::sessionsAdopted);
        total(
                "mqtt.cluster.sessions.fetched",
                "Sessions that came from another node with their client",
                Counters::sessionsFetched);
        total(
                "mqtt.publishes.unsafe",
                "Publishes that were not answered as taken because nobody could say that they are safe",
                Counters::unsafePublishes);
    }

    private void way() {
        gauge(
                "mqtt.cluster.backlog.messages",
                "Messages to other nodes that are not confirmed, of any kind",
                Tags.empty(),
                ClusterStatus::backlogMessages);
        gauge(
                "mqtt.cluster.backlog.bytes",
                "Weight of clients' messages to other nodes that are not confirmed",
                Tags.empty(),
                ClusterStatus::backlogBytes);
        total(
                "mqtt.cluster.forwarded.messages",
                "Clients' messages handed to another node, once for each node",
                Counters::forwardedMessages);
        total("mqtt.cluster.batches.sent", "Batches that left for other nodes", Counters::batchesSent);
        total(
                "mqtt.cluster.batches.resent",
                "Batches that left once more, not confirmed in time",
                Counters::batchesResent);
        String dropped = "Parcels between nodes that were dropped, by reason; what was in them is sent again";
        fault("mqtt.cluster.parcels.dropped", dropped, Tags.of("reason", "unsent"), ClusterFaults::droppedParcels);
        fault("mqtt.cluster.parcels.dropped", dropped, Tags.of("reason", "damaged"), ClusterFaults::damagedParcels);
        FunctionCounter.builder(
                        "mqtt.cluster.parcels.dropped", node, ignored -> Totals.sum(node, Counters::unknownParcels))
                .description(dropped)
                .tags(Tags.of("reason", "unknown_node"))
                .register(registry);
    }

    private void shared() {
        fault(
                "mqtt.cluster.calls.repeated",
                "Calls to what nodes share that were made again because their outcome was not known",
                Tags.empty(),
                ClusterFaults::repeats);
        fault(
                "mqtt.cluster.calls.failed",
                "Calls to what nodes share that were given up",
                Tags.empty(),
                ClusterFaults::failures);
        String refused = "Records and values that copies refused, by reason";
        fault("mqtt.cluster.copies.refused", refused, Tags.of("reason", "gap"), ClusterFaults::gaps);
        fault("mqtt.cluster.copies.refused", refused, Tags.of("reason", "damaged"), ClusterFaults::damaged);
    }

    // The functions hold this object, so no meter's own weak reference goes stale.

    private void gauge(String name, String help, Tags labels, ToDoubleFunction<ClusterStatus> value) {
        Gauge.builder(name, () -> value.applyAsDouble(cluster))
                .description(help)
                .tags(labels)
                .register(registry);
    }

    private void counter(String name, String help, ToDoubleFunction<ClusterStatus> value) {
        counter(name, help, Tags.empty(), value);
    }

    private void counter(String name, String help, Tags labels, ToDoubleFunction<ClusterStatus> value) {
        FunctionCounter.builder(name, cluster, ignored -> value.applyAsDouble(cluster))
                .description(help)
                .tags(labels)
                .register(registry);
    }

    private void total(String name, String help, ToLongFunction<Counters> value) {
        FunctionCounter.builder(name, node, ignored -> Totals.sum(node, value))
                .description(help)
                .register(registry);
    }

    private void fault(String name, String help, Tags labels, ToDoubleFunction<ClusterFaults> value) {
        FunctionCounter.builder(name, faults, ignored -> value.applyAsDouble(faults))
                .description(help)
                .tags(labels)
                .register(registry);
    }
}
