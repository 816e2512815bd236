package io.coppice.port;

import java.util.Locale;
import java.util.Optional;

/** What somebody may do by way of the admin port; each may do what those before it may. */
public enum AdminRole {
    /** Reads what is no secret. */
    VIEWER,
    /** Also acts on clients, sessions and messages. */
    OPERATOR,
    /** Also reads and replaces everything that the node keeps, and changes the node itself. */
    ADMIN;

    public boolean includes(AdminRole other) {
        return compareTo(other) >= 0;
    }

    /** As it is written in files and answers. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The role that is written so. */
    public static Optional<AdminRole> of(String word) {
        for (AdminRole role : values()) {
            if (role.word().equals(word)) {
                return Optional.of(role);
            }
        }
        return Optional.empty();
    }
}
