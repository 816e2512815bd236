package io.coppice.conformance;

import io.coppice.access.ChainGatekeeper;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Gatekeeper;
import io.coppice.port.Loop;
import io.coppice.port.Permissions;
import java.util.function.Consumer;

/** Lets everyone in, refuses what ends in {@code denied} with 0x87, and fails at what ends in {@code failing}. */
public final class FailingGatekeeper implements Gatekeeper {
    private final Gatekeeper open = ChainGatekeeper.open(true);

    @Override
    public void authenticate(Credentials credentials, Loop loop, Consumer<Verdict> then) {
        open.authenticate(credentials, loop, then);
    }

    @Override
    public Exchange exchange(String method, Credentials credentials) {
        return null;
    }

    @Override
    public Permissions permissions(Identity who) {
        return new Permissions() {
            @Override
            public boolean mayPublish(TopicName topic, Qos qos, boolean retain) {
                return allows(topic.value());
            }

            @Override
            public boolean mayReceive(TopicName topic) {
                return true;
            }

            @Override
            public ReasonCode maySubscribe(TopicFilter filter, Qos qos) {
                return allows(filter.value()) ? ReasonCode.SUCCESS : ReasonCode.NOT_AUTHORIZED;
            }
        };
    }

    private static boolean allows(String topicOrFilter) {
        if (topicOrFilter.endsWith("failing")) {
            throw new IllegalStateException("a test asked for it");
        }
        return !topicOrFilter.endsWith("denied");
    }
}
