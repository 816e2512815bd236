package io.coppice.admin;

import io.coppice.shell.Beat;
import io.coppice.shell.Table;
import io.coppice.shell.Version;
import io.coppice.shell.Wrong;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code admin top}: what each node does a second. */
@Command(
        name = "top",
        description = "Shows what each node does a second, again and again until Ctrl-C; once where nobody sees the "
                + "output.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class TopCommand extends NodeCommand.Single {
    private static final double INTERVAL_MAX = 3_600;
    private static final double NANOS = 1e9;
    /** The cursor goes to the first place, and what is behind it is gone. */
    private static final String ANEW = "\u001b[H\u001b[J";

    @Mixin
    private Asked asked = new Asked();

    @Option(names = "--once", description = "Only once, after one interval.")
    private boolean once;

    @Option(
            names = "--interval",
            paramLabel = "SECONDS",
            defaultValue = "2",
            description = "Between two looks; default: ${DEFAULT-VALUE}.")
    private double interval = 2;

    TopCommand(Means means) {
        super(means);
    }

    /** What the nodes have counted at one moment. */
    private record Look(long nanos, Map<String, JsonObject> nodes) {}

    @Override
    public Integer call() {
        return answered(asked, (api, report) -> {
            if (!(interval > 0 && interval <= INTERVAL_MAX)) {
                throw new Wrong("--interval " + interval + " is not allowed; allowed: more than 0, up to 3600");
            }
            return untilStopped(beat -> {
                watch(api, report, beat);
                return report.status();
            });
        });
    }

    private void watch(Api api, Report report, Beat beat) throws AdminPort.Failure {
        Duration pause = Duration.ofNanos(Math.round(interval * NANOS));
        boolean live = !once && !report.json() && report.screen().out();
        Look before = look(api);
        while (beat.goesOn(pause)) {
            Look now = look(api);
            if (live) {
                // at once, so that nothing flickers
                StringWriter drawn = new StringWriter();
                draw(before, now, report, new PrintWriter(drawn, true));
                report.out().print(ANEW + drawn);
                report.out().flush();
            } else {
                draw(before, now, report, report.out());
                return;
            }
            before = now;
        }
    }

    private static Look look(Api api) throws AdminPort.Failure {
        Map<String, JsonObject> nodes = new TreeMap<>();
        for (Object each : api.get("/nodes").getJsonArray("items")) {
            JsonObject node = (JsonObject) each;
            nodes.put(node.getString("node"), node);
        }
        return new Look(System.nanoTime(), nodes);
    }

    private static void draw(Look before, Look now, Report report, PrintWriter to) {
        double seconds = (now.nanos - before.nanos) / NANOS;
        Table table = new Table(
                "NODE", "STATE", ">CLIENTS", ">SESSIONS", ">IN/S", ">OUT/S", ">DROPPED/S", ">QUEUED", ">IN FLIGHT");
        Table drops = new Table("NODE", "DROPPED BECAUSE", ">/S");
        now.nodes.forEach((name, node) -> {
            JsonObject former = former(before, node);
            boolean same = former != null;
            Map<String, Double> reasons = former == null ? Map.of() : reasons(former, node, seconds);
            String in = former == null ? "-" : rate(former, node, "messagesReceived", seconds);
            String out = former == null ? "-" : rate(former, node, "messagesSent", seconds);
            double dropped =
                    reasons.values().stream().mapToDouble(Double::doubleValue).sum();
            if (report.json()) {
                report.print(new JsonObject()
                        .put("node", name)
                        .put("seconds", seconds)
                        .put("connections", node.getLong("connections"))
                        .put("sessions", node.getLong("sessions"))
                        .put("receivedPerSecond", same ? Double.valueOf(in) : null)
                        .put("sentPerSecond", same ? Double.valueOf(out) : null)
                        .put("droppedPerSecond", same ? new JsonObject(new LinkedHashMap<>(reasons)) : null)
                        .put("queuedMessages", node.getLong("queuedMessages"))
                        .put("inFlightMessages", node.getLong("inFlightMessages")));
                return;
            }
            table.row(
                    name,
                    NodesCommand.state(node),
                    node.getLong("connections"),
                    node.getLong("sessions"),
                    in,
                    out,
                    same ? shown(dropped) : "-",
                    node.getLong("queuedMessages"),
                    node.getLong("inFlightMessages"));
            reasons.forEach((reason, rate) -> {
                if (rate > 0) {
                    drops.row(name, reason, shown(rate));
                }
            });
        });
        if (!report.json()) {
            table.print(to, report.screen().columns());
            if (!drops.isEmpty()) {
                to.println();
                drops.print(to, report.screen().columns());
            }
        }
    }

    /** The node in its present life, as it was before; null where it has begun anew. */
    private static @Nullable JsonObject former(Look before, JsonObject node) {
        JsonObject former = before.nodes.get(node.getString("node"));
        return former != null && former.getString("id").equals(node.getString("id")) ? former : null;
    }

    private static String rate(JsonObject before, JsonObject now, String name, double seconds) {
        return shown((now.getLong(name) - before.getLong(name)) / seconds);
    }

    private static String shown(double rate) {
        return String.format(Locale.ROOT, rate < 10 ? "%.1f" : "%.0f", rate);
    }

    private static Map<String, Double> reasons(JsonObject before, JsonObject now, double seconds) {
        Map<String, Double> reasons = new TreeMap<>();
        JsonObject former = before.getJsonObject("messagesDropped");
        now.getJsonObject("messagesDropped")
                .forEach(reason -> reasons.put(
                        reason.getKey(),
                        (((Number) reason.getValue()).longValue() - former.getLong(reason.getKey(), 0L)) / seconds));
        return reasons;
    }
}
