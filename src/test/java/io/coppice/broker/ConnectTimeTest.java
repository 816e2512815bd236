package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Will;
import io.coppice.simulation.Settings;
import io.coppice.simulation.SimClient;
import io.coppice.simulation.World;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients that were let in for a time. */
class ConnectTimeTest {
    private final World world = new World(1, 1, new Settings());
    private final SimClient lamp = world.client("lamp");

    private void letInFor(long millis) {
        world.gatekeeper.until = world.now() + millis;
    }

    @ParameterizedTest
    @EnumSource
    void aConnectionEndsWithTheTimeItsClientWasLetInFor(ProtocolVersion version) {
        letInFor(60_000);
        lamp.version = version;
        lamp.connect(0).await();
        world.pass(59_800);
        assertThat(lamp.isConnected()).isTrue();
        world.pass(400);

        assertThat(lamp.isConnected()).isFalse();
        if (version.isV5()) {
            assertThat(lamp.last(Packet.Disconnect.class).reasonCode()).isEqualTo(ReasonCode.MAXIMUM_CONNECT_TIME);
        }
        assertThat(Inside.timers(world.broker)).isZero();
    }

    @Test
    void whoLeavesBeforeLeavesNothingBehind() {
        letInFor(60_000);
        lamp.connect(0).await();
        lamp.disconnect();
        world.run();

        assertThat(Inside.timers(world.broker)).isZero();
    }

    @Test
    void theWillIsPublishedThen() {
        SimClient reader = world.client("reader").connect(0).await();
        reader.subscribe("gone", Qos.AT_MOST_ONCE);
        world.run();
        letInFor(60_000);
        lamp.will = new Will(
                TopicName.of("gone"),
                "lamp".getBytes(StandardCharsets.UTF_8),
                Qos.AT_MOST_ONCE,
                false,
                Properties.NONE,
                0,
                -1);
        lamp.connect(0).await();
        world.pass(60_200);

        assertThat(reader.payloads()).containsExactly("lamp");
    }

    @Test
    void whoProvesItselfAgainStaysAsLongAsItWasLetInForThen() {
        letInFor(60_000);
        lamp.method = "echo";
        lamp.data = "in";
        lamp.connect(0).await();
        world.pass(50_000);
        letInFor(60_000);
        again();
        world.pass(50_000);
        assertThat(lamp.isConnected()).isTrue();
        world.gatekeeper.until = Long.MAX_VALUE;
        again();
        world.pass(1_000_000);

        assertThat(lamp.isConnected()).isTrue();
        assertThat(Inside.timers(world.broker)).isZero();
    }

    private void again() {
        lamp.send(new Packet.Auth(
                ReasonCode.REAUTHENTICATE,
                Properties.builder()
                        .text(Property.AUTHENTICATION_METHOD, "echo")
                        .binary(Property.AUTHENTICATION_DATA, "in".getBytes(StandardCharsets.UTF_8))
                        .build()));
        world.run();
    }
}
