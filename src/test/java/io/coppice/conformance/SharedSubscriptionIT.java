package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.PUBLISH;
import static io.coppice.blackbox.PacketType.PUBREL;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Cases;
import io.coppice.blackbox.Connect;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.NotInMosquitto;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Property;
import io.coppice.blackbox.Props;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Transport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Shared subscriptions: section 4.8.2 of MQTT 5. */
@BlackBox
class SharedSubscriptionIT {
    private final Broker broker;
    private final Names names;

    SharedSubscriptionIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    /** A member's connection whose end, and the end of whose session, shows by a will. */
    private Connect member(long sessionExpiry, long willDelay) {
        return Packets.connect(V5, names.client("a"))
                .persistent(sessionExpiry)
                .will(names.topic("will"), "gone", 1, false)
                .willProps(Props.of(Property.WILL_DELAY_INTERVAL, willDelay));
    }

    /** The only message that comes is the will. */
    private static void expectOnlyTheWill(RawClient other) {
        assertThat(other.within(Duration.ofSeconds(5)).receive().text()).isEqualTo("gone");
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-4.8.2-3")
    void eachMemberIsSentItsShareAtItsOwnQos(Transport transport) {
        int messages = 12;
        List<RawClient> members = new ArrayList<>();
        try (RawClient publisher = broker.connect(transport, V5, names.client("p"))) {
            for (int qos = 0; qos <= 2; qos++) {
                RawClient member = broker.connect(transport, V5, names.client("m" + qos));
                members.add(member);
                member.subscribe(names.shared("g", "work"), qos);
                member.subscribe(names.topic("end"), 1);
            }
            for (int i = 0; i < messages; i++) {
                publisher.publish(names.topic("work"), Integer.toString(i), 2);
            }
            publisher.publish(names.topic("end"), "end", 1);

            List<String> all = new ArrayList<>();
            for (int qos = 0; qos <= 2; qos++) {
                List<String> share = new ArrayList<>();
                Received message = members.get(qos).receive();
                for (; !message.text().equals("end"); message = members.get(qos).receive()) {
                    assertThat(message.qos()).isEqualTo(qos);
                    share.add(message.text());
                }
                assertThat(share).isNotEmpty();
                all.addAll(share);
            }
            assertThat(all)
                    .containsExactlyInAnyOrderElementsOf(IntStream.range(0, messages)
                            .mapToObj(Integer::toString)
                            .toList());
        } finally {
            members.forEach(RawClient::close);
        }
    }

    static Stream<Arguments> released() {
        return Cases.everyTransport(List.of(false, true));
    }

    @ParameterizedTest(name = "released: {1} over {0}")
    @MethodSource("released")
    @Proves(v5 = "MQTT-4.8.2-4")
    void aQos2DeliveryIsFinishedByTheMemberThatHasBegunIt(Transport transport, boolean released) {
        RawClient before = broker.connect(transport, V5, member(60, 0));
        before.subscribe(names.shared("g", "work"), 2);
        try (RawClient publisher = broker.connect(transport, V5, names.client("p"));
                RawClient other = broker.connect(transport, V5, names.client("b"))) {
            publisher.publish(names.topic("work"), "mine", 2);
            int id = before.expect(PUBLISH).packetId();
            if (released) {
                before.send(Packets.pubrec(id));
                before.expect(PUBREL);
            }
            other.subscribe(names.shared("g", "work"), 2);
            other.subscribe(names.topic("will"), 1);
            before.abort();
            expectOnlyTheWill(other);

            try (RawClient after = broker.connect(
                    transport, V5, Packets.connect(V5, names.client("a")).persistent(60))) {
                assertThat(after.connack().sessionPresent()).isTrue();
                if (released) {
                    assertThat(after.expect(PUBREL).packetId()).isEqualTo(id);
                    after.send(Packets.pubcomp(id));
                } else {
                    Received again = after.receive();
                    assertThat(again.text()).isEqualTo("mine");
                    assertThat(again.packetId()).isEqualTo(id);
                    assertThat(again.dup()).isTrue();
                }
                after.expectNothing();
            }
            other.expectNothingFrom(publisher);
        }
    }

    static Stream<Arguments> expiries() {
        return Cases.everyTransport(List.of(0, 1));
    }

    @ParameterizedTest(name = "expiry {1} over {0}")
    @MethodSource("expiries")
    @Proves(v5 = "MQTT-4.8.2-5")
    @NotInMosquitto("a session that has expired ends there some time later")
    void aQos2DeliveryEndsWithTheSessionThatHasBegunIt(Transport transport, int sessionExpiry) {
        RawClient member = broker.connect(transport, V5, member(sessionExpiry, 60));
        member.subscribe(names.shared("g", "work"), 2);
        try (RawClient publisher = broker.connect(transport, V5, names.client("p"));
                RawClient other = broker.connect(transport, V5, names.client("b"))) {
            publisher.publish(names.topic("work"), "received", 2);
            publisher.publish(names.topic("work"), "sent", 2);
            int received = member.expect(PUBLISH).packetId();
            member.expect(PUBLISH);
            member.send(Packets.pubrec(received));
            member.expect(PUBREL);
            other.subscribe(names.shared("g", "work"), 2);
            other.subscribe(names.topic("will"), 1);
            member.abort();

            expectOnlyTheWill(other);
            other.expectNothingFrom(publisher);
            try (RawClient back = broker.connect(
                    transport, V5, Packets.connect(V5, names.client("a")).persistent(60))) {
                assertThat(back.connack().sessionPresent()).isFalse();
                back.expectNothing();
            }
        }
    }

    static Stream<Arguments> refusals() {
        return Cases.everyTransport(List.of(0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99));
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("refusals")
    @Proves(v5 = "MQTT-4.8.2-6")
    void whatAMemberRefusesGoesToNobodyElse(Transport transport, int reason) {
        RawClient member = broker.connect(transport, V5, member(60, 0));
        member.subscribe(names.shared("g", "work"), 2);
        try (RawClient publisher = broker.connect(transport, V5, names.client("p"));
                RawClient other = broker.connect(transport, V5, names.client("b"))) {
            publisher.publish(names.topic("work"), "one", 1);
            publisher.publish(names.topic("work"), "two", 2);
            other.subscribe(names.shared("g", "work"), 2);
            other.subscribe(names.topic("will"), 1);
            member.send(Packets.puback(member.expect(PUBLISH).packetId()).reason(reason));
            member.send(Packets.pubrec(member.expect(PUBLISH).packetId()).reason(reason));
            member.expectNothing();
            other.expectNothingFrom(publisher);
            member.abort();
            expectOnlyTheWill(other);

            try (RawClient back = broker.connect(
                    transport, V5, Packets.connect(V5, names.client("a")).persistent(60))) {
                assertThat(back.connack().sessionPresent()).isTrue();
                back.expectNothing();
            }
            other.expectNothingFrom(publisher);
        }
    }
}
