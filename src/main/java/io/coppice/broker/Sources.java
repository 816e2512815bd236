package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Publisher;
import io.coppice.port.Permissions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether what is stored may still be sent on: it may as long as its publisher has the right to publish it and is not banned. Asked
 * about what was retained, what has waited in a queue, and what is sent again, and never about what goes straight through: where
 * nothing has changed since its publisher was looked at here, that takes one comparison. One for each shard.
 */
final class Sources {
    /** Publishers whose rights are remembered; to find them out anew takes as long as a look at the rules. */
    private static final int REMEMBERED_MAX = 256;

    private final Shard shard;
    private final Map<Publisher, Optional<Permissions>> remembered = new LinkedHashMap<>(16, 0.75f, true);
    /** Of the policy of which these were found out. */
    private int epoch;

    Sources(Shard shard) {
        this.shard = shard;
    }

    /** Of the policy by which clients may publish now. */
    int epoch() {
        return shard.broker.policyEpoch();
    }

    /**
     * Somebody who publishes from now on. Who is banned bears no epoch, for it may be that it has not been sent away yet: what it
     * leaves is judged.
     */
    Publisher publisher(String clientId, @Nullable String user, Publisher.Kind kind) {
        int now = epoch(); // read first: a ban that comes meanwhile makes it an old one
        return new Publisher(clientId, user, kind, isBanned(clientId, user) ? Publisher.NO_EPOCH : now);
    }

    private boolean isBanned(String clientId, @Nullable String user) {
        return shard.broker.guards.isBannedByHand(clientId, user, shard.loop.now());
    }

    /** Whether a message that was stored may be sent on. */
    boolean allow(Message message) {
        Publisher by = message.by();
        int now = epoch();
        return by.epoch() == now || !shard.settings.checkSource() || judge(message, by, now);
    }

    private boolean judge(Message message, Publisher by, int now) {
        if (by.kind() == Publisher.Kind.NODE) {
            return true;
        }
        if (isBanned(by.clientId(), by.user())) {
            return false;
        }
        if (by.kind() != Publisher.Kind.RULED) {
            return true; // nothing is known of its rights, or nothing takes them back
        }
        if (epoch != now) {
            epoch = now;
            remembered.clear();
        }
        Optional<Permissions> rights = remembered.get(by);
        if (rights == null) {
            rights = Optional.ofNullable(shard.broker.gatekeeper.permissionsOf(by));
            if (remembered.size() >= REMEMBERED_MAX) {
                var oldest = remembered.entrySet().iterator();
                oldest.next();
                oldest.remove();
            }
            remembered.put(by, rights);
        }
        return rights.isEmpty() || rights.get().mayPublish(message.topic(), message.qos(), message.retain());
    }
}
