package io.coppice.topic;

import io.coppice.mqtt.Qos;
import io.coppice.mqtt.RetainHandling;
import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.SubscriptionOptions;
import io.coppice.mqtt.TopicFilter;

/** A subscriber that is what the test says, and counts how often it is asked for its name. */
final class Member implements Subscriber {
    private final String clientId;
    private final boolean elsewhere;
    volatile int inFlight;
    volatile boolean online = true;
    long named;

    Member(String clientId) {
        this(clientId, false);
    }

    /** @param elsewhere whether it stands for another node */
    Member(String clientId, boolean elsewhere) {
        this.clientId = clientId;
        this.elsewhere = elsewhere;
    }

    @Override
    public String clientId() {
        named++;
        return clientId;
    }

    @Override
    public int inFlight() {
        return inFlight;
    }

    @Override
    public boolean online() {
        return online;
    }

    @Override
    public boolean isElsewhere() {
        return elsewhere;
    }

    @Override
    public String toString() {
        return clientId;
    }

    static Subscription to(String filter) {
        return to(filter, Qos.AT_MOST_ONCE, false, false, 0);
    }

    static Subscription to(String filter, Qos qos, boolean noLocal, boolean retainAsPublished, int identifier) {
        SubscriptionOptions options =
                new SubscriptionOptions(qos, noLocal, retainAsPublished, RetainHandling.SEND_ALWAYS);
        return new Subscription(TopicFilter.of(filter), options, identifier);
    }
}
