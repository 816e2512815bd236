package io.coppice.admin;

import io.coppice.shell.Version;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code admin cluster}: what a node knows of its cluster. */
@Command(
        name = "cluster",
        description = "Shows what the node that is asked knows of its cluster.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class ClusterCommand extends NodeCommand.Single {
    private static final Report.Columns MEMBERS =
            new Report.Columns(List.of("NODE", "STATE", "ADDRESS", "LIFE"), member -> new Object[] {
                member.getString("name") + (Boolean.TRUE.equals(member.getBoolean("self")) ? " (asked)" : ""),
                member.getString("state"),
                Cells.of(member, "address"),
                member.getString("life")
            });

    @Mixin
    private Asked asked = new Asked();

    ClusterCommand(Means means) {
        super(means);
    }

    /** Why it does not serve; null where it does. */
    private static @Nullable String why(JsonObject cluster) {
        List<String> reasons = cluster.getJsonArray("notServingBecause").stream()
                .map(Object::toString)
                .toList();
        return reasons.isEmpty() ? null : String.join(", ", reasons);
    }

    /** How far the sessions of nodes that are gone are; null where none are taken over. */
    private static @Nullable String takeover(JsonObject cluster) {
        JsonObject adoption = cluster.getJsonObject("adoption");
        return adoption.getBoolean("inProgress")
                ? adoption.getLong("sessionsLeft") + " sessions of nodes that are gone are left"
                : null;
    }

    @Override
    public Integer call() {
        return answered(asked, (api, report) -> {
            JsonObject cluster = api.get("/cluster");
            if (report.json()) {
                report.print(cluster);
                return report.status();
            }
            report.fields(
                    "asked", cluster.getJsonObject("node").getString("name"),
                    "cluster", cluster.getString("cluster"),
                    "mode", cluster.getString("mode"),
                    "serving", cluster.getBoolean("serving") ? "yes" : "no",
                    "because", why(cluster),
                    "majority", cluster.getBoolean("inQuorum") ? "yes" : "no",
                    "nodes expected", cluster.getLong("expectedSize"),
                    "takes over", takeover(cluster));
            report.out().println();
            return report.list(cluster.getJsonArray("members"), MEMBERS);
        });
    }
}
