package io.coppice.admin;

import io.coppice.shell.Version;
import io.vertx.core.json.JsonObject;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code admin nodes}: who is there. */
@Command(
        name = "nodes",
        description = "Lists the nodes in sight, with what each holds.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class NodesCommand extends NodeCommand.Single {
    private static final Report.Columns COLUMNS = new Report.Columns(
            List.of("NODE", "STATE", "RELEASE", ">CLIENTS", ">SESSIONS", ">SUBS", ">RETAINED", ">QUEUED", "SINCE"),
            node -> new Object[] {
                node.getString("node") + (node.getBoolean("self") ? " (asked)" : ""),
                state(node),
                node.getString("release"),
                node.getLong("connections"),
                node.getLong("sessions"),
                node.getLong("subscriptions"),
                node.getLong("retainedMessages"),
                node.getLong("queuedMessages"),
                node.getString("startedAt")
            });

    @Mixin
    private Asked asked = new Asked();

    NodesCommand(Means means) {
        super(means);
    }

    static String state(JsonObject node) {
        if (node.getBoolean("draining")) {
            return "draining";
        }
        if (node.getString("storeRefusal") != null) {
            return "stores nothing";
        }
        return node.getBoolean("ready") ? "ready" : "not ready";
    }

    @Override
    public Integer call() {
        return answered(asked, (api, report) -> report.list(api.get("/nodes").getJsonArray("items"), COLUMNS));
    }
}
