package io.coppice.observe;

import io.coppice.port.NodeStatus;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.function.Supplier;

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
                : new Check("accepts-clients", false, "starting, draining or without a majority of the cluster");
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
