package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.CONNACK;
import static io.coppice.blackbox.Version.V311;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.BrokerSettings;
import io.coppice.blackbox.Cases;
import io.coppice.blackbox.Connect;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Property;
import io.coppice.blackbox.Props;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A CONNECT that is refused: sections 3.1.4 and 3.2.2 of both standards. */
@BlackBox
@BrokerSettings(
        value = {
            "limits.client-id-length-max=23",
            "limits.packet-size-before-connect-max=512",
            "limits.user-properties-max=10"
        },
        gatekeeper = TestGatekeeper.class)
class RefusedConnectIT {
    /** Why a CONNECT is refused; -1 where the connection is closed without CONNACK, 0 where the version knows no such fault. */
    enum Fault {
        MALFORMED(0x81, -1, connect -> connect.flags(0x03)),
        VERSION(0x84, 1, connect -> connect),
        LONG_ID(0x85, 2, connect -> connect.clientId("x".repeat(24))),
        DENIED_ID(0x85, 2, connect -> connect.clientId("denied1")),
        PASSWORD(0x86, 4, connect -> connect.user("one").password("wrong")),
        NO_PASSWORD(0x86, 4, connect -> connect.user("one")),
        STRANGER(0x87, 5, connect -> connect.user("stranger").password(TestGatekeeper.PASSWORD)),
        BANNED(0x8A, 5, connect -> connect.user("banned").password(TestGatekeeper.PASSWORD)),
        WILL_TOPIC(0x90, -1, connect -> connect.will("a/#", "", 0, false)),
        TOO_LARGE(0x95, -1, connect -> connect.will("large", "x".repeat(512), 0, false)),
        BROKEN(0x83, -1, connect -> connect.user("broken").password(TestGatekeeper.PASSWORD)),
        AUTHENTICATION_DATA(
                0x82, 0, connect -> connect.props(Props.of().with(Property.AUTHENTICATION_DATA, new byte[] {1}))),
        METHOD(0x8C, 0, connect -> connect.props(Props.of(Property.AUTHENTICATION_METHOD, "none"))),
        USER_PROPERTIES(0x97, 0, connect -> {
            Props many = Props.of();
            for (int i = 0; i < 11; i++) {
                many.user("a", "b");
            }
            return connect.props(many);
        });

        private final int reason;
        private final int returnCode;

        @SuppressWarnings("ImmutableEnumChecker") // they keep nothing
        private final UnaryOperator<Connect> spoil;

        Fault(int reason, int returnCode, UnaryOperator<Connect> spoil) {
            this.reason = reason;
            this.returnCode = returnCode;
            this.spoil = spoil;
        }

        boolean existsIn(Version version) {
            return version.is5() || returnCode != 0;
        }

        Connect connect(Version version, String clientId) {
            Connect connect = Packets.connect(version, clientId);
            if (this == VERSION) {
                return connect.protocol("MQTT", version.is5() ? 6 : 2);
            }
            return spoil.apply(connect);
        }

        /** CONNACK with the reason, as the version says it, and the close. */
        void expectOf(RawClient client) {
            int expected = client.version().is5() ? reason : returnCode;
            if (expected > 0) {
                assertThat(client.expectRefused(expected).sessionPresent()).isFalse();
            } else {
                client.expectClosed();
            }
        }
    }

    private final Broker broker;
    private final Names names;

    RefusedConnectIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    static Stream<Arguments> faults() {
        return Cases.everywhere(List.of(Fault.values()))
                .filter(each -> ((Fault) each.get()[2]).existsIn((Version) each.get()[1]));
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("faults")
    @Proves(
            v5 = {"MQTT-3.1.4-2", "MQTT-3.2.2-7", "MQTT-3.2.2-8", "MQTT-4.13.1-1", "MQTT-4.13.2-1"},
            v311 = {"MQTT-3.2.2-4", "MQTT-3.2.2-5", "MQTT-3.2.2-6"})
    void aRefusalNamesItsReasonAndCloses(Transport transport, Version version, Fault fault) {
        try (RawClient client = broker.open(transport, version)) {
            client.send(fault.connect(version, names.client("c")));
            fault.expectOf(client);
        }
    }

    @ParameterizedTest(name = "{2} over {0} in {1}")
    @MethodSource("faults")
    @Proves(v5 = "MQTT-3.1.4-6", v311 = "MQTT-3.1.4-5")
    void whatFollowsARefusedConnectIsIgnored(Transport transport, Version version, Fault fault) {
        String retained = names.topic("retained");
        String live = names.topic("live");
        try (RawClient watcher = broker.connect(transport, version, names.client("w"));
                RawClient client = broker.open(transport, version)) {
            watcher.subscribe(live, 1);
            client.sendTogether(
                    fault.connect(version, names.client("c")),
                    Packets.publish(version, retained).payload("from nobody").retain(),
                    Packets.publish(version, live).payload("from nobody").qos(1).id(1),
                    Packets.subscribe(version, 2).filter(live, 0),
                    Packets.connect(version, names.client("c")),
                    Packets.publish(version, live).payload("from nobody"));
            fault.expectOf(client);

            watcher.subscribe(retained, 1);
            watcher.expectNothingFrom(watcher);
        }
    }

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-3.2.2-6", "MQTT-3.1.4-2"},
            v311 = {"MQTT-3.2.2-4", "MQTT-3.2.2-5"})
    void aRefusalSaysNothingOfTheSessionThatIsThere(Transport transport, Version version) {
        Connect right = Packets.connect(version, names.client("c"))
                .user("one")
                .password(TestGatekeeper.PASSWORD)
                .persistent(60);
        broker.connect(transport, version, right).disconnect();
        try (RawClient wrong = broker.open(transport, version)) {
            wrong.send(Packets.connect(version, names.client("c"))
                    .user("one")
                    .password("wrong")
                    .cleanStart(false));
            Received refusal = wrong.expect(CONNACK);
            assertThat(refusal.sessionPresent()).isFalse();
            assertThat(refusal.reason()).isEqualTo(version.is5() ? 0x86 : 4);
            wrong.expectClosed();
        }
        try (RawClient again = broker.connect(transport, version, right)) {
            assertThat(again.connack().sessionPresent()).isTrue();
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-3.1.4-2", v311 = "MQTT-3.2.2-5")
    void aRefusedClientDoesNotTakeAnothersPlace(Transport transport, Version version) {
        Connect right = Packets.connect(version, names.client("c")).user("one").password(TestGatekeeper.PASSWORD);
        try (RawClient inside = broker.connect(transport, version, right);
                RawClient thief = broker.open(transport, version)) {
            thief.send(Packets.connect(version, names.client("c")).user("one").password("wrong"));
            thief.expectRefused(version.is5() ? 0x86 : 4);
            inside.expectNothing();
        }
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-3.1.3-8")
    void aClientIdentifierThatIsTooLongIsRefused(Transport transport) {
        broker.connect(transport, V5, "x".repeat(23)).disconnect();
        try (RawClient client = broker.open(transport, V5)) {
            client.send(Packets.connect(V5, "x".repeat(24)));
            client.expectRefused(0x85);
        }
    }

    @OnEveryTransport
    @Proves(v311 = "MQTT-3.1.3-9")
    void aClientIdentifierThatIsTooLongIsRefusedInTheOldWay(Transport transport) {
        broker.connect(transport, V311, "y".repeat(23)).disconnect();
        try (RawClient client = broker.open(transport, V311)) {
            client.send(Packets.connect(V311, "y".repeat(24)));
            client.expectRefused(2);
        }
    }

    static Stream<Arguments> levels() {
        return Cases.everyTransport(List.of(0, 1, 2, 3, 6, 7, 0x7F, 0x80, 0x83, 0x84, 0x85, 0x86, 0xFF));
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("levels")
    @Proves(v5 = "MQTT-3.1.2-2", v311 = "MQTT-3.1.2-2")
    void aLevelThatIsNotSpokenIsRefusedInWordsThatTheClientKnows(Transport transport, int level) {
        boolean old = (level & 0x7F) < 5;
        try (RawClient client = broker.open(transport, V5)) {
            client.send(Packets.connect(old ? V311 : V5, names.client("c")).protocol("MQTT", level));
            Received refusal = client.expectRefused(old ? 0x01 : 0x84);
            assertThat(refusal.size() == 4).as("the CONNACK of 3.1.1").isEqualTo(old);
        }
    }
}
