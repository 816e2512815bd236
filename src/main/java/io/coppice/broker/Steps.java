package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Trail;
import io.coppice.port.Tracing.Event;
import io.coppice.port.Tracing.Step;
import org.jspecify.annotations.Nullable;

/** What operators are told, one by one. */
final class Steps {
    private Steps() {}

    static Step about(
            Event event,
            @Nullable Trail trail,
            @Nullable ClientTrace client,
            @Nullable String reason,
            @Nullable TopicName topic,
            @Nullable String detail) {
        return new Step(
                event,
                trail == null ? 0 : trail.message(),
                trail == null ? 0 : trail.hops(),
                client == null || client.clientId.isEmpty() ? null : client.clientId,
                topic == null ? null : topic.value(),
                null,
                -1,
                0,
                -1,
                reason,
                null,
                detail);
    }

    static Step way(Event event, Trail trail, Message message, String node) {
        return new Step(
                event,
                trail.message(),
                trail.hops(),
                null,
                message.topic().value(),
                null,
                message.qos().code(),
                0,
                message.payload().length,
                null,
                node,
                null);
    }

    static Step publish(
            Event event, @Nullable Trail trail, String client, Message message, Qos qos, int packetId, String detail) {
        boolean packet = event == Event.RECEIVED || event == Event.SENT;
        return new Step(
                event,
                trail == null ? 0 : trail.message(),
                trail == null ? 0 : trail.hops(),
                client,
                message.topic().value(),
                packet ? PacketType.PUBLISH : null,
                qos.code(),
                packetId,
                message.payload().length,
                null,
                null,
                detail.isEmpty() ? null : detail.strip());
    }

    static Step packet(@Nullable Trail trail, ClientTrace client, boolean fromClient, Packet packet, int packetId) {
        return new Step(
                fromClient ? Event.RECEIVED : Event.SENT,
                trail == null ? 0 : trail.message(),
                trail == null ? 0 : trail.hops(),
                client.clientId,
                null,
                packet.type(),
                -1,
                packetId,
                -1,
                PacketWords.reason(packet),
                null,
                PacketWords.detail(packet));
    }

    static Step dropped(@Nullable Trail trail, @Nullable String client, Message message, String reason) {
        return new Step(
                Event.DROPPED,
                trail == null ? 0 : trail.message(),
                trail == null ? 0 : trail.hops(),
                client,
                message.topic().value(),
                null,
                message.qos().code(),
                0,
                message.payload().length,
                reason,
                null,
                null);
    }
}
