package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.AUTH;
import static io.coppice.blackbox.PacketType.CONNACK;
import static io.coppice.blackbox.PacketType.PINGRESP;
import static io.coppice.blackbox.PacketType.PUBACK;
import static io.coppice.blackbox.PacketType.PUBLISH;
import static io.coppice.blackbox.Property.AUTHENTICATION_DATA;
import static io.coppice.blackbox.Property.AUTHENTICATION_METHOD;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.Answer;
import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.BrokerSettings;
import io.coppice.blackbox.Cases;
import io.coppice.blackbox.Connect;
import io.coppice.blackbox.Hostile;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Property;
import io.coppice.blackbox.Props;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Sendable;
import io.coppice.blackbox.Transport;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Enhanced authentication: MQTT 5, 4.12, with the method of {@link TestGatekeeper}. */
@BlackBox
@BrokerSettings(gatekeeper = TestGatekeeper.class)
class EnhancedAuthenticationIT {
    private static final int CONTINUE = 0x18;
    private static final int AGAIN = 0x19;

    private final Broker broker;
    private final Names names;

    EnhancedAuthenticationIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    private static Props says(String data) {
        return says(TestGatekeeper.METHOD, data);
    }

    private static Props says(String method, String data) {
        return Props.of(AUTHENTICATION_METHOD, method).with(AUTHENTICATION_DATA, data.getBytes(StandardCharsets.UTF_8));
    }

    private static Answer auth(int reason, String data) {
        return Packets.auth().reason(reason).props(says(data));
    }

    private Connect connect(String data) {
        return Packets.connect(V5, names.client("c")).props(says(data));
    }

    /** A client that was let in after one round. */
    private RawClient authenticated(Transport transport, Connect connect) {
        RawClient client = broker.open(transport, V5);
        client.send(connect);
        client.expect(AUTH);
        client.send(auth(CONTINUE, "ROUND-1"));
        assertThat(client.expect(CONNACK).reason()).isZero();
        return client;
    }

    private RawClient authenticated(Transport transport) {
        return authenticated(transport, connect("1"));
    }

    private static void assertSays(Received packet, int reason, String data) {
        assertThat(packet.reason()).isEqualTo(reason);
        assertThat(packet.properties().string(AUTHENTICATION_METHOD)).contains(TestGatekeeper.METHOD);
        assertThat(packet.properties().binary(AUTHENTICATION_DATA))
                .hasValueSatisfying(bytes -> assertThat(bytes).asString().isEqualTo(data));
    }

    private static void answer(RawClient client, Received challenge) {
        String said =
                new String(challenge.properties().binary(AUTHENTICATION_DATA).orElseThrow(), StandardCharsets.UTF_8);
        client.send(auth(CONTINUE, said.toUpperCase(Locale.ROOT)));
    }

    @ParameterizedTest(name = "{1} rounds over {0}")
    @MethodSource("rounds")
    @Proves(v5 = {"MQTT-4.12.0-2", "MQTT-4.12.0-5"})
    void anExchangeTakesAsManyRoundsAsItNeeds(Transport transport, int rounds) {
        try (RawClient client = broker.open(transport, V5)) {
            client.send(connect(String.valueOf(rounds)));
            for (int round = 1; round <= rounds; round++) {
                Received challenge = client.expect(AUTH);
                assertSays(challenge, CONTINUE, "round-" + round);
                answer(client, challenge);
            }
            assertSays(client.expect(CONNACK), 0, "welcome");
            client.subscribe(names.topic("in"), 1);
            client.publish(names.topic("in"), "inside", 1);
            assertThat(client.receive().text()).isEqualTo("inside");
        }
    }

    static Stream<Arguments> rounds() {
        return Cases.everyTransport(List.of(0, 1, 2, 5));
    }

    @ParameterizedTest(name = "in round {1} over {0}")
    @MethodSource("failures")
    @Proves(v5 = {"MQTT-4.12.0-4", "MQTT-3.2.2-7", "MQTT-4.13.2-1"})
    void aWrongProofIsRefusedInAnyRound(Transport transport, int wrong) {
        try (RawClient client = broker.open(transport, V5)) {
            client.send(connect("3"));
            for (int round = 1; round < wrong; round++) {
                answer(client, client.expect(AUTH));
            }
            client.expect(AUTH);
            client.send(auth(CONTINUE, "wrong"));
            client.expectRefused(0x87);
        }
    }

    static Stream<Arguments> failures() {
        return Cases.everyTransport(List.of(1, 2, 3));
    }

