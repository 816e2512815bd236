package io.coppice.admin;

import io.coppice.shell.Version;
import io.coppice.shell.Wrong;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code admin where}: where a message went, over all nodes, as far as traces have noted it. */
@Command(
        name = "where",
        description =
                "Says what became of a message, over all nodes, as far as traces have noted it: of the latest of a topic, "
                        + "of those about a time, or of one by the name that a trace has given it.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class WhereCommand extends NodeCommand.Single {
    /** As many events as the API tells at once. */
    private static final long EVENTS_MAX = 1_000;

    @Mixin
    private Listed listed = new Listed();

    @Parameters(paramLabel = "TOPIC", arity = "0..1", description = "To which it was published.")
    private @Nullable String topic;

    @Option(names = "--publisher", paramLabel = "CLIENT", description = "Who published it.")
    private @Nullable String publisher;

    @Option(
            names = "--time",
            paramLabel = "TIME",
            description = "When, about, such as 2026-01-31T03:00:00Z; default: the latest.")
    private @Nullable String time;

    @Option(names = "--within", paramLabel = "SECONDS", description = "Before and after that time; default: 10.")
    private @Nullable Integer within;

    @Option(names = "--message", paramLabel = "NAME", description = "The name of one message, as events bear it.")
    private @Nullable String message;

    WhereCommand(Means means) {
        super(means);
    }

    @Override
    public Integer call() {
        return answered(listed.asked(), (api, report) -> {
            if ((topic == null) == (message == null)) {
                throw new Wrong("Say which message; allowed: one of TOPIC and --message");
            }
            long limit = Math.min(listed.limit(), EVENTS_MAX);
            JsonObject answer = api.get(Api.query(
                    "/messages",
                    "topic",
                    topic,
                    "publisher",
                    publisher,
                    "time",
                    time,
                    "within",
                    within,
                    "message",
                    message,
                    "limit",
                    limit));
            JsonArray events = answer.getJsonArray("items");
            events.forEach(event -> TraceCommand.show((JsonObject) event, report));
            if (events.isEmpty()) {
                report.err()
                        .println("No trace has noted such a message. Begin one (admin trace, in another terminal), and "
                                + "publish again.");
            } else if (answer.getBoolean("more")) {
                report.err()
                        .println(
                                limit < EVENTS_MAX
                                        ? "There are more; --limit takes up to " + EVENTS_MAX + "."
                                        : "There are more than are told at once; give --publisher, --time or --message.");
            }
            return report.status();
        });
    }
}
