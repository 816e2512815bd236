package io.coppice.codec;

import static io.coppice.codec.Decoding.packet;
import static io.coppice.codec.Decoding.refusal;
import static io.coppice.mqtt.ProtocolVersion.V3_1;
import static io.coppice.mqtt.ProtocolVersion.V3_1_1;
import static io.coppice.mqtt.ProtocolVersion.V5;
import static io.coppice.mqtt.ReasonCode.MALFORMED_PACKET;
import static io.coppice.mqtt.ReasonCode.PROTOCOL_ERROR;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.RetainHandling;
import io.coppice.mqtt.SubscriptionOptions;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a connected client sends besides PUBLISH (MQTT 5, 3.4 to 3.15). */
class RequestReaderTest {
    @Test
    @DisplayName("A SUBSCRIBE gives its filters and options in order")
    void subscribe() {
        Packet.Subscribe subscribe = (Packet.Subscribe)
                packet(V5, "82 { 000A { 0B 8001 26 <k> <v> } <a/+> 2E <$share/g/b> 19 <not#valid> 00 }");
        assertThat(subscribe.packetId()).isEqualTo(10);
        assertThat(subscribe.properties().subscriptionIdentifiers()).containsExactly(128);
        assertThat(subscribe.requests())
                .containsExactly(
                        new Packet.Request(
                                "a/+",
                                new SubscriptionOptions(Qos.EXACTLY_ONCE, true, true, RetainHandling.DO_NOT_SEND)),
                        new Packet.Request(
                                "$share/g/b",
                                new SubscriptionOptions(Qos.AT_LEAST_ONCE, false, true, RetainHandling.SEND_IF_NEW)),
                        new Packet.Request("not#valid", SubscriptionOptions.of(Qos.AT_MOST_ONCE)));
        Packet.Subscribe old = (Packet.Subscribe) packet(V3_1_1, "82 { 000A <a> 01 <b> 02 }");
        assertThat(old.requests())
                .containsExactly(
                        new Packet.Request("a", SubscriptionOptions.of(Qos.AT_LEAST_ONCE)),
                        new Packet.Request("b", SubscriptionOptions.of(Qos.EXACTLY_ONCE)));
        assertThat(old.properties()).isSameAs(Properties.NONE);
    }

    @Test
    @DisplayName("B33 MQTT-3.8.3-2 MQTT-3.10.3-2 SUBSCRIBE and UNSUBSCRIBE without a filter are protocol errors")
    void noFilters() {
        assertThat(refusal(V5, "82 { 0001 {} }")).isEqualTo(PROTOCOL_ERROR);
        assertThat(refusal(V3_1_1, "82 02 0001")).isEqualTo(PROTOCOL_ERROR);
        assertThat(refusal(V5, "A2 { 0001 {} }")).isEqualTo(PROTOCOL_ERROR);
        assertThat(refusal(V3_1_1, "A2 02 0001")).isEqualTo(PROTOCOL_ERROR);
        assertThat(refusal(V5, "82 02 0001")).isEqualTo(MALFORMED_PACKET);
    }

    @Test
    @DisplayName("MQTT-4.7.3-1 an empty filter is a protocol error")
    void emptyFilter() {
        assertThat(refusal(V5, "82 { 0001 {} <> 00 }")).isEqualTo(PROTOCOL_ERROR);
        assertThat(refusal(V3_1_1, "82 { 0001 <a> 00 <> 00 }")).isEqualTo(PROTOCOL_ERROR);
        assertThat(refusal(V5, "A2 { 0001 {} <> }")).isEqualTo(PROTOCOL_ERROR);
        assertThat(refusal(V3_1_1, "A2 { 0001 <> }")).isEqualTo(PROTOCOL_ERROR);
    }

    @ParameterizedTest(name = "options {0} in {1}")
    @CsvSource({
        "40, V5, MALFORMED_PACKET",
        "80, V5, MALFORMED_PACKET",
        "C0, V5, MALFORMED_PACKET",
        "03, V5, PROTOCOL_ERROR",
        "30, V5, PROTOCOL_ERROR",
        "03, V3_1_1, PROTOCOL_ERROR",
        "04, V3_1_1, MALFORMED_PACKET",
        "08, V3_1_1, MALFORMED_PACKET",
        "10, V3_1_1, MALFORMED_PACKET",
        "80, V3_1, MALFORMED_PACKET"
    })
    @DisplayName("B33 MQTT-3.8.3-5 reserved option bits, QoS 3 and Retain Handling 3 are refused")
    void options(String options, ProtocolVersion version, ReasonCode reason) {
        String properties = version.isV5() ? "{}" : "";
        assertThat(refusal(version, "82 { 0001 " + properties + " <a> " + options + " }"))
                .isEqualTo(reason);
    }

