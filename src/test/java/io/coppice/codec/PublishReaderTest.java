package io.coppice.codec;

import static io.coppice.codec.Decoding.packet;
import static io.coppice.codec.Decoding.refusal;
import static io.coppice.mqtt.ProtocolVersion.V3_1_1;
import static io.coppice.mqtt.ProtocolVersion.V5;
import static io.coppice.mqtt.ReasonCode.MALFORMED_PACKET;
import static io.coppice.mqtt.ReasonCode.PROTOCOL_ERROR;
import static io.coppice.mqtt.ReasonCode.TOPIC_ALIAS_INVALID;
import static io.coppice.mqtt.ReasonCode.TOPIC_NAME_INVALID;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.UserProperty;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** PUBLISH and what is refused in it (MQTT 5, 3.3). */
class PublishReaderTest {
    private static Packet.Publish publish(ProtocolVersion version, String notation) {
        return (Packet.Publish) packet(version, notation);
    }

    @Test
    @DisplayName("A PUBLISH with everything in it gives everything back")
    void everything() {
        Packet.Publish publish = publish(
                V5,
                "3D { <a/b> 0007 { 01 01 02 0000003C 03 <text> 08 <re/ply> 09 [CAFE] 23 0005 26 <k> <v> 26 <k> <w> } 'hi' }");
        assertThat(publish.dup()).isTrue();
        assertThat(publish.qos()).isEqualTo(Qos.EXACTLY_ONCE);
        assertThat(publish.retain()).isTrue();
        assertThat(String.valueOf(publish.topic())).isEqualTo("a/b");
        assertThat(publish.packetId()).isEqualTo(7);
        assertThat(publish.topicAlias()).isEqualTo(5);
        assertThat(publish.messageExpiryInterval()).isEqualTo(60);
        assertThat(publish.payload()).containsExactly('h', 'i');
        Properties properties = publish.properties();
        assertThat(properties.singles())
                .containsOnlyKeys(
                        Property.PAYLOAD_FORMAT_INDICATOR,
                        Property.CONTENT_TYPE,
                        Property.RESPONSE_TOPIC,
                        Property.CORRELATION_DATA);
        assertThat(properties.userProperties()).containsExactly(new UserProperty("k", "v"), new UserProperty("k", "w"));
    }

