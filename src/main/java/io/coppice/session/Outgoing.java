package io.coppice.session;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicFilter;
import org.jspecify.annotations.Nullable;

/**
 * A QoS 1 or 2 message that a session has for its client, for who looks at it.
 *
 * @param packetId 0 while it was not sent
 * @param received whether the client has said that it has it (QoS 2)
 * @param share the shared subscription it came through, or null
 */
public record Outgoing(
        Message message,
        Qos qos,
        int packetId,
        boolean received,
        @Nullable TopicFilter share) {
    static Outgoing of(OutboundMessage each) {
        return new Outgoing(each.message, each.qos, each.packetId, each.received, each.share);
    }
}
