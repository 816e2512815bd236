package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.simulation.Settings;
import io.coppice.simulation.SimClient;
import io.coppice.simulation.World;
import org.junit.jupiter.api.Test;

class AdmissionTest {
    private final Settings settings = new Settings();
    private World world = new World(1, 2, settings);

    private World world() {
        world = new World(1, 2, settings);
        return world;
    }

    private SimClient connect(String clientId) {
        SimClient client = world.client(clientId).connect(0);
        world.run();
        return client;
    }

    private static Properties welcome(SimClient client) {
        Packet.ConnAck ack = client.last(Packet.ConnAck.class);
        assertThat(ack.reasonCode()).isEqualTo(ReasonCode.SUCCESS);
        return ack.properties();
    }

    private void refused(SimClient client, ReasonCode reason) {
        Packet.ConnAck ack = client.last(Packet.ConnAck.class);
        assertThat(ack.reasonCode()).isEqualTo(reason);
        assertThat(ack.sessionPresent()).isFalse();
        assertThat(ack.properties().text(Property.REASON_STRING)).isNotBlank();
        assertThat(client.isConnected()).isFalse();
        assertThat(world.broker.counters().get(0).connAcks(reason)).isEqualTo(1);
        assertThat(world.events.told).anySatisfy(told -> {
            assertThat(told.name()).isEqualTo("connect-refused");
            assertThat(told.reason()).isEqualTo(reason);
        });
    }

    @Test
    void anAnonymousClientIsRefusedWhereAnonymousClientsAre() {
        world.gatekeeper.anonymous = false;

        refused(connect("lamp"), ReasonCode.NOT_AUTHORIZED);
        assertThat(world.broker.counters().get(0).authentications(false)).isEqualTo(1);
        assertThat(world.registry.homes).isEmpty();
    }

    @Test
    void oneConnectionTooManyIsRefusedUntilAnotherHasGone() {
        settings.connectionsMax = 1;
        world();
        SimClient first = connect("first");
        refused(connect("second"), ReasonCode.QUOTA_EXCEEDED);
        first.disconnect();
        world.run();

        welcome(connect("third"));
    }

    @Test
    void moreConnectsThanTheRateAreRefused() {
        settings.connectRateMax = 2;
        world();
        welcome(connect("a"));
        welcome(connect("b"));
        refused(connect("c"), ReasonCode.CONNECTION_RATE_EXCEEDED);
        world.pass(500);

        welcome(connect("c"));
    }

    @Test
    void oneSessionTooManyIsRefusedAndAnOldOneMayStillComeBack() {
        settings.sessionsMax = 1;
        world();
        SimClient lamp = world.client("lamp").persistent().connect(0);
        world.run();
        refused(connect("meter"), ReasonCode.QUOTA_EXCEEDED);
        assertThat(world.registry.homes).containsOnlyKeys("lamp");
        lamp.connect(1);
        world.run();

        welcome(lamp);
    }

    @Test
    void aRegistryThatCannotAnswerRefusesTheClient() {
        world.registry.down = true;

        refused(connect("lamp"), ReasonCode.SERVER_UNAVAILABLE);
        assertThat(Inside.admissions(world.broker)).isZero();
    }

    @Test
    void aNodeThatDrainsLetsNobodyIn() {
        world.broker.drain(() -> {});
        world.run();

        refused(connect("lamp"), ReasonCode.SERVER_UNAVAILABLE);
        assertThat(world.broker.ready()).isFalse();
    }

    @Test
    void aClientThatWaitsForTheRegistryWhenTheDrainBeginsIsTurnedBack() {
        world.registry.stalled = true;
        SimClient lamp = connect("lamp");
        world.broker.drain(() -> {});
        world.run();
        world.registry.proceed();
        world.run();

        refused(lamp, ReasonCode.SERVER_UNAVAILABLE);
        assertThat(world.registry.homes).isEmpty();
        assertThat(world.broker.sessions()).isZero();
    }

    @Test
    void aClientWithoutIdentifierIsGivenOne() {
        assertThat(welcome(connect("")).text(Property.ASSIGNED_CLIENT_IDENTIFIER))
                .isEqualTo("assigned-1");
        assertThat(world.registry.homes).containsOnlyKeys("assigned-1");
    }

