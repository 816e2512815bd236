package io.coppice.client;

/**
 * What is asked of every subscription.
 *
 * @param retainHandling 0 sends what is retained, 1 if the subscription is new, 2 never; MQTT 5 only, as is what follows
 */
public record Wanted(int qos, int retainHandling, boolean noLocal, boolean retainAsPublished) {}
