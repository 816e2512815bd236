package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.PUBCOMP;
import static io.coppice.blackbox.PacketType.PUBLISH;
import static io.coppice.blackbox.PacketType.PUBREC;
import static io.coppice.blackbox.PacketType.PUBREL;
import static io.coppice.blackbox.Version.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.BlackBox;
import io.coppice.blackbox.Broker;
import io.coppice.blackbox.Connect;
import io.coppice.blackbox.InEveryVersion;
import io.coppice.blackbox.Names;
import io.coppice.blackbox.NotInMosquitto;
import io.coppice.blackbox.OnEveryTransport;
import io.coppice.blackbox.Packets;
import io.coppice.blackbox.Property;
import io.coppice.blackbox.Props;
import io.coppice.blackbox.Proves;
import io.coppice.blackbox.Publish;
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/** QoS 2: section 4.3.3 of both standards. */
@BlackBox
class QosTwoIT {
    private static final Duration WAIT = Duration.ofSeconds(2);

    private final Broker broker;
    private final Names names;

    QosTwoIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    private RawClient persistent(Transport transport, Version version, String role) {
        Connect connect = Packets.connect(version, names.client(role)).persistent(60);
        return broker.connect(transport, version, connect);
    }

    // The broker sends

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-4.3.3-1", "MQTT-4.3.3-4"},
            v311 = "MQTT-4.3.3-1")
    void eachMessageKeepsAnIdentifierOfItsOwnUntilPubcomp(Transport transport, Version version) {
        String topic = names.topic("x");
        try (RawClient publisher = broker.connect(transport, version, names.client("p"));
                RawClient subscriber = broker.connect(transport, version, names.client("s"))) {
            subscriber.subscribe(topic, 2);
            Set<Integer> out = new HashSet<>();
            for (int i = 0; i < 60; i++) {
                publisher.publish(topic, "" + i, 2);
                int id = subscriber.expect(PUBLISH).packetId();
                assertThat(out.add(id)).as("%d is free", id).isTrue();
                int released = out.iterator().next();
                subscriber.send(Packets.pubrec(released));
                assertThat(subscriber.expect(PUBREL).packetId()).isEqualTo(released);
                if (i % 4 != 0) {
                    subscriber.send(Packets.pubcomp(released));
                    out.remove(released);
                }
            }
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-4.3.3-2", v311 = "MQTT-4.3.3-1")
    void theFirstDeliveryHasNoDup(Transport transport, Version version) {
        String topic = names.topic("x");
        try (RawClient publisher = broker.connect(transport, version, names.client("p"))) {
            try (RawClient subscriber = persistent(transport, version, "s")) {
                subscriber.subscribe(topic, 2);
                publisher.publish(Packets.publish(version, topic).qos(2).dup());
                assertThat(subscriber.receive().dup()).isFalse();
                subscriber.disconnect();
            }
            publisher.publish(Packets.publish(version, topic).qos(2).dup());
            try (RawClient resumed = persistent(transport, version, "s")) {
                Received first = resumed.receive(); // it waited in the session, and was never sent
                assertThat(first.qos()).isEqualTo(2);
                assertThat(first.dup()).isFalse();
                resumed.expectNothing();
            }
        }
    }

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-4.3.3-3", "MQTT-4.3.3-4", "MQTT-4.3.3-5", "MQTT-4.3.3-6"},
            v311 = "MQTT-4.3.3-1")
    void eachStepIsRepeatedUntilItsAnswerAndNoneAfterIt(Transport transport, Version version) {
        String topic = names.topic("x");
        int id;
        try (RawClient publisher = broker.connect(transport, version, names.client("p"));
                RawClient subscriber = persistent(transport, version, "s")) {
            subscriber.subscribe(topic, 2);
            publisher.publish(topic, "owed", 2);
            id = subscriber.expect(PUBLISH).packetId();
            subscriber.abort();
        }
        for (int times = 1; times <= 3; times++) {
            try (RawClient resumed = persistent(transport, version, "s")) {
                Received again = resumed.expect(PUBLISH);
                assertThat(again.packetId()).isEqualTo(id);
                assertThat(again.text()).isEqualTo("owed");
                assertThat(again.dup()).isTrue();
                resumed.expectNothing();
                if (times == 3) {
                    resumed.send(Packets.pubrec(id));
                    assertThat(resumed.expect(PUBREL).packetId()).isEqualTo(id);
                }
                resumed.abort();
            }
        }
        for (int times = 1; times <= 3; times++) {
            try (RawClient resumed = persistent(transport, version, "s")) {
                assertThat(resumed.expect(PUBREL).packetId()).isEqualTo(id);
                resumed.expectNothing();
                if (times == 2) {
                    resumed.send(Packets.pubrec(id)); // the client had lost its first PUBREC
                    assertThat(resumed.expect(PUBREL).packetId()).isEqualTo(id);
                    resumed.abort();
                } else if (times == 3) {
                    resumed.send(Packets.pubcomp(id));
                    resumed.disconnect();
                } else {
                    resumed.abort();
                }
            }
        }
        try (RawClient done = persistent(transport, version, "s")) {
            assertThat(done.connack().sessionPresent()).isTrue();
            done.expectNothing();
        }
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-4.3.3-4")
    void aPubrecThatNobodyElseSubscribedIsFollowedByPubrel(Transport transport) {
        String topic = names.topic("x");
        try (RawClient client = broker.connect(transport, V5, names.client("c"))) {
            client.subscribe(topic, 2);
            client.publish(topic, "x", 2);
            int id = client.expect(PUBLISH).packetId();
            client.send(Packets.pubrec(id).reason(0x10));
            Received pubrel = client.expect(PUBREL);
            assertThat(pubrel.packetId()).isEqualTo(id);
            assertThat(pubrel.reason()).isZero();
        }
    }

    private Publish expiring(String topic) {
        return Packets.publish(V5, topic)
                .payload("expires")
                .qos(2)
                .props(Props.of(Property.MESSAGE_EXPIRY_INTERVAL, 1));
    }

    @OnEveryTransport
    @Proves(v5 = {"MQTT-4.3.3-7", "MQTT-4.3.3-13"})
    @NotInMosquitto("it expires all the same")
    void aMessageThatWasSentDoesNotExpire(Transport transport) {
        String topic = names.topic("x");
        int id;
        try (RawClient publisher = broker.connect(transport, V5, names.client("p"));
                RawClient subscriber = persistent(transport, V5, "s")) {
            subscriber.subscribe(topic, 2);
            publisher.publish(expiring(topic));
            id = subscriber.expect(PUBLISH).packetId();
            subscriber.abort();
            publisher.expectNothingFor(WAIT);
        }
        try (RawClient resumed = persistent(transport, V5, "s")) {
            Received again = resumed.expect(PUBLISH);
            assertThat(again.text()).isEqualTo("expires");
            assertThat(again.packetId()).isEqualTo(id);
            assertThat(again.dup()).isTrue();
            resumed.send(Packets.pubrec(id));
            assertThat(resumed.expect(PUBREL).packetId()).isEqualTo(id);
        }
        try (RawClient resumed = persistent(transport, V5, "s")) {
            assertThat(resumed.expect(PUBREL).packetId()).isEqualTo(id);
            resumed.send(Packets.pubcomp(id));
            resumed.expectNothing();
        }
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-4.3.3-13")
    void theHandshakeWithASubscriberGoesOnWhenTheMessageHasExpired(Transport transport) {
        String topic = names.topic("x");
        try (RawClient publisher = broker.connect(transport, V5, names.client("p"));
                RawClient subscriber = broker.connect(transport, V5, names.client("s"))) {
            subscriber.subscribe(topic, 2);
            publisher.publish(expiring(topic));
            int id = subscriber.expect(PUBLISH).packetId();
            subscriber.expectNothingFor(WAIT);

            subscriber.send(Packets.pubrec(id));
            Received pubrel = subscriber.expect(PUBREL);
            assertThat(pubrel.packetId()).isEqualTo(id);
            assertThat(pubrel.reason()).isZero();
            subscriber.send(Packets.pubcomp(id));
            subscriber.expectNothing();
        }
    }

    @OnEveryTransport
    @Proves(v5 = "MQTT-4.3.3-13")
    void theHandshakeWithAPublisherGoesOnWhenTheMessageHasExpired(Transport transport) {
        String topic = names.topic("x");
        try (RawClient publisher = broker.connect(transport, V5, names.client("p"))) {
            publisher.send(expiring(topic).id(7));
            publisher.expect(PUBREC);
            publisher.expectNothingFor(WAIT);

            publisher.send(expiring(topic).id(7).dup());
            expectPubrec(publisher);
            expectPubcomp(publisher);
        }
    }

    // The broker receives

    @OnEveryTransport
    @Proves(v5 = "MQTT-4.3.3-9")
    void theIdentifierOfARefusedMessageIsFree(Transport transport) {
        String topic = names.topic("x");
        try (RawClient publisher = broker.connect(transport, V5, names.client("p"));
                RawClient subscriber = broker.connect(transport, V5, names.client("s"))) {
            subscriber.subscribe(topic, 2);
            publisher.send(
                    Packets.publish(V5, "$SYS/" + names.topic("denied")).qos(2).id(7));
            assertThat(publisher.expect(PUBREC).reason()).isEqualTo(0x87);

            publisher.publish(
                    Packets.publish(V5, topic).payload("allowed").qos(2).id(7));
            assertThat(subscriber.receive().text()).isEqualTo("allowed");
            publisher.send(
                    Packets.publish(V5, "$SYS/" + names.topic("denied")).qos(2).id(8));
            assertThat(publisher.expect(PUBREC).reason()).isEqualTo(0x87);
            publisher.subscribe(Packets.subscribe(V5, 8).filter(topic, 0));
        }
    }

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-4.3.3-8", "MQTT-4.3.3-10", "MQTT-4.3.3-11"},
            v311 = "MQTT-4.3.3-2")
    @NotInMosquitto("it closes at the third repeat")
    void repeatsBeforePubrelAreAnsweredAndNotDelivered(Transport transport, Version version) {
        String topic = names.topic("x");
        try (RawClient subscriber = broker.connect(transport, version, names.client("s"))) {
            subscriber.subscribe(topic, 2);
            try (RawClient publisher = persistent(transport, version, "p")) {
                publisher.send(once(version, topic));
                expectPubrec(publisher);
                for (int i = 0; i < 3; i++) {
                    publisher.send(once(version, topic).dup());
                    expectPubrec(publisher);
                }
                publisher.abort();
            }
            for (int times = 1; times <= 3; times++) {
                try (RawClient publisher = persistent(transport, version, "p")) {
                    publisher.send(once(version, topic));
                    expectPubrec(publisher);
                    publisher.send(once(version, topic).dup());
                    expectPubrec(publisher);
                    if (times == 3) {
                        expectPubcomp(publisher);
                        assertThat(subscriber.receive().text()).isEqualTo("once");
                        subscriber.expectNothingFrom(publisher);
                    } else {
                        publisher.abort();
                    }
                }
            }
        }
    }

    private static Publish once(Version version, String topic) {
        return Packets.publish(version, topic).payload("once").qos(2).id(7);
    }

    private static void expectPubrec(RawClient publisher) {
        Received pubrec = publisher.expect(PUBREC);
        assertThat(pubrec.packetId()).isEqualTo(7);
        assertThat(pubrec.reason()).isLessThan(0x80);
    }

    private static void expectPubcomp(RawClient publisher) {
        publisher.send(Packets.pubrel(7));
        Received pubcomp = publisher.expect(PUBCOMP);
        assertThat(pubcomp.packetId()).isEqualTo(7);
        assertThat(pubcomp.reason()).isZero();
    }

    @InEveryVersion
    @Proves(v5 = {"MQTT-4.3.3-11", "MQTT-4.3.3-12"})
    void afterPubcompTheIdentifierIsThatOfANewMessage(Transport transport, Version version) {
        String topic = names.topic("x");
        try (RawClient publisher = broker.connect(transport, version, names.client("p"));
                RawClient subscriber = broker.connect(transport, version, names.client("s"))) {
            subscriber.subscribe(topic, 2);
            for (int i = 0; i < 3; i++) {
                Publish publish =
                        Packets.publish(version, topic).payload("same").qos(2).id(7);
                publisher.send(i == 1 ? publish.dup() : publish);
                expectPubrec(publisher);
                expectPubcomp(publisher);
                assertThat(subscriber.receive().text()).isEqualTo("same");
            }
            subscriber.expectNothingFrom(publisher);
            publisher.send(Packets.pubrel(7)); // as after a PUBCOMP that was lost
            Received pubcomp = publisher.expect(PUBCOMP);
            assertThat(pubcomp.packetId()).isEqualTo(7);
        }
    }
}
