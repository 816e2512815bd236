package io.coppice.codec;

import static io.coppice.mqtt.ProtocolVersion.V3_1;
import static io.coppice.mqtt.ProtocolVersion.V3_1_1;
import static io.coppice.mqtt.ProtocolVersion.V5;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicName;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bytes that go out (MQTT 5, 3; MQTT 3.1.1, 3). */
class PacketEncoderTest {
    private static final Properties CHATTY = Properties.builder()
            .number(Property.SERVER_KEEP_ALIVE, 30)
            .text(Property.REASON_STRING, "because")
            .user("k", "v")
            .build();
    private static final int[] NONE = {};

    private static byte[] encode(Packet packet, ProtocolVersion version, long sizeMax, boolean problemInformation) {
        ByteBuf out = Unpooled.buffer();
        boolean written = PacketEncoder.encode(packet, version, sizeMax, problemInformation, out);
        assertThat(written).isEqualTo(out.isReadable());
        return ByteBufUtil.getBytes(out);
    }

    private static byte[] encode(Packet packet, ProtocolVersion version) {
        return encode(packet, version, Long.MAX_VALUE, true);
    }

    private static byte[] bytes(String notation) {
        return Notation.bytes(notation);
    }

    @ParameterizedTest(name = "{0} -> {1}")
    @CsvSource({
        "SUCCESS, 00",
        "UNSUPPORTED_PROTOCOL_VERSION, 01",
        "CLIENT_IDENTIFIER_NOT_VALID, 02",
        "SERVER_UNAVAILABLE, 03",
        "SERVER_BUSY, 03",
        "QUOTA_EXCEEDED, 03",
        "CONNECTION_RATE_EXCEEDED, 03",
        "USE_ANOTHER_SERVER, 03",
        "SERVER_MOVED, 03",
        "UNSPECIFIED_ERROR, 03",
        "BAD_USER_NAME_OR_PASSWORD, 04",
        "BAD_AUTHENTICATION_METHOD, 04",
        "NOT_AUTHORIZED, 05",
        "BANNED, 05",
        "PACKET_TOO_LARGE, 05"
    })
    @DisplayName("Before version 5 CONNACK bears a return code of 0 to 5")
    void returnCodes(ReasonCode reason, String code) {
        Packet packet = new Packet.ConnAck(false, reason, CHATTY);
        assertThat(encode(packet, V3_1_1)).isEqualTo(bytes("20 02 00 " + code));
        assertThat(encode(packet, V3_1)).isEqualTo(bytes("20 02 00 " + code));
        byte[] v5 = encode(new Packet.ConnAck(false, reason, Properties.NONE), V5);
        assertThat(v5).isEqualTo(bytes(String.format("20 03 00 %02X 00", reason.code())));
    }

    @Test
    @DisplayName("MQTT 3.1.1 MQTT-3.1.4-1 a CONNECT that breaks the rules gets no CONNACK before version 5")
    void noConnAckForMalformed() {
        for (ReasonCode reason : List.of(ReasonCode.MALFORMED_PACKET, ReasonCode.PROTOCOL_ERROR)) {
            Packet packet = new Packet.ConnAck(false, reason, Properties.NONE);
            assertThat(encode(packet, V3_1_1)).isEmpty();
            assertThat(encode(packet, V3_1)).isEmpty();
            assertThat(encode(packet, V5)).isNotEmpty();
        }
    }

    @Test
    @DisplayName("Session Present is told in 3.1.1 and 5; in 3.1 its byte is reserved")
    void sessionPresent() {
        Packet packet = new Packet.ConnAck(true, ReasonCode.SUCCESS, Properties.NONE);
        assertThat(encode(packet, V3_1)).isEqualTo(bytes("20 02 00 00"));
        assertThat(encode(packet, V3_1_1)).isEqualTo(bytes("20 02 01 00"));
        assertThat(encode(packet, V5)).isEqualTo(bytes("20 03 01 00 00"));
    }

