package io.coppice.mqtt;

/** A name and a value that the standard gives no meaning (MQTT 5, 1.5.7); may repeat, order is kept. */
public record UserProperty(String name, String value) {}
