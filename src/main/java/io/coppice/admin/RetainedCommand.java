package io.coppice.admin;

import io.coppice.shell.Progress;
import io.coppice.shell.Version;
import io.coppice.shell.Wrong;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What can be typed after {@code admin retained}. */
@Command(
        name = "retained",
        description = "Looks for retained messages, and clears them.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class RetainedCommand extends NodeCommand.Group {
    /** Topics that one request finds or clears: the node looks at all that match each time. */
    private static final int PURGE_MAX = 10_000;

    private static final Report.Columns COLUMNS =
            new Report.Columns(List.of("TOPIC", ">BYTES", ">QOS", "PUBLISHER", "EXPIRES AT"), message -> new Object[] {
                message.getString("topic"),
                message.getLong("payloadBytes"),
                message.getLong("qos"),
                Cells.of(message, "publisher"),
                Cells.of(message, "expiresAt")
            });

    RetainedCommand(Means means) {
        super(means, "admin retained list, get, clear or purge");
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = "Lists retained messages by topic.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int list(
            @Mixin Listed listed,
            @Option(names = "--prefix", paramLabel = "TEXT", description = "With which the topic begins.") @Nullable
                    String prefix,
            @Option(names = "--filter", paramLabel = "FILTER", description = "That matches the topic.") @Nullable
                    String filter) {
        return answered(
                listed.asked(),
                (api, report) -> report.list(
                        Api.query("/retained", "prefix", prefix, "filter", filter), listed.limit(), COLUMNS));
    }

    @Command(
            name = "get",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = "Shows what is retained for a topic, payload and all.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int get(@Mixin Asked asked, @Parameters(paramLabel = "TOPIC") String topic) {
        return answered(asked, (api, report) -> {
            JsonObject message = api.get("/retained" + Api.step(topic));
            if (report.json()) {
                report.print(message);
                return report.status();
            }
            JsonObject properties = message.getJsonObject("properties", new JsonObject());
            report.fields(
                    "topic", message.getString("topic"),
                    "QoS", message.getLong("qos"),
                    "publisher", Cells.of(message, "publisher"),
                    "bytes", message.getLong("payloadBytes"),
                    "expires at", message.getString("expiresAt"),
                    "properties", properties.isEmpty() ? null : properties.encode(),
                    "payload", message.getString("payload"),
                    "as base64", message.getString("payloadBase64"));
            return report.status();
        });
    }

    @Command(
            name = "clear",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = "Clears what is retained for a topic, on all nodes.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int clear(@Mixin Asked asked, @Parameters(paramLabel = "TOPIC") String topic) {
        return answered(asked, (api, report) -> {
            JsonObject purged = api.delete("/retained" + Api.step(topic));
            report.say(purged, "Cleared " + topic + ".");
            return purged.getInteger("failed") == 0 ? report.status() : AdminCommand.FAILED;
        });
    }

    @Command(
            name = "purge",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = "Clears what is retained for all topics that a filter matches, on all nodes.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int purge(
            @Mixin Asked asked,
            @Parameters(paramLabel = "FILTER") String filter,
            @Option(names = "--dry-run", description = "Only say what would be cleared.") boolean dryRun,
            @Option(
                            names = "--limit",
                            paramLabel = "NUMBER",
                            defaultValue = "1000000",
                            description = "Topics at most; default: ${DEFAULT-VALUE}.")
                    long limit) {
        return answered(asked, (api, report) -> {
            if (limit < 1) {
                throw new Wrong("--limit " + limit + " is not allowed; allowed: 1 and more");
            }
            return dryRun ? found(api, report, filter, limit) : purge(api, report, filter, limit);
        });
    }

    private static int found(Api api, Report report, String filter, long limit) throws AdminPort.Failure {
        JsonObject found = api.delete(
                Api.query("/retained", "filter", filter, "dryRun", true, "limit", Math.min(limit, PURGE_MAX)));
        if (!report.json()) {
            found.getJsonArray("topics").forEach(topic -> report.say(found, topic.toString()));
        }
        long matching = found.getLong("matching");
        long whole = Math.min(limit, matching);
        report.say(
                found,
                "Would clear " + whole + " topics"
                        + (found.getLong("count") < whole ? ", of which these are the first" : "")
                        + (whole < matching ? "; there are " + (matching - whole) + " more." : "."));
        return report.status();
    }

    private static int purge(Api api, Report report, String filter, long limit) throws AdminPort.Failure {
        JsonObject found = api.delete(Api.query("/retained", "filter", filter, "dryRun", true, "limit", 1));
        long whole = Math.min(limit, found.getLong("matching"));
        long cleared = 0;
        long failed = 0;
        boolean more = true;
        try (Progress progress = new Progress(report.err(), report.screen().err(), "topics", whole, System::nanoTime)) {
            while (more && failed == 0 && cleared < limit) {
                JsonObject purged = api.delete(
                        Api.query("/retained", "filter", filter, "limit", Math.min(limit - cleared, PURGE_MAX)));
                failed = purged.getLong("failed");
                cleared += purged.getLong("count");
                more = purged.getBoolean("more");
                progress.at(cleared);
            }
        }
        JsonObject sum = new JsonObject()
                .put("dryRun", false)
                .put("count", cleared)
                .put("failed", failed)
                .put("more", more);
        report.say(
                sum,
                "Cleared " + cleared + " topics" + (more ? "; there are more." : ".")
                        + (failed > 0 ? " Could not be cleared everywhere: " + failed + "." : ""));
        int status = report.status();
        return failed == 0 ? status : AdminCommand.FAILED;
    }
}