    @Test
    @DisplayName(
            "A PUBLISH of 3.1.1 has no properties, and at QoS 0 no packet identifier: what follows the topic is payload")
    void plain() {
        Packet.Publish publish = publish(V3_1_1, "30 { <a> 00 00 }");
        assertThat(publish.properties()).isSameAs(Properties.NONE);
        assertThat(publish.packetId()).isZero();
        assertThat(publish.messageExpiryInterval()).isEqualTo(-1);
        assertThat(publish.payload()).containsExactly(0, 0);
        assertThat(publish(V5, "30 { <a> {} }").properties()).isSameAs(Properties.NONE);
        assertThat(publish(V5, "30 { <a> { 23 0001 } }").properties()).isSameAs(Properties.NONE);
    }

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    @DisplayName("B32 MQTT-3.3.1-2 MQTT-3.3.1-4 QoS 3, DUP at QoS 0 and packet identifier 0 are refused")
    void qosAndIdentifier(ProtocolVersion version) {
        String properties = version.isV5() ? " {}" : "";
        assertThat(refusal(version, "36")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(version, "37")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(version, "3E")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(version, "38")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(version, "39")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(version, "32 { <a> 0000" + properties + " }")).isEqualTo(PROTOCOL_ERROR);
        assertThat(refusal(version, "34 { <a> 0000" + properties + " }")).isEqualTo(PROTOCOL_ERROR);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a/+", "#", "+", "a/#", "a+b"})
    @DisplayName("B19 MQTT-3.3.2-2 a topic name with a wildcard is refused")
    void wildcards(String topic) {
        assertThat(refusal(V5, "30 { <" + topic + "> {} }")).isEqualTo(TOPIC_NAME_INVALID);
        assertThat(refusal(V3_1_1, "30 { <" + topic + "> }")).isEqualTo(TOPIC_NAME_INVALID);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"C0AF", "EDA080", "EDBFBF", "FF", "F4908080", "F5808080", "610062", "61E282", "E08080", "BF"})
    @DisplayName(
            "B14 B15 MQTT-1.5.4-1 MQTT-1.5.4-2 MQTT-3.3.2-1 bad UTF-8 and U+0000 in a topic or a property are refused")
    void badStrings(String bytes) {
        assertThat(refusal(V5, "30 { [" + bytes + "] {} }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V3_1_1, "30 { [" + bytes + "] }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V5, "30 { <a> { 03 [" + bytes + "] } }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V5, "30 { <a> { 08 [" + bytes + "] } }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V5, "30 { <a> { 26 [" + bytes + "] <v> } }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V5, "30 { <a> { 26 <k> [" + bytes + "] } }")).isEqualTo(MALFORMED_PACKET);
    }

    @Test
    @DisplayName("B20 MQTT-3.3.2-8 an empty topic needs an alias, and alias 0 is none")
    void aliases() {
        assertThat(refusal(V5, "30 { <> {} }")).isEqualTo(PROTOCOL_ERROR);
        assertThat(refusal(V5, "30 { <> { 23 0000 } }")).isEqualTo(TOPIC_ALIAS_INVALID);
        assertThat(refusal(V5, "30 { <a> { 23 0000 } }")).isEqualTo(TOPIC_ALIAS_INVALID);
        assertThat(refusal(V3_1_1, "30 { <> }")).isEqualTo(TOPIC_NAME_INVALID);
        Packet.Publish publish = publish(V5, "30 { <> { 23 FFFF } 'x' }");
        assertThat(publish.topic()).isNull();
        assertThat(publish.topicAlias()).isEqualTo(65_535);
    }

    @Test
    @DisplayName("MQTT-3.3.4-6 a client's PUBLISH with a Subscription Identifier is a protocol error")
    void subscriptionIdentifier() {
        assertThat(refusal(V5, "30 { <a> { 0B 01 } }")).isEqualTo(PROTOCOL_ERROR);
    }

    @ParameterizedTest
    @ValueSource(strings = {"<a/+>", "<#>", "<>", "<a/#>"})
    @DisplayName("MQTT-3.3.2-14 a Response Topic that is no topic name is a protocol error")
    void responseTopic(String topic) {
        assertThat(refusal(V5, "30 { <a> { 08 " + topic + " } }")).isEqualTo(PROTOCOL_ERROR);
    }

    @Test
    @DisplayName("B06 a topic or property length beyond the packet is refused inside it")
    void lyingLengths() {
        assertThat(refusal(V5, "30 05 FFFF 61 61 61")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V3_1_1, "30 05 FFFF 61 61 61")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V3_1_1, "30 05 0004 61 61 61")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V5, "30 { <a> 01 }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V5, "30 { <a> }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V5, "30 { <a> FF }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V5, "30 { <a> FFFFFF7F }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V5, "30 { <a> FFFFFFFF01 }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V5, "30 { <a> 8000 }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V5, "30 { <a> { 09 0005 0102 } 030405 }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V3_1_1, "32 { <a> 00 }")).isEqualTo(MALFORMED_PACKET);
    }

    @Test
    @DisplayName("B16 a topic of more bytes or levels than the limits is refused, known or not")
    void limits() {
        assertThat(refusal(V5, "30 { <" + "t".repeat(1025) + "> {} }")).isEqualTo(TOPIC_NAME_INVALID);
        assertThat(refusal(V5, "30 { <" + "/".repeat(16) + "> {} }")).isEqualTo(TOPIC_NAME_INVALID);
        publish(V5, "30 { <" + "/".repeat(15) + "> {} }");
        publish(V5, "30 { <" + "t".repeat(1024) + "> {} }");
    }

    @Test
    @DisplayName("A topic that another connection of the loop may use is still refused where the own limits are lower")
    void limitsOfSharedTopics() {
        DecoderScratch shared = new DecoderScratch();
        DecoderLimits lower = new DecoderLimits(100, 1000, 100, 2, 1, 1000, 10);
        PacketDecoder generous = new PacketDecoder(Decoding.LIMITS, shared);
        PacketDecoder strict = new PacketDecoder(lower, shared);
        generous.established(V3_1_1);
        strict.established(V3_1_1);
        byte[] bytes = Notation.bytes("30 { <a/b/c> }");
        assertThat(generous.decode(Unpooled.wrappedBuffer(bytes))).isNotNull();
        assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> strict.decode(Unpooled.wrappedBuffer(bytes))))
                .hasMessageContaining("3 levels");
    }

    @Test
    @DisplayName("A topic that comes again is the same object, on one connection and on all of its loop")
    void topicsAreShared() {
        DecoderScratch shared = new DecoderScratch();
        PacketDecoder one = new PacketDecoder(Decoding.LIMITS, shared);
        PacketDecoder other = new PacketDecoder(Decoding.LIMITS, shared);
        one.established(V3_1_1);
        other.established(V5);
        ByteBuf ones = Unpooled.wrappedBuffer(
                Notation.bytes("30 { <sensors/12/temperature> } 30 { <b> } 30 { <sensors/12/temperature> }"));
        Packet.Publish first = Decoding.nextPublish(one, ones);
        Packet.Publish between = Decoding.nextPublish(one, ones);
        Packet.Publish again = Decoding.nextPublish(one, ones);
        Packet.Publish elsewhere = Decoding.nextPublish(
                other, Unpooled.wrappedBuffer(Notation.bytes("30 { <sensors/12/temperature> {} }")));
        assertThat(again.topic()).isSameAs(first.topic());
        assertThat(elsewhere.topic()).isSameAs(first.topic());
        assertThat(String.valueOf(between.topic())).isEqualTo("b");
    }

    @Test
    @DisplayName("A payload of any size is copied whole, from the heap and from outside it")
    void largePayload() {
        byte[] payload = new byte[300_000];
        new java.util.Random(7).nextBytes(payload);
        byte[] head = Notation.bytes("<a/b> 0001 { 23 0001 }");
        for (ByteBuf in : new ByteBuf[] {Unpooled.buffer(), Unpooled.directBuffer()}) {
            in.writeByte(0x32).writeBytes(Notation.variable(head.length + payload.length));
            in.writeBytes(head).writeBytes(payload);
            Packet.Publish publish = Decoding.nextPublish(Decoding.decoder(V5), in);
            assertThat(publish.payload()).isEqualTo(payload);
            in.release();
        }
    }
}
