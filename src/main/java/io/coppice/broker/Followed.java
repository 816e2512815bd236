package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Trail;

/**
 * A message that is followed, until it is answered: without its payload, which nobody needs any more.
 *
 * @param size bytes of the payload
 * @param since when it came or was sent, by the clock of the loop
 * @param parent of its publish span; 0 for none
 */
record Followed(Trail trail, TopicName topic, Qos qos, int size, long since, long parent) {
    static Followed of(Message message, Trail trail, Qos qos, long since, long parent) {
        return new Followed(trail, message.topic(), qos, message.payload().length, since, parent);
    }
}
