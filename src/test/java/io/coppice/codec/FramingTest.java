package io.coppice.codec;

import static io.coppice.codec.Decoding.NEW;
import static io.coppice.codec.Decoding.packet;
import static io.coppice.codec.Decoding.refusal;
import static io.coppice.mqtt.ProtocolVersion.V3_1;
import static io.coppice.mqtt.ProtocolVersion.V3_1_1;
import static io.coppice.mqtt.ProtocolVersion.V5;
import static io.coppice.mqtt.ReasonCode.MALFORMED_PACKET;
import static io.coppice.mqtt.ReasonCode.PACKET_TOO_LARGE;
import static io.coppice.mqtt.ReasonCode.PROTOCOL_ERROR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.ReasonCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The fixed header and the life of a connection (MQTT 5, 2.1 and 3.1). */
class FramingTest {
    private static final String CONNECT = "10 { <MQTT> 05 02 003C {} <c> }";

    @Test
    @DisplayName("B01 MQTT-1.5.5-1 a Remaining Length of five bytes is refused at the fifth byte of the packet")
    void fiveLengthBytes() {
        assertThat(refusal(NEW, "10 FF FF FF FF")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V5, "30 80 80 80 80 01")).isEqualTo(MALFORMED_PACKET);
    }

    @ParameterizedTest
    @ValueSource(strings = {"30 80 00", "30 83 00 0001 61", "30 83 80 00 0001 61", "30 83 80 80 00"})
    @DisplayName("MQTT-1.5.5-1 a Remaining Length longer than it needs to be is refused")
    void overlongLength(String bytes) {
        assertThat(refusal(V5, bytes)).isEqualTo(MALFORMED_PACKET);
    }

    @Test
    @DisplayName("B03 before CONNECT a length above the cap is refused when the header is there")
    void capBeforeConnect() {
        assertThat(refusal(NEW, "10 FF FF FF 7F")).isEqualTo(PACKET_TOO_LARGE);
        assertThat(refusal(NEW, "10 FE 7F")).isEqualTo(PACKET_TOO_LARGE);
        assertThat(Decoding.decoder(NEW).decode(Unpooled.wrappedBuffer(Notation.bytes("10 FD 7F"))))
                .isNull();
    }

    @Test
    @DisplayName("a CONNECT above the cap tells its version if that much of it has come with the header")
    void capBeforeConnectCanBeExplained() {
        assertThat(claimed("10 FF FF FF 7F <MQTT> 05 02 003C")).isEqualTo(V5);
        assertThat(claimed("10 FF FF FF 7F <MQTT> 04")).isEqualTo(V3_1_1);
        assertThat(claimed("10 FF FF FF 7F <MQIsdp> 03 02")).isEqualTo(V3_1);
        assertThat(claimed("10 FF FF FF 7F <MQTT>")).isNull();
        assertThat(claimed("10 FF FF FF 7F 00 FF 4D 51")).isNull();
        assertThat(claimed("10 FF FF FF 7F <HTTP> 05")).isNull();
    }

    private static @Nullable ProtocolVersion claimed(String bytes) {
        PacketDecoder decoder = Decoding.decoder(NEW);
        assertThatThrownBy(() -> decoder.decode(Unpooled.wrappedBuffer(Notation.bytes(bytes))))
                .isInstanceOfSatisfying(
                        ProtocolError.class, e -> assertThat(e.reasonCode()).isEqualTo(PACKET_TOO_LARGE));
        return decoder.claimedVersion();
    }

    @Test
    @DisplayName("MQTT-3.2.2-15 after CONNECT the cap counts the whole packet, and a packet of just that size passes")
    void capAfterConnect() {
        DecoderLimits limits = new DecoderLimits(100, 200, 100, 10, 10, 200, 10);
        PacketDecoder decoder = new PacketDecoder(limits);
        decoder.established(V3_1_1);
        ByteBuf exact = Unpooled.buffer().writeByte(0x30).writeByte(0xC5).writeByte(0x01);
        exact.writeShort(1).writeByte('a').writeZero(194);
        assertThat(exact.readableBytes()).isEqualTo(200);
        assertThat(decoder.decode(exact)).isInstanceOf(Packet.Publish.class);
        ByteBuf over = Unpooled.wrappedBuffer(Notation.bytes("30 C6 01"));
        assertThatThrownBy(() -> decoder.decode(over))
                .isInstanceOfSatisfying(
                        ProtocolError.class, e -> assertThat(e.reasonCode()).isEqualTo(PACKET_TOO_LARGE));
    }

    @Test
    @DisplayName("B04 MQTT-3.1.0-1 a first packet that is not CONNECT is refused at its first byte")
    void firstPacketIsConnect() {
        for (int first = 0; first < 256; first++) {
            if (first != 0x10) {
                ReasonCode expected = first >> 4 == 1 ? MALFORMED_PACKET : PROTOCOL_ERROR;
                assertThat(refusal(NEW, String.format("%02X", first))).isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    @DisplayName("B31 MQTT-2.1.3-1 of the 256 first bytes only those with a client's type and its flags pass")
    void firstBytes(ProtocolVersion version) {
        Set<Integer> fine = new java.util.HashSet<>(Set.of(
                0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x3A, 0x3B, 0x3C, 0x3D, // PUBLISH
                0x40, 0x50, 0x62, 0x70, 0x82, 0xA2, 0xC0, 0xE0));
        if (version == V5) {
            fine.add(0xF0);
        }
        if (version == V3_1) {
            // MQTT 3.1 has DUP in these
            fine.addAll(Set.of(0x6A, 0x8A, 0xAA));
        }
        for (int first = 0; first < 256; first++) {
            String byteText = String.format("%02X", first);
            if (fine.contains(first)) {
                assertThat(Decoding.decoder(version).decode(Unpooled.wrappedBuffer(new byte[] {(byte) first})))
                        .isNull();
            } else {
                ReasonCode reason = refusal(version, byteText);
                boolean notForClients = Set.of(1, 2, 9, 11, 13).contains(first >> 4);
                assertThat(reason).as(byteText).isEqualTo(notForClients ? PROTOCOL_ERROR : MALFORMED_PACKET);
            }
        }
    }

    @Test
    @DisplayName(
            "B36 a PINGREQ with a body, and acknowledgements and DISCONNECT of 3.1.1 with a tail, fall at their header")
    void lengthByType() {
        assertThat(refusal(V5, "C0 01")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V3_1_1, "E0 01")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V3_1_1, "40 03")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V3_1_1, "40 01")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V5, "62 00")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V5, "82 00")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V5, "30 01")).isEqualTo(MALFORMED_PACKET);
    }

    @Test
    @DisplayName("The size of a packet is wanted from when its header is there until the packet is")
    void wanted() {
        byte[] bytes = Notation.bytes(CONNECT);
        PacketDecoder decoder = Decoding.decoder(NEW);
        ByteBuf in = Unpooled.buffer();
        assertThat(decoder.decode(in)).isNull();
        assertThat(decoder.wanted()).isZero();
        in.writeBytes(bytes, 0, 1);
        assertThat(decoder.decode(in)).isNull();
        assertThat(decoder.wanted()).isZero();
        in.writeBytes(bytes, 1, 1);
        assertThat(decoder.decode(in)).isNull();
        assertThat(decoder.wanted()).isEqualTo(bytes.length);
        assertThat(in.readerIndex()).isZero();
        in.writeBytes(bytes, 2, bytes.length - 2);
        assertThat(decoder.decode(in)).isInstanceOf(Packet.Connect.class);
        assertThat(decoder.wanted()).isZero();
    }

    @Test
    @DisplayName("What comes after CONNECT waits until the connection is established")
    void holdsUntilEstablished() {
        ByteBuf in = Unpooled.wrappedBuffer(Notation.bytes(CONNECT + "C0 00 E0 00"));
        PacketDecoder decoder = Decoding.decoder(NEW);
        assertThat(decoder.holds()).isFalse();
        assertThat(decoder.decode(in)).isInstanceOf(Packet.Connect.class);
        assertThat(decoder.holds()).isTrue();
        assertThat(decoder.decode(in)).isNull();
        assertThat(in.readableBytes()).isEqualTo(4);
        decoder.established(V5);
        assertThat(decoder.holds()).isFalse();
        assertThat(decoder.decode(in)).isInstanceOf(Packet.PingReq.class);
        assertThat(decoder.decode(in)).isInstanceOf(Packet.Disconnect.class);
    }

    @Test
    @DisplayName("MQTT-3.1.2-30 while a client authenticates it sends AUTH and DISCONNECT and nothing else")
    void authenticating() {
        String connect = "10 { <MQTT> 05 02 003C { 15 <SCRAM> } <c> }";
        String auth = "F0 { 18 { 15 <SCRAM> 16 [01 02] } }";
        ByteBuf in = Unpooled.wrappedBuffer(Notation.bytes(connect + auth + "E0 00 C0 00"));
        PacketDecoder decoder = Decoding.decoder(NEW);
        assertThat(decoder.decode(in)).isInstanceOf(Packet.Connect.class);
        assertThat(decoder.holds()).isFalse();
        assertThat(decoder.decode(in)).isInstanceOf(Packet.Auth.class);
        assertThat(decoder.decode(in)).isInstanceOf(Packet.Disconnect.class);
        assertThatThrownBy(() -> decoder.decode(in))
                .isInstanceOfSatisfying(
                        ProtocolError.class, e -> assertThat(e.reasonCode()).isEqualTo(PROTOCOL_ERROR));
        decoder.established(V5);
        assertThat(decoder.decode(in)).isInstanceOf(Packet.PingReq.class);
    }

    @Test
    @DisplayName("The cap before CONNECT holds as long as a client authenticates")
    void capWhileAuthenticating() {
        PacketDecoder decoder = Decoding.decoder(NEW);
        ByteBuf in = Unpooled.wrappedBuffer(Notation.bytes("10 { <MQTT> 05 02 003C { 15 <X> } <c> } F0 FF FF 01"));
        assertThat(decoder.decode(in)).isNotNull();
        assertThatThrownBy(() -> decoder.decode(in))
                .isInstanceOfSatisfying(
                        ProtocolError.class, e -> assertThat(e.reasonCode()).isEqualTo(PACKET_TOO_LARGE));
    }

    @Test
    @DisplayName("B37 MQTT-3.1.0-2 a second CONNECT is a protocol error")
    void secondConnect() {
        assertThat(refusal(V5, CONNECT)).isEqualTo(PROTOCOL_ERROR);
        assertThat(refusal(V3_1_1, "10")).isEqualTo(PROTOCOL_ERROR);
    }

    @Test
    @DisplayName("B29 packets that only a broker sends are a protocol error")
    void brokersPackets() {
        for (Map.Entry<String, String> packet : Map.of(
                        "CONNACK", "20 { 00 00 {} }",
                        "SUBACK", "90 { 0001 {} 00 }",
                        "UNSUBACK", "B0 { 0001 {} 00 }",
                        "PINGRESP", "D0 {}")
                .entrySet()) {
            assertThat(refusal(V5, packet.getValue())).as(packet.getKey()).isEqualTo(PROTOCOL_ERROR);
            assertThat(refusal(V3_1_1, packet.getValue())).as(packet.getKey()).isEqualTo(PROTOCOL_ERROR);
        }
    }

    @Test
    @DisplayName("B30 type 0, and AUTH before version 5, are reserved types")
    void reservedTypes() {
        assertThat(refusal(V5, "00 00")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V3_1_1, "F0 00")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V3_1, "F0 00")).isEqualTo(MALFORMED_PACKET);
    }

    @Test
    @DisplayName("Packets that come together are decoded one by one, each from its own bytes")
    void packetsInARow() {
        ByteBuf in = Unpooled.wrappedBuffer(Notation.bytes("30 { <a> 'x' } C0 {} 30 { <b> }"));
        PacketDecoder decoder = Decoding.decoder(V3_1_1);
        Packet.Publish first = Decoding.nextPublish(decoder, in);
        assertThat(first.payload()).containsExactly('x');
        assertThat(decoder.decode(in)).isInstanceOf(Packet.PingReq.class);
        Packet.Publish third = Decoding.nextPublish(decoder, in);
        assertThat(third.payload()).isEmpty();
        assertThat(decoder.decode(in)).isNull();
    }

    @Test
    @DisplayName("A packet is read from wherever it lies in its buffer")
    void offsetInBuffer() {
        ByteBuf whole = Unpooled.wrappedBuffer(Notation.bytes("AA BB CC 30 { <a> 'x' } DD"));
        ByteBuf slice = whole.slice(2, whole.readableBytes() - 2).skipBytes(1);
        Packet.Publish publish = Decoding.nextPublish(Decoding.decoder(V3_1_1), slice);
        assertThat(publish.payload()).containsExactly('x');
        assertThat(slice.readableBytes()).isEqualTo(1);
        assertThat(packet(V3_1_1, "C0 00")).isEqualTo(new Packet.PingReq());
    }
}