    @Test
    @DisplayName("MQTT-3.8.3-4 No Local on a shared subscription is a protocol error")
    void noLocalShared() {
        assertThat(refusal(V5, "82 { 0001 {} <$share/g/a> 04 }")).isEqualTo(PROTOCOL_ERROR);
        packet(V5, "82 { 0001 {} <$shared/g/a> 04 }");
    }

    @Test
    @DisplayName("B25 Subscription Identifier 0, twice or of five bytes is refused")
    void subscriptionIdentifier() {
        assertThat(refusal(V5, "82 { 0001 { 0B 00 } <a> 00 }")).isEqualTo(PROTOCOL_ERROR);
        assertThat(refusal(V5, "82 { 0001 { 0B 01 0B 02 } <a> 00 }")).isEqualTo(PROTOCOL_ERROR);
        assertThat(refusal(V5, "82 { 0001 { 0B FFFFFFFF01 } <a> 00 }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V5, "82 { 0001 { 0B 8100 } <a> 00 }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V5, "A2 { 0001 { 0B 01 } <a> }")).isEqualTo(MALFORMED_PACKET);
        Packet.Subscribe largest = (Packet.Subscribe) packet(V5, "82 { 0001 { 0B FFFFFF7F } <a> 00 }");
        assertThat(largest.properties().subscriptionIdentifiers()).containsExactly(268_435_455);
    }

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    @DisplayName("B32 MQTT-2.2.1-3 packet identifier 0 is refused in every packet that has one")
    void identifierZero(ProtocolVersion version) {
        String properties = version.isV5() ? "{}" : "";
        assertThat(refusal(version, "82 { 0000 " + properties + " <a> 00 }")).isEqualTo(PROTOCOL_ERROR);
        assertThat(refusal(version, "A2 { 0000 " + properties + " <a> }")).isEqualTo(PROTOCOL_ERROR);
        for (String first : Set.of("40", "50", "62", "70")) {
            assertThat(refusal(version, first + " 02 0000")).isEqualTo(PROTOCOL_ERROR);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"C0AF", "EDA080", "FF", "F4908080", "610062", "E282"})
    @DisplayName("B14 B15 MQTT-3.8.3-1 MQTT-3.10.3-1 bad UTF-8 and U+0000 in a filter are refused")
    void badFilters(String bytes) {
        assertThat(refusal(V5, "82 { 0001 {} [" + bytes + "] 00 }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V3_1_1, "82 { 0001 [" + bytes + "] 00 }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V5, "A2 { 0001 {} [" + bytes + "] }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V3_1_1, "A2 { 0001 [" + bytes + "] }")).isEqualTo(MALFORMED_PACKET);
    }

    @Test
    @DisplayName("B06 B36 a SUBSCRIBE whose last filter is cut, or lacks its options, is refused")
    void cutRequests() {
        assertThat(refusal(V5, "82 { 0001 {} <a> }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V5, "82 { 0001 {} <a> 00 00 }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V5, "82 { 0001 {} 0005 61 00 }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V3_1_1, "A2 { 0001 <a> 0002 61 }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V5, "82 { 0001 05 <a> 00 }")).isEqualTo(MALFORMED_PACKET);
    }

    @Test
    @DisplayName("An UNSUBSCRIBE gives its filters in order")
    void unsubscribe() {
        Packet.Unsubscribe unsubscribe = (Packet.Unsubscribe) packet(V5, "A2 { 0102 { 26 <k> <v> } <a> <b/#> }");
        assertThat(unsubscribe.packetId()).isEqualTo(258);
        assertThat(unsubscribe.filters()).containsExactly("a", "b/#");
        assertThat(((Packet.Unsubscribe) packet(V3_1, "A2 { 0102 <a> }")).filters())
                .containsExactly("a");
    }

    @ParameterizedTest(name = "first byte {0}")
    @CsvSource({"40, 00 10 80 83 87 90 91 97 99", "50, 00 10 80 83 87 90 91 97 99", "62, 00 92", "70, 00 92"})
    @DisplayName(
            "MQTT-3.4.2-1 MQTT-3.5.2-1 MQTT-3.6.2-1 MQTT-3.7.2-1 acknowledgements bear the reason codes of their own table")
    void acknowledgementReasons(String first, String allowed) {
        for (int code = 0; code < 256; code++) {
            String notation = first + String.format(" 03 0005 %02X", code);
            if (allowed.contains(String.format("%02X", code))) {
                assertThat(packet(V5, notation).toString()).contains(String.valueOf(ReasonCode.of(code)));
            } else {
                assertThat(refusal(V5, notation)).isEqualTo(PROTOCOL_ERROR);
            }
        }
    }

    @Test
    @DisplayName("An acknowledgement has two bytes, or three, or more with properties")
    void acknowledgementLengths() {
        assertThat(packet(V3_1_1, "40 02 0005")).isEqualTo(new Packet.PubAck(5, ReasonCode.SUCCESS, Properties.NONE));
        assertThat(packet(V5, "40 02 0005")).isEqualTo(new Packet.PubAck(5, ReasonCode.SUCCESS, Properties.NONE));
        assertThat(packet(V5, "50 03 0005 10"))
                .isEqualTo(new Packet.PubRec(5, ReasonCode.NO_MATCHING_SUBSCRIBERS, Properties.NONE));
        assertThat(packet(V5, "62 04 0005 92 00"))
                .isEqualTo(new Packet.PubRel(5, ReasonCode.PACKET_IDENTIFIER_NOT_FOUND, Properties.NONE));
        Packet.PubComp pubComp = (Packet.PubComp) packet(V5, "70 { 0005 00 { 1F <why> 26 <k> <v> } }");
        assertThat(pubComp.properties().text(Property.REASON_STRING)).isEqualTo("why");
        assertThat(refusal(V5, "40 05 0005 00 00 00")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V5, "40 04 0005 00 01")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V5, "40 { 0005 00 { 1F <a> 1F <b> } }")).isEqualTo(PROTOCOL_ERROR);
    }

