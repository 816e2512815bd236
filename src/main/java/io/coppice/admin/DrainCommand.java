package io.coppice.admin;

import io.coppice.shell.Beat;
import io.coppice.shell.Progress;
import io.coppice.shell.Version;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What can be typed after {@code admin drain}. */
@Command(
        name = "drain",
        description = "Sends the clients of a node away, and lets nobody in there until that is stopped.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class DrainCommand extends NodeCommand.Group {
    private static final Duration LOOK = Duration.ofMillis(500);

    DrainCommand(Means means) {
        super(means, "admin drain start, stop, status or watch");
    }

    @Command(
            name = "start",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = "Begins at limits.drain-rate-max. The node stays in its cluster; the others should have room "
                    + "for its clients.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int start(
            @Mixin Asked asked,
            @Parameters(paramLabel = "NODE") String node,
            @Option(names = "--watch", description = "Wait until all clients are gone.") boolean watch) {
        return answered(asked, (api, report) -> {
            JsonObject state = api.send(path(node), "POST", new JsonObject());
            if (watch) {
                return watched(api, report, node);
            }
            report.say(state, described(state));
            return report.status();
        });
    }

    @Command(
            name = "stop",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = "Lets clients in again.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int stop(@Mixin Asked asked, @Parameters(paramLabel = "NODE") String node) {
        return answered(asked, (api, report) -> {
            JsonObject state = api.delete(path(node));
            report.say(state, described(state));
            return report.status();
        });
    }

    @Command(
            name = "status",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = "Says whether a node is being drained, and how many clients it has.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int status(@Mixin Asked asked, @Parameters(paramLabel = "NODE") String node) {
        return answered(asked, (api, report) -> {
            JsonObject state = api.get(path(node));
            report.say(state, described(state));
            return report.status();
        });
    }

    @Command(
            name = "watch",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = "Waits until all clients are gone, or the drain was stopped (status 2). Ctrl-C ends the "
                    + "watching only.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int watch(@Mixin Asked asked, @Parameters(paramLabel = "NODE") String node) {
        return answered(asked, (api, report) -> watched(api, report, node));
    }

    private static String path(String node) {
        return "/nodes" + Api.step(node) + "/drain";
    }

    private static String described(JsonObject state) {
        String node = "Node " + state.getString("node");
        long left = state.getLong("connectionsLeft");
        long seconds = state.getLong("secondsLeft", 0L);
        return state.getBoolean("draining")
                ? node + " is being drained since " + state.getString("since") + "; " + left + " connections are left"
                        + (seconds == 0 ? "." : ", for about " + seconds + " s.")
                : node + " lets clients in; it has " + left + " connections.";
    }

    private int watched(Api api, Report report, String node) throws AdminPort.Failure {
        return untilStopped(beat -> until(api, report, node, beat));
    }

    private static int until(Api api, Report report, String node, Beat beat) throws AdminPort.Failure {
        JsonObject state = api.get(path(node));
        long whole = state.getLong("connectionsLeft");
        try (Progress progress =
                new Progress(report.err(), report.screen().err(), "clients", whole, System::nanoTime)) {
            while (state.getBoolean("draining") && state.getLong("connectionsLeft") > 0 && beat.goesOn(LOOK)) {
                state = api.get(path(node));
                progress.at(whole - state.getLong("connectionsLeft"));
            }
        }
        report.say(state, described(state));
        return state.getBoolean("draining") ? report.status() : AdminCommand.FAILED;
    }
}
