package io.coppice.access;

import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Gatekeeper.Identity;

/** What those may do who are in. Any loop asks at any time; neither question may wait for anything. */
interface Authorizer {
    /** Whether the client may publish to the topic; asked once for each message. */
    boolean mayPublish(Identity who, TopicName topic, Qos qos, boolean retain);

    /** SUCCESS, or why the subscription is refused; for a shared subscription about the filter inside. */
    ReasonCode maySubscribe(Identity who, TopicFilter filter, Qos qos);
}
