package io.coppice.access;

import io.coppice.port.Figure;
import io.coppice.port.Gatekeeper.Identity;
import io.coppice.port.Permissions;
import java.util.List;

/** Says what clients may do; asked on several loops. */
interface Authorizer {
    /** What a client may do from now on; asked on the loop of its connection. */
    Permissions permissions(Identity who);

    /**
     * Looks whether the rules have changed; never on a loop.
     *
     * @return whether clients may have other rights than before
     */
    default boolean refresh() {
        return false;
    }

    /** What it tells of its work; always the same list. */
    default List<Figure> figures() {
        return List.of();
    }
}
