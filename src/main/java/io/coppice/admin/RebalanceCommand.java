package io.coppice.admin;

import io.coppice.shell.Version;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What can be typed after {@code admin rebalance}. */
@Command(
        name = "rebalance",
        description = "Sends clients of nodes that have more than others elsewhere.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class RebalanceCommand extends NodeCommand.Group {
    private static final String PATH = "/rebalance";

    private static final Report.Columns PLAN = new Report.Columns(List.of("NODE", ">CLIENTS", ">TO GO"), node ->
            new Object[] {node.getString("node"), node.getLong("connections"), node.getLong("wanted")});

    private static final Report.Columns PROGRESS =
            new Report.Columns(List.of("NODE", "STATE", ">CLIENTS", ">TO GO", ">TOLD TO"), node -> new Object[] {
                node.getString("node"),
                node.getBoolean("running") ? "at it" : "idle",
                node.getLong("connections"),
                node.getLong("wanted"),
                node.getLong("moved")
            });

    RebalanceCommand(Means means) {
        super(means, "admin rebalance start, stop or status");
    }

    @Command(
            name = "start",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description =
                    "Begins, for the clients that are there, those whose sessions outlive their connections first. Where "
                            + "they go is the affair of the load balancer, or of mqtt.server-reference.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int start(
            @Mixin Asked asked,
            @Option(names = "--rate", paramLabel = "CLIENTS", description = "Of each node, a second; 50.") @Nullable
                    Integer rate,
            @Option(
                            names = "--tolerance",
                            paramLabel = "PERCENT",
                            description = "Leave alone who is not further above the average; 5.")
                    @Nullable
                    Integer tolerance,
            @Option(names = "--dry-run", description = "Only say what would be done.") boolean dry) {
        return answered(asked, (api, report) -> {
            JsonObject body = new JsonObject().put("dryRun", dry);
            if (rate != null) {
                body.put("rate", rate);
            }
            if (tolerance != null) {
                body.put("tolerancePercent", tolerance);
            }
            return report.list(items(api.send(PATH, "POST", body)), PLAN);
        });
    }

    @Command(
            name = "stop",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = "Sends no further clients away.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int stop(@Mixin Asked asked) {
        return answered(asked, (api, report) -> report.list(items(api.delete(PATH)), PROGRESS));
    }

    @Command(
            name = "status",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = "Says how far the nodes are.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int status(@Mixin Asked asked) {
        return answered(asked, (api, report) -> report.list(items(api.get(PATH)), PROGRESS));
    }

    private static JsonArray items(JsonObject answer) {
        return answer.getJsonArray("items");
    }
}