    @Test
    @DisplayName("Before version 5 SUBACK tells failure as 0x80, UNSUBACK and acknowledgements have two bytes")
    void oldAcknowledgements() {
        List<ReasonCode> reasons =
                List.of(ReasonCode.GRANTED_QOS_2, ReasonCode.NOT_AUTHORIZED, ReasonCode.TOPIC_FILTER_INVALID);
        assertThat(encode(new Packet.SubAck(1, reasons, CHATTY), V3_1_1)).isEqualTo(bytes("90 05 0001 02 80 80"));
        assertThat(encode(new Packet.SubAck(1, reasons, CHATTY), V3_1)).isEqualTo(bytes("90 05 0001 02 80 80"));
        assertThat(encode(new Packet.UnsubAck(1, List.of(ReasonCode.NO_SUBSCRIPTION_EXISTED), CHATTY), V3_1_1))
                .isEqualTo(bytes("B0 02 0001"));
        assertThat(encode(new Packet.PubAck(2, ReasonCode.QUOTA_EXCEEDED, CHATTY), V3_1_1))
                .isEqualTo(bytes("40 02 0002"));
        assertThat(encode(new Packet.PubRec(2, ReasonCode.SUCCESS, CHATTY), V3_1_1))
                .isEqualTo(bytes("50 02 0002"));
        assertThat(encode(new Packet.PubRel(2, ReasonCode.SUCCESS, CHATTY), V3_1))
                .isEqualTo(bytes("62 02 0002"));
        assertThat(encode(new Packet.PubComp(2, ReasonCode.PACKET_IDENTIFIER_NOT_FOUND, CHATTY), V3_1_1))
                .isEqualTo(bytes("70 02 0002"));
    }

    @Test
    @DisplayName("Before version 5 there is no DISCONNECT from a broker and no AUTH")
    void absentPackets() {
        for (ProtocolVersion version : List.of(V3_1, V3_1_1)) {
            assertThat(encode(new Packet.Disconnect(ReasonCode.SERVER_SHUTTING_DOWN, Properties.NONE), version))
                    .isEmpty();
            assertThat(encode(new Packet.Auth(ReasonCode.SUCCESS, Properties.NONE), version))
                    .isEmpty();
        }
    }

    @Test
    @DisplayName("In version 5 success and empty properties are left out at the end of a packet")
    void shortForms() {
        assertThat(encode(new Packet.PubAck(1, ReasonCode.SUCCESS, Properties.NONE), V5))
                .isEqualTo(bytes("40 02 0001"));
        assertThat(encode(new Packet.PubRec(1, ReasonCode.NOT_AUTHORIZED, Properties.NONE), V5))
                .isEqualTo(bytes("50 03 0001 87"));
        assertThat(encode(new Packet.Disconnect(ReasonCode.NORMAL_DISCONNECTION, Properties.NONE), V5))
                .isEqualTo(bytes("E0 00"));
        assertThat(encode(new Packet.Disconnect(ReasonCode.SESSION_TAKEN_OVER, Properties.NONE), V5))
                .isEqualTo(bytes("E0 01 8E"));
        assertThat(encode(new Packet.PingResp(), V5)).isEqualTo(bytes("D0 00"));
        Properties text = Properties.builder().text(Property.REASON_STRING, "x").build();
        assertThat(encode(new Packet.PubAck(1, ReasonCode.SUCCESS, text), V5))
                .isEqualTo(bytes("40 { 0001 00 { 1F <x> } }"));
    }

