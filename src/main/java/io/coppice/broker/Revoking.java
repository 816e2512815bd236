package io.coppice.broker;

import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.TopicFilter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Ends subscriptions that clients have no right to any more. The connection goes on, for MQTT knows no packet that says so, and
 * what else the client does is still allowed; it is told when it subscribes again.
 */
final class Revoking {
    /** Sessions looked at in one turn. */
    static final int SLICE = 256;

    private final Shard shard;
    private final ArrayDeque<SessionSlot> left;

    private Revoking(Shard shard) {
        this.shard = shard;
        this.left = new ArrayDeque<>(shard.slots.values());
    }

    /** Looks at every session of a shard whose client is known here, in slices; who comes meanwhile comes with the new rights. */
    static void all(Shard shard) {
        new Revoking(shard).slice();
    }

    private void slice() {
        for (int looked = 0; looked < SLICE && !left.isEmpty(); looked++) {
            SessionSlot slot = left.remove();
            if (slot.goesOn()) { // else it is looked at where it goes to
                of(slot);
            }
        }
        if (!left.isEmpty()) {
            shard.loop.execute(this::slice);
        }
    }

    /** Ends the subscriptions of one session that are not granted any more. */
    static void of(SessionSlot slot) {
        List<Subscription> revoked = new ArrayList<>(0);
        for (Subscription subscription : slot.session.subscriptions()) {
            if (slot.isRevoked(subscription)) {
                revoked.add(subscription);
            }
        }
        if (revoked.isEmpty()) {
            return;
        }
        List<TopicFilter> removed = new ArrayList<>(revoked.size());
        for (Subscription subscription : revoked) {
            Subscribing.remove(slot, subscription);
            removed.add(subscription.filter());
        }
        Broker broker = slot.shard.broker;
        broker.cluster.routes.changed(slot.shard, removed, () -> {});
        slot.shard.touch(slot);
        Client client = slot.client;
        broker.events.client(
                "subscriptions-revoked",
                slot.clientId(),
                client == null ? "" : client.connection.remoteAddress(),
                ReasonCode.NOT_AUTHORIZED,
                removed.size() + " subscriptions ended, which the rules do not allow any more");
    }
}
