package io.coppice.session;

import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicName;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The topic aliases a client has set (MQTT 5, 3.3.2.3.4). Lives with the connection. */
final class InboundAliases {
    private static final int CAPACITY_MIN = 8;

    private final int max;
    private @Nullable TopicName[] topics = new @Nullable TopicName[0];

    /** @param max highest alias the client may use, 0 to 65,535 */
    InboundAliases(int max) {
        this.max = max;
    }

    /**
     * The topic of a PUBLISH that carries an alias; sets the alias where it carries a topic too.
     *
     * @throws ProtocolError 0x94 Topic Alias invalid for one above the maximum; 0x82 for one that was not set
     */
    TopicName resolve(@Nullable TopicName topic, int alias) {
        if (alias < 1 || alias > max) {
            throw new ProtocolError(ReasonCode.TOPIC_ALIAS_INVALID, "topic alias " + alias + "; allowed: 1 to " + max);
        }
        if (topic != null) {
            set(topic, alias);
            return topic;
        }
        TopicName known = alias < topics.length ? topics[alias] : null;
        if (known == null) {
            throw new ProtocolError(
                    ReasonCode.PROTOCOL_ERROR, "topic alias " + alias + " was not set on this connection");
        }
        return known;
    }

    private void set(TopicName topic, int alias) {
        if (alias >= topics.length) {
            int wanted = Math.max(Math.max(alias + 1, CAPACITY_MIN), topics.length * 2);
            topics = Arrays.copyOf(topics, Math.min(wanted, max + 1));
        }
        topics[alias] = topic;
    }
}
