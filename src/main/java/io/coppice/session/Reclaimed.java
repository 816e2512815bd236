package io.coppice.session;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicFilter;

/**
 * A message of a shared subscription that its session gave back, so that another member can have it
 * (MQTT 5, 4.8.2).
 *
 * @param sequence names it in that session
 * @param qos what the session would have given its client
 * @param share the shared subscription as the session has it, with {@code $share/group/}
 * @param sent whether the client may have seen it already, which at QoS 1 is allowed
 */
public record Reclaimed(
        long sequence,
        Message message,
        Qos qos,
        boolean retain,
        int[] subscriptionIdentifiers,
        TopicFilter share,
        boolean sent) {}
