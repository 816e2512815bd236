package io.coppice.access;

import io.coppice.mqtt.Publisher;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Gatekeeper.Identity;
import io.coppice.port.Permissions;

/** Nobody may do anything: where others decide, and there are none. */
final class ClosedAuthorizer implements Authorizer, Permissions {
    @Override
    public Permissions permissions(Identity who) {
        return this;
    }

    @Override
    public Permissions permissionsOf(Publisher publisher) {
        return this;
    }

    @Override
    public boolean mayPublish(TopicName topic, Qos qos, boolean retain) {
        return false;
    }

    @Override
    public boolean mayReceive(TopicName topic) {
        return false;
    }

    @Override
    public ReasonCode maySubscribe(TopicFilter filter, Qos qos) {
        return ReasonCode.NOT_AUTHORIZED;
    }
}
