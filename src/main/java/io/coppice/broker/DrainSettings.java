package io.coppice.broker;

/**
 * How clients are sent to other nodes.
 *
 * @param rateMax clients a second, 0 for no limit
 * @param millisMax how long a node that stops takes for all of them: it is faster than the rate where that would take longer
 * @param settleMillisMax how long one of them is waited for to acknowledge what is in flight
 * @param serverReference where MQTT 5 clients are told to go (4.11); empty where they know that themselves
 */
public record DrainSettings(int rateMax, long millisMax, long settleMillisMax, String serverReference) {}
