package io.coppice.codec;

import static io.coppice.codec.Decoding.NEW;
import static io.coppice.codec.Decoding.packet;
import static io.coppice.codec.Decoding.refusal;
import static io.coppice.mqtt.ProtocolVersion.V5;
import static io.coppice.mqtt.ReasonCode.MALFORMED_PACKET;
import static io.coppice.mqtt.ReasonCode.PROTOCOL_ERROR;
import static io.coppice.mqtt.ReasonCode.QUOTA_EXCEEDED;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.ReasonCode;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every property's place, number and range (MQTT 5, 2.2.2). */
class PropertyReaderTest {
    /** Each packet that a client sends with properties; %s is where they stand. */
    private static final Map<PacketType, String> CARRIERS = Map.of(
            PacketType.CONNECT, "10 { <MQTT> 05 02 003C { %s } <c> }",
            PacketType.WILL, "10 { <MQTT> 05 06 003C {} <c> { %s } <w> [] }",
            PacketType.PUBLISH, "30 { <a> { %s } 'x' }",
            PacketType.PUBACK, "40 { 0001 00 { %s } }",
            PacketType.PUBREC, "50 { 0001 00 { %s } }",
            PacketType.PUBREL, "62 { 0001 00 { %s } }",
            PacketType.PUBCOMP, "70 { 0001 00 { %s } }",
            PacketType.SUBSCRIBE, "82 { 0001 { %s } <a> 00 }",
            PacketType.UNSUBSCRIBE, "A2 { 0001 { %s } <a> }",
            PacketType.DISCONNECT, "E0 { 00 { %s } }");

    private static String notation(PacketType carrier, String properties) {
        return String.format(String.valueOf(CARRIERS.get(carrier)), properties);
    }

    private static @Nullable ProtocolVersion version(PacketType carrier) {
        return carrier == PacketType.CONNECT || carrier == PacketType.WILL ? NEW : V5;
    }

    /** A property with a good value. */
    private static String good(Property property) {
        String value = switch (property.type()) {
            case BYTE -> "01";
            case TWO_BYTES -> "0001";
            case FOUR_BYTES -> "00000001";
            case VARIABLE_BYTES -> "01";
            case STRING -> "<t>";
            case BINARY -> "[01]";
            case STRING_PAIR -> "<k> <v>";
        };
        return String.format("%02X ", property.id()) + value;
    }

    /** Authentication Data needs its method beside it. */
    private static String company(Property property) {
        return property == Property.AUTHENTICATION_DATA ? " 15 <X>" : "";
    }

