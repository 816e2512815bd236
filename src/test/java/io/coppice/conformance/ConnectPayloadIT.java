package io.coppice.conformance;

import static io.coppice.blackbox.PacketType.CONNACK;
import static io.coppice.blackbox.Version.V311;
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
import io.coppice.blackbox.RawClient;
import io.coppice.blackbox.Received;
import io.coppice.blackbox.Sendable;
import io.coppice.blackbox.Transport;
import io.coppice.blackbox.Version;
import java.util.List;

/** The fields of a CONNECT are those that its flags announce: what section 3.1 of both standards asks of a client. */
@BlackBox
class ConnectPayloadIT {
    private static final List<String> NO_UTF8 = List.of("C0 80", "ED A0 80", "FF", "F5 80 80 80", "C3", "61 00 62");

    private final Broker broker;
    private final Names names;

    ConnectPayloadIT(Broker broker, Names names) {
        this.broker = broker;
        this.names = names;
    }

    private Connect connect(Version version) {
        return Packets.connect(version, names.client("c"));
    }

    private Connect withWill(Version version) {
        return connect(version).will(names.topic("will"), "gone", 1, false);
    }

    private void expectMalformed(Transport transport, Version version, Sendable connect) {
        expectRefused(transport, version, connect, 0x81);
    }

    /** Before version 5 a malformed CONNECT is answered with nothing but the close. */
    private void expectRefused(Transport transport, Version version, Sendable connect, int... reasons) {
        try (RawClient client = broker.open(transport, version)) {
            client.send(connect);
            client.expectClosed(version == V5 ? reasons : new int[0]);
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-3.1.3-1", v311 = "MQTT-3.1.3-1")
    void theFieldsStandInTheirOrder(Transport transport, Version version) {
        String topic = names.topic("will");
        Connect connect = Packets.connect(version, names.client("c"))
                .will(topic, "gone", 1, false)
                .willProps(Props.of(Property.CONTENT_TYPE, "text"))
                .user("user")
                .password("password");
        try (RawClient watcher = broker.connect(transport, version, names.client("w"))) {
            watcher.subscribe(topic, 1);
            broker.connect(transport, version, connect).abort();
            Received will = watcher.receive();
            assertThat(will.text()).isEqualTo("gone");
            assertThat(will.properties().string(Property.CONTENT_TYPE).isPresent())
                    .isEqualTo(version.is5());
        }
        for (int cut = 1; cut < connect.packet().bodyLength(); cut++) {
            expectMalformed(transport, version, connect.packet().cut(cut));
        }
    }

    /** The will's topic and payload before its properties. */
    @OnEveryTransport
    @Proves(v5 = "MQTT-3.1.3-1")
    void willPropertiesComeBeforeItsTopic(Transport transport) {
        String head = "00 04 4D 51 54 54 05 06 00 00 00 00 01 63";
        Sendable right = Packets.connect(V5).packet().body(head + "00 00 03 61 2F 62 00 01 78");
        Sendable swapped = Packets.connect(V5).packet().body(head + "00 03 61 2F 62 00 01 78 00");
        expectMalformed(transport, V5, swapped);
        try (RawClient client = broker.open(transport, V5)) {
            client.send(right);
            assertThat(client.expect(CONNACK).reason()).isZero();
            client.disconnect();
        }
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-3.1.2-9", v311 = "MQTT-3.1.2-9")
    void aWillThatIsAnnouncedIsThere(Transport transport, Version version) {
        expectMalformed(transport, version, connect(version).flags(0x06));
        expectMalformed(
                transport, version, connect(version).flags(0x06).packet().append("00"));
        expectMalformed(transport, version, withWill(version).packet().cut(6));
        expectMalformed(transport, version, withWill(version).packet().cut(1));
    }

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-3.1.2-11", "MQTT-3.1.2-13"},
            v311 = {"MQTT-3.1.2-11", "MQTT-3.1.2-13", "MQTT-3.1.2-15"})
    void whoHasNoWillSaysNothingOfIt(Transport transport, Version version) {
        for (int flags : new int[] {0x08, 0x10, 0x18, 0x20, 0x28}) {
            expectMalformed(transport, version, connect(version).flags(0x02 | flags));
        }
        expectMalformed(transport, version, withWill(version).flags(0x02));
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-3.1.2-12", v311 = "MQTT-3.1.2-14")
    void aWillIsNotOfQos3(Transport transport, Version version) {
        expectMalformed(transport, version, withWill(version).flags(0x1E));
        expectMalformed(transport, version, withWill(version).flags(0x3E));
    }

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-3.1.2-16", "MQTT-3.1.2-17"},
            v311 = {"MQTT-3.1.2-18", "MQTT-3.1.2-19"})
    void aUserNameIsThereIfItIsAnnounced(Transport transport, Version version) {
        expectMalformed(transport, version, connect(version).user("user").flags(0x02));
        expectMalformed(transport, version, connect(version).flags(0x82));
        broker.connect(transport, version, connect(version).user("user")).disconnect();
    }

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-3.1.2-18", "MQTT-3.1.2-19"},
            v311 = {"MQTT-3.1.2-20", "MQTT-3.1.2-21"})
    void aPasswordIsThereIfItIsAnnounced(Transport transport, Version version) {
        expectMalformed(
                transport,
                version,
                connect(version).user("user").password("secret").flags(0x82));
        expectMalformed(transport, version, connect(version).password("secret").flags(0x02));
        expectMalformed(transport, version, connect(version).user("user").flags(0xC2));
        broker.connect(transport, version, connect(version).user("user").password("secret"))
                .disconnect();
    }

    @OnEveryTransport
    @Proves(v311 = "MQTT-3.1.2-22")
    void aPasswordComesWithAUserNameBeforeVersion5(Transport transport) {
        expectMalformed(transport, V311, connect(V311).password("secret"));
        broker.connect(transport, V5, connect(V5).password("secret")).disconnect();
    }

    @InEveryVersion
    @Proves(v5 = "MQTT-3.1.3-3", v311 = "MQTT-3.1.3-3")
    void aClientIdentifierIsThere(Transport transport, Version version) {
        Sendable none = Packets.connect(version).packet().cut(2);
        expectMalformed(transport, version, none);
        expectMalformed(transport, version, Packets.connect(version).packet().cut(1));
    }

    @InEveryVersion
    @Proves(
            v5 = {"MQTT-3.1.3-4", "MQTT-3.1.3-11", "MQTT-3.1.3-12"},
            v311 = {"MQTT-3.1.3-4", "MQTT-3.1.3-10", "MQTT-3.1.3-11"})
    @NotInMosquitto("it takes some of them")
    void clientIdentifierUserNameAndWillTopicAreUtf8(Transport transport, Version version) {
        for (String hex : NO_UTF8) {
            byte[] bad = Packets.raw(hex);
            expectRefused(transport, version, Packets.connect(version).clientId(bad), 0x81, 0x85);
            expectMalformed(transport, version, connect(version).user(bad));
            expectMalformed(transport, version, connect(version).will(bad, new byte[0], 0, false));
        }
    }
}
