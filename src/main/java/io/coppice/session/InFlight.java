package io.coppice.session;

import org.jspecify.annotations.Nullable;

/** The QoS 1 and 2 messages sent and not yet done with, in the order sent, found by packet identifier. Lives with the session. */
final class InFlight {
    private static final int PACKET_ID_MAX = 65_535;

    private final MessageList inOrder = new MessageList();
    private final IdTable<OutboundMessage> byPacketId = new IdTable<>();
    private int lastPacketId;

    int size() {
        return inOrder.size();
    }

    @Nullable
    OutboundMessage first() {
        return inOrder.first();
    }

    @Nullable
    OutboundMessage get(int packetId) {
        return byPacketId.get(packetId);
    }

    /** The next identifier that no message in flight has, 1 to 65,535 in turn; there is one while fewer are in flight (MQTT-2.2.1-4). */
    int nextPacketId() {
        int id = lastPacketId;
        do {
            id = id == PACKET_ID_MAX ? 1 : id + 1;
        } while (byPacketId.contains(id));
        return id;
    }

    void add(OutboundMessage message) {
        lastPacketId = message.packetId;
        inOrder.add(message);
        byPacketId.add(message);
    }

    void remove(OutboundMessage message) {
        inOrder.remove(message);
        byPacketId.remove(message.packetId);
    }

    void trim() {
        byPacketId.trim();
    }

    void clear() {
        inOrder.clear();
        byPacketId.clear();
    }

    /** Slots held for packet identifiers, a measure of memory. */
    int capacity() {
        return byPacketId.capacity();
    }
}
