package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.simulation.Settings;
import io.coppice.simulation.SimClient;
import io.coppice.simulation.World;
import org.junit.jupiter.api.Test;

class KeepAliveTest {
    private final Settings settings = new Settings();

    private static SimClient connected(World world, int keepAlive) {
        SimClient client = world.client("lamp");
        client.keepAlive = keepAlive;
        client.connect(0);
        world.run();
        return client;
    }

    @Test
    void aClientThatIsSilentForOneAndAHalfTimesItsKeepAliveIsCut() {
        World world = new World(1, 1, settings);
        SimClient lamp = connected(world, 10);
        world.pass(14_900);
        assertThat(lamp.isConnected()).isTrue();
        world.pass(300);

        assertThat(lamp.last(Packet.Disconnect.class).reasonCode()).isEqualTo(ReasonCode.KEEP_ALIVE_TIMEOUT);
        assertThat(world.broker.connections()).isZero();
        assertThat(Inside.timers(world.broker)).isZero();
    }

    @Test
    void anyPacketKeepsTheConnectionAlive() {
        World world = new World(1, 1, settings);
        SimClient lamp = connected(world, 10);
        for (int i = 0; i < 10; i++) {
            world.pass(14_000);
            lamp.send(new Packet.PingReq());
        }
        world.run();

        assertThat(lamp.isConnected()).isTrue();
        assertThat(lamp.all(Packet.PingResp.class)).hasSize(10);
    }

    @Test
    void withoutKeepAliveAClientMayBeSilentForEver() {
        World world = new World(1, 1, settings);
        SimClient lamp = connected(world, 0);
        world.pass(1_000_000);

        assertThat(lamp.isConnected()).isTrue();
        assertThat(Inside.timers(world.broker)).isZero();
    }

    @Test
    void aClientThatIsNotReadFromIsNotCutForItsSilence() {
        settings.receiveMaximum = 1;
        World world = new World(1, 2, settings);
        world.retainedStore.delayMax = 0;
        SimClient lamp = world.client("lamp");
        lamp.version = ProtocolVersion.V3_1_1;
        lamp.keepAlive = 2;
        lamp.connect(0);
        SimClient far = world.client("far").persistent().connect(1);
        world.run();
        far.subscribe("t", Qos.AT_LEAST_ONCE);
        world.run();
        world.store.stalled = true;
        lamp.publish("t", "1", Qos.AT_LEAST_ONCE);
        world.pass(20_000);
        assertThat(lamp.connection().isReading()).isFalse();
        assertThat(lamp.isConnected()).isTrue();
        world.store.proceed();
        world.run();

        assertThat(lamp.connection().isReading()).isTrue();
        assertThat(lamp.all(Packet.PubAck.class)).hasSize(1);
        world.pass(6_000);
        assertThat(lamp.isConnected()).isFalse();
    }

    @Test
    void aKeepAliveAboveTheMaximumOrNoneIsReplacedInVersion5() {
        settings.keepAliveMax = 60;
        World world = new World(1, 1, settings);

        for (int asked : new int[] {0, 100}) {
            SimClient lamp = connected(world, asked);
            assertThat(lamp.last(Packet.ConnAck.class).properties().number(Property.SERVER_KEEP_ALIVE, -1))
                    .isEqualTo(60);
        }
        SimClient modest = connected(world, 59);
        assertThat(modest.last(Packet.ConnAck.class).properties().has(Property.SERVER_KEEP_ALIVE))
                .isFalse();
    }

    @Test
    void anOlderClientIsHeldToTheLimitThoughItCannotBeTold() {
        settings.keepAliveMax = 1;
        World world = new World(1, 1, settings);
        SimClient lamp = world.client("lamp");
        lamp.version = ProtocolVersion.V3_1_1;
        lamp.keepAlive = 10;
        lamp.connect(0);
        world.pass(1_400);
        assertThat(lamp.isConnected()).isTrue();
        world.pass(200);

        assertThat(lamp.isConnected()).isFalse();
    }
}
