package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.TopicName;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * What was retained and came to a session live while its SUBSCRIBE waited for other nodes: the client has it, so it does
 * not come with RETAIN set as well (MQTT-3.3.1-12).
 */
final class Meanwhile {
    /** Topics remembered; of more, a message may come both ways. */
    private static final int TOPICS_MAX = 1_000;

    private final Map<TopicName, Message> live = new HashMap<>();

    void came(Message message) {
        if (live.size() < TOPICS_MAX || live.containsKey(message.topic())) {
            live.put(message.topic(), message);
        }
    }

    /** Whether what the topic has now is the message that came last. */
    boolean hasCome(Message kept) {
        Message came = live.get(kept.topic());
        return came != null
                && came.publisher().equals(kept.publisher())
                && Arrays.equals(came.payload(), kept.payload());
    }
}
