package io.coppice.codec;

import static io.coppice.codec.Decoding.NEW;
import static io.coppice.codec.Decoding.packet;
import static io.coppice.codec.Decoding.refusal;
import static io.coppice.mqtt.ReasonCode.CLIENT_IDENTIFIER_NOT_VALID;
import static io.coppice.mqtt.ReasonCode.MALFORMED_PACKET;
import static io.coppice.mqtt.ReasonCode.PROTOCOL_ERROR;
import static io.coppice.mqtt.ReasonCode.TOPIC_NAME_INVALID;
import static io.coppice.mqtt.ReasonCode.UNSUPPORTED_PROTOCOL_VERSION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.Will;
import io.netty.buffer.Unpooled;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** CONNECT and what is refused in it (MQTT 5, 3.1). */
class ConnectReaderTest {
    private static Packet.Connect connect(String notation) {
        return (Packet.Connect) packet(NEW, notation);
    }

    @Test
    @DisplayName("A CONNECT with everything in it gives everything back")
    void everything() {
        Packet.Connect connect = connect("10 { <MQTT> 05 F6 012C { 11 0000000A 21 0014 26 <k> <v> } <client>"
                + "{ 18 00000005 02 0000003C 03 <text> } <w/t> [DEAD] <user> [5EC2E7] }");
        assertThat(connect.version()).isEqualTo(ProtocolVersion.V5);
        assertThat(connect.cleanStart()).isTrue();
        assertThat(connect.keepAlive()).isEqualTo(300);
        assertThat(connect.clientId()).isEqualTo("client");
        assertThat(connect.userName()).isEqualTo("user");
        assertThat(connect.password()).containsExactly(0x5E, 0xC2, 0xE7);
        assertThat(connect.properties().number(Property.SESSION_EXPIRY_INTERVAL, 0))
                .isEqualTo(10);
        Will will = Objects.requireNonNull(connect.will());
        assertThat(will.topic().value()).isEqualTo("w/t");
        assertThat(will.payload()).containsExactly(0xDE, 0xAD);
        assertThat(will.qos()).isEqualTo(Qos.EXACTLY_ONCE);
        assertThat(will.retain()).isTrue();
        assertThat(will.delayInterval()).isEqualTo(5);
        assertThat(will.messageExpiryInterval()).isEqualTo(60);
        assertThat(will.properties().text(Property.CONTENT_TYPE)).isEqualTo("text");
    }

    @ParameterizedTest(name = "{0} level {1}: {2}, answered as {3}")
    @CsvSource({
        "MQTT, 00, , V3_1_1",
        "MQTT, 03, , V3_1_1",
        "MQTT, 06, , V5",
        "MQTT, FF, , V5",
        "MQTT, 84, , V3_1_1",
        "MQTT, 85, , V5",
        "MQIsdp, 04, , V3_1",
        "MQIsdp, 83, , V3_1",
        "mqtt, 04, , ",
        "HTTP, 05, , ",
        "'', 04, , ",
        "MQTT, 04, V3_1_1, V3_1_1",
        "MQTT, 05, V5, V5",
        "MQIsdp, 03, V3_1, V3_1"
    })
    @DisplayName(
            "MQTT-3.1.2-1 MQTT-3.1.2-2 a protocol that is not spoken here is refused with 0x84 in the words of whoever speaks it")
    void protocols(String name, String level, @Nullable ProtocolVersion spoken, @Nullable ProtocolVersion answer) {
        boolean v5 = spoken == ProtocolVersion.V5;
        String notation = "10 { <" + name + "> " + level + " 02 003C " + (v5 ? "{}" : "") + " <c> }";
        PacketDecoder decoder = Decoding.decoder(NEW);
        assertThat(decoder.claimedVersion()).isNull();
        if (spoken == null) {
            assertThatThrownBy(() -> decoder.decode(Unpooled.wrappedBuffer(Notation.bytes(notation))))
                    .isInstanceOfSatisfying(
                            ProtocolError.class,
                            e -> assertThat(e.reasonCode()).isEqualTo(UNSUPPORTED_PROTOCOL_VERSION));
        } else {
            assertThat(connect(notation).version()).isEqualTo(spoken);
            decoder.decode(Unpooled.wrappedBuffer(Notation.bytes(notation)));
        }
        assertThat(decoder.claimedVersion()).isEqualTo(answer);
    }

