package io.coppice.client;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A message that is to be published, now or as a will.
 *
 * @param payload null for none, which at a retained message takes away what is kept
 * @param extras what only MQTT 5 can say
 */
public record Outgoing(String topic, byte @Nullable [] payload, int qos, boolean retain, Extras extras) {
    /**
     * Properties of a PUBLISH; null where one is not sent.
     *
     * @param expirySeconds Message Expiry Interval
     * @param willDelaySeconds of a will only
     */
    public record Extras(
            List<Map.Entry<String, String>> userProperties,
            @Nullable String contentType,
            @Nullable Long expirySeconds,
            @Nullable String responseTopic,
            @Nullable String correlationData,
            boolean utf8,
            @Nullable Long willDelaySeconds) {
        public static final Extras NONE = new Extras(List.of(), null, null, null, null, false, null);

        public Extras {
            userProperties = List.copyOf(userProperties);
        }
    }

    public Outgoing withPayload(byte[] other) {
        return new Outgoing(topic, other, qos, retain, extras);
    }
}
