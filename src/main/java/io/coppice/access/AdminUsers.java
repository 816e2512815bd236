package io.coppice.access;

import io.coppice.config.ConfigException;
import io.coppice.port.AdminRole;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The users of the admin port: one a line, {@code name:role:hash}, with the hashes of a {@link PasswordFile}. Immutable. */
final class AdminUsers {
    static final String FORM = "name:role:hash";

    private record User(AdminRole role, PasswordHash hash) {}

    private final Map<String, User> users;
    private final @Nullable PasswordHash usual;

    private AdminUsers(Map<String, User> users) {
        Map<String, PasswordHash> hashes = new HashMap<>();
        users.forEach((name, user) -> hashes.put(name, user.hash));
        this.users = users;
        this.usual = PasswordFile.usual(hashes);
    }

    /**
     * What a file says.
     *
     * @param path for the faults
     * @throws ConfigException if a line is wrong or a name stands there twice
     */
    static AdminUsers parse(Path path, byte[] content) throws ConfigException {
        Map<String, User> users = new HashMap<>();
        AdminLines.read(
                path, content, FORM, (name, role, rest) -> users.put(name, new User(role, PasswordHash.parse(rest))));
        return new AdminUsers(users);
    }

    /**
     * The role of a user whose password this is; null where it is not, or there is no such user. The latter is checked against
     * the hash of somebody else, so that the time does not tell who is there.
     */
    @Nullable
    AdminRole role(String name, byte[] password) {
        User user = users.get(name);
        PasswordHash checked = user == null ? usual : user.hash;
        boolean right = checked != null && checked.matches(password);
        return right && user != null ? user.role : null;
    }

    /** The role of a user; null where there is none. */
    @Nullable
    AdminRole role(String name) {
        User user = users.get(name);
        return user == null ? null : user.role;
    }

    int size() {
        return users.size();
    }
}
