package io.coppice.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.broker.Inside;
import io.coppice.broker.Ownership;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.port.Counters;
import io.coppice.session.SessionRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Three nodes of one loop each: whose a session is, wherever it is. */
class ClusterOwnersTest {
    /** Longer than a lease, and than what follows it. */
    private static final long TAKEN_OVER = 5_000;

    private final Settings settings = Settings.ofThreeNodes();
    private World world = new World(7, 3, 1, settings);
    private SimCluster cluster = world.cluster();

    ClusterOwnersTest() {
        world.pass(2000);
    }

    private SimClient named(String user) {
        SimClient client = world.client("phone").persistent();
        client.userName = user;
        return client;
    }

    private SimClient connected(String user, int node) {
        SimClient client = named(user).connect(node);
        world.pass(1000);
        assertThat(client.isConnected()).isTrue();
        return client;
    }

    private static Packet.ConnAck answer(SimClient client) {
        return client.last(Packet.ConnAck.class);
    }

    private void isRefused(String user, int node, boolean clean) {
        SimClient client = named(user);
        client.cleanStart = clean;
        client.expiry = clean ? 0 : 3600;
        client.connect(node);
        world.pass(1000);
        assertThat(answer(client).reasonCode()).isEqualTo(ReasonCode.NOT_AUTHORIZED);
    }

    private long takeoversRefused() {
        return cluster.nodes.stream()
                .flatMap(node -> node.broker().counters().stream())
                .mapToLong(Counters::takeoversRefused)
                .sum();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 3600})
    void whoIsConnectedIsNotDisturbedByAnotherUserOnAnyNode(long expiry) {
        SimClient anna = named("anna");
        anna.expiry = expiry;
        anna.connect(0);
        world.pass(500);
        anna.subscribe("t", Qos.AT_LEAST_ONCE);
        world.pass(500);
        int others = 0;
        for (int node = 0; node < 3; node++) {
            for (boolean clean : new boolean[] {true, false}) {
                isRefused("bert", node, clean);
                isRefused(null, node, clean);
                others += 2;
            }
        }

        assertThat(takeoversRefused()).isEqualTo(others);
        assertThat(world.events.told)
                .filteredOn(told -> told.name().equals("connect-refused"))
                .hasSize(others);
        SimClient meter = world.client("meter").connect(1);
        world.pass(500);
        meter.publish("t", "1", Qos.AT_LEAST_ONCE);
        world.pass(500);
        assertThat(anna.isConnected()).isTrue();
        assertThat(anna.payloads()).containsExactly("1");
    }

    /** Whoever has the session would wait for the claims of somebody who tries all the time. */
    @Test
    void whereTheSessionIsAnotherUserIsRefusedWithoutAClaim() {
        connected("anna", 0);
        world.registry.stalled = true;
        isRefused("bert", 0, false);
        world.registry.proceed();
    }

    @Test
    void aSessionOfAClientThatIsAwayStaysItsUsersOverTheDeathOfItsNode() {
        connected("anna", 0).drop();
        world.pass(500);
        isRefused("bert", 1, true);
        cluster.kill(cluster.nodes.get(0));
        world.pass(TAKEN_OVER);
        isRefused("bert", 0, false);
        isRefused("bert", 1, true);

        SimClient anna = connected("anna", 1);
        assertThat(answer(anna).sessionPresent()).isTrue();
        isRefused("bert", 0, false);
        assertThat(anna.isConnected()).isTrue();
        world.pass(10_000);
        cluster.nodes.forEach(node -> Inside.requireQuiet(node.broker()));
    }

    @Test
    void aSessionThatHasMovedIsStillItsUsers() {
        connected("anna", 0);
        SimClient anna = connected("anna", 2);
        assertThat(answer(anna).sessionPresent()).isTrue();
        for (int node = 0; node < 3; node++) {
            isRefused("bert", node, false);
        }
        assertThat(anna.isConnected()).isTrue();
    }

    @Test
    void ofTwoWhoComeAtTheSameMomentOneIsLetInAndTheOtherNeverDisturbsIt() {
        for (int i = 0; i < 50; i++) {
            world = new World(i, 3, 1, settings);
            cluster = world.cluster();
            world.registry.delayMax = 5;
            world.pass(2000);
            SimClient anna = named("anna").connect(world.random.nextInt(3));
            SimClient bert = named("bert").connect(world.random.nextInt(3));
            world.pass(2000);

            boolean annas = anna.isConnected();
            assertThat(bert.isConnected()).isNotEqualTo(annas);
            assertThat(answer(annas ? bert : anna).reasonCode()).isEqualTo(ReasonCode.NOT_AUTHORIZED);
            assertThat((annas ? anna : bert).log).hasSize(1);
        }
    }

    @Test
    void aSessionThatHasEndedIsNobodys() {
        SimClient anna = named("anna");
        anna.expiry = 0;
        anna.connect(0);
        world.pass(500);
        anna.disconnect();
        world.pass(500);
        SimClient bert = named("bert");
        bert.expiry = 60;
        bert.connect(1);
        world.pass(500);
        assertThat(bert.isConnected()).isTrue();
        bert.drop();
        world.pass(500);
        isRefused("anna", 2, true);
        world.pass(61_000);
        connected("anna", 2);
    }

    @Test
    void aSessionThatEndedWithItsNodeIsNobodys() {
        SimClient anna = named("anna");
        anna.expiry = 0;
        anna.connect(0);
        world.pass(500);
        cluster.kill(cluster.nodes.get(0));
        world.pass(TAKEN_OVER);

        assertThat(answer(connected("bert", 0)).sessionPresent()).isFalse();
    }

    @Test
    void aSessionOfNobodyIsOfTheFirstUserWhoComes() {
        connected(null, 0).drop();
        world.pass(500);
        SimClient bert = connected("bert", 1);
        assertThat(answer(bert).sessionPresent()).isTrue();
        isRefused("anna", 0, false);
        isRefused(null, 2, false);
    }

    @Test
    void whereUsersShareClientIdentifiersTheLastOneHasIt() {
        settings.ownership = Ownership.LAST_USER;
        world = new World(7, 3, 1, settings);
        cluster = world.cluster();
        world.pass(2000);
        connected("anna", 0);
        assertThat(answer(connected("bert", 1)).sessionPresent()).isTrue();
        assertThat(world.registry.owners).containsEntry("phone", "bert");
        connected(null, 2);
        assertThat(world.registry.owners).isEmpty();
    }

    @Test
    void whereNamesProveNothingASessionIsNobodys() {
        settings.ownership = Ownership.NOBODY;
        world = new World(7, 3, 1, settings);
        cluster = world.cluster();
        world.pass(2000);
        connected("anna", 0).drop();
        assertThat(answer(connected("bert", 1)).sessionPresent()).isTrue();
        assertThat(world.registry.owners).isEmpty();
        assertThat(world.store.recordsOf("phone"))
                .filteredOn(SessionRecord.Attached.class::isInstance)
                .allSatisfy(record ->
                        assertThat(((SessionRecord.Attached) record).owner()).isNull());
    }
}