    @Test
    @DisplayName(
            "MQTT-3.1.2-29 without Request Problem Information only CONNACK, DISCONNECT and PUBLISH say more than a code")
    void problemInformation() {
        Properties text = Properties.builder()
                .text(Property.REASON_STRING, "x")
                .user("k", "v")
                .build();
        List<ReasonCode> reasons = List.of(ReasonCode.NOT_AUTHORIZED);
        assertThat(encode(new Packet.PubAck(1, ReasonCode.NOT_AUTHORIZED, text), V5, 1000, false))
                .isEqualTo(bytes("40 03 0001 87"));
        assertThat(encode(new Packet.SubAck(1, reasons, text), V5, 1000, false)).isEqualTo(bytes("90 { 0001 {} 87 }"));
        assertThat(encode(new Packet.UnsubAck(1, reasons, text), V5, 1000, false))
                .isEqualTo(bytes("B0 { 0001 {} 87 }"));
        assertThat(encode(new Packet.Disconnect(ReasonCode.BANNED, text), V5, 1000, false))
                .isEqualTo(bytes("E0 { 8A { 1F <x> 26 <k> <v> } }"));
        assertThat(encode(new Packet.ConnAck(false, ReasonCode.BANNED, text), V5, 1000, false))
                .isEqualTo(bytes("20 { 00 8A { 1F <x> 26 <k> <v> } }"));
        Packet.Publish publish = (Packet.Publish) Decoding.packet(V5, "30 { <a> { 26 <k> <v> } 'x' }");
        assertThat(encode(publish, V5, 1000, false)).isEqualTo(bytes("30 { <a> { 26 <k> <v> } 'x' }"));
        Packet.Auth auth = new Packet.Auth(
                ReasonCode.CONTINUE_AUTHENTICATION,
                Properties.builder()
                        .text(Property.AUTHENTICATION_METHOD, "X")
                        .binary(Property.AUTHENTICATION_DATA, new byte[] {1})
                        .text(Property.REASON_STRING, "x")
                        .build());
        assertThat(encode(auth, V5, 1000, false)).isEqualTo(bytes("F0 { 18 { 15 <X> 16 [01] } }"));
    }

    @Test
    @DisplayName(
            "MQTT-3.1.2-24 MQTT-3.2.2-19 MQTT-3.2.2-20 what makes a packet too large is left out: first User Properties, then Reason String")
    void maximumPacketSize() {
        Packet packet = new Packet.ConnAck(false, ReasonCode.BANNED, CHATTY);
        byte[] full = bytes("20 { 00 8A { 13 001E 1F <because> 26 <k> <v> } }");
        byte[] withoutUser = bytes("20 { 00 8A { 13 001E 1F <because> } }");
        byte[] without = bytes("20 { 00 8A { 13 001E } }");
        assertThat(encode(packet, V5, full.length, true)).isEqualTo(full);
        assertThat(encode(packet, V5, full.length - 1, true)).isEqualTo(withoutUser);
        assertThat(encode(packet, V5, withoutUser.length, true)).isEqualTo(withoutUser);
        assertThat(encode(packet, V5, withoutUser.length - 1, true)).isEqualTo(without);
        assertThat(encode(packet, V5, without.length, true)).isEqualTo(without);
        assertThat(encode(packet, V5, without.length - 1, true)).isEmpty();
    }

    @Test
    @DisplayName("MQTT-3.3.2-17 of a PUBLISH nothing is left out: it fits or it does not go")
    void publishIsNeverStripped() {
        Packet packet = Decoding.packet(V5, "30 { <a> { 26 <k> <v> } 'x' }");
        assertThat(encode(packet, V5, 14, true)).hasSize(14);
        assertThat(encode(packet, V5, 13, true)).isEmpty();
    }

    @Test
    @DisplayName("What an administrator's text holds that is no character goes out as '?'")
    void loneSurrogate() {
        Properties text =
                Properties.builder().text(Property.REASON_STRING, "a\uD800b").build();
        assertThat(encode(new Packet.Disconnect(ReasonCode.BANNED, text), V5))
                .isEqualTo(bytes("E0 { 8A { 1F <a?b> } }"));
    }

