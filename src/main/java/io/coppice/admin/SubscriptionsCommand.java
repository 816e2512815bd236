package io.coppice.admin;

import io.coppice.shell.Version;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code admin subscriptions}: who subscribes to what. */
@Command(
        name = "subscriptions",
        description = "Lists subscriptions by client identifier.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class SubscriptionsCommand extends NodeCommand.Single {
    static final Report.Columns OF_ONE = new Report.Columns(List.of("FILTER", ">QOS", "GROUP", "OPTIONS"), held ->
            new Object[] {held.getString("filter"), held.getLong("qos"), Cells.of(held, "share"), Cells.options(held)});

    private static final Report.Columns COLUMNS = new Report.Columns(
            List.of("CLIENT", "NODE", "STATE", "FILTER", ">QOS", "GROUP", "MAY READ"), held -> new Object[] {
                held.getString("clientId"),
                held.getString("node"),
                held.getBoolean("connected") ? "connected" : "away",
                held.getString("filter"),
                held.getLong("qos"),
                Cells.of(held, "share"),
                Cells.of(held, "mayReceive")
            });

    @Mixin
    private Listed listed = new Listed();

    @Option(names = "--filter", paramLabel = "FILTER", description = "With exactly this filter, $$share/ and all.")
    private @Nullable String filter;

    @Option(names = "--topic", paramLabel = "TOPIC", description = "Whose filters match this topic.")
    private @Nullable String topic;

    @Option(names = "--client", paramLabel = "CLIENT", description = "Those of this client.")
    private @Nullable String client;

    @Option(names = "--node", paramLabel = "NAME", description = "Those on this node.")
    private @Nullable String node;

    SubscriptionsCommand(Means means) {
        super(means);
    }

    @Override
    public Integer call() {
        return answered(
                listed.asked(),
                (api, report) -> report.list(
                        Api.query("/subscriptions", "filter", filter, "topic", topic, "clientId", client, "node", node),
                        listed.limit(),
                        COLUMNS));
    }
}
