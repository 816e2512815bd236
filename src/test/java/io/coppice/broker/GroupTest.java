package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.port.SessionStore;
import io.coppice.session.Overflow;
import io.coppice.session.Session;
import io.coppice.session.SessionEffects;
import io.coppice.session.SessionLimits;
import io.coppice.session.SessionRecord;
import io.coppice.simulation.Settings;
import io.coppice.simulation.SimClient;
import io.coppice.simulation.World;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Record, then send. */
class GroupTest {
    private final World world = new World(1, 2, new Settings());
    private final SimClient lamp = world.client("lamp").persistent();
    private final SimClient meter = world.client("meter");

    private void subscribed(int loop) {
        lamp.connect(loop);
        meter.connect(0).await();
        lamp.subscribe("t", Qos.EXACTLY_ONCE);
        world.run();
    }

    @Test
    void aPersistentClientSeesNothingBeforeItIsStored() {
        world.store.stalled = true;
        lamp.connect(0).await();
        assertThat(lamp.log).isEmpty();
        world.store.proceed();
        world.run();
        assertThat(lamp.all(Packet.ConnAck.class)).hasSize(1);
        world.store.stalled = true;
        lamp.subscribe("t", Qos.EXACTLY_ONCE);
        lamp.send(new Packet.PingReq()).await();
        assertThat(lamp.log).hasSize(1);
        world.store.proceed();
        world.run();

        assertThat(lamp.log).hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aSessionThatHasGoneElsewhereCostsNobodyElseItsAnswer(int loopOfPublishers) {
        lamp.connect(0).await();
        lamp.subscribe("t", Qos.EXACTLY_ONCE);
        SimClient radio = world.client("radio").persistent().connect(0).await();
        radio.subscribe("u", Qos.EXACTLY_ONCE);
        SimClient gauge = world.client("gauge").connect(loopOfPublishers).await();
        meter.connect(loopOfPublishers).await();
        world.run();
        world.store.stalled = true;
        meter.publish("t", "x", Qos.EXACTLY_ONCE);
        gauge.publish("u", "y", Qos.EXACTLY_ONCE);
        world.run();
        world.loops.get(0).execute(() -> world.store.load("lamp", 1_000, world.loops.get(0), records -> {}, () -> {}));
        world.pass(100);
        world.store.proceed();
        world.run();

        assertThat(world.store.fenced).hasSize(2); // enqueued, assigned
        assertThat(gauge.last(Packet.PubRec.class).reasonCode()).isEqualTo(ReasonCode.SUCCESS);
        assertThat(radio.payloads()).containsExactly("y");
        assertThat(meter.all(Packet.PubRec.class))
                .allMatch(ack -> ack.reasonCode().isError());
        assertThat(lamp.messages).isEmpty();
        assertThat(lamp.isConnected()).isFalse();
    }

    @Test
    void aPublisherOnEitherLoopIsAnsweredWhenTheSubscriberHasItStored() {
        for (int loop = 0; loop < 2; loop++) {
            subscribed(loop);
            meter.log.clear();
            world.store.stalled = true;
            meter.publish("t", "x", Qos.EXACTLY_ONCE);
            world.run();
            assertThat(meter.log).isEmpty();
            assertThat(lamp.messages).isEmpty();
            world.store.proceed();
            world.run();

            assertThat(meter.last(Packet.PubRec.class).reasonCode()).isEqualTo(ReasonCode.SUCCESS);
            assertThat(lamp.payloads()).containsExactly("x");
            lamp.messages.clear();
        }
    }

    /** Its publisher sends it again if it is lost. */
    @Test
    void aSubscriberHasAQos1MessageBeforeItIsStoredAndItsPublisherIsAnsweredAfterwards() {
        for (int loop = 0; loop < 2; loop++) {
            subscribed(loop);
            meter.log.clear();
            world.store.stalled = true;
            meter.publish("t", "x", Qos.AT_LEAST_ONCE);
            world.run();
            assertThat(lamp.payloads()).containsExactly("x");
            assertThat(meter.log).isEmpty();
            world.store.proceed();
            world.run();

            assertThat(meter.last(Packet.PubAck.class).reasonCode()).isEqualTo(ReasonCode.SUCCESS);
            lamp.messages.clear();
        }
    }

    @Test
    void aQos1MessageDoesNotOvertakeOneAtQos2ThatIsNotStored() {
        subscribed(0);
        world.store.stalled = true;
        meter.publish("t", "x", Qos.EXACTLY_ONCE);
        world.run();
        meter.publish("t", "y", Qos.AT_LEAST_ONCE);
        world.run();
        assertThat(lamp.messages).isEmpty();
        world.store.proceed();
        world.run();

        assertThat(lamp.payloads()).containsExactly("x", "y");
    }

    /** Else, after a crash, the client would take another message with this identifier for a repeat of this one. */
    @Test
    void aQos2MessageThatHasWaitedIsNotSentBeforeItsIdentifierIsStored() {
        lamp.acknowledges = false;
        lamp.receiveMaximum = 1;
        subscribed(0);
        meter.publish("t", "x", Qos.AT_LEAST_ONCE);
        meter.publish("t", "y", Qos.EXACTLY_ONCE);
        world.run();
        assertThat(lamp.payloads()).containsExactly("x");
        world.store.stalled = true;
        lamp.acknowledge(lamp.messages.get(0));
        world.run();
        assertThat(lamp.payloads()).containsExactly("x");
        world.store.proceed();
        world.run();

        assertThat(lamp.payloads()).containsExactly("x", "y");
    }

    @Test
    void whoNeedsNoRecordNeverWaits() {
        subscribed(0);
        SimClient other = world.client("other").connect(0).await();
        other.subscribe("free", Qos.AT_LEAST_ONCE);
        world.run();
        world.store.stalled = true;
        meter.publish("free", "x", Qos.AT_LEAST_ONCE);
        world.run();

        assertThat(other.payloads()).containsExactly("x");
        assertThat(meter.all(Packet.PubAck.class)).hasSize(1);
    }

    @Test
    void whenTheStoreFailsTheClientIsToldNothingAndCut() {
        subscribed(0);
        world.store.broken = true;
        lamp.log.clear();
        lamp.subscribe("u", Qos.EXACTLY_ONCE);
        world.run();

        assertThat(lamp.log).isEmpty();
        assertThat(lamp.connection().isOpen()).isFalse();
        assertThat(world.events.told).anyMatch(told -> told.name().equals("client-lost"));
        assertThat(world.broker.connections()).isEqualTo(1);
    }

    @Test
    void whoWasCutByTheStoreConnectsAgainAndGoesOn() {
        subscribed(0);
        world.store.broken = true;
        lamp.subscribe("u", Qos.EXACTLY_ONCE);
        world.run();
        world.store.broken = false;
        lamp.connect(1).await();
        lamp.subscribe("u", Qos.EXACTLY_ONCE);
        world.run();
        meter.publish("u", "x", Qos.EXACTLY_ONCE);
        world.run();

        assertThat(lamp.last(Packet.ConnAck.class).sessionPresent()).isTrue();
        assertThat(lamp.all(Packet.SubAck.class)).hasSize(2);
        assertThat(lamp.payloads()).containsExactly("x");
        assertThat(meter.all(Packet.PubComp.class)).hasSize(1);
    }

    /** What a node that has the session from the store would have. */
    private Session stored(String clientId) {
        Session session = fresh(clientId);
        for (SessionStore.Entry entry : world.store.safeOf(clientId)) {
            if (entry.record() instanceof SessionRecord.Ended) {
                session = fresh(clientId);
            } else {
                session.replay(entry.record());
            }
        }
        return session;
    }

    private static Session fresh(String clientId) {
        SessionLimits limits = new SessionLimits(
                100,
                Integer.MAX_VALUE,
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                Overflow.DROP_NEWEST,
                Integer.MAX_VALUE,
                100,
                0,
                0);
        SessionEffects none = (SessionEffects) Proxy.newProxyInstance(
                GroupTest.class.getClassLoader(),
                new Class<?>[] {SessionEffects.class},
                (proxy, method, arguments) -> null);
        return new Session(clientId, limits, none);
    }

    @Test
    void whatWasNotStoredIsStoredWithTheNextRecordAlsoOfAClientThatIsAway() {
        subscribed(0);
        lamp.drop();
        world.run();
        world.store.broken = true;
        meter.publish("t", "x", Qos.AT_LEAST_ONCE);
        world.run();
        world.store.broken = false;
        assertThat(stored("lamp").queued()).isZero();
        meter.log.clear();
        meter.connect(1).await();
        meter.publish("t", "y", Qos.AT_LEAST_ONCE);
        world.run();

        assertThat(meter.last(Packet.PubAck.class).reasonCode()).isEqualTo(ReasonCode.SUCCESS);
        assertThat(stored("lamp").queued()).isEqualTo(2);
        lamp.connect(1).await();
        assertThat(lamp.payloads()).containsExactly("x", "y");
    }

    /** To tell it anew would write its whole queue once more, to a disk that is full. */
    @Test
    void whatTheStoreKeepsIsNotSeenAndNotToldAnew() {
        subscribed(0);
        lamp.drop();
        world.run();
        world.store.keeps = true;
        world.store.broken = true;
        meter.publish("t", "x", Qos.AT_LEAST_ONCE);
        world.run();
        assertThat(meter.all(Packet.PubAck.class)).isEmpty();
        assertThat(meter.isConnected()).isFalse();
        int before = world.store.safeOf("lamp").size();
        world.store.repair();
        meter.connect(1).await();
        meter.publish("t", "y", Qos.AT_LEAST_ONCE);
        world.run();

        assertThat(meter.last(Packet.PubAck.class).reasonCode()).isEqualTo(ReasonCode.SUCCESS);
        assertThat(world.store.safeOf("lamp").subList(before, before + 2))
                .extracting(SessionStore.Entry::record)
                .allMatch(record -> record instanceof SessionRecord.Enqueued);
        assertThat(world.store.safeOf("lamp")).hasSize(before + 2);
        lamp.connect(1).await();
        assertThat(lamp.payloads()).containsExactly("x", "y");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aSubscriptionThatWasNotStoredIsStoredWhenTheClientIsBackOnEitherLoop(int loop) {
        subscribed(0);
        world.store.broken = true;
        lamp.subscribe("u", Qos.EXACTLY_ONCE);
        world.run();
        world.store.broken = false;
        assertThat(stored("lamp").subscriptionCount()).isEqualTo(1);
        lamp.connect(loop).await();
        lamp.subscribe("u", Qos.EXACTLY_ONCE);
        world.run();

        assertThat(lamp.all(Packet.SubAck.class)).hasSize(2);
        assertThat(stored("lamp").subscriptionCount()).isEqualTo(2);
    }

    @Test
    void whenTheSubscribersStoreFailsThePublisherIsRefusedOrCut() {
        subscribed(1);
        world.store.broken = true;
        meter.publish("t", "x", Qos.EXACTLY_ONCE);
        world.run();
        assertThat(meter.last(Packet.PubRec.class).reasonCode()).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
        assertThat(lamp.messages).isEmpty();
        assertThat(lamp.connection().isOpen()).isFalse();
        world.store.broken = false;
        subscribed(0);
        world.store.broken = true;
        meter.log.clear();
        meter.publish("t", "y", Qos.EXACTLY_ONCE);
        world.run();

        assertThat(meter.log).isEmpty();
        assertThat(meter.connection().isOpen()).isFalse();
    }

    /** It stays connected, and what it acknowledges of it later means nothing any more. */
    @Test
    void whenTheStoreFailsWhoHasAQos1MessageAlreadyGoesOn() {
        subscribed(1);
        world.store.keeps = true;
        world.store.broken = true;
        meter.publish("t", "x", Qos.AT_LEAST_ONCE);
        world.run();
        assertThat(meter.last(Packet.PubAck.class).reasonCode()).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
        world.store.repair();
        meter.publish("t", "x", Qos.AT_LEAST_ONCE);
        world.run();

        assertThat(meter.last(Packet.PubAck.class).reasonCode()).isEqualTo(ReasonCode.SUCCESS);
        assertThat(lamp.payloads()).containsExactly("x", "x");
        assertThat(lamp.connection().isOpen()).isTrue();
        assertThat(stored("lamp").queued() + stored("lamp").inFlight()).isZero();
    }

    @Test
    void aClientThatIsSentAwayHearsWhyOnlyWhenWhatItWasToldBeforeIsStored() {
        subscribed(0);
        world.store.stalled = true;
        lamp.log.clear();
        lamp.subscribe("u", Qos.EXACTLY_ONCE);
        lamp.send(new Packet.PingReq());
        lamp.send(new Packet.ConnAck(false, ReasonCode.SUCCESS, Properties.NONE));
        world.run();
        assertThat(lamp.log).isEmpty();
        world.store.proceed();
        world.run();

        assertThat(lamp.log).hasSize(3);
        assertThat(lamp.last(Packet.Disconnect.class).reasonCode()).isEqualTo(ReasonCode.PROTOCOL_ERROR);
    }

    @Test
    void aClientThatIsSentAwayHearsNothingWhenTheStoreFails() {
        subscribed(0);
        lamp.log.clear();
        world.store.broken = true;
        lamp.subscribe("u", Qos.EXACTLY_ONCE);
        lamp.send(new Packet.ConnAck(false, ReasonCode.SUCCESS, Properties.NONE));
        world.run();

        assertThat(lamp.log).isEmpty();
        assertThat(lamp.connection().isOpen()).isFalse();
    }
}
