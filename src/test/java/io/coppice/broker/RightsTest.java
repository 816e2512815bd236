package io.coppice.broker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.Hostile;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Will;
import io.coppice.session.DropReason;
import io.coppice.simulation.Settings;
import io.coppice.simulation.SimClient;
import io.coppice.simulation.SimEvents;
import io.coppice.simulation.World;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients have no right to, or no right any more. */
class RightsTest {
    private final Settings settings = new Settings();
    private final World world = new World(1, 2, settings);
    private final SimClient meter = world.client("meter").connect(0).await();
    private final SimClient lamp = world.client("lamp").persistent().connect(0).await();

    private void subscribe(String filter) {
        lamp.subscribe(filter, Qos.EXACTLY_ONCE);
        world.run();
    }

    private void publish(String topic, String payload, Qos qos) {
        meter.publish(topic, payload, qos);
        world.run();
    }

    private long dropped() {
        return world.broker.counters().stream()
                .mapToLong(each -> each.droppedCount(DropReason.NOT_AUTHORIZED))
                .sum();
    }

    private void forbid(String filter) {
        world.gatekeeper.filtersForbidden.add(filter);
        world.broker.rightsChanged();
        world.run();
    }

    @ParameterizedTest
    @EnumSource
    void aWiderSubscriptionBringsOnlyWhatItsClientMayRead(Qos qos) {
        world.gatekeeper.topicsHidden.add("a/secret");
        subscribe("a/#");
        publish("a/open", "1", qos);
        publish("a/secret", "2", qos);
        publish("a/open", "3", qos);

        assertThat(lamp.payloads()).containsExactly("1", "3");
        assertThat(dropped()).isEqualTo(1);
    }

    @Test
    void whatIsRetainedIsKeptFromWhoMayNotReadItAndIsNoLoss() {
        meter.publish("a/secret", "1", Qos.AT_LEAST_ONCE, true);
        meter.publish("a/open", "2", Qos.AT_LEAST_ONCE, true);
        world.run();
        world.gatekeeper.topicsHidden.add("a/secret");
        subscribe("a/#");

        assertThat(lamp.payloads()).containsExactly("2");
        assertThat(dropped()).isZero();
    }

    @ParameterizedTest
    @EnumSource(names = {"AT_LEAST_ONCE", "EXACTLY_ONCE"})
    @Hostile("B50")
    void whatWaitedIsNotSentToWhoMayNotReadItAnyMore(Qos qos) {
        subscribe("a/#");
        lamp.drop();
        world.run();
        publish("a/secret", "1", qos);
        publish("a/open", "2", qos);
        assertThat(world.broker.queuedMessages()).isEqualTo(2);
        world.gatekeeper.topicsHidden.add("a/secret");
        lamp.connect(1).await();

        assertThat(lamp.payloads()).containsExactly("2");
        assertThat(dropped()).isEqualTo(1);
        assertThat(world.broker.queuedMessages()).isZero();
        assertThat(world.broker.inFlightMessages()).isZero();
    }

    @ParameterizedTest
    @EnumSource(names = {"AT_LEAST_ONCE", "EXACTLY_ONCE"})
    @Hostile("B50")
    void whatWasSentIsNotSentAgainToWhoMayNotReadItAnyMore(Qos qos) {
        subscribe("a/#");
        lamp.acknowledges = false;
        publish("a/secret", "1", qos);
        lamp.drop();
        lamp.acknowledges = true;
        world.run();
        world.gatekeeper.topicsHidden.add("a/secret");
        lamp.connect(0).await();

        assertThat(lamp.messages).hasSize(1);
        assertThat(dropped()).isEqualTo(1);
        assertThat(world.broker.inFlightMessages()).isZero();
    }

    @Test
    void aMessageForWhoIsAwayIsNotKeptWhereItMayNotBeRead() {
        subscribe("a/#");
        lamp.drop();
        world.run();
        world.gatekeeper.topicsHidden.add("a/secret");
        publish("a/secret", "1", Qos.AT_LEAST_ONCE);

        assertThat(world.broker.queuedMessages()).isZero();
        assertThat(dropped()).isEqualTo(1);
    }

    @Test
    void aRevokedRightEndsItsSubscriptionAndNothingElse() {
        subscribe("a");
        subscribe("b");
        forbid("a");
        publish("a", "1", Qos.AT_LEAST_ONCE);
        publish("b", "2", Qos.AT_LEAST_ONCE);

        assertThat(lamp.payloads()).containsExactly("2");
        assertThat(lamp.isConnected()).isTrue();
        assertThat(world.broker.subscriptions()).isEqualTo(1);
        assertThat(world.events.told)
                .contains(new SimEvents.Told("subscriptions-revoked", "lamp", ReasonCode.NOT_AUTHORIZED));
        lamp.drop();
        world.run();
        lamp.connect(1).await();

        assertThat(lamp.last(Packet.ConnAck.class).sessionPresent()).isTrue();
        assertThat(world.broker.subscriptions()).as("it stays ended").isEqualTo(1);
    }

