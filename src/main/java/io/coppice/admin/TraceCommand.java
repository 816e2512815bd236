package io.coppice.admin;

import io.coppice.shell.Beat;
import io.coppice.shell.Plain;
import io.coppice.shell.Version;
import io.coppice.shell.Wrong;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code admin trace}: what becomes of the packets and messages of a client, a topic or an address, as it happens. */
@Command(
        name = "trace",
        description = "Shows what becomes of the packets and messages of one client, topic or address on all nodes, "
                + "until its time is over or Ctrl-C; it is deleted then.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class TraceCommand extends NodeCommand.Single {
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final int PAGE = 1_000;
    /** What stands in a line of its own order. */
    private static final List<String> FIRST = List.of("time", "node", "event", "client", "topic");

    @Mixin
    private Asked asked = new Asked();

    @Option(names = "--client", paramLabel = "CLIENT", description = "What this client sends and is sent.")
    private @Nullable String client;

    @Option(names = "--topic", paramLabel = "FILTER", description = "Messages of topics that match.")
    private @Nullable String topic;

    @Option(names = "--address", paramLabel = "CIDR", description = "Clients from there, such as 192.0.2.0/24.")
    private @Nullable String address;

    @Option(names = "--seconds", paramLabel = "NUMBER", description = "For how long; default: 60.")
    private @Nullable Integer seconds;

    @Option(names = "--sample", paramLabel = "NUMBER", description = "One of so many messages; default: all.")
    private @Nullable Integer sample;

    @Option(
            names = "--events",
            paramLabel = "NUMBER",
            description = "Most that each node keeps until they are fetched.")
    private @Nullable Integer events;

    TraceCommand(Means means) {
        super(means);
    }

    @Override
    public Integer call() {
        return answered(asked, (api, report) -> {
            if (Stream.of(client != null, topic != null, address != null)
                            .filter(given -> given)
                            .count()
                    != 1) {
                throw new Wrong("Say what to trace; allowed: one of --client, --topic and --address");
            }
            JsonObject body = new JsonObject();
            put(body, "client", client);
            put(body, "topic", topic);
            put(body, "address", address);
            put(body, "seconds", seconds);
            put(body, "sample", sample);
            put(body, "events", events);
            String path = "/traces" + Api.step(api.send("/traces", "POST", body).getString("id"));
            return untilStopped(beat -> {
                try {
                    follow(api, report, path, beat);
                    return report.status();
                } finally {
                    delete(api, report, path);
                }
            });
        });
    }

    private static void put(JsonObject to, String name, @Nullable Object value) {
        if (value != null) {
            to.put(name, value);
        }
    }

    /** Until it is over: then it is not there any more, or has no more to come. */
    private static void follow(Api api, Report report, String path, Beat beat) throws AdminPort.Failure {
        String cursor = null;
        boolean last = false;
        while (!last) {
            // what has happened until the end is shown as well
            last = beat.isStopped();
            JsonObject page = api.getIfThere(Api.query(path + "/events", "cursor", cursor, "limit", PAGE));
            if (page == null) {
                return;
            }
            JsonArray items = page.getJsonArray("items");
            items.forEach(item -> show((JsonObject) item, report));
            report.out().flush();
            cursor = page.getString("nextCursor");
            if (cursor == null) {
                return;
            }
            if (items.size() < PAGE && !last) {
                beat.goesOn(LOOK);
            }
        }
    }

    /** An event on a line: when, where, what, who and which topic first, and then whatever else is known. */
    static void show(JsonObject event, Report report) {
        if (report.json()) {
            report.print(event);
            return;
        }
        StringBuilder line = new StringBuilder();
        for (String name : FIRST) {
            Object value = event.getValue(name);
            if (value != null) {
                line.append(line.isEmpty() ? "" : "  ").append(Plain.text(value.toString()));
            }
        }
        event.forEach(field -> {
            if (!FIRST.contains(field.getKey()) && field.getValue() != null) {
                line.append("  ").append(field.getKey()).append('=');
                line.append(Plain.text(field.getValue().toString()));
            }
        });
        report.out().println(line);
    }

    private static void delete(Api api, Report report, String path) {
        try {
            api.delete(path);
        } catch (AdminPort.Failure failure) {
            if (failure.status() != AdminCommand.REFUSED) { // it may be over by itself
                report.err().println("The trace could not be deleted; it ends by itself. " + failure.getMessage());
            }
        }
    }
}
