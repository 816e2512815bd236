package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.Hostile;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Will;
import io.coppice.port.NodeControl;
import io.coppice.port.NodeControl.BanKind;
import io.coppice.session.DropReason;
import io.coppice.simulation.Settings;
import io.coppice.simulation.SimClient;
import io.coppice.simulation.World;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Will messages and the end of sessions (MQTT 5, 3.1.2.5 and 4.1). */
class WillTest {
    private final World world = new World(1, 2, new Settings());
    private final SimClient lamp = world.client("lamp");
    private final SimClient watcher = world.client("watcher").connect(1).await();

    @BeforeEach
    void watch() {
        watcher.subscribe("will", Qos.EXACTLY_ONCE);
        world.run();
    }

    private void connect(long delay, long expiry) {
        connect(delay, expiry, -1);
    }

    private void connect(long delay, long expiry, long messageExpiry) {
        lamp.will = new Will(
                TopicName.of("will"),
                "gone".getBytes(StandardCharsets.UTF_8),
                Qos.AT_LEAST_ONCE,
                true,
                Properties.NONE,
                delay,
                messageExpiry);
        lamp.cleanStart = false;
        lamp.expiry = expiry;
        lamp.connect(0).await();
    }

    private int wills() {
        return watcher.messages.size();
    }

    private void nothingWaits() {
        world.pass(10_000);
        assertThat(Inside.timers(world.broker)).isZero();
        assertThat(world.broker.sessions()).isEqualTo(1);
    }

    @Test
    void aConnectionThatBreaksBringsTheWillAtOnce() {
        connect(0, 5);
        lamp.drop();
        world.run();
        assertThat(wills()).isEqualTo(1);
        assertThat(watcher.messages.get(0).retain()).isFalse();
        assertThat(world.broker.retainedMessages()).isEqualTo(1);
        nothingWaits();

        assertThat(wills()).isEqualTo(1);
    }

    @Test
    void whoSaysGoodbyeLeavesNoWillAndWhoSaysItWithWillDoes() {
        connect(0, 5);
        lamp.disconnect();
        nothingWaits();
        assertThat(wills()).isZero();
        connect(0, 5);
        lamp.disconnect(ReasonCode.DISCONNECT_WITH_WILL, Properties.NONE);
        nothingWaits();

        assertThat(wills()).isEqualTo(1);
    }

    @Test
    void aDelayedWillComesAfterItsDelayUnlessTheClientIsBack() {
        connect(3, 100);
        lamp.drop();
        world.pass(2_800);
        assertThat(wills()).isZero();
        world.pass(400);
        assertThat(wills()).isEqualTo(1);
        connect(3, 100);
        lamp.drop();
        world.pass(2_000);
        connect(3, 100);
        world.pass(10_000);

        assertThat(wills()).isEqualTo(1);
        assertThat(lamp.isConnected()).isTrue();
    }

    @Test
    void aWillWaitsNoLongerThanItsSession() {
        connect(60, 2);
        lamp.drop();
        world.pass(1_900);
        assertThat(wills()).isZero();
        world.pass(300);
        assertThat(wills()).isEqualTo(1);
        assertThat(world.broker.counters().get(0).sessionsExpired()).isEqualTo(1);
        nothingWaits();
    }

    @Test
    void aSessionThatEndsWithItsConnectionBringsTheWillAtOnce() {
        connect(60, 0);
        lamp.drop();
        world.run();

        assertThat(wills()).isEqualTo(1);
        nothingWaits();
    }

    @Test
    void aTakeoverBringsAWillWithoutDelayAndKeepsADelayedOneBack() {
        connect(0, 100);
        connect(60, 100);
        assertThat(wills()).isEqualTo(1);
        lamp.connect(1).await();
        world.pass(100_000);

        assertThat(wills()).isEqualTo(1);
    }

    @Test
    void aCleanStartEndsTheSessionAndBringsItsWillOnce() {
        for (int loop = 0; loop < 2; loop++) {
            connect(60, 100);
            lamp.cleanStart = true;
            lamp.will = null;
            lamp.connect(loop).await();
            assertThat(wills()).isEqualTo(loop + 1);
            lamp.disconnect();
            world.run();
        }
        connect(60, 100);
        lamp.drop();
        world.run();
        lamp.cleanStart = true;
        lamp.will = null;
        lamp.connect(1).await();

        assertThat(wills()).isEqualTo(3);
    }

    @Test
    void aWillKnowsWhenItExpires() {
        connect(0, 0, 7);
        lamp.drop();
        world.run();

        assertThat(watcher.messages.get(0).messageExpiryInterval()).isEqualTo(7);
    }