    @Test
    @Hostile("B49")
    void aRevokedRightEndsTheSubscriptionsOfAllIncludingThoseWhoAreAway() {
        List<SimClient> all = new ArrayList<>();
        for (int i = 0; i < 3 * Revoking.SLICE; i++) {
            all.add(world.client("c" + i).persistent().connect(i % 2));
        }
        world.run();
        all.forEach(client -> client.subscribe("a", Qos.AT_LEAST_ONCE));
        world.run();
        all.subList(0, 100).forEach(SimClient::drop);
        world.run();
        assertThat(world.broker.subscriptions()).isEqualTo(all.size());
        forbid("a");

        assertThat(world.broker.subscriptions()).isZero();
        assertThat(world.broker.topicFilters()).isZero();
    }

    @Test
    @Hostile({"B49", "B63"})
    void whoWasAwayComesBackWithTheRightsOfNow() {
        subscribe("a");
        lamp.drop();
        world.run();
        world.gatekeeper.filtersForbidden.add("a"); // and this node was not told
        lamp.connect(1).await();
        publish("a", "1", Qos.AT_LEAST_ONCE);

        assertThat(lamp.messages).isEmpty();
        assertThat(world.broker.subscriptions()).isZero();
    }

    @Test
    void whatARevokedSharedSubscriptionHeldBackGoesToOthers() {
        lamp.drop();
        world.run();
        lamp.receiveMaximum = 1;
        lamp.acknowledges = false;
        lamp.connect(0).await();
        subscribe("$share/g/a");
        for (int i = 0; i < 10; i++) {
            publish("a", "" + i, Qos.AT_LEAST_ONCE);
        }
        assertThat(lamp.messages).hasSize(1);
        SimClient other = world.client("other").connect(1).await();
        other.subscribe("$share/g/a", Qos.AT_LEAST_ONCE);
        world.run();
        world.gatekeeper.subscribersForbidden.add("lamp");
        world.broker.rightsChanged();
        world.run();

        assertThat(other.payloads()).hasSize(9);
        assertThat(world.broker.sharedSubscriptions()).isEqualTo(1);
        assertThat(dropped()).isZero();
    }

    @ParameterizedTest
    @EnumSource(names = {"V3_1_1", "V5"})
    void whoMayNotPublishItsWillIsNotLetIn(ProtocolVersion version) {
        world.gatekeeper.topicsForbidden.add("will");
        SimClient frail = world.client("frail");
        frail.version = version;
        frail.will = new Will(TopicName.of("will"), new byte[0], Qos.AT_LEAST_ONCE, false, Properties.NONE, 0, -1);
        frail.connect(0).await();

        assertThat(frail.last(Packet.ConnAck.class).reasonCode()).isEqualTo(ReasonCode.NOT_AUTHORIZED);
        assertThat(frail.isConnected()).isFalse();
        assertThat(world.broker.sessions()).isEqualTo(2);
        assertThat(world.broker.counters().get(0).authorizations(false)).isEqualTo(1);
    }

    @Test
    void whoMayNotPublishItsWillTakesNoSessionFromAnybody() {
        world.gatekeeper.topicsForbidden.add("will");
        SimClient other = world.client("lamp").persistent();
        other.will = new Will(TopicName.of("will"), new byte[0], Qos.AT_LEAST_ONCE, false, Properties.NONE, 0, -1);
        other.connect(1).await();

        assertThat(lamp.isConnected()).isTrue();
    }

    /** An alias is all that stands for another topic: nothing rewrites a topic before or after it is judged. */
    @Test
    @Hostile("B101")
    void anAliasIsJudgedByItsTopic() {
        world.gatekeeper.topicsForbidden.add("secret");
        subscribe("#");
        for (TopicName topic : new TopicName[] {TopicName.of("secret"), null}) {
            meter.expectAnswer(new Packet.Publish(
                    false,
                    Qos.AT_LEAST_ONCE,
                    false,
                    topic,
                    topic == null ? 2 : 1,
                    5,
                    -1,
                    Properties.NONE,
                    new byte[0]));
            world.run();
        }

        assertThat(meter.all(Packet.PubAck.class))
                .extracting(Packet.PubAck::reasonCode)
                .containsExactly(ReasonCode.NOT_AUTHORIZED, ReasonCode.NOT_AUTHORIZED);
        assertThat(lamp.messages).isEmpty();
    }

