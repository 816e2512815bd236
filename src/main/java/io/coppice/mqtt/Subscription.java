package io.coppice.mqtt;

/**
 * One subscription of one session (MQTT 5, 3.8).
 *
 * @param identifier Subscription Identifier, 1 to 268,435,455, or 0 for none
 */
public record Subscription(TopicFilter filter, SubscriptionOptions options, int identifier) {}
