package io.coppice.access;

import io.coppice.mqtt.Publisher;
import io.coppice.port.Figure;
import io.coppice.port.Gatekeeper.Identity;
import io.coppice.port.Permissions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Says what clients may do; asked on several loops. */
interface Authorizer {
    /** What a client may do from now on; asked on the loop of its connection. */
    Permissions permissions(Identity who);

    /** As {@link io.coppice.port.Gatekeeper#permissionsOf}. */
    default @Nullable Permissions permissionsOf(Publisher publisher) {
        return null;
    }

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
