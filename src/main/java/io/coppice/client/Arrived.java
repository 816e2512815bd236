package io.coppice.client;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A message that a broker has delivered.
 *
 * @param expirySeconds what is left of it; null where it does not expire
 * @param acknowledge answers the broker, at QoS 1 and 2; nothing at QoS 0
 */
record Arrived(
        String topic,
        byte[] payload,
        int qos,
        boolean retain,
        List<Map.Entry<String, String>> userProperties,
        @Nullable String contentType,
        @Nullable Long expirySeconds,
        @Nullable String responseTopic,
        byte @Nullable [] correlationData,
        @Nullable Integer payloadFormat,
        Runnable acknowledge) {}
