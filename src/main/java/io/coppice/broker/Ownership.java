package io.coppice.broker;

import io.coppice.port.Gatekeeper;
import org.jspecify.annotations.Nullable;

/** To whom sessions belong. */
public enum Ownership {
    /** To the user who made it: nobody else may have it. */
    USER,
    /** To the user who came last: everybody may have it. */
    LAST_USER,
    /** To nobody, since nobody is asked who is a user: names prove nothing. Whatever it was before, it is nobody's then. */
    NOBODY;

    /** The user whose a session is from now on; null for nobody. */
    @Nullable
    String owner(Gatekeeper.Identity who) {
        return this == NOBODY ? null : who.userName();
    }

    /** Whether a session may be had by others than its user. */
    boolean isForAnyone() {
        return this != USER;
    }
}
