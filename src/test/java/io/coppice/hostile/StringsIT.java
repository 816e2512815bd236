package io.coppice.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Cases;
import io.coppice.blackbox.Hex;
import io.coppice.blackbox.Hostile;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Property;
import io.coppice.blackbox.Props;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Strings that are no UTF-8, or hold what MQTT forbids. */
@BlackBox
class StringsIT {
    /** Overlong, surrogates, beyond U+10FFFF, bytes that never are, a lone continuation, cut short. */
    private static final List<String> NOT_UTF_8 = List.of(
            "C0 80",
            "C0 AF",
            "E0 80 AF",
            "F0 80 80 AF",
            "ED A0 80",
            "ED BF BF",
            "ED A0 80 ED B0 80",
            "F4 90 80 80",
            "F8 88 80 80 80",
            "FF",
            "FE",
            "80",
            "61 C3",
            "61 E2 82",
            "61 F0 9F 98");

    private static final List<String> WITH_NULL = List.of("00", "61 00 62", "61 00", "C3 A9 00");

    private final Broker broker;
    private final Names names;
    private final Trial trial;

    StringsIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
        this.trial = new Trial(broker, names);
    }

    static Stream<Arguments> notUtf8() {
        return Cases.everywhere(NOT_UTF_8);
    }

    static Stream<Arguments> withNull() {
        return Cases.everywhere(WITH_NULL);
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("notUtf8")
    @Hostile("B14")
    void whatIsNotUtf8IsMalformedInEveryString(Transport transport, Version version, String hex) {
        everyString(transport, version, hex);
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("withNull")
    @Hostile("B15")
    void u0000IsMalformedInEveryString(Transport transport, Version version, String hex) {
        everyString(transport, version, hex);
    }

    private void everyString(Transport transport, Version version, String hex) {
        byte[] wrong = Hex.bytes(hex);
        try (Bystanders others = new Bystanders(broker, names)) {
            for (var connect : List.of(
                    Packets.connect(version).clientId(wrong),
                    Packets.connect(version, names.client("c")).user(wrong),
                    Packets.connect(version, names.client("c")).will(wrong, new byte[0], 0, false))) {
                trial.refuses(others, transport, version, connect, 0x81);
            }
            // A topic name or filter may be refused as such, too.
            trial.ends(others, transport, version, Packets.publish(version, wrong), 0x81, 0x90);
            trial.ends(others, transport, version, Packets.subscribe(version, 1).filter(wrong, 0), 0x81, 0x8F);
            trial.ends(
                    others, transport, version, Packets.unsubscribe(version, 1).filter(wrong), 0x81, 0x8F);
            if (version.is5()) {
                everyProperty(others, transport, wrong);
            }
            others.noticeNothing();
        }
    }

    private void everyProperty(Bystanders others, Transport transport, byte[] wrong) {
        List<Props> user = List.of(
                Props.of().pair(Property.USER_PROPERTY.id(), wrong, new byte[0]),
                Props.of().pair(Property.USER_PROPERTY.id(), new byte[] {'k'}, wrong));
        for (Carrier carrier : Carrier.values()) {
            List<Props> lists = new ArrayList<>(user);
            for (Property property : carrier.allowed()) {
                if (property.kind() == Property.Kind.STRING) {
                    lists.add(Props.of().with(property, wrong));
                }
            }
            for (Props props : lists) {
                carrier.tries(trial, others, transport, props, 0x81);
            }
        }
    }

    @InEveryVersion
    @Hostile("B14")
    void clientIdentifiersThatDifferInOneByteAreTwoClients(Transport transport, Version version) {
        try (RawClient one = broker.connect(transport, version, names.client("c") + "\u00e9");
                RawClient other = broker.connect(transport, version, names.client("c") + "\ufffd");
                RawClient third = broker.connect(transport, version, names.client("c") + "e\u0301")) {
            for (RawClient client : List.of(one, other, third)) {
                client.expectNothing();
            }
            assertThat(one.connack().sessionPresent()).isFalse();
        }
    }

    @InEveryVersion
    @Hostile("B14")
    void aStringThatIsCutShortByItsPacketIsMalformed(Transport transport, Version version) {
        byte[] cut = Hex.bytes("E2 82");
        trial.ends(
                transport,
                version,
                Packets.subscribe(version, 1).filter(cut, 0).packet().cut(2),
                0x81);
        trial.ends(
                transport,
                version,
                Packets.unsubscribe(version, 1).filter(cut).packet().cut(1),
                0x81);
    }
}
