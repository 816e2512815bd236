package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Publisher;
import io.coppice.mqtt.Qos;
import io.coppice.port.Counters;
import io.coppice.session.DropReason;
import io.coppice.session.SessionEffects;
import io.coppice.session.SessionRecord;

/** Carries out what the session of a slot asks for. */
final class SlotEffects implements SessionEffects {
    /** What the store could not read it is asked for again so much later. */
    private static final long READ_AGAIN_MILLIS = 200;

    private final SessionSlot slot;

    SlotEffects(SessionSlot slot) {
        this.slot = slot;
    }

    @Override
    public void record(SessionRecord record) {
        slot.shard.record(slot, record);
    }

    @Override
    public void send(Packet packet) {
        Client client = slot.client;
        if (client != null) {
            client.connection.send(packet);
            if (slot.trace != null) {
                slot.shard.tracing.packet(slot.trace, false, packet);
            }
            slot.shard.touch(slot);
        }
    }

    @Override
    public void sendPublish(
            Message message,
            Qos qos,
            boolean dup,
            boolean retain,
            int packetId,
            int topicAlias,
            boolean withTopic,
            int[] subscriptionIdentifiers) {
        Client client = slot.client;
        if (client != null) {
            client.connection.sendPublish(
                    message, qos, dup, retain, packetId, topicAlias, withTopic, subscriptionIdentifiers);
            if (slot.trace != null || message.trail() != null) {
                slot.shard.tracing.sent(slot, message, qos, dup, retain, packetId);
            }
            // The client would take the next message with this identifier for a repeat, had the store not known of this
            // one.
            slot.holds |= slot.wrote && qos == Qos.EXACTLY_ONCE;
            slot.shard.touch(slot);
        }
    }

    @Override
    public int publishSize(Message message, Qos qos, int[] subscriptionIdentifiers) {
        Client client = slot.client;
        return client == null ? 0 : client.connection.publishSize(message, qos, subscriptionIdentifiers);
    }

    @Override
    public boolean writable() {
        Client client = slot.client;
        return client != null && client.connection.writable();
    }

    @Override
    public boolean isMemoryFull() {
        return slot.shard.broker.queueMemory.isFull();
    }

    @Override
    public Message followed(Message message, int packetId, boolean dup) {
        ShardTracing tracing = slot.shard.tracing;
        return slot.trace != null || tracing.isOfAnyMessage()
                ? tracing.received(slot, message, packetId, dup)
                : message;
    }

    @Override
    public void route(Message message, int packetId) {
        Shard shard = slot.shard;
        if (message.number() == 0 || !slot.session.isPersistent()) {
            shard.router.publish(slot, message, packetId);
            return;
        }
        long since = shard.loop.nanos();
        int failures = slot.publishFailures();
        // Stored before it is routed: else, after a crash, the client's repeat would go out as another message.
        shard.whenStored(safe -> {
            if (safe && slot.maySend(failures)) {
                shard.router.publish(slot, message, packetId, since);
                return;
            }
            shard.drops.refused(DropReason.NOT_TAKEN, message);
            if (!safe && slot.publishFailures() == failures) {
                PublishReceipt.unsafe(slot, packetId, message);
            }
        });
    }

    @Override
    public Publisher publisher() {
        Client client = slot.client;
        return client == null ? slot.publisher() : client.publisher(slot);
    }

    @Override
    public boolean mayGoOn(Message message) {
        return slot.mayReceive(message) && slot.shard.sources.allow(message);
    }

    @Override
    public void dropped(DropReason reason, Message message) {
        slot.shard.drops.dropped(reason, message, slot);
    }

    @Override
    public void dropped(DropReason reason, int messages) {
        slot.shard.counters.dropped(reason, messages);
    }

    @Override
    public void refused(DropReason reason) {
        slot.shard.counters.refused(reason);
    }

    @Override
    public void delivered(Qos qos) {
        slot.shard.times.delivered(qos);
    }

    @Override
    public void found(int messages) {
        slot.shard.counters.due(Counters.Source.SESSION, messages);
    }

    @Override
    public void readQueue(long after, long bytesMax) {
        Shard shard = slot.shard;
        shard.broker.store.page(slot.clientId(), after, bytesMax, shard.loop, page -> {
            if (!slot.goesOn()) {
                return; // who has the session now asks for itself
            }
            if (page == null) {
                shard.loop.after(READ_AGAIN_MILLIS, () -> readAgain(after, bytesMax));
                return;
            }
            slot.session.queueRead(page.messages(), page.all());
            shard.touch(slot);
        });
    }

    private void readAgain(long after, long bytesMax) {
        if (slot.goesOn()) {
            readQueue(after, bytesMax);
        }
    }

    @Override
    public long now() {
        return slot.shard.loop.now();
    }

    @Override
    public long nanos() {
        return slot.shard.loop.nanos();
    }

    @Override
    public void answered(Qos qos, long since) {
        slot.shard.times.answered(slot, qos, since);
    }

    @Override
    public long epoch() {
        return slot.epoch;
    }

    @Override
    public boolean mayComeTwice() {
        return !slot.shard.broker.cluster.isAlone();
    }
}
