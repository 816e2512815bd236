package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Will;
import io.coppice.session.SessionRecord;
import io.coppice.simulation.Settings;
import io.coppice.simulation.SimClient;
import io.coppice.simulation.World;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DrainTest {
    private static final long UNTIL_SEEN_CLOSED = 20;

    private final World world = new World(1, 2, new Settings());
    private int done;

    private void drain() {
        world.broker.drain(() -> done++);
        world.run();
    }

    @Test
    void everyClientIsToldWhyAndItsSessionIsParked() {
        SimClient lamp = world.client("lamp").persistent().connect(0);
        SimClient meter = world.client("meter").connect(1).await();
        drain();
        world.pass(UNTIL_SEEN_CLOSED);

        assertThat(lamp.last(Packet.Disconnect.class).reasonCode()).isEqualTo(ReasonCode.SERVER_SHUTTING_DOWN);
        assertThat(meter.last(Packet.Disconnect.class).reasonCode()).isEqualTo(ReasonCode.SERVER_SHUTTING_DOWN);
        assertThat(done).isEqualTo(1);
        assertThat(world.broker.connections()).isZero();
        assertThat(world.broker.sessions()).isEqualTo(1);
        assertThat(world.store.safeOf("lamp"))
                .last()
                .satisfies(entry -> assertThat(entry.record()).isInstanceOf(SessionRecord.Parked.class));
    }

    @Test
    void manyClientsGoInSlices() {
        List<SimClient> clients = new ArrayList<>();
        for (int i = 0; i < 900; i++) {
            clients.add(world.client("c" + i).connect(0));
        }
        world.run();
        drain();
        assertThat(world.broker.connections()).isEqualTo(700);
        assertThat(done).isZero();
        world.pass(6);
        assertThat(world.broker.connections()).isEqualTo(500);
        world.pass(100);

        assertThat(world.broker.connections()).isZero();
        assertThat(done).isEqualTo(1);
    }

    private static World crowded(int rate, int clients) {
        Settings settings = new Settings();
        settings.drainRateMax = rate;
        World world = new World(1, 2, settings);
        for (int i = 0; i < clients; i++) {
            world.client("c" + i).connect(i % 2);
        }
        world.run();
        assertThat(world.broker.connections()).isEqualTo(clients);
        return world;
    }

    @Test
    void clientsGoAtTheRateThatTheLimitSays() {
        World world = crowded(100, 600);
        world.broker.drain(() -> done++);
        world.pass(2_000);
        assertThat(world.broker.connections()).isBetween(395L, 405L);
        world.pass(3_000);
        assertThat(world.broker.connections()).isBetween(95L, 105L);
        assertThat(done).isZero();
        world.pass(1_000);
        assertThat(world.broker.connections()).isZero();
        assertThat(done).isEqualTo(1);
    }

    @Test
    void noneIsLeftAfterFifteenSecondsWhateverTheRate() {
        World world = crowded(1, 600);
        world.broker.drain(() -> done++);
        world.pass(14_000);
        assertThat(world.broker.connections()).isBetween(15L, 30L);
        world.pass(1_000);
        assertThat(world.broker.connections()).isZero();
        assertThat(done).isEqualTo(1);
    }

    @Test
    void theTimeThatAStopMayTakeIsASetting() {
        Settings settings = new Settings();
        settings.drainRateMax = 1;
        settings.drainMillisMax = 2_000;
        World world = new World(1, 2, settings);
        for (int i = 0; i < 600; i++) {
            world.client("c" + i).connect(i % 2);
        }
        world.run();
        world.broker.drain(() -> done++);
        world.pass(1_000);
        assertThat(world.broker.connections()).isBetween(150L, 250L);
        assertThat(world.broker.draining().on()).isTrue();
        assertThat(world.broker.draining().connectionsLeft()).isEqualTo(world.broker.connections());
        assertThat(world.broker.draining().millisLeft()).isEqualTo(1_000);
        world.pass(1_000);
        assertThat(done).isEqualTo(1);
        assertThat(world.broker.draining().millisLeft()).isZero();
    }

    private SimClient reader() {
        SimClient reader = world.client("reader").persistent().connect(0).await();
        reader.subscribe("t", Qos.AT_LEAST_ONCE);
        world.run();
        reader.acknowledges = false;
        world.client("writer").connect(1).await().publish("t", "1", Qos.AT_LEAST_ONCE);
        world.run();
        assertThat(reader.payloads()).containsExactly("1");
        return reader;
    }

    @Test
    void whatIsInFlightIsWaitedForAndNothingIsAddedToIt() {
        SimClient reader = reader();
        SimClient writer = world.client("other").connect(1).await();
        world.broker.control().drain();
        world.pass(100);
        assertThat(reader.isConnected()).isTrue();
        assertThat(writer.isConnected()).isFalse();
        world.broker.publish(new Message(
                TopicName.of("t"),
                "2".getBytes(StandardCharsets.UTF_8),
                Qos.AT_LEAST_ONCE,
                false,
                Properties.NONE,
                Message.NEVER,
                "",
                0));
        world.pass(100);
        assertThat(reader.payloads()).as("waits for its next connection").containsExactly("1");

        Packet.Publish first = reader.messages.get(0);
        reader.send(new Packet.PubAck(first.packetId(), ReasonCode.SUCCESS, Properties.NONE));
        world.pass(UNTIL_SEEN_CLOSED);
        assertThat(reader.last(Packet.Disconnect.class).reasonCode()).isEqualTo(ReasonCode.USE_ANOTHER_SERVER);
        world.broker.control().undrain();
        reader.acknowledges = true;
        reader.connect(0).await();
        world.run();
        assertThat(reader.payloads())
                .as("what was acknowledged is not sent again")
                .containsExactly("1", "2");
    }

    @Test
    void aClientThatDoesNotAcknowledgeIsNotWaitedForLongerThanItsTime() {
        SimClient reader = reader();
        drain();
        world.pass(480);
        assertThat(reader.isConnected()).isTrue();
        assertThat(done).isZero();
        world.pass(40);
        assertThat(reader.isConnected()).isFalse();
        assertThat(done).isEqualTo(1);
    }

    @Test
    void aClientThatIsAnsweredLateIsAnsweredFirst() {
        SimClient lamp = world.client("lamp").persistent().connect(0).await();
        lamp.subscribe("t", Qos.AT_LEAST_ONCE);
        world.run();
        SimClient writer = world.client("writer").connect(1).await();
        world.store.stalled = true;
        writer.publish("t", "1", Qos.AT_LEAST_ONCE);
        world.run();
        drain();
        world.pass(100);
        assertThat(writer.isConnected()).isTrue();
        world.store.proceed();
        world.pass(UNTIL_SEEN_CLOSED);

        assertThat(writer.all(Packet.PubAck.class)).hasSize(1);
        assertThat(writer.isConnected()).isFalse();
    }

    @Test
    void whereThereAreOtherServersClientsAreToldWhichAndThoseWhoComeToo() {
        Settings settings = new Settings();
        settings.serverReference = "mqtt.example.com:8883";
        settings.drainRateMax = 1;
        World world = new World(1, 2, settings);
        SimClient lamp = world.client("lamp").connect(0).await();
        SimClient meter = world.client("meter").connect(0).await();
        world.broker.drain(() -> done++);
        world.pass(100);
        SimClient late = world.client("late").connect(1).await();
        world.pass(20_000);

        for (SimClient client : List.of(lamp, meter)) {
            Packet.Disconnect told = client.last(Packet.Disconnect.class);
            assertThat(told.reasonCode()).isEqualTo(ReasonCode.USE_ANOTHER_SERVER);
            assertThat(told.properties().text(Property.SERVER_REFERENCE)).isEqualTo("mqtt.example.com:8883");
        }
        Packet.ConnAck refused = late.last(Packet.ConnAck.class);
        assertThat(refused.reasonCode()).isEqualTo(ReasonCode.USE_ANOTHER_SERVER);
        assertThat(refused.properties().text(Property.SERVER_REFERENCE)).isEqualTo("mqtt.example.com:8883");
    }

    @Test
    void theDrainEndsWhenEverythingIsStored() {
        SimClient lamp = world.client("lamp").persistent().connect(0).await();
        world.store.stalled = true;
        drain();
        assertThat(done).isZero();
        assertThat(lamp.all(Packet.Disconnect.class)).isEmpty();
        world.store.proceed();
        world.pass(UNTIL_SEEN_CLOSED);

        assertThat(done).isEqualTo(1);
        assertThat(lamp.all(Packet.Disconnect.class)).hasSize(1);
    }

    @Test
    void theDrainWaitsForClientsToCloseButNotForEver() {
        SimClient lamp = world.client("lamp").connect(0).await();
        lamp.connection().lingers = true;
        drain();
        world.pass(1_900);
        assertThat(done).isZero();
        world.pass(200);
        assertThat(done).isEqualTo(1);
        lamp.drop();
        world.pass(1_000);

        assertThat(done).isEqualTo(1);
    }

    @Test
    void aNodeThatShutsDownPublishesNoWills() {
        SimClient lamp = world.client("lamp");
        lamp.will = new Will(TopicName.of("will"), new byte[1], Qos.AT_LEAST_ONCE, true, Properties.NONE, 0, -1);
        lamp.connect(0).await();
        drain();

        assertThat(world.broker.retainedMessages()).isZero();
    }

    @Test
    void aClientWhoseSessionIsOnItsWayIsTurnedBackAndTheSessionStays() {
        SimClient lamp = world.client("lamp").persistent().connect(0).await();
        lamp.subscribe("t", Qos.AT_LEAST_ONCE);
        world.run();
        world.store.stalled = true;
        lamp.connect(1).await();
        drain();
        world.store.proceed();
        world.pass(UNTIL_SEEN_CLOSED);

        assertThat(lamp.last(Packet.ConnAck.class).reasonCode()).isEqualTo(ReasonCode.SERVER_UNAVAILABLE);
        assertThat(world.broker.sessions()).isEqualTo(1);
        assertThat(world.broker.subscriptions()).isEqualTo(1);
        assertThat(Inside.admissions(world.broker)).isZero();
        assertThat(done).isEqualTo(1);
    }

    @Test
    void aNodeThatIsDrainedTidiesUpNoMore() {
        drain();
        world.pass(5_000);

        assertThat(world.loops).allMatch(loop -> loop.timers() == 0);
        assertThat(world.broker.ready()).isFalse();
    }

    @Test
    void aNodeTellsWhoItIsAndSinceWhen() {
        assertThat(world.broker.ready()).isTrue();
        assertThat(world.broker.nodeName()).isEqualTo("oak");
        assertThat(world.broker.startedAt()).isEqualTo(world.now());
    }
}
