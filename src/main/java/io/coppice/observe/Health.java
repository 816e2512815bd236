package io.coppice.observe;

import io.coppice.port.ClusterSnapshot.Obstacle;
import io.coppice.port.Membership;
import io.coppice.port.NodeStatus;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the probes of an orchestrator ask. Start-up and liveness are about the process alone: whoever answers
 * is up, and a node must not be killed for the state of its peers. Readiness is whether new clients are
 * welcome, and asks every check anew each time.
 */
public final class Health {
    /**
     * The answer to one question.
     *
     * @param name what was asked, in kebab-case
     * @param detail what is missing, in words; empty when nothing is. What is up all the same is degraded: worth a look, and
     *     no reason to send clients elsewhere
     */
    public record Check(String name, boolean up, String detail) {
        JsonObject toJson() {
            String status = !up ? "DOWN" : detail.isEmpty() ? "UP" : "DEGRADED";
            JsonObject json = new JsonObject().put("name", name).put("status", status);
            return detail.isEmpty() ? json : json.put("detail", detail);
        }
    }

    /** What a probe gets to read. */
    record Report(boolean up, JsonObject json) {}

    private static final Check PROCESS = new Check("process", true, "");

    private final List<Supplier<Check>> readiness;

    /** @param readiness asked from any thread; must not block. One that throws counts as down. */
    public Health(List<Supplier<Check>> readiness) {
        this.readiness = List.copyOf(readiness);
    }

    /** Whether the node takes new clients; what every node asks. */
    public static Supplier<Check> acceptsClients(NodeStatus node) {
        return () -> node.ready()
                ? new Check("accepts-clients", true, "")
                : new Check("accepts-clients", false, why(node.cluster().obstacles()));
    }

    private static String why(Set<Obstacle> obstacles) {
        String reasons = obstacles.stream().sorted().map(Health::words).collect(Collectors.joining("; "));
        return reasons.isEmpty() ? "it is about to" : reasons;
    }

    private static String words(Obstacle obstacle) {
        return switch (obstacle) {
            case STARTING -> "the node is starting";
            case DRAINING -> "the node is shutting down";
            case DRAINED -> "the node is being drained by an operator";
            case OVERLOADED -> "the node has more to do, or to keep in its heap, than it can";
            case NO_QUORUM -> "not more than half of the expected nodes are in sight";
            case ROUTES_INCOMPLETE -> "not all other nodes have told all their subscriptions";
            case RETAINED_INCOMPLETE -> "not all retained messages have been read";
        };
    }

    /**
     * What of a node has a say in whether it takes clients, each part by itself.
     *
     * @param node null while there is none
     */
    public static List<Supplier<Check>> parts(Supplier<@Nullable NodeStatus> node) {
        return List.of(
                part("start", node, Obstacle.STARTING),
                part("drain", node, Obstacle.DRAINING, Obstacle.DRAINED),
                part("overload", node, Obstacle.OVERLOADED),
                part("quorum", node, Obstacle.NO_QUORUM),
                part("routes", node, Obstacle.ROUTES_INCOMPLETE),
                part("retained-messages", node, Obstacle.RETAINED_INCOMPLETE));
    }

    private static Supplier<Check> part(String name, Supplier<@Nullable NodeStatus> node, Obstacle... own) {
        return () -> {
            NodeStatus present = node.get();
            if (present == null) {
                return new Check(name, false, words(Obstacle.STARTING));
            }
            Set<Obstacle> obstacles = EnumSet.noneOf(Obstacle.class);
            obstacles.addAll(present.cluster().obstacles());
            obstacles.retainAll(Set.of(own));
            return new Check(name, obstacles.isEmpty(), obstacles.isEmpty() ? "" : why(obstacles));
        };
    }

    /**
     * Whether what the node keeps has its copies on others. While it has not, clients are served all the same: a node must not be
     * left by them because another one was lost.
     *
     * @param cluster null before there is one
     */
    public static Supplier<Check> copies(Supplier<@Nullable Membership> cluster) {
        return () -> {
            Membership present = cluster.get();
            boolean missing = present != null && present.copiesMissing();
            return new Check("copies", true, missing ? "not all copies of what the node keeps are on other nodes" : "");
        };
    }

    Report live() {
        return report(List.of(PROCESS));
    }

    Report ready() {
        return report(readiness.stream().map(Health::ask).toList());
    }

    private static Check ask(Supplier<Check> question) {
        try {
            return question.get();
        } catch (RuntimeException failure) {
            return new Check("failed-check", false, failure.toString());
        }
    }

    private static Report report(List<Check> checks) {
        boolean up = checks.stream().allMatch(Check::up);
        JsonArray list = new JsonArray();
        checks.forEach(check -> list.add(check.toJson()));
        return new Report(up, new JsonObject().put("status", up ? "UP" : "DOWN").put("checks", list));
    }
}
