package io.coppice.admin;

import io.coppice.shell.Version;
import io.vertx.core.json.JsonObject;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code admin topics}: what is subscribed to. */
@Command(
        name = "topics",
        description = "Lists topic filters that are subscribed to, those with most subscriptions first.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class TopicsCommand extends NodeCommand.Single {
    private static final int LOOKED_AT_MAX = 1_000_000;

    private static final Report.Columns COLUMNS =
            new Report.Columns(List.of("FILTER", ">SUBSCRIPTIONS", ">CONNECTED"), row ->
                    new Object[] {row.getString("filter"), row.getLong("subscriptions"), row.getLong("connected")});

    @Mixin
    private Listed listed = new Listed();

    @Option(names = "--topic", paramLabel = "TOPIC", description = "Those that match this topic.")
    private @Nullable String topic;

    TopicsCommand(Means means) {
        super(means);
    }

    /** Counted here, of all subscriptions: no node has the sum for others. */
    @Override
    public Integer call() {
        return answered(listed.asked(), (api, report) -> {
            Map<String, JsonObject> filters = new TreeMap<>();
            boolean more = api.pages(Api.query("/subscriptions", "topic", topic), LOOKED_AT_MAX, held -> {
                JsonObject row = Objects.requireNonNull(filters.computeIfAbsent(
                        held.getString("filter"),
                        filter -> new JsonObject()
                                .put("filter", filter)
                                .put("subscriptions", 0L)
                                .put("connected", 0L)));
                row.put("subscriptions", row.getLong("subscriptions") + 1);
                row.put("connected", row.getLong("connected") + (held.getBoolean("connected") ? 1 : 0));
            });
            long limit = listed.limit();
            List<JsonObject> most = filters.values().stream()
                    .sorted(Comparator.comparing(
                            (JsonObject row) -> row.getLong("subscriptions"), Comparator.reverseOrder()))
                    .limit(limit)
                    .toList();
            if (more) {
                report.err().println("Of the first " + LOOKED_AT_MAX + " subscriptions only.");
            } else if (filters.size() > limit) {
                report.err().println("There are " + filters.size() + "; --limit takes more than " + limit + ".");
            }
            return report.list(most, COLUMNS);
        });
    }
}