    @ParameterizedTest
    @EnumSource(Property.class)
    @DisplayName("B24 each property is taken in the packets of its row in the table, and in no other")
    void place(Property property) {
        for (PacketType carrier : CARRIERS.keySet()) {
            String bytes = notation(carrier, good(property) + company(property));
            boolean allowed = property.allowedIn(carrier)
                    && !(property == Property.SUBSCRIPTION_IDENTIFIER && carrier == PacketType.PUBLISH)
                    && !(property == Property.SERVER_REFERENCE && carrier == PacketType.DISCONNECT);
            if (allowed) {
                packet(version(carrier), bytes);
            } else {
                ReasonCode expected = property.allowedIn(carrier) ? PROTOCOL_ERROR : MALFORMED_PACKET;
                assertThat(refusal(version(carrier), bytes))
                        .as("%s in %s", property, carrier)
                        .isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Property.class)
    @DisplayName("B23 each property comes once at most, User Property excepted")
    void once(Property property) {
        for (PacketType carrier : CARRIERS.keySet()) {
            if (property.allowedIn(carrier)) {
                String bytes = notation(carrier, good(property) + good(property) + company(property));
                if (property == Property.USER_PROPERTY) {
                    packet(version(carrier), bytes);
                } else {
                    assertThat(refusal(version(carrier), bytes)).isEqualTo(PROTOCOL_ERROR);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Property.class)
    @DisplayName("B06 a property whose value reaches beyond the Property Length is refused")
    void cut(Property property) {
        byte[] whole = Notation.bytes(good(property));
        for (PacketType carrier : CARRIERS.keySet()) {
            if (property.allowedIn(carrier)) {
                for (int length = 1; length < whole.length; length++) {
                    String part = Notation.hex(java.util.Arrays.copyOf(whole, length));
                    assertThat(refusal(version(carrier), notation(carrier, part)))
                            .isEqualTo(MALFORMED_PACKET);
                }
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "Receive Maximum 0                  | CONNECT | 21 0000",
                "Maximum Packet Size 0              | CONNECT | 27 00000000",
                "Request Problem Information 2      | CONNECT | 17 02",
                "Request Response Information 2     | CONNECT | 19 02",
                "Payload Format Indicator 2         | PUBLISH | 01 02",
                "Payload Format Indicator 2 of will | WILL    | 01 02"
            })
    @DisplayName("B25 MQTT-4.9.0-1 a value that the standard gives no meaning is a protocol error")
    void range(String what, PacketType carrier, String property) {
        assertThat(refusal(version(carrier), notation(carrier, property))).isEqualTo(PROTOCOL_ERROR);
    }

    @ParameterizedTest
    @ValueSource(strings = {"7F 00", "00 00", "04 00", "2B 00", "FF 00", "80 01 00", "83 00 <t>"})
    @DisplayName("B26 an identifier that no property has is refused in every packet")
    void unknown(String property) {
        for (PacketType carrier : CARRIERS.keySet()) {
            assertThat(refusal(version(carrier), notation(carrier, property))).isEqualTo(MALFORMED_PACKET);
        }
    }

    @Test
    @DisplayName("B02 a Property Length of five bytes, or longer than it needs to be, is refused")
    void propertyLength() {
        assertThat(refusal(NEW, "10 { <MQTT> 05 02 003C FFFFFFFF01 <c> }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(NEW, "10 { <MQTT> 05 02 003C 8000 <c> }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(NEW, "10 { <MQTT> 05 02 003C 7F <c> }")).isEqualTo(MALFORMED_PACKET);
    }

    @Test
    @DisplayName("MQTT-2.2.2-1 a packet of version 5 without a Property Length is refused")
    void noPropertyLength() {
        assertThat(refusal(NEW, "10 { <MQTT> 05 02 003C }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V5, "30 { <a> }")).isEqualTo(MALFORMED_PACKET);
        assertThat(refusal(V5, "A2 { 0001 }")).isEqualTo(MALFORMED_PACKET);
    }

    @Test
    @DisplayName("B27 B104 User Properties up to the limit pass, one more is refused while it is read")
    void userProperties() {
        String eight = "26 <k> <v> ".repeat(8);
        for (PacketType carrier : CARRIERS.keySet()) {
            packet(version(carrier), notation(carrier, eight));
            assertThat(refusal(version(carrier), notation(carrier, eight + "26 FFFF")))
                    .as("%s", carrier)
                    .isEqualTo(QUOTA_EXCEEDED);
        }
    }

    @Test
    @DisplayName("B27 those of a will count with those of its CONNECT, and each packet counts anew")
    void userPropertiesOfWill() {
        String some = "26 <k> <v> ".repeat(5);
        String both = "10 { <MQTT> 05 06 003C { " + some + "} <c> { " + some + "} <w> [] }";
        assertThat(refusal(NEW, both)).isEqualTo(QUOTA_EXCEEDED);
        PacketDecoder decoder = Decoding.decoder(V5);
        for (int i = 0; i < 3; i++) {
            byte[] bytes = Notation.bytes(notation(PacketType.PUBLISH, some));
            assertThat(decoder.decode(io.netty.buffer.Unpooled.wrappedBuffer(bytes)))
                    .isNotNull();
        }
    }
}