    @ParameterizedTest(name = "\"{1}\" over {0}")
    @MethodSource("unknownMethods")
    @Proves(v5 = "MQTT-4.12.0-1")
    void anUnknownMethodIsRefused(Transport transport, String method) {
        try (RawClient client = broker.open(transport, V5)) {
            client.send(Packets.connect(V5, names.client("c")).props(says(method, "1")));
            client.expectRefused(0x8C);
        }
    }

    static Stream<Arguments> unknownMethods() {
        return Cases.everyTransport(List.of("X", "", "capitals", TestGatekeeper.METHOD + " "));
    }

    static Stream<Arguments> strayAnswers() {
        return Cases.everyTransport(List.of(
                Packets.auth().reason(CONTINUE).props(says("OTHER", "ROUND-1")),
                Packets.auth().reason(CONTINUE).props(says("", "ROUND-1")),
                Packets.auth().reason(CONTINUE).props(Props.of().with(AUTHENTICATION_DATA, new byte[] {1})),
                Packets.auth().reason(CONTINUE),
                auth(AGAIN, "1")));
    }

    @ParameterizedTest(name = "case {index} over {0}")
    @MethodSource("strayAnswers")
    @Proves(v5 = {"MQTT-4.12.0-3", "MQTT-4.12.0-5"})
    void theMethodAndTheReasonStayTheSameInAnExchange(Transport transport, Answer stray) {
        try (RawClient client = broker.open(transport, V5)) {
            client.send(connect("2"));
            client.expect(AUTH);
            client.send(stray);
            client.expectRefused(0x82);
        }
    }

    static Stream<Arguments> impatient() {
        return Cases.everyTransport(List.of(
                Packets.publish(V5, "early").qos(1),
                Packets.subscribe(V5, 1).filter("early", 0),
                Packets.unsubscribe(V5, 1).filter("early"),
                Packets.pingreq(),
                Packets.connect(V5, "early")));
    }

