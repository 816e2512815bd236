package io.coppice.codec;

import static io.coppice.codec.Decoding.packet;
import static io.coppice.codec.Decoding.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.ReasonCode;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The cases in which Netty's own decoder was measured: what it lets through is refused here. */
class NettyGapsTest {
    @ParameterizedTest(name = "{0} -> {3}")
    @CsvSource(
            delimiter = '|',
            value = {
                "ok connect5                           |      | 10 { <MQTT> 05 02 003C {} <c> }              |",
                "ok connect4                           |      | 10 { <MQTT> 04 02 003C <c> }                 |",
                "clientid overlong utf8 C0AF           |      | 10 { <MQTT> 05 02 003C {} [C0AF] }           | 81",
                "clientid surrogate EDA080             |      | 10 { <MQTT> 05 02 003C {} [EDA080] }         | 81",
                "clientid U+0000                       |      | 10 { <MQTT> 05 02 003C {} [610062] }         | 81",
                "reserved connect flag bit0            |      | 10 { <MQTT> 05 03 003C {} <c> }              | 81",
                "will qos3                             |      | 10 { <MQTT> 05 1E 003C {} <c> {} <w> [] }    | 81",
                "willflag0 willqos1                    |      | 10 { <MQTT> 05 0A 003C {} <c> }              | 81",
                "willflag0 willretain                  |      | 10 { <MQTT> 05 22 003C {} <c> }              | 81",
                "v4 password without username          |      | 10 { <MQTT> 04 42 003C <c> [70] }            | 81",
                "connect trailing bytes                |      | 10 { <MQTT> 05 02 003C {} <c> 01020304 }     | 81",
                "connect truncated payload             |      | 10 { <MQTT> 05 C2 003C {} <c> }              | 81",
                "connect fixed flags 11                |      | 11 { <MQTT> 05 02 003C {} <c> }              | 81",
                "protocol name mqtt lower              |      | 10 { <mqtt> 04 02 003C <c> }                 | 84",
                "protocol level 6                      |      | 10 { <MQTT> 06 02 003C {} <c> }              | 84",
                "protocol MQIsdp level 4               |      | 10 { <MQIsdp> 04 02 003C <c> }               | 84",
                "dup session expiry                    |      | 10 { <MQTT> 05 02 003C { 11 00000001 11 00000001 } <c> } | 82",
                "dup receive max                       |      | 10 { <MQTT> 05 02 003C { 21 0001 21 0001 } <c> } | 82",
                "receive max 0                         |      | 10 { <MQTT> 05 02 003C { 21 0000 } <c> }     | 82",
                "max packet size 0                     |      | 10 { <MQTT> 05 02 003C { 27 00000000 } <c> } | 82",
                "request problem info 2                |      | 10 { <MQTT> 05 02 003C { 17 02 } <c> }       | 82",
                "unknown property 0x7F                 |      | 10 { <MQTT> 05 02 003C { 7F 00 } <c> }       | 81",
                "publish-only property in connect      |      | 10 { <MQTT> 05 02 003C { 23 0001 } <c> }     | 81",
                "auth data without method              |      | 10 { <MQTT> 05 02 003C { 16 [01] } <c> }     | 82",
                "property length > remaining           |      | 10 { <MQTT> 05 02 003C 20 <c> }              | 81",
                "remaining length 5 bytes              |      | 10 FF FF FF FF 01                            | 81",
                "remaining length overlong 8D00 style  |      | 10 8D 00 <MQTT> 04 02 003C <c>               | 81",
                "publish qos3                          | V5   | 36 { <a> 0001 {} }                           | 81",
                "publish qos0 dup                      | V5   | 38 { <a> {} }                                | 81",
                "publish wildcard topic                | V5   | 30 { <a/+> {} }                              | 90",
                "publish topic U+0000                  | V5   | 30 { [610062] {} }                           | 81",
                "publish topic bad utf8                | V5   | 30 { [C0AF] {} }                             | 81",
                "publish empty topic no alias          | V5   | 30 { <> {} }                                 | 82",
                "publish alias 0                       | V5   | 30 { <a> { 23 0000 } }                       | 94",
                "publish qos1 packet id 0              | V5   | 32 { <a> 0000 {} }                           | 82",
                "publish subscription id from client   | V5   | 30 { <a> { 0B 01 } }                         | 82",
                "publish dup topic alias               | V5   | 30 { <a> { 23 0001 23 0001 } }               | 82",
                "publish payload format 2              | V5   | 30 { <a> { 01 02 } }                         | 82",
                "publish response topic wildcard       | V5   | 30 { <a> { 08 <r/#> } }                      | 82",
                "publish topic len > remaining         | V5   | 30 05 FFFF 616161                            | 81",
                "userprop key bad utf8                 | V5   | 30 { <a> { 26 [FF] <v> } }                   | 81",
                "subscribe flags 80                    | V5   | 80 { 0001 {} <a> 00 }                        | 81",
                "subscribe id 0                        | V5   | 82 { 0000 {} <a> 00 }                        | 82",
                "subscribe no filters                  | V5   | 82 { 0001 {} }                               | 82",
                "subscribe qos3                        | V5   | 82 { 0001 {} <a> 03 }                        | 82",
                "subscribe reserved bits C0            | V5   | 82 { 0001 {} <a> C0 }                        | 81",
                "subscribe retain handling 3           | V5   | 82 { 0001 {} <a> 30 }                        | 82",
                "v4 subscribe reserved bits 04         | V3_1_1 | 82 { 0001 <a> 04 }                         | 81",
                "subscribe filter a#b is for SUBACK    | V5   | 82 { 0001 {} <a#b> 00 }                      |",
                "subscribe empty filter                | V5   | 82 { 0001 {} <> 00 }                         | 82",
                "subscription id 0                     | V5   | 82 { 0001 { 0B 00 } <a> 00 }                 | 82",
                "unsubscribe no filters                | V5   | A2 { 0001 {} }                               | 82",
                "pubrel flags 60                       | V5   | 60 { 0001 }                                  | 81",
                "puback reason 05                      | V5   | 40 { 0001 05 }                               | 82",
                "pingreq with body                     | V5   | C0 { 00 }                                    | 81",
                "pingreq flags C1                      | V5   | C1 {}                                        | 81",
                "disconnect flags E1                   | V5   | E1 {}                                        | 81",
                "disconnect reason 03                  | V5   | E0 { 03 }                                    | 82",
                "auth flags F1                         | V5   | F1 { 18 { 15 <X> } }                         | 81",
                "auth under v4                         | V3_1_1 | F0 { 18 { 15 <X> } }                       | 81",
                "type 0                                | V5   | 00 {}                                        | 81",
                "connack from client                   | V5   | 20 { 00 00 {} }                              | 82",
                "suback from client                    | V5   | 90 { 0001 {} 00 }                            | 82"
            })
    @DisplayName("What Netty lets through is refused")
    void gap(String what, @Nullable ProtocolVersion version, String bytes, @Nullable String reason) {
        if (reason == null) {
            packet(version, bytes);
        } else {
            assertThat(refusal(version, bytes)).isEqualTo(ReasonCode.of(Integer.parseInt(reason, 16)));
        }
    }

    @ParameterizedTest(name = "a property block of {0} bytes")
    @CsvSource({"127", "128", "130", "16383", "16384"})
    @DisplayName("A two-byte property at the end of a long block is kept and leaks nothing into the payload")
    void trailingProperty(int length) {
        // Correlation Data fills the block up to the Topic Alias at its end.
        int dataLength = length - 3 - 3;
        String notation = "30 { <a> { 09 [" + "AB".repeat(dataLength) + "] 23 0102 } 'payload' }";
        io.coppice.mqtt.Packet.Publish publish = (io.coppice.mqtt.Packet.Publish) packet(ProtocolVersion.V5, notation);
        assertThat(publish.topicAlias()).isEqualTo(0x0102);
        assertThat(publish.payload()).asString().isEqualTo("payload");
    }

    @org.junit.jupiter.api.Test
    @DisplayName("B16 a topic of 65,535 slashes is refused")
    void deepTopic() {
        assertThat(refusal(ProtocolVersion.V5, "30 { <" + "/".repeat(65_535) + "> {} }"))
                .isEqualTo(ReasonCode.TOPIC_NAME_INVALID);
    }
}
