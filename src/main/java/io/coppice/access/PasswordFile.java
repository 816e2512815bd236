package io.coppice.access;

import io.coppice.config.ConfigException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The users of a password file: one a line, {@code user:hash}, as mosquitto_passwd writes it. Lines that are empty or begin
 * with {@code #} say nothing. Immutable.
 */
final class PasswordFile {
    /** More than 300,000 users. */
    static final int BYTES_MAX = 64 << 20;

    private final Map<String, PasswordHash> users;
    private final @Nullable PasswordHash usual;
    /** That of the user who has one and whose name comes first; whom there is not looks like this one. */
    private final @Nullable ScramSha256 model;

    private PasswordFile(Map<String, PasswordHash> users) {
        this.users = users;
        this.usual = usual(users);
        this.model = users.entrySet().stream()
                .filter(entry -> entry.getValue() instanceof ScramSha256)
                .min(Map.Entry.comparingByKey())
                .map(entry -> (ScramSha256) entry.getValue())
                .orElse(null);
    }

    /**
     * What a file says.
     *
     * @param path for the faults
     * @throws ConfigException if a line is wrong or a user stands there twice; with the first of such lines, by their numbers
     */
    static PasswordFile parse(Path path, byte[] content) throws ConfigException {
        Map<String, PasswordHash> users = new HashMap<>();
        Map<String, Integer> lineOf = new HashMap<>();
        Lines.read(path, content, (line, number) -> read(line, number, users, lineOf));
        return new PasswordFile(users);
    }

    private static void read(String line, int number, Map<String, PasswordHash> users, Map<String, Integer> lineOf) {
        int colon = line.indexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("there is no colon; allowed: user:hash");
        }
        String user = line.substring(0, colon);
        String wrong = wrongName(user);
        if (wrong != null) {
            throw new IllegalArgumentException(wrong);
        }
        Integer earlier = lineOf.putIfAbsent(user, number);
        if (earlier != null) {
            throw new IllegalArgumentException(
                    "the user stands in line " + earlier + " already; allowed: one line for each");
        }
        users.put(user, PasswordHash.parse(line.substring(colon + 1)));
    }

    /** Why nobody can have this name in a password file; null where somebody can. */
    static @Nullable String wrongName(String user) {
        boolean allowed = !user.isEmpty()
                && !user.startsWith("#")
                && user.indexOf(':') < 0
                && user.getBytes(StandardCharsets.UTF_8).length <= 65_535
                && user.codePoints().noneMatch(Character::isISOControl);
        return allowed
                ? null
                : "the user name is not allowed; allowed: 1 to 65535 bytes without colon and control characters, and not with # first";
    }

    /** The hash of the kind and cost that most users have; null where there are no users. */
    static @Nullable PasswordHash usual(Map<String, PasswordHash> users) {
        Map<String, Integer> counts = new HashMap<>();
        PasswordHash usual = null;
        int most = 0;
        for (PasswordHash hash : users.values()) {
            int count = counts.merge(hash.cost(), 1, Integer::sum);
            if (count > most) {
                most = count;
                usual = hash;
            }
        }
        return usual;
    }

    /**
     * Whether it is this user's password. One that is not there is checked against the hash of somebody else, so that the
     * time does not tell who is.
     */
    boolean matches(String user, byte[] password) {
        PasswordHash own = users.get(user);
        PasswordHash checked = own == null ? usual : own;
        boolean right = checked != null && checked.matches(password);
        return right && own != null;
    }

    boolean has(String user) {
        return users.containsKey(user);
    }

    /** Whether a user can prove to have a password without saying it. */
    boolean hasScram() {
        return model != null;
    }

    /**
     * What a user's proof is checked against. One that is not there, or whose hash is of another kind, has something that no proof
     * fits and that looks the same on every node with this file, so that nobody is told who is; null where nobody has any.
     */
    @Nullable
    ScramSha256 scram(String user) {
        return users.get(user) instanceof ScramSha256 own ? own : model == null ? null : model.forNobody(user);
    }

    /** How many users there are. */
    int size() {
        return users.size();
    }

    /** The hash that an unknown user's password is checked against. */
    @Nullable
    PasswordHash usual() {
        return usual;
    }
}
