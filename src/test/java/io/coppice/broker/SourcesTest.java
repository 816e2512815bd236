package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.Hostile;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Will;
import io.coppice.port.NodeControl.Ban;
import io.coppice.port.NodeControl.BanKind;
import io.coppice.session.DropReason;
import io.coppice.simulation.Settings;
import io.coppice.simulation.SimClient;
import io.coppice.simulation.World;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is stored of publishers that have lost the right to publish it since. */
class SourcesTest {
    private final Settings settings = new Settings();
    private final World world = new World(1, 2, settings);
    private final SimClient meter = client("meter", "anna");
    private final SimClient other = client("other", "bob");
    private final SimClient lamp = world.client("lamp").persistent().connect(1).await();

    private SimClient client(String clientId, String user) {
        SimClient client = world.client(clientId);
        client.userName = user;
        return client.connect(0).await();
    }

    @AfterEach
    void theBooksAreRight() {
        world.pass(20_000);
        Inside.requireQuiet(world.broker);
    }

    private long dropped() {
        return world.broker.counters().stream()
                .mapToLong(each -> each.droppedCount(DropReason.NOT_AUTHORIZED))
                .sum();
    }

    private void subscribe(String filter) {
        lamp.subscribe(filter, Qos.EXACTLY_ONCE);
        world.run();
    }

    private void publish(SimClient from, String payload, Qos qos, boolean retain) {
        from.publish("a/" + from.clientId(), payload, qos, retain);
        world.run();
    }

    /** Takes rights from a client identifier or user. */
    private void revoke(String name) {
        world.gatekeeper.publishersForbidden.add(name);
        world.broker.rightsChanged();
        world.run();
    }

    private void giveBack(String name) {
        world.gatekeeper.publishersForbidden.remove(name);
        world.broker.rightsChanged();
        world.run();
    }

    private void ban(BanKind kind, String value) {
        world.broker.control().ban(new Ban(kind, value, world.now() + 3_600_000, "because", "root"), ended -> {});
        world.run();
    }

    @ParameterizedTest
    @EnumSource
    @Hostile("B48")
    void whatIsRetainedIsNotSentWhenItsPublisherMayNotPublishItAnyMore(Qos qos) {
        publish(meter, "1", qos, true);
        publish(other, "2", qos, true);
        revoke("anna");
        subscribe("a/#");

        assertThat(lamp.payloads()).containsExactly("2");
        assertThat(dropped()).isEqualTo(1);
        assertThat(world.broker.retainedMessages())
                .as("it stays until it is replaced")
                .isEqualTo(2);
    }

    @Test
    void whatIsRetainedIsSentAgainWhenTheRightIsBack() {
        publish(meter, "1", Qos.AT_LEAST_ONCE, true);
        revoke("meter");
        giveBack("meter");
        subscribe("a/#");

        assertThat(lamp.payloads()).containsExactly("1");
        assertThat(dropped()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"CLIENT_ID, meter", "USER, anna"})
    @Hostile({"B48", "B102"})
    void nothingStoredIsSentOfWhoIsBanned(BanKind kind, String value) {
        subscribe("a/#");
        lamp.drop();
        world.run();
        publish(meter, "1", Qos.AT_LEAST_ONCE, true);
        publish(other, "2", Qos.AT_LEAST_ONCE, true);
        ban(kind, value);
        lamp.connect(0).await();
        assertThat(lamp.payloads()).containsExactly("2");
        SimClient late = world.client("late").connect(0).await();
        late.subscribe("a/#", Qos.AT_LEAST_ONCE);
        world.run();

        assertThat(late.payloads()).containsExactly("2");
        assertThat(dropped()).isEqualTo(2);
    }

