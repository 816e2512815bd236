package io.coppice.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.Hostile;
import io.coppice.broker.Inside;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Will;
import io.coppice.port.NodeControl.Ban;
import io.coppice.port.NodeControl.BanKind;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Wills of clients whose node dies, or leaves. */
class ClusterWillTest {
    private static final long TAKEN_OVER = 5_000;

    private final World world = new World(5, 3, 1, Settings.ofThreeNodes());
    private final SimCluster cluster = world.cluster();
    private final SimNode doomed = cluster.nodes.get(0);
    private final SimClient lamp = world.client("lamp");
    private SimClient watcher;

    @BeforeEach
    void someoneWatches() {
        cluster.delayMax = 5;
        cluster.viewDelayMax = 50;
        world.pass(2000);
        watcher = world.client("watcher").persistent().connect(1);
        world.pass(200);
        watcher.subscribe("gone", Qos.EXACTLY_ONCE);
        world.pass(200);
    }

    private static Will will(Qos qos, long delay, boolean retain, Properties properties) {
        return new Will(
                TopicName.of("gone"), "lamp".getBytes(StandardCharsets.UTF_8), qos, retain, properties, delay, 60);
    }

    private static Will will(Qos qos) {
        return will(qos, 0, false, Properties.NONE);
    }

    private void connect(Will will) {
        lamp.will = will;
        lamp.connect(0);
        world.pass(200);
        assertThat(lamp.isConnected()).isTrue();
    }

    private void quiet() {
        world.pass(10_000);
        cluster.nodes.forEach(node -> Inside.requireQuiet(node.broker()));
        assertThat(world.registry.homes).doesNotContainKey("lamp");
    }

    @Test
    void thatOfASessionThatEndsWithItsNodeIsPublishedWhenTheNodeIsGone() {
        Properties properties =
                Properties.builder().text(Property.CONTENT_TYPE, "text/plain").build();
        connect(will(Qos.AT_LEAST_ONCE, 30, true, properties));
        cluster.kill(doomed);
        world.pass(TAKEN_OVER);

        assertThat(watcher.payloads()).containsExactly("lamp");
        assertThat(watcher.messages.get(0).qos()).isEqualTo(Qos.AT_LEAST_ONCE);
        assertThat(watcher.messages.get(0).properties().text(Property.CONTENT_TYPE))
                .isEqualTo("text/plain");
        SimClient late = world.client("late").connect(1);
        world.pass(200);
        late.subscribe("gone", Qos.AT_LEAST_ONCE);
        world.pass(500);
        assertThat(late.payloads()).containsExactly("lamp");
        assertThat(late.messages.get(0).retain()).isTrue();
        quiet();
    }

    @Test
    void thatOfACleanSessionOfVersion311Too() {
        lamp.version = ProtocolVersion.V3_1_1;
        connect(will(Qos.EXACTLY_ONCE));
        cluster.kill(doomed);
        world.pass(TAKEN_OVER);

        assertThat(watcher.payloads()).containsExactly("lamp");
        quiet();
    }

    @Test
    void aSubscriberWhoDiedWithTheSameNodeIsOwedItToo() {
        watcher.connect(0);
        world.pass(500);
        connect(will(Qos.EXACTLY_ONCE));
        cluster.kill(doomed);
        world.pass(TAKEN_OVER);
        watcher.connect(0); // of those that are left
        world.pass(500);

        assertThat(watcher.payloads()).containsExactly("lamp");
        quiet();
    }

    @Test
    void whoHasComeBackElsewhereIsNotGone() {
        connect(will(Qos.AT_LEAST_ONCE));
        cluster.kill(doomed);
        lamp.will = null;
        lamp.connect(0); // before anybody has noticed
        world.pass(TAKEN_OVER);

        assertThat(lamp.isConnected()).isTrue();
        assertThat(watcher.payloads()).isEmpty();
        lamp.disconnect();
        quiet();
    }

    @Test
    void whoHasSaidGoodbyeIsNotMissed() {
        connect(will(Qos.AT_LEAST_ONCE));
        lamp.disconnect();
        world.pass(100);
        cluster.kill(doomed);
        world.pass(TAKEN_OVER);

        assertThat(watcher.payloads()).isEmpty();
        quiet();
    }

    @Test
    void whoIsSentAwayByANodeThatLeavesIsNotMissed() {
        connect(will(Qos.AT_LEAST_ONCE));
        SimClient kept = world.client("kept").persistent();
        kept.will = will(Qos.AT_LEAST_ONCE, 1, false, Properties.NONE);
        kept.connect(0);
        world.pass(200);
        cluster.leave(doomed);
        world.pass(TAKEN_OVER);

        assertThat(doomed.alive).isFalse();
        assertThat(lamp.connection().isOpen()).isFalse();
        assertThat(watcher.payloads()).isEmpty();
        quiet();
    }

    @Test
    void whoWasLostBeforeItsNodeLeftIsMissedAfterTheDelay() {
        lamp.persistent();
        connect(will(Qos.AT_LEAST_ONCE, 3, false, Properties.NONE));
        lamp.drop();
        world.pass(100);
        cluster.leave(doomed);
        world.pass(2_000);
        assertThat(doomed.alive).isFalse();
        assertThat(watcher.payloads()).isEmpty();
        world.pass(2_000);

        assertThat(watcher.payloads()).containsExactly("lamp");
    }

    @Test
    void theDelayOfAPersistentSessionGoesOnAfterTheSecondDeath() {
        lamp.persistent();
        connect(will(Qos.EXACTLY_ONCE, 20, false, Properties.NONE));
        cluster.kill(doomed);
        world.pass(TAKEN_OVER);
        cluster.start("again");
        world.pass(5_000);
        String home = world.registry.homes.get("lamp").node().name();
        cluster.kill(cluster.nodes.stream()
                .filter(node -> node.id.name().equals(home))
                .findFirst()
                .orElseThrow());
        world.pass(8_000);
        if (!watcher.isConnected()) {
            watcher.connect(0);
        }
        world.pass(500);
        assertThat(watcher.payloads()).isEmpty();
        world.pass(8_000);

        assertThat(watcher.payloads()).containsExactly("lamp");
    }

    /** An operator's word goes to every node, so whoever takes over knows of it. */
    @Test
    @Hostile("B60")
    void thatOfAClientThatIsBannedIsPublishedByNobody() {
        connect(will(Qos.AT_LEAST_ONCE));
        cluster.kill(doomed); // before it has heard of the ban
        for (SimNode node : cluster.nodes) {
            node.broker()
                    .control()
                    .ban(new Ban(BanKind.CLIENT_ID, "lamp", world.now() + 60_000, "because", "anna"), ended -> {});
        }
        world.pass(TAKEN_OVER);

        assertThat(watcher.payloads()).isEmpty();
        quiet();
    }
}
