package io.coppice.broker;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is followed of one client: all that it does, by the traces that are about it, and the answers to messages that are
 * followed. On its loop.
 */
final class ClientTrace {
    /** Messages that are remembered in either direction until they are answered. */
    private static final int REMEMBERED_MAX = 1_000;

    /** Empty while it is not known. */
    String clientId;
    /** Without port; empty while the client is away. */
    final String address;

    FollowedTrace[] following;
    private final Map<Integer, Followed> incoming = new HashMap<>();
    private final Map<Integer, Followed> outgoing = new HashMap<>();

    ClientTrace(String clientId, String address, FollowedTrace[] following) {
        this.clientId = clientId;
        this.address = address;
        this.following = following;
    }

    boolean isFollowedBy(FollowedTrace trace) {
        for (FollowedTrace each : following) {
            if (each == trace) {
                return true;
            }
        }
        return false;
    }

    /** Whether nothing is left to be followed. */
    boolean isIdle() {
        return following.length == 0 && incoming.isEmpty() && outgoing.isEmpty();
    }

    /** @param packetId 0 for none */
    void remember(boolean fromClient, int packetId, Followed message) {
        Map<Integer, Followed> messages = fromClient ? incoming : outgoing;
        if (packetId > 0 && messages.size() < REMEMBERED_MAX) {
            messages.put(packetId, message);
        }
    }

    /** @param last whether no further answer comes */
    @Nullable
    Followed remembered(boolean fromClient, int packetId, boolean last) {
        Map<Integer, Followed> messages = fromClient ? incoming : outgoing;
        if (messages.isEmpty()) {
            return null;
        }
        return last ? messages.remove(packetId) : messages.get(packetId);
    }
}