    @Test
    void connackTellsEveryLimitThatDiffersFromTheStandard() {
        settings.receiveMaximum = 7;
        settings.topicAliasMax = 3;
        settings.packetSizeMax = 1234;
        settings.sessionExpiryMax = 60;
        world();
        Properties told = welcome(world.client("lamp").persistent().connect(0).await());

        assertThat(told.number(Property.RECEIVE_MAXIMUM, -1)).isEqualTo(7);
        assertThat(told.number(Property.TOPIC_ALIAS_MAXIMUM, -1)).isEqualTo(3);
        assertThat(told.number(Property.MAXIMUM_PACKET_SIZE, -1)).isEqualTo(1234);
        assertThat(told.number(Property.SESSION_EXPIRY_INTERVAL, -1)).isEqualTo(60);
    }

    @Test
    void connackIsSilentAboutWhatIsAsTheStandardSupposes() {
        settings.receiveMaximum = 65_535;
        settings.topicAliasMax = 0;
        world();

        assertThat(welcome(connect("lamp")).singles()).containsOnlyKeys(Property.MAXIMUM_PACKET_SIZE);
        SimClient old = world.client("old");
        old.version = ProtocolVersion.V3_1_1;
        old.connect(0).await();
        assertThat(welcome(old)).isEqualTo(Properties.NONE);
    }

    @Test
    void aSessionOfAnOlderClientIsKeptForAsLongAsAnyMayBe() {
        settings.sessionExpiryMax = 5;
        world();
        SimClient old = world.client("old");
        old.version = ProtocolVersion.V3_1_1;
        old.cleanStart = false;
        old.connect(0).await();
        old.drop();
        world.pass(4_800);
        assertThat(world.broker.sessions()).isEqualTo(1);
        world.pass(400);

        assertThat(world.broker.sessions()).isZero();
        assertThat(world.broker.counters().get(0).sessionsExpired()).isEqualTo(1);
    }

    @Test
    void whoIsGoneBeforeTheVerdictLeavesNothing() {
        world.gatekeeper.slow = true;
        SimClient lamp = connect("lamp");
        lamp.drop();
        world.run();
        world.gatekeeper.answer();
        world.run();

        assertThat(world.broker.sessions()).isZero();
        assertThat(world.registry.homes).isEmpty();
        assertThat(Inside.admissions(world.broker)).isZero();
    }

    @Test
    void nobodyIsAskedAnyMoreOfAClientThatHasGone() {
        world.gatekeeper.slow = true;
        connect("lamp").drop();
        world.run();

        assertThat(world.gatekeeper.withdrawn).containsExactly("lamp");
    }

    @Test
    void aClientThatWasJudgedIsNotWithdrawn() {
        world.registry.stalled = true;
        connect("lamp").drop();
        world.run();

        assertThat(world.gatekeeper.withdrawn).isEmpty();
    }

    @Test
    void whoLeavesBeforeTheAnswerOfTheRegistryLeavesNothing() {
        world.registry.stalled = true;
        SimClient lamp = connect("lamp");
        lamp.disconnect();
        world.run();
        world.registry.proceed();
        world.run();

        assertThat(world.broker.sessions()).isZero();
        assertThat(world.registry.homes).isEmpty();
        assertThat(Inside.admissions(world.broker)).isZero();
        assertThat(lamp.all(Packet.ConnAck.class)).isEmpty();
    }

    @Test
    void theFirstPacketIsConnect() {
        SimClient lamp = world.client("lamp");
        lamp.connect(0);
        SimClient rude = world.client("rude");
        rude.open(0);
        rude.send(new Packet.PingReq());
        world.run();

        assertThat(rude.log).isEmpty();
        assertThat(rude.connection().isOpen()).isFalse();
        assertThat(world.events.told).anyMatch(told -> told.reason() == ReasonCode.PROTOCOL_ERROR);
    }

    @Test
    void aSecondConnectEndsTheConnection() {
        SimClient lamp = connect("lamp");
        lamp.send(new Packet.Connect(ProtocolVersion.V5, true, 0, "lamp", null, null, null, Properties.NONE));
        world.run();

        assertThat(lamp.last(Packet.Disconnect.class).reasonCode()).isEqualTo(ReasonCode.PROTOCOL_ERROR);
    }

    @Test
    void whatAClientSendsBeforeItsConnackIsReadAfterIt() {
        world.registry.stalled = true;
        SimClient lamp = world.client("lamp").connect(0);
        lamp.subscribe("t", Qos.AT_MOST_ONCE);
        lamp.publish("t", "early", Qos.AT_MOST_ONCE);
        world.run();
        world.registry.proceed();
        world.run();

        assertThat(lamp.payloads()).containsExactly("early");
    }
}
