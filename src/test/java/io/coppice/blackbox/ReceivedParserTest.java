package io.coppice.blackbox;

import static io.coppice.blackbox.Version.V311;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The parser of the black-box tests believes nothing. */
class ReceivedParserTest {
    private static Received parse(Version version, String hex) {
        byte[] bytes = Hex.bytes(hex);
        return ReceivedParser.parse(version, bytes[0] & 0xFF, bytes.length, Arrays.copyOfRange(bytes, 2, bytes.length));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "V311 | 20 02 02 00 | CONNACK flags 2",
                "V311 | 20 02 01 05 | session present in a refusal",
                "V311 | 20 02 00 06 | reason code 0x06",
                "V311 | 21 02 00 00 | flags 1 in CONNACK",
                "V311 | 20 03 00 00 00 | bytes are left",
                "V5   | 20 02 00 00 | ends inside a field",
                "V5   | 20 03 00 04 00 | reason code 0x04",
                "V5   | 20 06 00 00 03 21 00 00 | RECEIVE_MAXIMUM of 0",
                "V5   | 20 09 00 00 06 21 00 01 21 00 01 | RECEIVE_MAXIMUM twice",
                "V5   | 20 06 00 00 03 23 00 01 | TOPIC_ALIAS in CONNACK",
                "V5   | 20 05 00 00 02 24 02 | MAXIMUM_QOS of 2",
                "V5   | 20 05 00 00 02 7F 00 | property id 127",
                "V5   | 20 05 00 00 05 24 01 | inner length of 5",
                "V5   | 20 06 00 00 82 00 24 01 | longer than need be",
                "V311 | 30 03 00 01 00 | U+0000",
                "V311 | 30 04 00 02 C0 80 | not UTF-8",
                "V311 | 30 05 00 03 ED A0 80 | not UTF-8",
                "V311 | 30 03 00 01 2B | wildcard",
                "V311 | 30 02 00 00 | empty topic",
                "V311 | 36 05 00 01 61 00 01 | QoS 3",
                "V311 | 38 03 00 01 61 | DUP with QoS 0",
                "V311 | 32 05 00 01 61 00 00 | packet id 0",
                "V5   | 30 06 00 01 61 02 01 02 | PAYLOAD_FORMAT_INDICATOR of 2",
                "V5   | 30 06 00 01 61 02 0B 00 | SUBSCRIPTION_IDENTIFIER of 0",
                "V5   | 30 08 00 01 61 04 08 00 01 23 | response topic #",
                "V5   | 40 03 00 01 92 | reason code 0x92",
                "V311 | 40 03 00 01 00 | bytes are left",
                "V5   | 60 02 00 01 | flags 0 in PUBREL",
                "V311 | 90 03 00 01 87 | reason code 0x87",
                "V5   | 90 03 00 01 00 | SUBACK without reason code",
                "V311 | B0 03 00 01 00 | bytes are left",
                "V311 | D0 01 00 | bytes are left",
                "V311 | E0 00 | DISCONNECT in version V311",
                "V5   | E0 01 04 | reason code 0x04",
                "V5   | E0 07 81 05 11 00 00 00 01 | SESSION_EXPIRY_INTERVAL in DISCONNECT",
                "V5   | F0 01 19 | reason code 0x19",
                "V5   | 10 00 | never sends CONNECT",
                "V5   | 00 00 | never sends RESERVED"
            })
    void whatAServerMayNotSendFails(Version version, String hex, String why) {
        assertThatThrownBy(() -> parse(version, hex))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining(why);
    }

    @Test
    void whatAServerMaySendIsRead() {
        Received connack = parse(V5, "20 06 00 00 03 21 00 0A");
        assertThat(connack.properties().number(Property.RECEIVE_MAXIMUM)).contains(10L);

        Received publish = parse(V5, "3B 14 00 01 61 00 07 0C 0B 05 0B 06 26 00 01 6B 00 02 76 76 68 69");
        assertThat(publish.topic()).isEqualTo("a");
        assertThat(publish.packetId()).isEqualTo(7);
        assertThat(publish.qos()).isEqualTo(1);
        assertThat(publish.dup()).isTrue();
        assertThat(publish.retain()).isTrue();
        assertThat(publish.text()).isEqualTo("hi");
        assertThat(publish.properties().subscriptionIdentifiers()).containsExactly(5L, 6L);
        assertThat(publish.properties().users()).containsExactly(new ReceivedProps.User("k", "vv"));

        assertThat(parse(V5, "40 02 00 01").reason()).isZero();
        assertThat(parse(V5, "50 04 00 01 10 00").reason()).isEqualTo(0x10);
        assertThat(parse(V311, "90 05 00 01 00 02 80").reasons()).isEqualTo(List.of(0, 2, 0x80));
        assertThat(parse(V5, "E0 00").reason()).isZero();
    }
}