    @Test
    @DisplayName("A string or binary of more than 65,535 bytes is a fault of the caller")
    void tooLongForItsLength() {
        Properties text = Properties.builder()
                .text(Property.REASON_STRING, "x".repeat(65_536))
                .build();
        assertThatThrownBy(() -> encode(new Packet.Disconnect(ReasonCode.BANNED, text), V5))
                .isInstanceOf(IllegalArgumentException.class);
        Properties data = Properties.builder()
                .binary(Property.AUTHENTICATION_DATA, new byte[65_536])
                .build();
        assertThatThrownBy(() -> encode(new Packet.Auth(ReasonCode.SUCCESS, data), V5))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest(name = "{0} ms left are {1} s")
    @CsvSource({"60499, 60", "60000, 60", "59500, 60", "59499, 59", "1500, 2", "1499, 1", "1, 1", "0, 1", "-5000, 1"})
    @DisplayName("MQTT-3.3.2-6 the remaining Message Expiry Interval is rounded, and never 0")
    void remainingExpiry(long left, long seconds) {
        assertThat(PublishWriter.remainingSeconds(1_000_000 + left, 1_000_000)).isEqualTo(seconds);
    }

    @Test
    @DisplayName("B80 expiry is absent where there is none, and the largest interval stays the largest")
    void expiryExtremes() {
        assertThat(PublishWriter.remainingSeconds(Message.NEVER, 5)).isEqualTo(-1);
        assertThat(PublishWriter.remainingSeconds(Message.NEVER - 1, 5)).isEqualTo(0xFFFF_FFFFL);
        Message message = message(Properties.NONE, 0xFFFF_FFFFL * 1000 + 7);
        ByteBuf out = Unpooled.buffer();
        PacketEncoder.encodePublish(message, Qos.AT_MOST_ONCE, false, false, 0, 0, true, NONE, V5, 7, out);
        assertThat(ByteBufUtil.getBytes(out)).isEqualTo(bytes("30 { <a/b> { 02 FFFFFFFF } 'hi' }"));
    }

    private static Message message(Properties properties, long expiresAt) {
        return new Message(
                TopicName.of("a/b"), Samples.bytes("hi"), Qos.AT_LEAST_ONCE, false, properties, expiresAt, "p");
    }

    @Test
    @DisplayName("A message goes out with what travels with it, the identifiers of the subscriptions and its alias")
    void publishOfMessage() {
        Message message = message(Samples.all(PacketType.WILL, false), 61_000);
        ByteBuf out = Unpooled.buffer();
        int[] identifiers = {1, 300};
        PacketEncoder.encodePublish(
                message, Qos.EXACTLY_ONCE, true, true, 0x1234, 9, false, identifiers, V5, 1000, out);
        Packet.Publish publish = (Packet.Publish) Objects.requireNonNull(new AnswerDecoder(V5).decode(out));
        assertThat(publish.topic()).isNull();
        assertThat(publish.topicAlias()).isEqualTo(9);
        assertThat(publish.messageExpiryInterval()).isEqualTo(60);
        assertThat(publish.packetId()).isEqualTo(0x1234);
        assertThat(publish.dup()).isTrue();
        assertThat(publish.retain()).isTrue();
        assertThat(publish.properties().subscriptionIdentifiers()).containsExactly(1, 300);
        assertThat(publish.properties().singles())
                .usingRecursiveComparison()
                .isEqualTo(message.properties().singles());
        assertThat(publish.properties().userProperties())
                .isEqualTo(message.properties().userProperties());
        assertThat(publish.payload()).isEqualTo(message.payload());
    }

    @Test
    @DisplayName("Before version 5 a message goes out as topic, identifier and payload")
    void oldPublishOfMessage() {
        Message message = message(Samples.all(PacketType.WILL, false), 61_000);
        ByteBuf out = Unpooled.buffer();
        PacketEncoder.encodePublish(
                message, Qos.AT_LEAST_ONCE, false, false, 0x1234, 0, true, new int[] {7}, V3_1_1, 1000, out);
        assertThat(ByteBufUtil.getBytes(out)).isEqualTo(bytes("32 { <a/b> 1234 'hi' }"));
    }

    @Test
    @DisplayName("The size of a PUBLISH is known before it is written")
    void publishSize() {
        for (ProtocolVersion version : ProtocolVersion.values()) {
            for (Properties properties : List.of(Properties.NONE, Samples.all(PacketType.WILL, false))) {
                for (Qos qos : Qos.values()) {
                    for (int[] identifiers : List.of(NONE, new int[] {5, 128, 2_097_152})) {
                        for (long expiresAt : new long[] {Message.NEVER, 90_000}) {
                            Message message = message(properties, expiresAt);
                            ByteBuf out = Unpooled.buffer(1);
                            PacketEncoder.encodePublish(
                                    message, qos, false, true, 1, 0, true, identifiers, version, 1000, out);
                            assertThat(PacketEncoder.publishSize(message, qos, version, 1000, identifiers))
                                    .isEqualTo(out.readableBytes());
                        }
                    }
                }
            }
        }
    }
}