    @Test
    @DisplayName("The claimed version is known though the rest of CONNECT is refused")
    void claimedVersionOfBadConnect() {
        PacketDecoder decoder = Decoding.decoder(NEW);
        assertThatThrownBy(() -> decoder.decode(Unpooled.wrappedBuffer(Notation.bytes("10 { <MQTT> 04 03 003C <c> }"))))
                .isInstanceOf(ProtocolError.class);
        assertThat(decoder.claimedVersion()).isEqualTo(ProtocolVersion.V3_1_1);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "MQTT-3.1.2-3 the reserved flag, 03",
        "B35 MQTT-3.1.2-11 Will QoS 1 without a will, 0A",
        "B35 MQTT-3.1.2-11 Will QoS 2 without a will, 12",
        "B35 MQTT-3.1.2-13 Will Retain without a will, 22"
    })
    @DisplayName("Connect flags that contradict each other are refused in every version")
    void flags(String what, String flags) {
        assertThat(refusal(NEW, "10 { <MQTT> 05 " + flags + " 003C {} <c> }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(NEW, "10 { <MQTT> 04 " + flags + " 003C <c> }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(NEW, "10 { <MQIsdp> 03 " + flags + " 003C <c> }")).isEqualTo(MALFORMED_PACKET);
    }

    @Test
    @DisplayName("B35 MQTT-3.1.2-12 Will QoS 3 is refused")
    void willQosThree() {
        assertThat(refusal(NEW, "10 { <MQTT> 05 1E 003C {} <c> {} <w> [] }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(NEW, "10 { <MQTT> 04 1E 003C <c> <w> [] }")).isEqualTo(MALFORMED_PACKET);
    }

    @Test
    @DisplayName(
            "MQTT 3.1.1 MQTT-3.1.2-22 a password without a user name is refused before version 5 and allowed in it")
    void passwordAlone() {
        assertThat(refusal(NEW, "10 { <MQTT> 04 42 003C <c> [70] }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(NEW, "10 { <MQIsdp> 03 42 003C <c> [70] }")).isEqualTo(MALFORMED_PACKET);
        Packet.Connect connect = connect("10 { <MQTT> 05 42 003C {} <c> [70] }");
        assertThat(connect.userName()).isNull();
        assertThat(connect.password()).containsExactly('p');
    }

    @Test
    @DisplayName("An empty client identifier is for version 5, and for 3.1.1 with Clean Session")
    void emptyClientId() {
        assertThat(connect("10 { <MQTT> 05 00 003C {} <> }").clientId()).isEmpty();
        assertThat(connect("10 { <MQTT> 05 02 003C {} <> }").clientId()).isEmpty();
        assertThat(connect("10 { <MQTT> 04 02 003C <> }").clientId()).isEmpty();
        assertThat(refusal(NEW, "10 { <MQTT> 04 00 003C <> }")).isEqualTo(CLIENT_IDENTIFIER_NOT_VALID);
        assertThat(refusal(NEW, "10 { <MQIsdp> 03 02 003C <> }")).isEqualTo(CLIENT_IDENTIFIER_NOT_VALID);
    }

    @Test
    @DisplayName("A client identifier may be longer than 23 bytes, in 3.1 too, up to the limit in bytes")
    void longClientId() {
        String longest = "x".repeat(64);
        assertThat(connect("10 { <MQIsdp> 03 02 003C <" + longest + "> }").clientId())
                .isEqualTo(longest);
        assertThat(refusal(NEW, "10 { <MQTT> 05 02 003C {} <" + longest + "x> }"))
                .isEqualTo(CLIENT_IDENTIFIER_NOT_VALID);
        assertThat(refusal(NEW, "10 { <MQTT> 05 02 003C {} <" + "ä".repeat(33) + "> }"))
                .isEqualTo(CLIENT_IDENTIFIER_NOT_VALID);
    }

    @ParameterizedTest
    @ValueSource(strings = {"C0AF", "EDA080", "FF", "F4908080", "610062", "E282", "C1BF", "80"})
    @DisplayName("B14 B15 MQTT-1.5.4-1 MQTT-1.5.4-2 bad UTF-8 and U+0000 are refused in every string of CONNECT")
    void badStrings(String bytes) {
        String bad = "[" + bytes + "]";
        assertThat(refusal(NEW, "10 { <MQTT> 05 02 003C {} " + bad + " }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(NEW, "10 { <MQTT> 04 02 003C " + bad + " }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(NEW, "10 { " + bad + " 05 02 003C {} <c> }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(NEW, "10 { <MQTT> 05 82 003C {} <c> " + bad + " }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(NEW, "10 { <MQTT> 05 06 003C {} <c> {} " + bad + " [] }"))
                .isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(NEW, "10 { <MQTT> 05 02 003C { 26 " + bad + " <v> } <c> }"))
                .isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(NEW, "10 { <MQTT> 05 02 003C { 26 <k> " + bad + " } <c> }"))
                .isEqualTo(MALFORMED_PACKET);
    }

    @Test
    @DisplayName("MQTT-1.5.4-3 U+FEFF and characters of two, three and four bytes are kept")
    void goodStrings() {
        String text = "\uFEFFaä€😀\uFFFF";
        assertThat(connect("10 { <MQTT> 05 02 003C {} <" + text + "> }").clientId())
                .isEqualTo(text);
    }

    @ParameterizedTest(name = "{0}: {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "MQTT-3.1.3-11 a will topic with '+' | <a/+> | TOPIC_NAME_INVALID",
                "MQTT-3.1.3-11 a will topic with '#' | <#> | TOPIC_NAME_INVALID",
                "MQTT-4.7.3-1 an empty will topic | <> | TOPIC_NAME_INVALID",
                "B16 a will topic of too many levels | <a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q> | TOPIC_NAME_INVALID"
            })
    void willTopics(String what, String topic, ReasonCode reason) {
        assertThat(refusal(NEW, "10 { <MQTT> 05 06 003C {} <c> {} " + topic + " [] }"))
                .isEqualTo(reason);
        assertThat(refusal(NEW, "10 { <MQTT> 04 06 003C <c> " + topic + " [] }"))
                .isEqualTo(reason);
    }

    @Test
    @DisplayName("B16 a will topic beyond the limit in bytes is refused")
    void longWillTopic() {
        assertThat(refusal(NEW, "10 { <MQTT> 04 06 003C <c> <" + "t".repeat(1025) + "> [] }"))
                .isEqualTo(TOPIC_NAME_INVALID);
        connect("10 { <MQTT> 04 06 003C <c> <" + "t".repeat(1024) + "> [] }");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<MQTT> 05 F6 003C { 11 00000001 } <c> { 18 00000001 } <w> [01] <u> [02]",
                "<MQTT> 04 F6 003C <c> <w> [01] <u> [02]",
                "<MQIsdp> 03 F6 003C <c> <w> [01] <u> [02]"
            })
    @DisplayName("B06 MQTT-3.1.3-1 a CONNECT cut short at any byte, or longer by one, is refused within its bytes")
    void cutAtEveryByte(String body) {
        byte[] whole = Notation.bytes(body);
        for (int length = 0; length < whole.length; length++) {
            StringBuilder cut = new StringBuilder("10 { ");
            cut.append(Notation.hex(java.util.Arrays.copyOf(whole, length))).append("}");
            assertThat(refusal(NEW, cut.toString()))
                    .as("first %d bytes", length)
                    .isEqualTo(MALFORMED_PACKET);
        }
        connect("10 { " + body + " }");
        assertThat(refusal(NEW, "10 { " + body + " 00 }")).isEqualTo(MALFORMED_PACKET);
    }

    @Test
    @DisplayName("B06 user name and password flags without the fields are refused, not waited for")
    void missingCredentials() {
        assertThat(refusal(NEW, "10 { <MQTT> 04 C2 003C <c> }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(NEW, "10 { <MQTT> 05 C2 003C {} <c> <user> }")).isEqualTo(MALFORMED_PACKET);
    }

    @Test
    @DisplayName("Authentication Data without Authentication Method is a protocol error")
    void authenticationData() {
        assertThat(refusal(NEW, "10 { <MQTT> 05 02 003C { 16 [01] } <c> }")).isEqualTo(PROTOCOL_ERROR);
        connect("10 { <MQTT> 05 02 003C { 16 [01] 15 <X> } <c> }");
    }

    @Test
    @DisplayName("B28 properties of a will are checked like all others")
    void willProperties() {
        assertThat(refusal(NEW, "10 { <MQTT> 05 06 003C {} <c> { 23 0001 } <w> [] }"))
                .isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(NEW, "10 { <MQTT> 05 06 003C {} <c> { 18 00000001 18 00000001 } <w> [] }"))
                .isEqualTo(PROTOCOL_ERROR);
        assertThat(refusal(NEW, "10 { <MQTT> 05 06 003C {} <c> { 01 02 } <w> [] }"))
                .isEqualTo(PROTOCOL_ERROR);
    }
}
