package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.PINGRESP;
import static io.coppice.blackbox.PacketType.PUBLISH;
import static io.coppice.blackbox.PacketType.PUBREC;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Sendable;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.util.ArrayList;
import java.util.List;

/** PINGREQ and PINGRESP: section 3.12 of both standards. */
@BlackBox
class PingIT {
    private final Broker broker;
    private final Names names;

    PingIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-3.12.4-1", v311 = "MQTT-3.12.4-1")
    void everyPingIsAnsweredAmongMessages(Transport transport, Version version) {
        String topic = names.topic("load");
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            client.subscribe(topic, 0);
            for (int round = 0; round < 10; round++) {
                List<Sendable> packets = new ArrayList<>();
                for (int i = 0; i < 100; i++) {
                    packets.add(Packets.publish(version, topic));
                }
                packets.add(50, Packets.pingreq());
                packets.add(Packets.pingreq());
                client.sendTogether(packets.toArray(Sendable[]::new));
            }
            for (int ping = 0; ping < 20; ping++) {
                client.await(PINGRESP);
            }
            for (int i = 0; i < 1000; i++) {
                client.expect(PUBLISH);
            }
            client.expectNothing();
        }
    }

    /** 300 messages are more than Coppice, or Mosquitto, has on the way to a client at a time. */
    @InEveryVersion
    @Proves(v5 = "MQTT-3.12.4-1", v311 = "MQTT-3.12.4-1")
    void aPingIsAnsweredWhileAcknowledgementsAreMissing(Transport transport, Version version) {
        String topic = names.topic("window");
        try (RawClient client = broker.connect(transport, version, names.client("c"));
                RawClient publisher = broker.connect(transport, version, names.client("p"))) {
            client.subscribe(topic, 2);
            for (int i = 0; i < 300; i++) {
                publisher.publish(topic, "m", 1);
            }
            for (int id = 1; id <= 10; id++) {
                client.send(Packets.publish(version, names.topic("held")).qos(2).id(id));
            }
            for (int id = 1; id <= 10; id++) {
                assertThat(client.await(PUBREC).packetId()).isEqualTo(id);
            }
            client.send(Packets.pingreq());
            client.await(PINGRESP);
        }
    }
}
