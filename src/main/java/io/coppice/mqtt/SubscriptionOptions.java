package io.coppice.mqtt;

/** How a subscription wants its messages (MQTT 5, 3.8.3.1). */
public record SubscriptionOptions(
        Qos maximumQos, boolean noLocal, boolean retainAsPublished, RetainHandling retainHandling) {

    /** What MQTT 3.1.1 knows: a maximum QoS and nothing else. */
    public static SubscriptionOptions of(Qos maximumQos) {
        return new SubscriptionOptions(maximumQos, false, false, RetainHandling.SEND_ALWAYS);
    }

    /** The options byte of SUBSCRIBE. */
    public int code() {
        return maximumQos.code() | (noLocal ? 0x04 : 0) | (retainAsPublished ? 0x08 : 0) | retainHandling.code() << 4;
    }
}
