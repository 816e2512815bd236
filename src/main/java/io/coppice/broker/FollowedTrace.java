package io.coppice.broker;

import io.coppice.mqtt.TopicName;
import io.coppice.port.Tracing.Step;
import io.coppice.port.Tracing.Wanted;
import java.util.function.Consumer;

/** An operator's trace on one loop. */
final class FollowedTrace {
    static final FollowedTrace[] NONE = {};

    final Wanted wanted;
    private final Consumer<Step> told;
    private int messages;

    FollowedTrace(Wanted wanted, Consumer<Step> told) {
        this.wanted = wanted;
        this.told = told;
    }

    boolean isAbout(TopicName topic) {
        return wanted.topic() != null && wanted.topic().matches(topic);
    }

    /** @param address without port; empty where nobody knows it */
    boolean isAbout(String clientId, String address) {
        return clientId.equals(wanted.client())
                || wanted.address() != null
                        && !address.isEmpty()
                        && wanted.address().test(address);
    }

    boolean isSampled() {
        return wanted.sample() > 1;
    }

    /** Whether the next message is one of those that are followed. */
    boolean takes() {
        boolean taken = messages == 0;
        messages = messages + 1 == wanted.sample() ? 0 : messages + 1;
        return taken;
    }

    void tell(Step step) {
        told.accept(step);
    }
}
