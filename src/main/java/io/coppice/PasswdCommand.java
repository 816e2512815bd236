package io.coppice;

import io.coppice.access.PasswordEdit;
import io.coppice.port.AdminRole;
import io.coppice.shell.Figures;
import io.coppice.shell.Terminal;
import io.coppice.shell.Version;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * What can be typed after {@code java -jar coppice.jar passwd}: changes of a password file. A password is never an argument,
 * which everybody on the machine could read in the list of processes.
 */
@Command(
        name = "passwd",
        description = {
            "Changes the file that security.password-file names, or with --role",
            "the one that admin.users-file names."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        footer = {
            "",
            "A node that runs takes the change over within security.reload-interval.",
            "Who is connected stays so.",
            "",
            "Exit status: 0 when it was done, 1 when something is wrong and nothing",
            "was done, 2 when the file could not be written."
        })
final class PasswdCommand extends FileCommand {
    private static final int PASSWORD_BYTES_MAX = 65_535;
    private static final int IMPORT_BYTES_MAX = 64 << 20;
    private static final String STANDARD = "-";

    private final InputStream in;
    private final @Nullable Console console;

    /** @param console where a person types; null for {@code in} */
    PasswdCommand(InputStream in, @Nullable Console console) {
        super("passwd set, delete, import or check");
        this.in = in;
        this.console = console;
    }

    private static final class Hash {
        @Option(
                names = "--hash",
                paramLabel = "KIND",
                defaultValue = "argon2id",
                description = {
                    "argon2id, bcrypt, pbkdf2 or scram; default: ${DEFAULT-VALUE}.",
                    "Clients that log in with SCRAM-SHA-256 need scram.",
                    "Mosquitto reads pbkdf2 only, up to its version 2.0."
                })
        String name = "argon2id";

        PasswordEdit.Kind kind() {
            return PasswordEdit.Kind.of(name)
                    .orElseThrow(() -> new IllegalArgumentException(
                            "--hash " + name + " is not allowed; allowed: argon2id, bcrypt, pbkdf2 or scram"));
        }
    }

    private static final class Role {
        @Option(
                names = "--role",
                paramLabel = "ROLE",
                description = {
                    "For a user of the admin port: viewer, operator or admin. One who",
                    "is there keeps the old role without it."
                })
        @Nullable
        String name;

        @Nullable
        AdminRole role() {
            String wanted = name;
            return wanted == null ? null : FileCommand.role(wanted);
        }
    }

    private static final class Source {
        @Option(
                names = "--password-from",
                paramLabel = "FILE",
                description = {
                    "Takes the password from the first line of a file, - for the",
                    "standard input; without it from whoever types."
                })
        @Nullable
        Path file;
    }

    @Command(
            name = "set",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = {"Gives a user a password, new or another one. Makes the file if", "there is none."})
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int set(
            @Parameters(paramLabel = "FILE") Path file,
            @Parameters(paramLabel = "USER") String user,
            @Mixin Hash hash,
            @Mixin Role role,
            @Mixin Source source) {
        return answered(() -> {
            PasswordEdit.Kind kind = hash.kind();
            AdminRole wanted = role.role();
            PasswordEdit edit = PasswordEdit.open(file);
            byte[] password = password(source, true);
            boolean added = edit.set(user, password, kind, wanted);
            Arrays.fill(password, (byte) 0);
            edit.save();
            out().println((added ? "Added" : "Changed") + " " + user + "; now " + Figures.of(edit.users(), "user")
                    + " in " + file + ".");
            return DONE;
        });
    }

    @Command(
            name = "delete",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            description = "Takes a user out.")
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int delete(@Parameters(paramLabel = "FILE") Path file, @Parameters(paramLabel = "USER") String user) {
        return answered(() -> {
            PasswordEdit edit = PasswordEdit.open(existing(file));
            if (!edit.delete(user)) {
                throw new IllegalArgumentException("There is no user " + user + " in " + file + ".");
            }
            edit.save();
            out().println("Deleted " + user + "; now " + Figures.of(edit.users(), "user") + " in " + file + ".");
            return DONE;
        });
    }

    @Command(
            name = "import",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = {"Gives many users their passwords: lines of the form user:password.", "All or none."})
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int load(
            @Parameters(paramLabel = "FILE") Path file,
            @Parameters(paramLabel = "FROM", description = "A file in UTF-8, - for the standard input.") Path from,
            @Mixin Hash hash,
            @Mixin Role role) {
        return answered(() -> {
            PasswordEdit.Kind kind = hash.kind();
            AdminRole wanted = role.role();
            PasswordEdit edit = PasswordEdit.open(file);
            int number = 0;
            int users = 0;
            for (String line : text(from).lines().toList()) {
                number++;
                if (line.isEmpty() || line.startsWith("#")) {
                    continue;
                }
                int colon = line.indexOf(':');
                if (colon < 0) {
                    throw new IllegalArgumentException(
                            from + ":" + number + ": there is no colon; allowed: user:password");
                }
                try {
                    byte[] password = line.substring(colon + 1).getBytes(StandardCharsets.UTF_8);
                    edit.set(line.substring(0, colon), password, kind, wanted);
                } catch (IllegalArgumentException wrong) {
                    throw new IllegalArgumentException(from + ":" + number + ": " + wrong.getMessage());
                }
                users++;
            }
            edit.save();
            out().println("Took " + Figures.of(users, "password") + "; now " + Figures.of(edit.users(), "user") + " in "
                    + file + ".");
            return DONE;
        });
    }

    @Command(
            name = "check",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false,
            description = {
                "Says whether a file is as it should be, and of a user whether a",
                "password is the right one."
            })
    @SuppressWarnings("UnusedMethod") // picocli calls it
    int check(
            @Parameters(paramLabel = "FILE") Path file,
            @Parameters(paramLabel = "USER", arity = "0..1") @Nullable String user,
            @Mixin Source source) {
        return answered(() -> {
            PasswordEdit edit = PasswordEdit.open(existing(file));
            if (user == null) {
                out().println("The file is right: " + Figures.of(edit.users(), "user") + ".");
            } else if (!edit.has(user)) {
                throw new IllegalArgumentException("There is no user " + user + " in " + file + ".");
            } else if (edit.matches(user, password(source, false))) {
                out().println("The password is right.");
            } else {
                throw new IllegalArgumentException("The password is wrong.");
            }
            return DONE;
        });
    }

    private String text(Path from) throws IOException {
        byte[] content = bytes(from, IMPORT_BYTES_MAX);
        if (content.length > IMPORT_BYTES_MAX) {
            throw new IllegalArgumentException(from + " is not allowed; allowed: up to " + IMPORT_BYTES_MAX + " bytes");
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(content))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(from + " is not UTF-8");
        }
    }

    /** At most one byte more than {@code max}. */
    private byte[] bytes(Path from, int max) throws IOException {
        if (from.toString().equals(STANDARD)) {
            return in.readNBytes(max + 1);
        }
        if (!Files.exists(from)) {
            throw new IllegalArgumentException(from + ": there is no such file");
        }
        try (InputStream content = Files.newInputStream(from)) {
            return content.readNBytes(max + 1);
        }
    }

    private byte[] password(Source source, boolean twice) throws IOException {
        Path from = source.file;
        if (from != null || console == null) {
            return firstLine(bytes(from == null ? Path.of(STANDARD) : from, PASSWORD_BYTES_MAX + 2));
        }
        byte[] typed = typed(console, "Password: ");
        if (twice && !Arrays.equals(typed, typed(console, "Again: "))) {
            throw new IllegalArgumentException("The two are not the same.");
        }
        return typed;
    }

    private static byte[] typed(Console console, String prompt) {
        byte[] typed = Terminal.secret(console, prompt);
        if (typed == null) {
            throw new IllegalArgumentException("No password was given.");
        }
        return typed;
    }

    private static byte[] firstLine(byte[] content) {
        int end = 0;
        while (end < content.length && content[end] != '\n') {
            end++;
        }
        if (end > 0 && end < content.length && content[end - 1] == '\r') {
            end--;
        }
        if (end > PASSWORD_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "the password is not allowed; allowed: up to " + PASSWORD_BYTES_MAX + " bytes");
        }
        return Arrays.copyOf(content, end);
    }
}