    @ParameterizedTest(name = "case {index} over {0}")
    @MethodSource("impatient")
    @Proves(v5 = "MQTT-3.1.2-30")
    void nothingButAuthComesBeforeTheEndOfTheExchange(Transport transport, Sendable early) {
        try (RawClient client = broker.open(transport, V5)) {
            client.send(connect("1"));
            client.expect(AUTH);
            client.send(early);
            client.expectRefused(0x82);
        }
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-3.1.2-30")
    void aClientMayLeaveInTheMiddleOfTheExchange(Transport transport) {
        try (RawClient client = broker.open(transport, V5)) {
            client.send(connect("1"));
            client.expect(AUTH);
            client.send(Packets.disconnect());
            client.expectClosed();
        }
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-4.12.0-6")
    void aClientThatNamesNoMethodHearsOfNone(Transport transport) {
        try (RawClient client = broker.connect(transport, V5, names.client("c"))) {
            assertThat(client.connack().properties().has(AUTHENTICATION_METHOD)).isFalse();
            assertThat(client.connack().properties().has(AUTHENTICATION_DATA)).isFalse();
            client.expectNothing();
        }
    }

    static Stream<Arguments> uninvited() {
        return Cases.everyTransport(List.of(
                auth(AGAIN, "1"), auth(CONTINUE, "ROUND-1"), Packets.auth().reason(AGAIN)));
    }

    @ParameterizedTest(name = "case {index} over {0}")
    @MethodSource("uninvited")
    @Proves(v5 = "MQTT-4.12.0-7")
    void aClientThatNamedNoMethodSendsNoAuth(Transport transport, Answer uninvited) {
        try (RawClient client = broker.connect(transport, V5, names.client("c"))) {
            client.send(uninvited);
            client.expectDisconnect(0x82);
        }
    }

    @OnEveryTransport
    @Proves(v5 = {"MQTT-4.12.0-2", "MQTT-4.12.0-5"})
    @Hostile("B69")
    void packetsGoOnWhileAClientProvesItselfAgain(Transport transport) {
        String topic = names.topic("flow");
        try (RawClient client = authenticated(transport)) {
            client.subscribe(topic, 0);
            for (int time = 0; time < 3; time++) {
                client.sendTogether(auth(AGAIN, "2"), Packets.publish(V5, topic).payload("a"));
                Received challenge = client.await(AUTH);
                assertSays(challenge, CONTINUE, "round-1");
                client.publish(topic, "b", 1);
                answer(client, challenge);
                challenge = client.await(AUTH);
                assertSays(challenge, CONTINUE, "round-2");
                client.publish(topic, "c", 2);
                answer(client, challenge);
                assertSays(client.await(AUTH), 0, "welcome");
                client.publish(topic, "d", 1);
                assertThat(Stream.generate(client::receive).limit(4).map(Received::text))
                        .containsExactly("a", "b", "c", "d");
            }
            client.expectNothing();
        }
    }

    @OnEveryTransport
    @Proves(v5 = {"MQTT-4.12.0-2", "MQTT-4.12.0-5"})
    void packetsGoOnWhileTheServerThinks(Transport transport) {
        try (RawClient client = authenticated(transport)) {
            client.send(
                    auth(AGAIN, "slow:1"),
                    Packets.publish(V5, names.topic("flow")).qos(1).id(7),
                    Packets.pingreq());
            assertThat(client.expect(PUBACK).packetId()).isEqualTo(7);
            client.expect(PINGRESP);
            Received challenge = client.expect(AUTH);
            assertSays(challenge, CONTINUE, "round-1");
            answer(client, challenge);
            assertSays(client.expect(AUTH), 0, "welcome");
        }
    }

    @OnEveryTransport
    @Proves(v5 = {"MQTT-4.12.0-2", "MQTT-4.12.0-5"})
    void nobodyIsInBeforeASlowServerHasDecided(Transport transport) {
        try (RawClient client = broker.open(transport, V5)) {
            client.send(connect("slow:1"));
            assertSays(client.expect(AUTH), CONTINUE, "round-1");
            client.send(auth(CONTINUE, "slow:ROUND-1"));
            assertSays(client.expect(CONNACK), 0, "welcome");
        }
    }

    @OnEveryTransport
    @Proves(v5 = {"MQTT-4.12.1-2", "MQTT-4.13.2-1"})
    void aClientThatFailsToProveItselfAgainIsSentAway(Transport transport) {
        String topic = names.topic("will");
        try (RawClient watcher = broker.connect(transport, V5, names.client("w"));
                RawClient client = authenticated(transport, connect("1").will(topic, "failed", 1, false))) {
            watcher.subscribe(topic, 1);
            client.send(auth(AGAIN, "2"));
            answer(client, client.expect(AUTH));
            client.expect(AUTH);
            client.send(auth(CONTINUE, "wrong"));
            client.expectDisconnect(0x87);
            assertThat(watcher.expect(PUBLISH).text()).isEqualTo("failed");
        }
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-3.1.2-24")
    void aChallengeThatIsTooLargeIsNotWaitedForInVain(Transport transport) {
        int size = 16 + TestGatekeeper.METHOD.length();
        try (RawClient client = broker.open(transport, V5)) {
            client.send(
                    Packets.connect(V5, names.client("c")).props(says("1").with(Property.MAXIMUM_PACKET_SIZE, size)));
            client.expectRefused(0x83);
        }
    }

    static Stream<Arguments> wrongAgain() {
        return Cases.everyTransport(List.of(
                Packets.auth().reason(AGAIN).props(says("OTHER", "1")),
                Packets.auth().reason(AGAIN).props(says("", "1")),
                Packets.auth().reason(AGAIN),
                auth(CONTINUE, "ROUND-1")));
    }

    @ParameterizedTest(name = "case {index} over {0}")
    @MethodSource("wrongAgain")
    @Proves(v5 = {"MQTT-4.12.1-1", "MQTT-4.12.0-5"})
    @Hostile("B69")
    void aClientProvesItselfAgainByTheMethodOfItsConnect(Transport transport, Answer wrong) {
        try (RawClient client = authenticated(transport)) {
            client.send(wrong);
            client.expectDisconnect(0x82);
        }
    }

    static Stream<Arguments> wrongMeanwhile() {
        return Cases.everyTransport(
                List.of(Packets.auth().reason(CONTINUE).props(says("OTHER", "ROUND-1")), auth(AGAIN, "1")));
    }

    @ParameterizedTest(name = "case {index} over {0}")
    @MethodSource("wrongMeanwhile")
    @Proves(v5 = {"MQTT-4.12.1-1", "MQTT-4.12.0-5"})
    void anotherProofDoesNotBeginInTheMiddleOfOne(Transport transport, Answer wrong) {
        try (RawClient client = authenticated(transport)) {
            client.send(auth(AGAIN, "2"));
            client.expect(AUTH);
            client.send(wrong);
            client.expectDisconnect(0x82);
        }
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-4.12.0-3")
    void successIsTheServersToSay(Transport transport) {
        try (RawClient client = authenticated(transport)) {
            client.send(auth(0, "ROUND-1"));
            client.expectDisconnect(0x81, 0x82);
        }
    }
}