    @Test
    @Hostile("B22")
    void anAliasThatWasSetBeforeARightWasRevokedIsJudgedByTheRightsOfNow() {
        subscribe("#");
        for (String payload : new String[] {"allowed", "too late"}) {
            boolean first = payload.equals("allowed");
            meter.expectAnswer(new Packet.Publish(
                    false,
                    Qos.AT_LEAST_ONCE,
                    false,
                    first ? TopicName.of("secret") : null,
                    first ? 1 : 2,
                    5,
                    -1,
                    Properties.NONE,
                    payload.getBytes(UTF_8)));
            world.run();
            world.gatekeeper.topicsForbidden.add("secret");
            world.broker.rightsChanged();
            world.run();
        }

        assertThat(meter.all(Packet.PubAck.class))
                .extracting(Packet.PubAck::reasonCode)
                .containsExactly(ReasonCode.SUCCESS, ReasonCode.NOT_AUTHORIZED);
        assertThat(lamp.payloads()).containsExactly("allowed");
    }

    @Test
    void aClientOf311IsAnsweredAsIfItsMessageHadBeenTaken() {
        world.gatekeeper.topicsForbidden.add("secret");
        SimClient old = world.client("old");
        old.version = ProtocolVersion.V3_1_1;
        old.connect(0).await();
        subscribe("secret");
        old.publish("secret", "1", Qos.AT_LEAST_ONCE);
        old.publish("secret", "2", Qos.EXACTLY_ONCE);
        world.run();

        assertThat(old.all(Packet.PubAck.class)).hasSize(1);
        assertThat(old.all(Packet.PubRec.class)).hasSize(1);
        assertThat(old.isConnected()).isTrue();
        assertThat(lamp.messages).isEmpty();
        assertThat(dropped()).isEqualTo(2);
    }

    private SimClient named(String clientId, String user) {
        SimClient client = world.client(clientId).persistent();
        client.userName = user;
        return client;
    }

    private static ReasonCode answer(SimClient client) {
        return client.last(Packet.ConnAck.class).reasonCode();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Hostile({"B61", "B63"})
    void aSessionIsKeptFromOtherUsers(boolean away) {
        SimClient annas = named("phone", "anna").connect(0).await();
        annas.subscribe("a", Qos.AT_LEAST_ONCE);
        if (away) {
            annas.drop();
        }
        world.run();
        for (String user : new String[] {"bob", null}) {
            for (boolean clean : new boolean[] {true, false}) {
                for (int loop = 0; loop < 2; loop++) {
                    SimClient other = named("phone", user);
                    other.cleanStart = clean;
                    other.connect(loop).await();
                    assertThat(answer(other)).isEqualTo(ReasonCode.NOT_AUTHORIZED);
                }
            }
        }
        assertThat(annas.isConnected()).isEqualTo(!away);
        assertThat(world.broker.subscriptions()).isEqualTo(1);
        SimClient again = named("phone", "anna").connect(1).await();

        assertThat(answer(again)).isEqualTo(ReasonCode.SUCCESS);
        assertThat(again.last(Packet.ConnAck.class).sessionPresent()).isTrue();
        SimClient other = named("phone", "bob").connect(0).await();
        assertThat(answer(other)).as("after it has moved").isEqualTo(ReasonCode.NOT_AUTHORIZED);
    }

    @Test
    void aSessionThatHasEndedIsNobodys() {
        SimClient annas = named("phone", "anna");
        annas.expiry = 0;
        annas.connect(0).await();
        annas.disconnect();
        world.run();

        assertThat(answer(named("phone", "bob").connect(1).await())).isEqualTo(ReasonCode.SUCCESS);
    }

    @Test
    void aSessionOfNobodyIsAnybodys() {
        named("phone", null).connect(0).await();

        assertThat(answer(named("phone", "bob").connect(1).await())).isEqualTo(ReasonCode.SUCCESS);
        assertThat(answer(named("phone", null).connect(1).await())).isEqualTo(ReasonCode.NOT_AUTHORIZED);
    }

    @Test
    void usersShareClientIdentifiersWhereThatIsWanted() {
        settings.ownership = Ownership.LAST_USER;
        World shared = new World(1, 2, settings);
        for (String user : new String[] {"anna", "bob"}) {
            SimClient client = shared.client("phone").persistent();
            client.userName = user;
            assertThat(answer(client.connect(0).await())).isEqualTo(ReasonCode.SUCCESS);
        }
    }
}
