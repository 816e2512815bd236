package io.coppice.blackbox;

import static io.coppice.blackbox.Version.V311;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What the black-box tests send is what they say. */
class PacketsTest {
    private static void assertBytes(Sendable packet, String hex) {
        assertThat(Hex.text(packet.bytes())).isEqualTo(Hex.text(Hex.bytes(hex)));
    }

    @Test
    void connectHasItsFieldsInOrder() {
        assertBytes(Packets.connect(V311, "a"), "10 0D 00 04 4D 51 54 54 04 02 00 00 00 01 61");
        assertBytes(
                Packets.connect(V5, "a")
                        .persistent(1)
                        .keepAlive(258)
                        .props(Props.of(Property.RECEIVE_MAXIMUM, 2))
                        .will("t", "p", 1, true)
                        .willProps(Props.of(Property.WILL_DELAY_INTERVAL, 3))
                        .user("u")
                        .password("s"),
                "10 28 00 04 4D 51 54 54 05 EC 01 02 08 21 00 02 11 00 00 00 01 00 01 61"
                        + "05 18 00 00 00 03 00 01 74 00 01 70 00 01 75 00 01 73");
        assertBytes(
                Packets.connect(V311, "").protocol("MQIsdp", 3).flags(0xFF),
                "10 0E 00 06 4D 51 49 73 64 70 03 FF 00 00 00 00");
    }

    @Test
    void publishHasAnIdentifierAboveQos0() {
        assertBytes(Packets.publish(V311, "a").payload("x"), "30 04 00 01 61 78");
        assertBytes(Packets.publish(V5, "a").qos(2).id(258).retain().dup(), "3D 06 00 01 61 01 02 00");
        assertBytes(
                Packets.publish(V5, "a").props(Props.of(Property.TOPIC_ALIAS, 1).user("k", "v")),
                "30 0E 00 01 61 0A 23 00 01 26 00 01 6B 00 01 76");
    }

    @Test
    void answersLeaveOutWhatIsNotSet() {
        assertBytes(Packets.puback(1), "40 02 00 01");
        assertBytes(Packets.pubrel(1).reason(0x92), "62 03 00 01 92");
        assertBytes(Packets.pubcomp(1).props(Props.of()), "70 04 00 01 00 00");
        assertBytes(Packets.disconnect(), "E0 00");
        assertBytes(Packets.auth().reason(0x19), "F0 01 19");
    }

    @Test
    void subscriptionsBearTheirFilters() {
        assertBytes(Packets.subscribe(V311, 1).filter("a", 2), "82 06 00 01 00 01 61 02");
        assertBytes(
                Packets.subscribe(V5, 1)
                        .props(Props.of(Property.SUBSCRIPTION_IDENTIFIER, 200))
                        .filter("a", Subscribe.NO_LOCAL),
                "82 0A 00 01 03 0B C8 01 00 01 61 04");
        assertBytes(Packets.unsubscribe(V5, 1).filter("a"), "A2 06 00 01 00 00 01 61");
    }

    @Test
    void everyPartOfAPacketCanBeWrong() {
        Packet ping = Packets.pingreq();
        assertBytes(ping.flags(1), "C1 00");
        assertBytes(ping.firstByte(0), "00 00");
        assertBytes(ping.append("00 01"), "C0 02 00 01");
        assertBytes(ping.fixLength().append("00"), "C0 00 00");
        assertBytes(ping.claiming(128), "C0 80 01");
        assertBytes(ping.lengthBytes("80 00"), "C0 80 00");
        assertBytes(Packets.puback(258).packet().cut(1), "40 01 01");
        assertBytes(Packets.puback(258).packet().patch(0, 9), "40 02 09 02");
        assertBytes(Packets.disconnect().props(Props.of().lengthBytes("80 00").raw("7F")), "E0 04 00 80 00 7F");
        assertBytes(
                Packets.disconnect().props(Props.of().int8(1, 2).varint(11, 0).pair(3, new byte[1], new byte[0])),
                "E0 0C 00 0A 01 02 0B 00 03 00 01 00 00 00");
    }
}
