package io.coppice.admin;

import io.coppice.shell.Version;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code admin explain}: who would receive a message. */
@Command(
        name = "explain",
        description = "Says who would receive a message of a topic, on which node, and what the access rules say.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class ExplainCommand extends NodeCommand.Single {
    private static final Report.Columns COLUMNS = new Report.Columns(
            List.of("CLIENT", "NODE", "STATE", "FILTER", ">QOS", "GROUP", "VERDICT"), held -> new Object[] {
                held.getString("clientId"),
                held.getString("node"),
                held.getBoolean("connected") ? "connected" : "away",
                held.getString("filter"),
                held.getLong("qos"),
                Cells.of(held, "share"),
                held.getString("verdict")
            });

    @Mixin
    private Listed listed = new Listed();

    @Parameters(paramLabel = "TOPIC")
    private String topic = "";

    @Option(
            names = "--publisher",
            paramLabel = "CLIENT",
            description = "Who would publish it; then it is said whether it may.")
    private @Nullable String publisher;

    ExplainCommand(Means means) {
        super(means);
    }

    @Override
    public Integer call() {
        return answered(listed.asked(), (api, report) -> {
            String path = Api.query("/explain", "topic", topic, "client", publisher);
            if (report.json()) {
                JsonObject head = api.get(path + "&limit=1");
                head.remove("items");
                head.remove("nextCursor");
                report.print(head);
            } else {
                heading(api.get(path + "&limit=1"), report);
            }
            return report.list(path, listed.limit(), COLUMNS);
        });
    }

    private static void heading(JsonObject answer, Report report) {
        JsonObject who = answer.getJsonObject("publisher");
        if (who != null) {
            if (!who.getBoolean("known")) {
                report.say(answer, "No node knows " + who.getString("clientId") + ", and with it its rights.");
            }
            for (Object each : who.getJsonArray("rights")) {
                JsonObject right = (JsonObject) each;
                report.say(
                        answer,
                        who.getString("clientId") + (right.getBoolean("mayPublish") ? " may" : " may not")
                                + " publish it at QoS " + right.getLong("qos")
                                + (right.getBoolean("mayPublish") && !right.getBoolean("mayRetain")
                                        ? ", but not retain it."
                                        : "."));
            }
        }
        report.say(
                answer,
                answer.getBoolean("isRetained")
                        ? "A message is retained for the topic."
                        : "Nothing is retained for the topic.");
        for (Object each : answer.getJsonArray("forwards")) {
            JsonObject way = (JsonObject) each;
            String group = way.getString("share");
            report.say(
                    answer,
                    "It would go to node " + way.getString("node") + " at QoS " + way.getLong("qos")
                            + (group == null ? "." : ", for one of group " + group + "."));
        }
    }
}
