package io.coppice.port;

import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import org.jspecify.annotations.Nullable;

/**
 * What one client may do, by the rules that hold when it is asked: they may change while the client is connected. Kept with
 * the client's session and asked on the loop of that alone, so an implementation may remember what it has said.
 */
public interface Permissions {
    /** Whether the client may publish to the topic; asked once for each message, so it must be quick. */
    boolean mayPublish(TopicName topic, Qos qos, boolean retain);

    /** Whether the client may be sent what is published to the topic; asked once for each delivery. */
    boolean mayReceive(TopicName topic);

    /**
     * SUCCESS, or why the subscription is refused; for a shared subscription about the filter inside. What a granted one
     * brings is still asked for topic by topic, for a filter may be wider than what the client may read.
     */
    ReasonCode maySubscribe(TopicFilter filter, Qos qos);

    /** What has to be asked before the above can be said; null where it can be said at once, always the same. */
    default @Nullable Questions questions() {
        return null;
    }
}
