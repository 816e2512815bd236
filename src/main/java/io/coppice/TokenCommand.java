package io.coppice;

import io.coppice.access.TokenEdit;
import io.coppice.port.AdminRole;
import io.coppice.shell.Version;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What can be typed after {@code java -jar coppice.jar token}: changes of a file of bearer tokens. */
@Command(
        name = "token",
        description = "Changes the file that admin.tokens-file names.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        footer = {
            "",
            "A node that runs takes the change over within security.reload-interval.",
            "",
            "Exit status: 0 when it was done, 1 when something is wrong and nothing",
            "was done, 2 when the file could not be written."
        })
final class TokenCommand extends FileCommand {
    private static final Pattern SPAN = Pattern.compile("([0-9]{1,5})([hd])");
    private static final String NEVER = "never";

    TokenCommand() {
        super("token create, revoke or list");
    }

    @Command(
            name = "create",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = {
                "Makes a token and prints it. The file has its hash only: it is shown",
                "this once. Makes the file if there is none."
            })
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int create(
            @Parameters(paramLabel = "FILE") Path file,
            @Parameters(paramLabel = "NAME", description = "Whose it is; stands in the audit.") String name,
            @Option(names = "--role", required = true, paramLabel = "ROLE", description = "viewer, operator or admin.")
                    String role,
            @Option(
                            names = "--expires",
                            paramLabel = "SPAN",
                            defaultValue = "90d",
                            description =
                                    "For how long it is good, such as 12h or 365d, or never; default: ${DEFAULT-VALUE}.")
                    String expires) {
        return answered(() -> {
            AdminRole wanted = role(role);
            Instant until = until(expires);
            TokenEdit edit = TokenEdit.open(file);
            String token = edit.create(name, wanted, until);
            edit.save();
            out().println(token);
            err().println("The token of " + name + ", " + wanted.word() + ", is good "
                    + (until == null ? "without end" : "until " + until) + ". It is shown this once.");
            return DONE;
        });
    }

    @Command(
            name = "revoke",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            description = "Takes a token out.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int revoke(@Parameters(paramLabel = "FILE") Path file, @Parameters(paramLabel = "NAME") String name) {
        return answered(() -> {
            TokenEdit edit = TokenEdit.open(existing(file));
            if (!edit.revoke(name)) {
                throw new IllegalArgumentException("There is no token of " + name + " in " + file + ".");
            }
            edit.save();
            out().println("Revoked the token of " + name + ".");
            return DONE;
        });
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            description = "Says whose tokens there are, with which role, and until when.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int list(@Parameters(paramLabel = "FILE") Path file) {
        return answered(() -> {
            TokenEdit.open(existing(file))
                    .entries()
                    .forEach(token -> out().println(token.name() + " " + token.role() + " " + token.until()));
            return DONE;
        });
    }

    private static @Nullable Instant until(String expires) {
        if (expires.equals(NEVER)) {
            return null;
        }
        Matcher span = SPAN.matcher(expires);
        if (!span.matches() || Integer.parseInt(span.group(1)) == 0) {
            throw new IllegalArgumentException(
                    "--expires " + expires + " is not allowed; allowed: such as 12h or 365d, or never");
        }
        ChronoUnit unit = span.group(2).equals("h") ? ChronoUnit.HOURS : ChronoUnit.DAYS;
        return Instant.now().plus(Long.parseLong(span.group(1)), unit).truncatedTo(ChronoUnit.SECONDS);
    }
}
