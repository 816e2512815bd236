package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.CONNACK;
import static io.coppice.blackbox.PacketType.PINGRESP;
import static io.coppice.blackbox.PacketType.PUBACK;
import static io.coppice.blackbox.Transport.WS;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.NotInMosquitto;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Sendable;
import io.coppice.blackbox.Upgrade;
import io.coppice.blackbox.Version;
import io.coppice.blackbox.WebSocketLink;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** MQTT over WebSocket: section 6 of both standards. */
@BlackBox
class WebSocketIT {
    private static final int FIN = 0x80;

    private final Broker broker;
    private final Names names;

    WebSocketIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    @ParameterizedTest
    @EnumSource(names = {"V311", "V5"})
    @Proves(v5 = "MQTT-6.0.0-1", v311 = "MQTT-6.0.0-1")
    void aTextFrameEndsTheConnection(Version version) throws IOException {
        byte[] ping = Packets.pingreq().bytes();
        try (RawClient client = broker.connect(WS, version, names.client("c"))) {
            client.webSocket().frame(FIN | WebSocketLink.TEXT, true, ping.length, ping);
            client.expectClosed(version.is5() ? new int[] {0x81, 0x82} : new int[0]);
            assertThat(client.webSocket().closeCode()).isEqualTo(1003);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"V311", "V5"})
    @Proves(v5 = "MQTT-6.0.0-1", v311 = "MQTT-6.0.0-1")
    void aConnectInATextFrameIsNotTaken(Version version) throws IOException {
        byte[] connect = Packets.connect(version, names.client("c")).bytes();
        try (RawClient client = broker.open(WS, version)) {
            client.webSocket().frame(FIN | WebSocketLink.TEXT, true, connect.length, connect);
            client.expectClosed();
            assertThat(client.webSocket().closeCode()).isEqualTo(1003);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"V311", "V5"})
    @Proves(v5 = "MQTT-6.0.0-1", v311 = "MQTT-6.0.0-1")
    void controlFramesMayComeAnywhere(Version version) throws IOException {
        String topic = names.topic("t");
        byte[] publish = Packets.publish(version, topic).payload("whole").bytes();
        try (RawClient client = broker.connect(WS, version, names.client("c"))) {
            client.subscribe(topic, 0);
            WebSocketLink socket = client.webSocket();
            byte[] begin = Arrays.copyOf(publish, 5);
            byte[] end = Arrays.copyOfRange(publish, 5, publish.length);
            socket.frame(WebSocketLink.BINARY, true, begin.length, begin);
            socket.frame(FIN | WebSocketLink.PONG, true, 3, new byte[] {1, 2, 3});
            socket.frame(FIN | WebSocketLink.PING, true, 3, new byte[] {1, 2, 3});
            socket.frame(FIN | WebSocketLink.CONTINUATION, true, end.length, end);
            assertThat(client.receive().text()).isEqualTo("whole");
        }
    }

    /** How packets are laid into frames. */
    enum Cut {
        EVERY_BYTE_A_FRAME,
        EVERY_BYTE_A_FRAGMENT,
        THREE_BYTES_A_FRAME,
        ALL_IN_ONE_FRAME,
        EMPTY_FRAMES_BETWEEN;

        void send(RawClient client, List<? extends Sendable> packets) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            for (Sendable packet : packets) {
                bytes.write(packet.bytes());
            }
            byte[] all = bytes.toByteArray();
            WebSocketLink socket = client.webSocket();
            switch (this) {
                case EVERY_BYTE_A_FRAME -> frames(socket, all, 1, false);
                case THREE_BYTES_A_FRAME -> frames(socket, all, 3, false);
                case EMPTY_FRAMES_BETWEEN -> frames(socket, all, 2, true);
                case ALL_IN_ONE_FRAME -> socket.frame(FIN | WebSocketLink.BINARY, true, all.length, all);
                case EVERY_BYTE_A_FRAGMENT -> {
                    for (int i = 0; i < all.length; i++) {
                        int opcode = i == 0 ? WebSocketLink.BINARY : WebSocketLink.CONTINUATION;
                        int fin = i == all.length - 1 ? FIN : 0;
                        socket.frame(fin | opcode, true, 1, new byte[] {all[i]});
                    }
                }
            }
        }

        private static void frames(WebSocketLink socket, byte[] all, int size, boolean withEmpty) throws IOException {
            for (int from = 0; from < all.length; from += size) {
                byte[] part = Arrays.copyOfRange(all, from, Math.min(all.length, from + size));
                socket.frame(FIN | WebSocketLink.BINARY, true, part.length, part);
                if (withEmpty) {
                    socket.frame(FIN | WebSocketLink.BINARY, true, 0, new byte[0]);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    @Proves(v5 = "MQTT-6.0.0-2", v311 = "MQTT-6.0.0-2")
    void packetsNeedNotKeepToFrames(Cut cut) throws IOException {
        for (Version version : List.of(Version.V311, Version.V5)) {
            String topic = names.topic(version.name());
            try (RawClient client = broker.open(WS, version)) {
                cut.send(client, List.of(Packets.connect(version, names.client("c"))));
                client.expect(CONNACK);
                client.subscribe(topic, 0);
                cut.send(
                        client,
                        Stream.concat(
                                        IntStream.rangeClosed(1, 20)
                                                .mapToObj(id -> Packets.publish(version, topic)
                                                        .payload("m" + id)
                                                        .qos(1)
                                                        .id(id)
                                                        .packet()),
                                        Stream.of(Packets.pingreq()))
                                .toList());
                for (int id = 1; id <= 20; id++) {
                    assertThat(client.await(PUBACK).packetId()).isEqualTo(id);
                }
                client.await(PINGRESP);
                for (int id = 1; id <= 20; id++) {
                    assertThat(client.receive().text()).isEqualTo("m" + id);
                }
            }
        }
    }

    @Test
    @Proves(v5 = "MQTT-6.0.0-2", v311 = "MQTT-6.0.0-2")
    void aConnectAndWhatFollowsMayShareAFrame() {
        for (Version version : List.of(Version.V311, Version.V5)) {
            try (RawClient client = broker.open(WS, version)) {
                client.sendTogether(
                        Packets.connect(version, names.client("c")),
                        Packets.publish(version, names.topic("t")).qos(1).id(9),
                        Packets.pingreq());
                client.expect(CONNACK);
                assertThat(client.await(PUBACK).packetId()).isEqualTo(9);
                client.await(PINGRESP);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"mqtt", "chat, mqtt", "mqtt, chat", "soap,mqtt,chat"})
    @Proves(v5 = "MQTT-6.0.0-4", v311 = "MQTT-6.0.0-4")
    @NotInMosquitto("another WebSocket stands before it here")
    void theServerChoosesMqtt(String offered) throws Exception {
        Upgrade.Response response = broker.upgrade(Upgrade.request().header("Sec-WebSocket-Protocol", offered));
        assertThat(response.status()).isEqualTo(101);
        assertThat(response.headers()).containsEntry("Sec-WebSocket-Protocol", "mqtt");
    }

    @ParameterizedTest
    @ValueSource(strings = {"chat", "mqtts", "MQTT5", "mqtt-x, soap"})
    @Proves(v5 = "MQTT-6.0.0-3", v311 = "MQTT-6.0.0-3")
    @NotInMosquitto("another WebSocket stands before it here")
    void otherProtocolsAreNotSpoken(String offered) throws Exception {
        assertThat(broker.upgrade(Upgrade.request().header("Sec-WebSocket-Protocol", offered))
                        .status())
                .isEqualTo(400);
    }
}
