package io.coppice.admin;

import io.coppice.shell.Version;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What can be typed after {@code admin clients}. */
@Command(
        name = "clients",
        description = "Looks for clients, and does something to one.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class ClientsCommand extends NodeCommand.Group {
    private static final Report.Columns COLUMNS = new Report.Columns(
            List.of("CLIENT", "NODE", "STATE", "USER", "ADDRESS", "MQTT", ">SUBS", ">FLIGHT", ">QUEUED"),
            client -> new Object[] {
                client.getString("clientId"),
                client.getString("node"),
                client.getBoolean("connected") ? "connected" : "away",
                Cells.of(client, "user"),
                Cells.of(client, "address"),
                Cells.of(client, "protocol"),
                client.getLong("subscriptions"),
                client.getLong("inFlight"),
                client.getLong("queuedMessages")
            });

    ClientsCommand(Means means) {
        super(means, "admin clients list, show, kick, end, subscribe or unsubscribe");
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = "Lists sessions by client identifier, connected or not.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int list(
            @Mixin Listed listed,
            @Option(names = "--prefix", paramLabel = "TEXT", description = "Identifiers that begin so.") @Nullable
                    String prefix,
            @Option(names = "--contains", paramLabel = "TEXT", description = "Identifiers with this somewhere.")
                    @Nullable
                    String contains,
            @Option(names = "--of-user", paramLabel = "NAME", description = "Those of this user.") @Nullable
                    String user,
            @Option(names = "--address", paramLabel = "TEXT", description = "Whose address begins so, such as 192.0.2.")
                    @Nullable
                    String address,
            @Option(names = "--connected", negatable = true, description = "Those that are connected, or are not.")
                    @Nullable
                    Boolean connected,
            @Option(names = "--node", paramLabel = "NAME", description = "Those of this node.") @Nullable String node) {
        return answered(
                listed.asked(),
                (api, report) -> report.list(
                        Api.query(
                                "/clients",
                                "prefix",
                                prefix,
                                "contains",
                                contains,
                                "user",
                                user,
                                "address",
                                address,
                                "connected",
                                connected,
                                "node",
                                node),
                        listed.limit(),
                        COLUMNS));
    }

    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = "Shows one session, with its connection and its subscriptions.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int show(@Mixin Asked asked, @Parameters(paramLabel = "CLIENT") String clientId) {
        return answered(asked, (api, report) -> {
            JsonObject client = api.get("/clients" + Api.step(clientId));
            if (report.json()) {
                report.print(client);
                return report.status();
            }
            report.fields(
                    "client", client.getString("clientId"),
                    "node", client.getString("node"),
                    "connected", client.getBoolean("connected") ? "yes" : "no",
                    "user", client.getString("user"),
                    "address", client.getString("address"),
                    "listener", client.getString("listener"),
                    "MQTT", client.getString("protocol"),
                    "keep-alive", Cells.seconds(client, "keepAliveSeconds"),
                    "connected at", client.getString("connectedAt"),
                    "disconnected at", client.getString("disconnectedAt"),
                    "session expiry", Cells.expiry(client),
                    "in flight", client.getLong("inFlight"),
                    "queued", Cells.queued(client),
                    "will", client.getString("willTopic"),
                    "subscriptions", client.getLong("subscriptions"));
            report.out().println();
            return report.list(client.getJsonArray("subscriptionList"), SubscriptionsCommand.OF_ONE);
        });
    }

    @Command(
            name = "kick",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = "Ends a connection; the will is due, and the session goes on as it would.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int kick(
            @Mixin Asked asked,
            @Parameters(paramLabel = "CLIENT") String clientId,
            @Option(
                            names = "--reason",
                            paramLabel = "REASON",
                            description =
                                    "What a client of MQTT 5 is told: administrative-action, not-authorized, server-busy, "
                                            + "quota-exceeded, message-rate-too-high, use-another-server, server-moved or unspecified-error; "
                                            + "default: administrative-action.")
                    @Nullable
                    String reason) {
        return answered(asked, (api, report) -> {
            JsonObject done = api.delete(Api.query("/clients" + Api.step(clientId) + "/connection", "reason", reason));
            report.say(done, "Ended the connection of " + clientId + " to node " + done.getString("node") + ".");
            return report.status();
        });
    }

    @Command(
            name = "end",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = "Ends a session with all that it has waiting, and its connection.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int end(@Mixin Asked asked, @Parameters(paramLabel = "CLIENT") String clientId) {
        return answered(asked, (api, report) -> SessionsCommand.end(api, report, clientId));
    }

    @Command(
            name = "subscribe",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = "Subscribes as the client would, with the rights that it has.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int subscribe(
            @Mixin Asked asked,
            @Parameters(paramLabel = "CLIENT") String clientId,
            @Parameters(paramLabel = "FILTER", arity = "1..100") List<String> filters,
            @Option(
                            names = "--qos",
                            paramLabel = "QOS",
                            defaultValue = "0",
                            description = "0, 1 or 2; default: ${DEFAULT-VALUE}.")
                    int qos,
            @Option(names = "--no-local", description = "Without what the client publishes itself.") boolean noLocal,
            @Option(names = "--retain-as-published", description = "Leave the retain flag as it was published.")
                    boolean retainAsPublished,
            @Option(
                            names = "--retain-handling",
                            paramLabel = "NUMBER",
                            defaultValue = "0",
                            description =
                                    "0 sends what is retained, 1 if the subscription is new, 2 does not; default: ${DEFAULT-VALUE}.")
                    int retainHandling,
            @Option(names = "--identifier", paramLabel = "NUMBER", description = "Subscription Identifier.") @Nullable
                    Integer identifier) {
        return answered(asked, (api, report) -> {
            JsonArray wanted = new JsonArray();
            filters.forEach(filter -> wanted.add(new JsonObject()
                    .put("filter", filter)
                    .put("qos", qos)
                    .put("noLocal", noLocal)
                    .put("retainAsPublished", retainAsPublished)
                    .put("retainHandling", retainHandling)));
            JsonObject body = new JsonObject().put("subscriptions", wanted);
            if (identifier != null) {
                body.put("identifier", identifier);
            }
            JsonObject done = api.send("/clients" + Api.step(clientId) + "/subscriptions", "POST", body);
            if (report.json()) {
                report.print(done);
            }
            List<String> refused = new ArrayList<>();
            for (Object each : done.getJsonArray("results")) {
                JsonObject result = (JsonObject) each;
                boolean granted = result.getBoolean("granted");
                if (!report.json()) {
                    report.say(
                            result,
                            (granted ? "Subscribed " + clientId + " to " : "Refused ") + result.getString("filter")
                                    + ": " + result.getString("reason") + ".");
                }
                if (!granted) {
                    refused.add(result.getString("filter"));
                }
            }
            int status = report.status();
            return refused.isEmpty() ? status : AdminCommand.REFUSED;
        });
    }

    @Command(
            name = "unsubscribe",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = "Ends a subscription as the client would.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int unsubscribe(
            @Mixin Asked asked,
            @Parameters(paramLabel = "CLIENT") String clientId,
            @Parameters(paramLabel = "FILTER") String filter) {
        return answered(asked, (api, report) -> {
            JsonObject done =
                    api.delete(Api.query("/clients" + Api.step(clientId) + "/subscriptions", "filter", filter));
            report.say(done, "Unsubscribed " + clientId + " from " + filter + ".");
            return report.status();
        });
    }
}
