package io.coppice.admin;

import io.coppice.shell.Version;
import io.coppice.shell.Wrong;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What can be typed after {@code admin ban}. */
@Command(
        name = "ban",
        description = "Refuses clients for a time.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class BanCommand extends NodeCommand.Group {
    private static final Pattern SPAN = Pattern.compile("([0-9]{1,9})([smhd])");
    private static final Map<String, Long> SECONDS = Map.of("s", 1L, "m", 60L, "h", 3_600L, "d", 86_400L);

    private static final Report.Columns COLUMNS =
            new Report.Columns(List.of("KIND", "VALUE", "UNTIL", "BY", "REASON"), ban -> new Object[] {
                ban.getString("kind"),
                ban.getString("value"),
                ban.getString("until"),
                ban.getBoolean("automatic") ? "(the node)" : Cells.of(ban, "by"),
                Cells.of(ban, "reason")
            });

    BanCommand(Means means) {
        super(means, "admin ban list, add or remove");
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = "Lists who is refused at present, by operators and by nodes themselves.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int list(@Mixin Listed listed) {
        return answered(listed.asked(), (api, report) -> report.list("/bans", listed.limit(), COLUMNS));
    }

    @Command(
            name = "add",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = "Refuses somebody for a time, and ends the connections, on all nodes.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int add(
            @Mixin Asked asked,
            @Parameters(paramLabel = "KIND", description = "client-id, user or address.") String kind,
            @Parameters(paramLabel = "VALUE", description = "Of IPv6 the network of 64 bits counts.") String value,
            @Option(
                            names = "--for",
                            paramLabel = "SPAN",
                            required = true,
                            description = "For how long, such as 30m, 12h or 7d.")
                    String span,
            @Option(names = "--reason", paramLabel = "TEXT", description = "Is listed, and told to nobody else.")
                    @Nullable
                    String reason) {
        return answered(asked, (api, report) -> {
            Matcher typed = SPAN.matcher(span);
            Long unit = typed.matches() ? SECONDS.get(typed.group(2)) : null;
            if (unit == null) {
                throw new Wrong("--for " + span + " is not allowed; allowed: such as 30m, 12h or 7d");
            }
            JsonObject body = new JsonObject()
                    .put("kind", kind)
                    .put("value", value)
                    .put("seconds", Long.parseLong(typed.group(1)) * unit)
                    .put("reason", reason == null ? "" : reason);
            JsonObject ban = api.send("/bans", "POST", body);
            report.say(
                    ban,
                    "Banned " + kind + " " + ban.getString("value") + " until " + ban.getString("until") + "; "
                            + ban.getLong("connectionsEnded") + " connections ended.");
            return report.status();
        });
    }

    @Command(
            name = "remove",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = "Ends a ban, whoever made it.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int remove(
            @Mixin Asked asked,
            @Parameters(paramLabel = "KIND", description = "client-id, user, address or user-at-address.") String kind,
            @Parameters(paramLabel = "VALUE") String value) {
        return answered(asked, (api, report) -> {
            JsonObject done = api.delete("/bans" + Api.step(kind) + Api.step(value));
            report.say(done, "Ended the ban of " + kind + " " + value + ".");
            return report.status();
        });
    }
}
