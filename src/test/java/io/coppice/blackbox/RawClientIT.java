package io.coppice.blackbox;

import static io.coppice.blackbox.PacketType.PINGRESP;
import static io.coppice.blackbox.PacketType.PUBACK;
import static io.coppice.blackbox.PacketType.PUBLISH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The raw client itself: its flows work, and its expectations fail when they should. */
@BlackBox
class RawClientIT {
    private final Broker broker;
    private final Names names;

    RawClientIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    @InEveryVersion
    void messagesOfEveryQosComeBack(Transport transport, Version version) {
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            client.subscribe(names.topic("#"), 2);
            for (int qos = 0; qos <= 2; qos++) {
                client.publish(names.topic("q"), "m" + qos, qos);
                Received message = client.receive();
                assertThat(message.text()).isEqualTo("m" + qos);
                assertThat(message.qos()).isEqualTo(qos);
            }
            client.expectNothing();
            client.disconnect();
        }
    }

    @InEveryVersion
    void packetsNeedNotKeepToWritesOrFrames(Transport transport, Version version) {
        String topic = names.topic("cut");
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            client.sendSplit(1, Packets.publish(version, topic).qos(1).id(7));
            assertThat(client.expect(PUBACK).packetId()).isEqualTo(7);
            client.sendTogether(Packets.publish(version, topic).qos(1).id(8), Packets.pingreq());
            assertThat(client.await(PINGRESP).type()).isEqualTo(PINGRESP);
            assertThat(client.expect(PUBACK).packetId()).isEqualTo(8);
        }
    }

    @Test
    void webSocketMessagesMayBeFragmented() throws IOException {
        byte[] payload = new byte[70_000];
        String topic = names.topic("big");
        try (RawClient client = broker.connect(Transport.WS, Version.V5, names.client("c"))) {
            client.subscribe(topic, 0);
            client.webSocket()
                    .writeFragmented(
                            Packets.publish(Version.V5, topic).payload(payload).bytes(), 10_000);
            assertThat(client.receive().payload()).hasSize(70_000);
            client.send(Packets.publish(Version.V5, topic).payload(payload));
            assertThat(client.receive().payload()).hasSize(70_000);
            client.webSocket().frame(0x80 | WebSocketLink.TEXT, true, 2, new byte[] {'h', 'i'});
            client.expectClosed(0x81, 0x82);
        }
    }

    @Test
    void theUpgradeIsAnswered() throws Exception {
        assertThat(broker.upgrade(Upgrade.request()).headers()).containsEntry("Sec-WebSocket-Protocol", "mqtt");
        assertThat(broker.upgrade(Upgrade.request().without("Sec-WebSocket-Key"))
                        .status())
                .isNotEqualTo(101);
    }

    @InEveryVersion
    void silenceIsProvenAndDisproven(Transport transport, Version version) {
        try (RawClient publisher = broker.connect(transport, version, names.client("p"));
                RawClient subscriber = broker.connect(transport, version, names.client("s"))) {
            subscriber.subscribe(names.topic("+"), 1);
            publisher.publish("elsewhere", "x", 1);
            subscriber.expectNothingFrom(publisher);
            subscriber.expectNothingFrom(publisher, 0);

            publisher.publish(names.topic("here"), "x", 1);
            assertThatThrownBy(() -> subscriber.expectNothingFrom(publisher))
                    .hasMessageContaining("expected nothing, but PUBLISH")
                    .hasMessageContaining("< PUBLISH");
        }
    }

    @InEveryVersion
    void expectationsFailWithWhatCameInstead(Transport transport, Version version) {
        try (RawClient client = broker.connect(transport, version, names.client("c"))) {
            client.send(Packets.pingreq());
            assertThatThrownBy(() -> client.expect(PUBLISH))
                    .hasMessageContaining("expected PUBLISH, but PINGRESP came")
                    .hasMessageContaining("> C0 00");
            client.within(Duration.ofMillis(50));
            assertThatThrownBy(() -> client.expect(PUBLISH)).hasMessageContaining("nothing came in time");
            assertThatThrownBy(client::expectClosed).hasMessageContaining("nothing came in time");
            client.expectNothingFor(Duration.ofMillis(50));
            client.send(Packets.pingreq());
            assertThatThrownBy(() -> client.expectNothingFor(Duration.ofSeconds(5)))
                    .hasMessageContaining("expected nothing, but PINGRESP came");
        }
    }
}
