package io.coppice.broker;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/** Whose the sessions on this node are, as far as their clients have connected here; asked on all loops. */
final class Owners {
    private record Owner(String user, SessionSlot slot) {
        boolean is(SessionSlot other) {
            return slot.equals(other);
        }
    }

    private final ConcurrentMap<String, Owner> owners = new ConcurrentHashMap<>();

    /** The user's client has the session in this slot; a session without user is nobody's. */
    void note(SessionSlot slot, @Nullable String user) {
        if (user == null) {
            forget(slot);
        } else {
            owners.put(slot.clientId(), new Owner(user, slot));
        }
    }

    /** The session is in this slot no more. */
    void forget(SessionSlot slot) {
        owners.computeIfPresent(slot.clientId(), (id, owner) -> owner.is(slot) ? null : owner);
    }

    /** Whether a session of this client identifier is another user's. */
    boolean isOfAnother(String clientId, @Nullable String user) {
        Owner owner = owners.get(clientId);
        return owner != null && !owner.user().equals(user);
    }
}
