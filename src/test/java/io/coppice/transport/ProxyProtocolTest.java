package io.coppice.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.coppice.config.AddressRange;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.port.Counters.ProxyHeader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ProxyProtocolTest {
    private static final byte[] V2 = {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x21};

    private static House house() {
        return House.of(ListenerSpec.tcp("mqtt", "127.0.0.1", 0).withProxyProtocol(true, List.of()));
    }

    private static void isKnownAs(String address, String host, byte[] header) {
        try (House house = house();
                Peer peer = house.peer()) {
            peer.say(header, Bytes.connect(ProtocolVersion.V5));
            assertThat(peer.hear(5)).isEqualTo(Bytes.CONNACK_5);
            RecordingGate.Sink sink = house.nextSink();
            assertThat(sink.connection.remoteAddress()).isEqualTo(address);
            assertThat(sink.connection.remoteHost()).isEqualTo(host);
        }
    }

    private static void isClosed(byte[] bytes) {
        try (House house = house();
                Peer peer = house.peer()) {
            assertThat(peer.say(bytes).hearsTheEnd()).isTrue();
            assertThat(house.gate.sinks).isEmpty();
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void version1TellsTheClientsAddress() {
        isKnownAs("203.0.113.9:5000", "203.0.113.9", ascii("PROXY TCP4 203.0.113.9 192.0.2.1 5000 1883\r\n"));
    }

    @Test
    void version1TellsTheClientsAddressInIpv6() {
        isKnownAs("[2001:db8::9]:5000", "2001:db8::9", ascii("PROXY TCP6 2001:db8::9 2001:db8::1 5000 1883\r\n"));
    }

    @Test
    void version2TellsTheClientsAddress() {
        byte[] addresses = {0x11, 0, 12, (byte) 203, 0, 113, 9, (byte) 192, 0, 2, 1, 0x13, (byte) 0x88, 7, 0x5B};
        isKnownAs("203.0.113.9:5000", "203.0.113.9", Bytes.joined(V2, addresses));
    }

    @Test
    void aConnectionWithoutHeaderIsClosed() {
        isClosed(Bytes.joined(Bytes.connect(ProtocolVersion.V5), new byte[200]));
    }

    @Test
    void aMalformedHeaderIsClosed() {
        isClosed(ascii("PROXY TCP4 not.an.address 192.0.2.1 5000 1883\r\n"));
    }

    @Test
    void whoSendsNoHeaderInTimeIsClosed() {
        ListenerSpec spec = ListenerSpec.tcp("mqtt", "127.0.0.1", 0).withProxyProtocol(true, List.of());
        try (House house = House.of(100, spec);
                Peer silent = house.peer()) {
            assertThat(silent.hearAll()).isEmpty();
        }
    }

    private static House trusting(String... networks) {
        List<AddressRange> ranges = Stream.of(networks)
                .map(AddressRange::of)
                .map(Objects::requireNonNull)
                .toList();
        return House.of(ListenerSpec.tcp("mqtt", "127.0.0.1", 0).withProxyProtocol(true, ranges));
    }

    private static void counts(House house, ProxyHeader result) {
        await().untilAsserted(() -> {
            for (ProxyHeader each : ProxyHeader.values()) {
                long counted = house.counters.stream()
                        .mapToLong(loop -> loop.proxyHeaders(each))
                        .sum();
                assertThat(counted).as(each.name()).isEqualTo(each == result ? 1 : 0);
            }
        });
    }

    @Test
    void aProxyIsBelievedWhereItIsKnownToBe() {
        try (House house = trusting("192.0.2.0/24", "127.0.0.0/8");
                Peer peer = house.peer()) {
            peer.say(ascii("PROXY TCP4 203.0.113.9 192.0.2.1 5000 1883\r\n"), Bytes.connect(ProtocolVersion.V5));
            assertThat(peer.hear(5)).isEqualTo(Bytes.CONNACK_5);
            assertThat(house.nextSink().connection.remoteAddress()).isEqualTo("203.0.113.9:5000");
            counts(house, ProxyHeader.TAKEN);
        }
    }

    @Test
    void whoIsElsewhereIsClosedBeforeItSaysAnything() {
        try (House house = trusting("192.0.2.0/24", "::1");
                Peer peer = house.peer()) {
            assertThat(peer.hearsTheEnd()).isTrue();
            assertThat(house.gate.sinks).isEmpty();
            counts(house, ProxyHeader.UNTRUSTED);
        }
    }

    @Test
    void moreThanAHeaderMayBearIsClosedBeforeAllOfItHasCome() {
        try (House house = house();
                Peer peer = house.peer()) {
            byte[] claim = {0x11, (byte) 0xFF, (byte) 0xFF};
            assertThat(peer.say(V2, claim, new byte[8 * 1024]).hearsTheEnd()).isTrue();
            counts(house, ProxyHeader.MALFORMED);
        }
    }

    @Test
    void aHeaderMayBearWhatProxiesSay() {
        byte[] addresses = {0x11, 4, 12 + 3, (byte) 203, 0, 113, 9, (byte) 192, 0, 2, 1, 0x13, (byte) 0x88, 7, 0x5B};
        byte[] pair = {0x02, 4, 0};
        isKnownAs("203.0.113.9:5000", "203.0.113.9", Bytes.joined(V2, addresses, pair, new byte[1024]));
    }

    @Test
    void aLineThatDoesNotEndIsClosed() {
        isClosed(ascii("PROXY TCP4 203.0.113.9 " + "1".repeat(100)));
    }

    @Test
    void datagramsAreNotForUs() {
        byte[] addresses = {0x12, 0, 12, (byte) 203, 0, 113, 9, (byte) 192, 0, 2, 1, 0x13, (byte) 0x88, 7, 0x5B};
        isClosed(Bytes.joined(V2, addresses));
    }

    @Test
    void theHeaderIsPartOfTheTimeThatAConnectionHas() {
        ListenerSpec spec = ListenerSpec.tcp("mqtt", "127.0.0.1", 0).withProxyProtocol(true, List.of());
        try (House house = House.of(100, spec);
                Peer peer = house.peer()) {
            assertThat(peer.hearAll()).isEmpty();
            counts(house, ProxyHeader.TIMED_OUT);
        }
    }

    @Test
    void webSocketCanComeBehindIt() {
        ListenerSpec spec =
                ListenerSpec.webSocket("ws", "127.0.0.1", 0, "/mqtt").withProxyProtocol(true, List.of());
        try (House house = House.of(spec);
                Peer peer = house.peer()) {
            peer.say("PROXY TCP4 203.0.113.9 192.0.2.1 5000 8083\r\nGET /other HTTP/1.1\r\n\r\n");
            assertThat(peer.hearHead()).startsWith("HTTP/1.1 404 ");
        }
    }
}
