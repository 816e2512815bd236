package io.coppice.simulation;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.TopicName;

/** PUBLISH packets made of others. */
final class Publishes {
    private Publishes() {}

    /** As it is sent after a reconnect: with DUP. */
    static Packet.Publish again(Packet.Publish p) {
        return new Packet.Publish(
                true,
                p.qos(),
                p.retain(),
                p.topic(),
                p.packetId(),
                0,
                p.messageExpiryInterval(),
                p.properties(),
                p.payload());
    }

    /** Without alias. */
    static Packet.Publish onTopic(Packet.Publish p, TopicName topic) {
        return new Packet.Publish(
                p.dup(),
                p.qos(),
                p.retain(),
                topic,
                p.packetId(),
                0,
                p.messageExpiryInterval(),
                p.properties(),
                p.payload());
    }
}