    /** The ban is there before its client has been sent away, for that takes a turn of its loop. */
    @Test
    @Hostile("B48")
    void whatABannedClientPublishesBeforeItHasBeenSentAwayIsWithheldToo() {
        meter.publish("a/meter", "1", Qos.AT_LEAST_ONCE, true);
        world.broker
                .control()
                .ban(new Ban(BanKind.USER, "anna", world.now() + 3_600_000, "because", "root"), ended -> {});
        world.run();
        assertThat(world.broker.retainedMessages()).as("it has come before").isEqualTo(1);
        subscribe("a/#");

        assertThat(lamp.messages).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"AT_LEAST_ONCE", "EXACTLY_ONCE"})
    @Hostile("B102")
    void whatWaitsIsNotSentWhenItsPublisherMayNotPublishItAnyMore(Qos qos) {
        subscribe("a/#");
        lamp.drop();
        world.run();
        publish(meter, "1", qos, false);
        publish(other, "2", qos, false);
        revoke("anna");
        lamp.connect(0).await();

        assertThat(lamp.payloads()).containsExactly("2");
        assertThat(dropped()).isEqualTo(1);
        assertThat(world.broker.queuedMessages()).isZero();
        assertThat(world.broker.inFlightMessages()).isZero();
    }

    @ParameterizedTest
    @EnumSource(names = {"AT_LEAST_ONCE", "EXACTLY_ONCE"})
    @Hostile("B102")
    void whatIsInFlightIsNotSentAgain(Qos qos) {
        subscribe("a/#");
        lamp.acknowledges = false;
        publish(meter, "1", qos, false);
        lamp.drop();
        lamp.acknowledges = true;
        world.run();
        revoke("anna");
        lamp.connect(0).await();

        assertThat(lamp.messages).hasSize(1);
        assertThat(dropped()).isEqualTo(1);
        assertThat(world.broker.inFlightMessages()).isZero();
    }

    @Test
    @Hostile("B102")
    void whatWaitsForAReaderThatIsSlowIsNotSentEither() {
        settings.inFlightMax = 1;
        World slow = new World(3, 1, settings);
        SimClient writer = slow.client("writer").connect(0).await();
        SimClient reader = slow.client("reader").connect(0).await();
        reader.subscribe("a", Qos.AT_LEAST_ONCE);
        slow.run();
        reader.acknowledges = false;
        writer.publish("a", "1", Qos.AT_LEAST_ONCE);
        writer.publish("a", "2", Qos.AT_LEAST_ONCE);
        slow.run();
        assertThat(reader.payloads()).containsExactly("1");
        slow.gatekeeper.publishersForbidden.add("writer");
        slow.broker.rightsChanged();
        reader.acknowledges = true;
        reader.acknowledge(reader.messages.get(0));
        slow.run();

        assertThat(reader.payloads()).containsExactly("1");
        assertThat(slow.broker.queuedMessages()).isZero();
    }

    @Test
    void whatIsPublishedAfterTheRightIsBackIsNotHeldAgainstWhatWasBefore() {
        subscribe("a/#");
        revoke("anna");
        giveBack("anna");
        lamp.drop();
        world.run();
        publish(meter, "1", Qos.AT_LEAST_ONCE, false);
        lamp.connect(0).await();

        assertThat(lamp.payloads()).containsExactly("1");
    }

    @Test
    @Hostile("B102")
    void aMessageOfASharedSubscriptionIsGivenToNoOtherMember() {
        subscribe("$share/g/a/#");
        lamp.acknowledges = false;
        publish(meter, "1", Qos.AT_LEAST_ONCE, false);
        assertThat(lamp.messages).hasSize(1);
        SimClient second = world.client("second").connect(0).await();
        second.subscribe("$share/g/a/#", Qos.AT_LEAST_ONCE);
        world.run();
        revoke("anna");
        lamp.drop();
        world.run();

        assertThat(second.messages).isEmpty();
        assertThat(dropped()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Hostile({"B48", "B102"})
    void aRetainedWillIsItsClients(boolean banned) {
        SimClient doomed = world.client("doomed");
        doomed.userName = "anna";
        doomed.will = new Will(
                TopicName.of("a/gone"),
                "gone".getBytes(StandardCharsets.UTF_8),
                Qos.AT_LEAST_ONCE,
                true,
                Properties.NONE,
                0,
                -1);
        doomed.connect(0).await();
        doomed.drop();
        world.run();
        assertThat(world.broker.retainedMessages()).isEqualTo(1);
        if (banned) {
            ban(BanKind.USER, "anna");
        } else {
            revoke("anna");
        }
        subscribe("a/#");

        assertThat(lamp.messages).isEmpty();
    }

    @Test
    void itIsNotAskedWhereThatIsNotWanted() {
        settings.checkSource = false;
        World lax = new World(2, 1, settings);
        lax.client("meter").connect(0).await().publish("a", "1", Qos.AT_LEAST_ONCE, true);
        lax.run();
        lax.gatekeeper.publishersForbidden.add("meter");
        lax.broker.rightsChanged();
        SimClient reader = lax.client("reader").connect(0).await();
        reader.subscribe("a", Qos.AT_LEAST_ONCE);
        lax.run();

        assertThat(reader.payloads()).containsExactly("1");
    }
}