    @Test
    @Hostile("B59")
    void aWillIsPublishedWithTheRightsOfItsClient() {
        connect(0, 0);
        world.gatekeeper.topicsForbidden.add("will");
        lamp.drop();
        world.run();

        assertThat(wills()).isZero();
        assertThat(world.broker.counters().get(0).droppedCount(DropReason.NOT_AUTHORIZED))
                .isEqualTo(1);
    }

    private void ban(BanKind kind, String value) {
        world.broker
                .control()
                .ban(new NodeControl.Ban(kind, value, world.now() + 3_600_000, "because", "anna"), ended -> {});
        world.run();
    }

    @Test
    @Hostile("B60")
    void whoIsBannedLeavesNoWill() {
        lamp.userName = "u";
        lamp.host = "10.9.9.9";
        for (NodeControl.Ban ban : List.of(
                new NodeControl.Ban(BanKind.CLIENT_ID, "lamp", 0, "", ""),
                new NodeControl.Ban(BanKind.USER, "u", 0, "", ""),
                new NodeControl.Ban(BanKind.ADDRESS, "10.9.9.9", 0, "", ""))) {
            for (long expiry : new long[] {0, 60}) {
                connect(0, expiry);
                ban(ban.kind(), ban.value());
                world.pass(100_000);
                assertThat(lamp.last(Packet.Disconnect.class).reasonCode()).isEqualTo(ReasonCode.BANNED);
                assertThat(wills()).as("%s with a session of %s s", ban, expiry).isZero();
                world.broker.control().unban(ban.kind(), ban.value());
            }
        }
        nothingWaits();
    }

    @Test
    @Hostile("B60")
    void norDoesOneThatHasEndedItsConnectionBeforeTheBan() {
        lamp.userName = "u";
        for (BanKind kind : List.of(BanKind.CLIENT_ID, BanKind.USER)) {
            connect(10, 60);
            lamp.drop();
            world.pass(5_000);
            ban(kind, kind == BanKind.USER ? "u" : "lamp");
            world.broker.control().unban(kind, kind == BanKind.USER ? "u" : "lamp");
            world.pass(100_000);
            assertThat(wills()).as("by %s, for good", kind).isZero();
        }
        nothingWaits();
    }

    @Test
    void theBanOfSomebodyElseKeepsNoWillBack() {
        connect(10, 60);
        lamp.drop();
        ban(BanKind.CLIENT_ID, "lantern");
        ban(BanKind.USER, "lamp");
        ban(BanKind.ADDRESS, "10.9.9.9");
        world.pass(11_000);
        assertThat(wills()).isEqualTo(1);
    }

    @Test
    void disconnectMayChangeTheSessionExpiryWithinTheCapAndEndTheSession() {
        connect(0, 100);
        disconnectFor(1);
        world.pass(1_200);
        assertThat(world.broker.sessions()).isEqualTo(1);
        connect(0, 100);
        disconnectFor(0);

        assertThat(world.broker.sessions()).isEqualTo(1);
        nothingWaits();
    }

    private void disconnectFor(long seconds) {
        lamp.disconnect(
                ReasonCode.NORMAL_DISCONNECTION,
                Properties.builder()
                        .number(Property.SESSION_EXPIRY_INTERVAL, seconds)
                        .build());
        world.run();
    }

    @Test
    void theSessionExpiryOfDisconnectIsCutToTheCap() {
        Settings settings = new Settings();
        settings.sessionExpiryMax = 2;
        World capped = new World(1, 1, settings);
        SimClient client = capped.client("lamp").persistent().connect(0).await();
        client.disconnect(
                ReasonCode.NORMAL_DISCONNECTION,
                Properties.builder()
                        .number(Property.SESSION_EXPIRY_INTERVAL, 1000)
                        .build());
        capped.pass(2_200);

        assertThat(capped.broker.sessions()).isZero();
    }

    @Test
    void aSessionThatWasToEndWithItsConnectionCannotBeKeptByDisconnect() {
        connect(0, 0);
        lamp.send(new Packet.Disconnect(
                ReasonCode.NORMAL_DISCONNECTION,
                Properties.builder()
                        .number(Property.SESSION_EXPIRY_INTERVAL, 10)
                        .build()));
        world.run();

        assertThat(lamp.last(Packet.Disconnect.class).reasonCode()).isEqualTo(ReasonCode.PROTOCOL_ERROR);
        assertThat(wills()).isEqualTo(1);
    }
}
