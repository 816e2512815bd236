package io.coppice.access;

import io.coppice.config.ConfigException;
import io.coppice.file.WholeFile;
import io.coppice.port.AdminRole;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A file of passwords that is being changed: of clients, or with roles of the admin port. Lines of other users, and those that say nothing, stay as they are. */
public final class PasswordEdit {
    /** How a new hash is made. */
    public enum Kind {
        /** With the least memory and passes that OWASP recommends: 19 MiB, twice. */
        ARGON2ID("argon2id"),
        BCRYPT("bcrypt"),
        /** Mosquitto reads it too. */
        PBKDF2("pbkdf2"),
        /** With it a client can prove that it has the password, and need not say it. */
        SCRAM("scram");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        /** The kind of which this is the name, in lower case. */
        public static Optional<Kind> of(String word) {
            return Arrays.stream(values())
                    .filter(kind -> kind.word.equals(word))
                    .findFirst();
        }
    }

    private static final Pattern WITH_ROLE = Pattern.compile("[^:#][^:]*:(viewer|operator|admin):.*");

    private static final int SALT_BYTES = 16;
    /** Mosquitto 2.0 takes no other length. */
    private static final int PBKDF2_SALT_BYTES = 12;

    private static final Argon2id.Cost ARGON2_COST = new Argon2id.Cost(19_456, 2, 1);
    private static final int BCRYPT_COST = 10;
    /** As long as one of the others takes. OWASP recommends twice as many, for pages where people log in now and then. */
    private static final int PBKDF2_ITERATIONS = 100_000;
    /** The client computes them at each login, and may be small. */
    private static final int SCRAM_ITERATIONS = 20_000;

    private final SecureRandom random = new SecureRandom();
    private final Path path;
    private final List<String> lines;
    /** Whether each user has a role; null while there are no users. */
    private @Nullable Boolean roles;

    private PasswordEdit(Path path, List<String> lines, @Nullable Boolean roles) {
        this.path = path;
        this.lines = lines;
        this.roles = roles;
    }

    /**
     * What a file says; nothing where there is none.
     *
     * @throws ConfigException if it is there and not as it should be
     */
    public static PasswordEdit open(Path path) throws ConfigException {
        try {
            Path real = Files.exists(path) ? path.toRealPath() : path; // a link stays one
            byte[] content = WatchedFile.read(real, PasswordFile.BYTES_MAX);
            List<String> lines = new ArrayList<>(Lines.of(path, content));
            Boolean roles =
                    lines.stream().anyMatch(line -> WITH_ROLE.matcher(line).matches());
            int users = roles
                    ? AdminUsers.parse(path, content).size()
                    : PasswordFile.parse(path, content).size();
            return new PasswordEdit(real, lines, users == 0 ? null : roles);
        } catch (NoSuchFileException missing) {
            return new PasswordEdit(path, new ArrayList<>(), null);
        } catch (IOException e) {
            throw new ConfigException(List.of(WatchedFile.unreadable(path, e)));
        }
    }

    /** Users that are there. */
    public int users() {
        return (int) lines.stream().filter(line -> userOf(line) != null).count();
    }

    public boolean has(String user) {
        return indexOf(user) >= 0;
    }

    /** Whether it is this user's password. */
    public boolean matches(String user, byte[] password) {
        int at = indexOf(user);
        return at >= 0
                && PasswordHash.parse(lines.get(at).substring(lines.get(at).lastIndexOf(':') + 1))
                        .matches(password);
    }

    /**
     * Gives a user a password.
     *
     * @param role of the admin port; null for a client, or for one who has a role already and keeps it
     * @return whether the user is new
     * @throws IllegalArgumentException if the name, the password or the role is not allowed, with what is
     */
    public boolean set(String user, byte[] password, Kind kind, @Nullable AdminRole role) {
        String wrong = PasswordFile.wrongName(user);
        if (wrong != null) {
            throw new IllegalArgumentException(wrong);
        }
        if (password.length == 0) {
            throw new IllegalArgumentException("an empty password is not allowed");
        }
        int at = indexOf(user);
        String line = user + ":" + role(at, role) + hash(password, kind).text();
        roles = role != null || Boolean.TRUE.equals(roles);
        if (at < 0) {
            lines.add(line);
        } else {
            lines.set(at, line);
        }
        return at < 0;
    }

    /** @param at line of the user, -1 for a new one */
    private String role(int at, @Nullable AdminRole role) {
        if (role != null && Boolean.FALSE.equals(roles)) {
            throw new IllegalArgumentException("the users of this file have no roles, since they are clients; allowed: "
                    + "another file for admin.users-file");
        }
        if (role != null) {
            return role.word() + ":";
        }
        if (!Boolean.TRUE.equals(roles)) {
            return "";
        }
        if (at < 0) {
            throw new IllegalArgumentException(
                    "the users of this file have roles; allowed: --role viewer, operator or admin");
        }
        return lines.get(at).split(":", 3)[1] + ":";
    }

    private PasswordHash hash(byte[] password, Kind kind) {
        byte[] salt = new byte[kind == Kind.PBKDF2 ? PBKDF2_SALT_BYTES : SALT_BYTES];
        random.nextBytes(salt);
        return switch (kind) {
            case ARGON2ID -> Argon2id.of(password, salt, ARGON2_COST);
            case PBKDF2 -> Pbkdf2Sha512.of(password, salt, PBKDF2_ITERATIONS);
            case SCRAM -> ScramSha256.of(password, salt, SCRAM_ITERATIONS);
            case BCRYPT -> {
                if (password.length > Bcrypt.PASSWORD_BYTES_MAX) {
                    throw new IllegalArgumentException("of a password bcrypt takes " + Bcrypt.PASSWORD_BYTES_MAX
                            + " bytes; allowed: a shorter one, or another hash");
                }
                yield Bcrypt.of(password, salt, BCRYPT_COST);
            }
        };
    }

    /** @return whether the user was there */
    public boolean delete(String user) {
        int at = indexOf(user);
        if (at >= 0) {
            lines.remove(at);
        }
        return at >= 0;
    }

    private int indexOf(String user) {
        for (int at = 0; at < lines.size(); at++) {
            if (user.equals(userOf(lines.get(at)))) {
                return at;
            }
        }
        return -1;
    }

    private static @Nullable String userOf(String line) {
        return line.startsWith("#") || line.indexOf(':') < 0 ? null : line.substring(0, line.indexOf(':'));
    }

    /**
     * Puts the new file in the place of the old one, see {@link WholeFile}; its owner, group and mode stay.
     *
     * @throws IOException if that cannot be; then the old one is as it was
     */
    public void save() throws IOException {
        WholeFile.rewrite(path, lines);
    }
}