    @Test
    @DisplayName("MQTT-3.14.2-1 a DISCONNECT bears a reason code that a client may send")
    void disconnectReasons() {
        String allowed = "00 04 80 81 82 83 90 93 94 95 96 97 98 99";
        for (int code = 0; code < 256; code++) {
            String notation = String.format("E0 01 %02X", code);
            if (allowed.contains(String.format("%02X", code))) {
                assertThat(packet(V5, notation).toString()).contains(String.valueOf(ReasonCode.of(code)));
            } else {
                assertThat(refusal(V5, notation)).isEqualTo(PROTOCOL_ERROR);
            }
        }
    }

    @Test
    @DisplayName("A DISCONNECT has no bytes, or a reason code, or properties too, Session Expiry Interval among them")
    void disconnectLengths() {
        Packet.Disconnect normal = new Packet.Disconnect(ReasonCode.NORMAL_DISCONNECTION, Properties.NONE);
        assertThat(packet(V3_1_1, "E0 00")).isEqualTo(normal);
        assertThat(packet(V5, "E0 00")).isEqualTo(normal);
        assertThat(packet(V5, "E0 02 00 00")).isEqualTo(normal);
        Packet.Disconnect full = (Packet.Disconnect) packet(V5, "E0 { 04 { 11 00000000 } }");
        assertThat(full.reasonCode()).isEqualTo(ReasonCode.DISCONNECT_WITH_WILL);
        assertThat(full.properties().number(Property.SESSION_EXPIRY_INTERVAL, -1))
                .isZero();
        assertThat(refusal(V5, "E0 03 00 00 00")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V5, "E0 02 00 05")).isEqualTo(MALFORMED_PACKET);
    }

    @Test
    @DisplayName("B30 MQTT-3.15.2-1 AUTH continues or begins again, and names its method")
    void auth() {
        Packet.Auth auth = (Packet.Auth) packet(V5, "F0 { 19 { 15 <SCRAM> 16 [01] } }");
        assertThat(auth.reasonCode()).isEqualTo(ReasonCode.REAUTHENTICATE);
        assertThat(auth.properties().text(Property.AUTHENTICATION_METHOD)).isEqualTo("SCRAM");
        packet(V5, "F0 { 18 { 15 <SCRAM> } }");
        assertThat(refusal(V5, "F0 00")).isEqualTo(PROTOCOL_ERROR);
        assertThat(refusal(V5, "F0 { 00 { 15 <X> } }")).isEqualTo(PROTOCOL_ERROR);
        assertThat(refusal(V5, "F0 { 17 { 15 <X> } }")).isEqualTo(PROTOCOL_ERROR);
        assertThat(refusal(V5, "F0 { 18 {} }")).isEqualTo(PROTOCOL_ERROR);
        assertThat(refusal(V5, "F0 { 18 { 16 [01] } }")).isEqualTo(PROTOCOL_ERROR);
        assertThat(refusal(V5, "F0 { 18 }")).isEqualTo(PROTOCOL_ERROR);
    }
}
