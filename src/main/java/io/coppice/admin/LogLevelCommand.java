package io.coppice.admin;

import io.coppice.shell.Version;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code admin log-level}: how much the nodes say in their logs. */
@Command(
        name = "log-level",
        description = "Says how much each subsystem logs, or changes that until the process ends.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class LogLevelCommand extends NodeCommand.Single {
    private static final Report.Columns COLUMNS = new Report.Columns(List.of("NODE", "PART", "LEVEL"), row ->
            new Object[] {row.getString("node"), row.getString("part"), row.getString("level")});

    @Mixin
    private Asked asked = new Asked();

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "PART",
            description = "Such as broker, cluster or all; without it, all are listed.")
    private @Nullable String part;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "LEVEL",
            description = "error, warn, info, debug, trace or default; without it, the one in force is said.")
    private @Nullable String level;

    @Option(names = "--node", paramLabel = "NAME", description = "Only this node; without it all of them.")
    private @Nullable String node;

    LogLevelCommand(Means means) {
        super(means);
    }

    @Override
    public Integer call() {
        return answered(asked, (api, report) -> {
            String one = part;
            JsonObject answer = one == null || level == null
                    ? api.get("/log-levels")
                    : api.send(
                            Api.query("/log-levels" + Api.step(one), "node", node),
                            "PUT",
                            new JsonObject().put("level", level));
            JsonArray rows = new JsonArray();
            for (Object each : answer.getJsonArray("items")) {
                JsonObject of = (JsonObject) each;
                for (Object levelOfPart : of.getJsonArray("levels")) {
                    JsonObject row = ((JsonObject) levelOfPart).put("node", of.getString("node"));
                    boolean wanted = (one == null || one.equals(row.getString("part")))
                            && (node == null || node.equals(row.getString("node")));
                    if (wanted) {
                        rows.add(row);
                    }
                }
            }
            return report.list(rows, COLUMNS);
        });
    }
}
