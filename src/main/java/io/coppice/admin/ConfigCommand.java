package io.coppice.admin;

import io.coppice.shell.Version;
import io.coppice.shell.Wrong;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What can be typed after {@code admin config}. */
@Command(
        name = "config",
        description = "Shows the configuration in force, and changes what may change without a restart.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class ConfigCommand extends NodeCommand.Group {
    private static final Report.Columns COLUMNS =
            new Report.Columns(List.of("KEY", "VALUE", "SOURCE", "LIVE"), setting -> new Object[] {
                setting.getString("key"),
                Cells.of(setting, "value"),
                setting.getString("source"),
                Boolean.TRUE.equals(setting.getBoolean("live")) ? "yes" : ""
            });

    ConfigCommand(Means means) {
        super(means, "admin config show, set or reset");
    }

    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = "Lists keys with their values and where these come from.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int show(
            @Mixin Asked asked,
            @Parameters(
                            paramLabel = "TEXT",
                            arity = "0..1",
                            description = "Only keys that have this somewhere, such as limits.")
                    @Nullable
                    String part,
            @Option(names = "--changed", description = "Only what is not at its default.") boolean changed,
            @Option(names = "--live", description = "Only what may change without a restart.") boolean live,
            @Option(
                            names = "--node",
                            paramLabel = "NAME",
                            description = "That of this node; without it of the one that is asked.")
                    @Nullable
                    String node) {
        return answered(
                asked,
                (api, report) -> report.list(
                        api.get(Api.query("/config", "node", node)).getJsonArray("settings").stream()
                                .map(JsonObject.class::cast)
                                .filter(setting -> part == null
                                        || setting.getString("key").contains(part.toLowerCase(Locale.ROOT)))
                                .filter(setting ->
                                        !changed || !setting.getString("source").equals("default"))
                                .filter(setting -> !live || Boolean.TRUE.equals(setting.getBoolean("live")))
                                .toList(),
                        COLUMNS));
    }

    @Command(
            name = "set",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description =
                    "Changes keys on all nodes: all of them, or none where something is wrong. \"admin config show "
                            + "--live\" lists those that may change.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int set(
            @Mixin Asked asked,
            @Parameters(
                            paramLabel = "KEY VALUE",
                            arity = "2..200",
                            description = "Such as limits.publish-rate-max 100.")
                    List<String> pairs) {
        return answered(asked, (api, report) -> {
            if (pairs.size() % 2 != 0) {
                throw new Wrong("There is a key without a value; allowed: KEY VALUE, as often as wanted");
            }
            JsonObject body = new JsonObject();
            for (int i = 0; i < pairs.size(); i += 2) {
                body.put(pairs.get(i), pairs.get(i + 1));
            }
            return changed(api, report, body, "Changed ");
        });
    }

    @Command(
            name = "reset",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description =
                    "Takes back on all nodes what was set, so that file, environment and command line hold again.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int reset(@Mixin Asked asked, @Parameters(paramLabel = "KEY", arity = "1..100") List<String> keys) {
        return answered(asked, (api, report) -> {
            JsonObject body = new JsonObject();
            keys.forEach(body::putNull);
            return changed(api, report, body, "Took back ");
        });
    }

    private static int changed(Api api, Report report, JsonObject body, String what) throws AdminPort.Failure {
        JsonObject done = api.send("/config", "PATCH", body);
        String nodes = String.join(
                ", ", done.getJsonArray("nodes").stream().map(Object::toString).toList());
        report.say(done, what + String.join(", ", body.fieldNames()) + " on " + nodes + ".");
        return report.status();
    }
}
