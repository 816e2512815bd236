package io.coppice.simulation;

import io.coppice.mqtt.Message;
import io.coppice.port.SessionStore;
import io.coppice.session.SessionRecord;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the store has said is safe, so that nothing is shown to a client before it is. */
final class SafeRecords {
    private static final class OfClient {
        final Map<Long, String> bySequence = new HashMap<>();
        final Map<Integer, String> byPacketId = new HashMap<>();
        final Set<String> enqueued = new HashSet<>();
        final Set<String> accepted = new HashSet<>();
        final Set<String> filters = new HashSet<>();
        int attached;
    }

    private final Map<String, OfClient> clients = new HashMap<>();

    private OfClient of(String clientId) {
        return clients.computeIfAbsent(clientId, id -> new OfClient());
    }

    void add(SessionStore.Entry entry) {
        OfClient client = of(entry.clientId());
        SessionRecord record = entry.record();
        if (record instanceof SessionRecord.Enqueued enqueued) {
            client.enqueued.add(text(enqueued.message()));
            client.bySequence.put(enqueued.sequence(), text(enqueued.message()));
        } else if (record instanceof SessionRecord.Assigned assigned) {
            client.byPacketId.put(assigned.packetId(), client.bySequence.get(assigned.sequence()));
        } else if (record instanceof SessionRecord.Accepted accepted) {
            client.accepted.add(text(accepted.message()));
        } else if (record instanceof SessionRecord.Subscribed subscribed) {
            client.filters.add(subscribed.subscription().filter().value());
        } else if (record instanceof SessionRecord.Unsubscribed unsubscribed) {
            client.filters.remove(unsubscribed.filter().value());
        } else if (record instanceof SessionRecord.Attached) {
            client.attached++;
        }
    }

    private static String text(Message message) {
        return new String(message.payload(), StandardCharsets.UTF_8);
    }

    boolean hasEnqueued(String clientId, String payload) {
        return of(clientId).enqueued.contains(payload);
    }

    boolean hasAccepted(String clientId, String payload) {
        return of(clientId).accepted.contains(payload);
    }

    boolean hasSubscribed(String clientId, String filter) {
        return of(clientId).filters.contains(filter);
    }

    /** The payload of the message that bears the packet identifier, as far as is safe. */
    @Nullable
    String assigned(String clientId, int packetId) {
        return of(clientId).byPacketId.get(packetId);
    }

    int attached(String clientId) {
        return of(clientId).attached;
    }
}
