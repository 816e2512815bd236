package io.coppice.admin;

import io.coppice.shell.Version;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What can be typed after {@code admin sessions}. */
@Command(
        name = "sessions",
        description = "Shows what a session has waiting.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class SessionsCommand extends NodeCommand.Group {
    private static final Report.Columns WAITING = new Report.Columns(
            List.of("WHERE", "TOPIC", ">QOS", ">BYTES", "PUBLISHER", "PAYLOAD"), message -> new Object[] {
                message.getString("where"),
                message.getString("topic"),
                message.getLong("qos"),
                message.getLong("payloadBytes"),
                Cells.of(message, "publisher"),
                Cells.payload(message)
            });

    SessionsCommand(Means means) {
        super(means, "admin sessions queue or admin sessions end");
    }

    @Command(
            name = "queue",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description =
                    "Shows the first messages in flight, and the first that wait. Of a deep queue only the head is "
                            + "in memory, and only that is told.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int queue(
            @Mixin Asked asked,
            @Parameters(paramLabel = "CLIENT") String clientId,
            @Option(
                            names = "--head",
                            paramLabel = "NUMBER",
                            description = "Messages of each kind, up to 100; default: 20.")
                    @Nullable
                    Integer head) {
        return answered(asked, (api, report) -> {
            JsonObject queue = api.get(Api.query("/clients" + Api.step(clientId) + "/queue", "limit", head));
            if (report.json()) {
                report.print(queue);
                return report.status();
            }
            report.fields(
                    "client", queue.getString("clientId"),
                    "node", queue.getString("node"),
                    "in flight", queue.getLong("inFlight"),
                    "queued", Cells.queued(queue));
            report.out().println();
            queue.getJsonArray("inFlightHead").forEach(each -> ((JsonObject) each).put("where", "in flight"));
            queue.getJsonArray("queueHead").forEach(each -> ((JsonObject) each).put("where", "queue"));
            return report.list(queue.getJsonArray("inFlightHead").addAll(queue.getJsonArray("queueHead")), WAITING);
        });
    }

    @Command(
            name = "end",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = "Ends a session with all that it has waiting: the same as admin clients end.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int end(@Mixin Asked asked, @Parameters(paramLabel = "CLIENT") String clientId) {
        return answered(asked, (api, report) -> end(api, report, clientId));
    }

    static int end(Api api, Report report, String clientId) throws AdminPort.Failure {
        JsonObject done = api.delete("/clients" + Api.step(clientId));
        report.say(done, "Ended the session of " + clientId + " on node " + done.getString("node") + ".");
        return report.status();
    }
}
