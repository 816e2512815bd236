package io.coppice.observe;

import io.coppice.port.ClusterSnapshot;
import io.coppice.port.ClusterSnapshot.State;
import io.coppice.port.Membership;
import io.coppice.port.NodeId;
import io.coppice.port.RouteSummary;
import io.coppice.port.WireVersions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** A snapshot of a cluster as JSON; its names are described in METRICS.md. What is not known is null. */
final class ClusterJson {
    private final ClusterSnapshot snapshot;
    private final Membership membership;
    private final Map<NodeId, String> addresses;
    private final Map<NodeId, WireVersions> wires;
    private final boolean alone;

    ClusterJson(ClusterSnapshot snapshot, Membership membership) {
        this.snapshot = snapshot;
        this.membership = membership;
        this.addresses = membership.addresses();
        this.wires = membership.wireVersions();
        this.alone = snapshot.expectedSize() == 1;
    }

    JsonObject whole() {
        ClusterSnapshot.FirstLoop first = snapshot.firstLoop();
        JsonArray obstacles = new JsonArray();
        snapshot.obstacles().stream().sorted().forEach(each -> obstacles.add(text(each)));
        return new JsonObject()
                .put("node", id(snapshot.self()))
                .put("cluster", alone ? null : membership.clusterName())
                .put("mode", membership.mode())
                .put("wireVersion", alone ? null : membership.wireVersion())
                .put("time", time(snapshot.at()))
                .put("expectedSize", snapshot.expectedSize())
                .put("size", ClusterSizeApi.of(membership.size()))
                .put("inQuorum", snapshot.inQuorum())
                .put("mayAct", snapshot.leaseRemaining() > 0)
                .put("leaseRemainingMillis", alone ? null : snapshot.leaseRemaining())
                .put("copiesMissing", membership.copiesMissing())
                .put("serving", snapshot.obstacles().isEmpty())
                .put("notServingBecause", obstacles)
                .put("loopsNotAnswering", new JsonArray(snapshot.silentLoops()))
                .put("members", members(first))
                .put("routes", first == null ? null : routes(first.routes()).put("waits", first.routeWaits()))
                .put("retained", retained())
                .put("adoption", adoption(first))
                .put(
                        "moves",
                        new JsonObject()
                                .put("arriving", sum(ClusterSnapshot.Part::arriving))
                                .put("departing", sum(ClusterSnapshot.Part::departing)));
    }

    private int sum(ToIntFunction<ClusterSnapshot.Part> what) {
        return snapshot.parts().stream().mapToInt(what).sum();
    }

    private static String text(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String time(long millis) {
        return Instant.ofEpochMilli(millis).toString();
    }

    private static JsonObject id(NodeId node) {
        return new JsonObject()
                .put("id", node.toString())
                .put("name", node.name())
                .put("life", Long.toHexString(node.life()));
    }

    private static JsonObject routes(RouteSummary summary) {
        return new JsonObject()
                .put("version", summary.version())
                .put("digest", String.format(Locale.ROOT, "%016x", summary.digest()))
                .put("count", summary.count());
    }

    private @Nullable JsonObject published(NodeId node) {
        RouteSummary summary = snapshot.published().get(node);
        return summary == null ? null : routes(summary).put("time", time(summary.at()));
    }

    private JsonObject retained() {
        ClusterSnapshot.Retained retained = snapshot.retained();
        return new JsonObject()
                .put("messages", retained.messages())
                .put("bytes", retained.bytes())
                .put("divergentNodes", retained.divergentNodes());
    }

    private JsonObject adoption(ClusterSnapshot.@Nullable FirstLoop first) {
        JsonArray of = new JsonArray();
        if (first != null) {
            first.peers().stream()
                    .filter(peer -> peer.state() != State.PRESENT)
                    .forEach(peer -> of.add(peer.id().toString()));
        }
        return new JsonObject()
                .put("inProgress", snapshot.adopting())
                .put("of", first == null ? null : of)
                .put("round", first == null ? null : first.adoptionRound())
                .put("sessionsLeft", sum(ClusterSnapshot.Part::adopting));
    }

    // --- members

    private JsonArray members(ClusterSnapshot.@Nullable FirstLoop first) {
        JsonArray members = new JsonArray();
        members.add(member(snapshot.self()).put("self", true).put("state", text(State.PRESENT)));
        if (first != null) {
            first.peers().forEach(peer -> members.add(peer(peer)));
            return members;
        }
        for (NodeId node : snapshot.members()) {
            if (!node.equals(snapshot.self())) {
                members.add(withLanes(member(node).put("self", false).put("state", text(State.PRESENT)), node));
            }
        }
        return members;
    }

    private JsonObject member(NodeId node) {
        return id(node).put("address", addresses.get(node))
                .put("wire", wire(node))
                .put("published", published(node));
    }

    private @Nullable JsonObject wire(NodeId node) {
        WireVersions wire = wires.get(node);
        return wire == null
                ? null
                : new JsonObject()
                        .put("oldest", wire.oldest())
                        .put("spoken", wire.spoken())
                        .put("newest", wire.newest());
    }

    private JsonObject peer(ClusterSnapshot.Peer peer) {
        boolean told = peer.routes().version() >= 0;
        JsonObject json = member(peer.id())
                .put("self", false)
                .put("state", text(peer.state()))
                .put("since", time(peer.since()))
                .put("heardMillisAgo", peer.heardAgo() < 0 ? null : peer.heardAgo())
                .put("routes", told ? routes(peer.routes()) : null)
                .put("inStep", peer.inStep())
                .put("hasOwnRoutesUpTo", peer.made() < 0 ? null : peer.made());
        return withLanes(json, peer.id());
    }

    private JsonObject withLanes(JsonObject json, NodeId to) {
        JsonArray lanes = new JsonArray();
        snapshot.parts().stream()
                .flatMap(part -> part.lanes().stream())
                .filter(lane -> lane.to().equals(to))
                .sorted(Comparator.comparingInt(ClusterSnapshot.Lane::fromLoop)
                        .thenComparingInt(ClusterSnapshot.Lane::toLoop))
                .forEach(lane -> lanes.add(new JsonObject()
                        .put("fromLoop", lane.fromLoop())
                        .put("toLoop", lane.toLoop())
                        .put("unconfirmedMessages", lane.messages())
                        .put("unconfirmedBytes", lane.bytes())
                        .put("oldestMillis", lane.oldestAge() < 0 ? null : lane.oldestAge())
                        .put("unansweredMessages", lane.unanswered())));
        return json.put("lanes", lanes);
    }
}
