package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.ReasonCode;
import io.coppice.simulation.Settings;
import io.coppice.simulation.SimClient;
import io.coppice.simulation.World;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Enhanced authentication (MQTT 5, 4.12). */
class AuthenticationTest {
    private static final long LIMIT = 10_000;

    private final World world = new World(1, 1, settings());
    private final SimClient lamp = world.client("lamp");

    private static Settings settings() {
        Settings settings = new Settings();
        settings.door = new DoorSettings(0, 3, 0, 60_000, 300_000, 0, 60_000, 300_000, LIMIT, 1_000);
        return settings;
    }

    private SimClient connect(String method, String data) {
        lamp.method = method;
        lamp.data = data;
        return lamp.connect(0).await();
    }

    private static Packet.Auth auth(ReasonCode reason, String method, String data) {
        return new Packet.Auth(
                reason,
                Properties.builder()
                        .text(Property.AUTHENTICATION_METHOD, method)
                        .binary(Property.AUTHENTICATION_DATA, data.getBytes(StandardCharsets.UTF_8))
                        .build());
    }

    private void say(ReasonCode reason, String data) {
        lamp.send(auth(reason, "echo", data));
        world.run();
    }

    private ReasonCode welcome() {
        return lamp.last(Packet.ConnAck.class).reasonCode();
    }

    private void ended(ReasonCode reason) {
        assertThat(lamp.last(Packet.Disconnect.class).reasonCode()).isEqualTo(reason);
        assertThat(lamp.isConnected()).isFalse();
    }

    @Test
    void aMethodThatIsNotKnownIsRefused() {
        connect("magic", "in");

        assertThat(welcome()).isEqualTo(ReasonCode.BAD_AUTHENTICATION_METHOD);
    }

    @Test
    void whatConvincesAtOnceNeedsNoExchange() {
        connect("echo", "in");

        assertThat(welcome()).isEqualTo(ReasonCode.SUCCESS);
        Properties told = lamp.last(Packet.ConnAck.class).properties();
        assertThat(told.text(Property.AUTHENTICATION_METHOD)).isEqualTo("echo");
        assertThat(told.binary(Property.AUTHENTICATION_DATA)).asString().isEqualTo("in");
    }

    @Test
    void theExchangeGoesOnInTurnsUntilTheClientIsIn() {
        connect("echo", "who?");
        assertThat(lamp.last(Packet.Auth.class).reasonCode()).isEqualTo(ReasonCode.CONTINUE_AUTHENTICATION);
        assertThat(lamp.last(Packet.Auth.class).properties().text(Property.AUTHENTICATION_METHOD))
                .isEqualTo("echo");
        say(ReasonCode.CONTINUE_AUTHENTICATION, "still");
        say(ReasonCode.CONTINUE_AUTHENTICATION, "in");

        assertThat(lamp.all(Packet.Auth.class)).hasSize(2);
        assertThat(welcome()).isEqualTo(ReasonCode.SUCCESS);
        assertThat(world.broker.counters().get(0).authentications(true)).isEqualTo(1);
    }

    @Test
    void whoDoesNotConvinceIsRefused() {
        connect("echo", "who?");
        say(ReasonCode.CONTINUE_AUTHENTICATION, "out");

        assertThat(welcome()).isEqualTo(ReasonCode.NOT_AUTHORIZED);
        assertThat(world.broker.sessions()).isZero();
    }

    @Test
    void theMethodStaysTheOneOfConnect() {
        connect("echo", "who?");
        lamp.send(auth(ReasonCode.CONTINUE_AUTHENTICATION, "other", "in")).await();

        assertThat(welcome()).isEqualTo(ReasonCode.PROTOCOL_ERROR);
    }

    @Test
    void reauthenticationBeforeConnackIsOutOfTurn() {
        connect("echo", "who?");
        say(ReasonCode.REAUTHENTICATE, "in");

        assertThat(welcome()).isEqualTo(ReasonCode.PROTOCOL_ERROR);
    }

    @Test
    void twoAnswersToOneQuestionAreOneTooMany() {
        world.gatekeeper.slow = true;
        connect("echo", "who?");
        world.gatekeeper.answer();
        world.run();
        say(ReasonCode.CONTINUE_AUTHENTICATION, "one");
        say(ReasonCode.CONTINUE_AUTHENTICATION, "two");

        assertThat(welcome()).isEqualTo(ReasonCode.PROTOCOL_ERROR);
        world.gatekeeper.answer();
        world.run();
        assertThat(world.broker.sessions()).isZero();
    }

    @Test
    void aClientThatIsInMayProveItselfAgain() {
        connect("echo", "in");
        say(ReasonCode.REAUTHENTICATE, "who?");
        assertThat(lamp.last(Packet.Auth.class).reasonCode()).isEqualTo(ReasonCode.CONTINUE_AUTHENTICATION);
        say(ReasonCode.CONTINUE_AUTHENTICATION, "in");

        assertThat(lamp.last(Packet.Auth.class).reasonCode()).isEqualTo(ReasonCode.SUCCESS);
        assertThat(lamp.isConnected()).isTrue();
        say(ReasonCode.REAUTHENTICATE, "in");
        assertThat(lamp.all(Packet.Auth.class)).hasSize(3);
    }

    @Test
    void whoFailsToProveItselfAgainIsSentAway() {
        connect("echo", "in");
        say(ReasonCode.REAUTHENTICATE, "out");

        ended(ReasonCode.NOT_AUTHORIZED);
    }

    @Test
    void reauthenticationWithAnotherMethodEndsTheConnection() {
        connect("echo", "in");
        lamp.send(auth(ReasonCode.REAUTHENTICATE, "other", "in")).await();

        ended(ReasonCode.PROTOCOL_ERROR);
    }

    @Test
    void anAnswerThatNobodyAskedForEndsTheConnection() {
        connect("echo", "in");
        say(ReasonCode.CONTINUE_AUTHENTICATION, "in");

        ended(ReasonCode.PROTOCOL_ERROR);
    }

    @Test
    void aClientThatNamedNoMethodMayNotSendAuth() {
        lamp.connect(0).await();
        say(ReasonCode.REAUTHENTICATE, "in");

        ended(ReasonCode.PROTOCOL_ERROR);
    }

    @Test
    void packetsGoOnWhileAClientProvesItselfAgain() {
        world.gatekeeper.slow = true;
        connect("echo", "in");
        world.gatekeeper.answer();
        world.run();
        say(ReasonCode.REAUTHENTICATE, "in");
        lamp.send(new Packet.PingReq()).await();

        assertThat(lamp.all(Packet.PingResp.class)).hasSize(1);
        lamp.drop();
        world.run();
        world.gatekeeper.answer();
        world.run();
        assertThat(lamp.all(Packet.Auth.class)).isEmpty();
    }

    @Test
    void anExchangeWithConnectHasItsTime() {
        connect("echo", "who?");
        world.pass(LIMIT - 1_000);
        assertThat(lamp.all(Packet.ConnAck.class)).isEmpty();
        world.pass(2_000);

        assertThat(welcome()).isEqualTo(ReasonCode.NOT_AUTHORIZED);
        assertThat(lamp.isConnected()).isFalse();
        assertThat(world.broker.counters().get(0).authentications(false)).isEqualTo(1);
        assertThat(Inside.admissions(world.broker)).isZero();
    }

    @Test
    void aGatekeeperThatIsTooSlowLetsNobodyInAfterwards() {
        world.gatekeeper.slow = true;
        connect("echo", "in");
        world.pass(LIMIT + 1_000);
        assertThat(welcome()).isEqualTo(ReasonCode.NOT_AUTHORIZED);
        world.gatekeeper.answer();
        world.run();

        assertThat(world.broker.sessions()).isZero();
        assertThat(lamp.all(Packet.ConnAck.class)).hasSize(1);
    }

    @Test
    void anExchangeOfAClientThatIsInHasItsTimeToo() {
        connect("echo", "in");
        world.pass(LIMIT + 1_000);
        say(ReasonCode.REAUTHENTICATE, "who?");
        world.pass(LIMIT - 1_000);
        assertThat(lamp.isConnected()).isTrue();
        world.pass(2_000);

        ended(ReasonCode.NOT_AUTHORIZED);
    }

    @Test
    void whoHasProvedItselfInTimeIsNotSentAway() {
        connect("echo", "who?");
        say(ReasonCode.CONTINUE_AUTHENTICATION, "in");
        say(ReasonCode.REAUTHENTICATE, "who?");
        say(ReasonCode.CONTINUE_AUTHENTICATION, "in");
        world.pass(3 * LIMIT);

        assertThat(lamp.isConnected()).isTrue();
    }

    @Test
    void aClientStaysTheUserThatItWas() {
        connect("echo", "in:anna");
        say(ReasonCode.REAUTHENTICATE, "in:anna");
        assertThat(lamp.last(Packet.Auth.class).reasonCode()).isEqualTo(ReasonCode.SUCCESS);
        say(ReasonCode.REAUTHENTICATE, "in:bert");

        ended(ReasonCode.NOT_AUTHORIZED);
        assertThat(lamp.all(Packet.Auth.class)).hasSize(1);
    }

    @Test
    void whatAClientMayIsAskedAnewWhenItHasProvedItself() {
        connect("echo", "in:anna");
        lamp.subscribe("lights", Qos.AT_MOST_ONCE);
        world.run();
        assertThat(world.broker.subscriptions()).isEqualTo(1);
        world.gatekeeper.filtersForbidden.add("lights");
        world.gatekeeper.topicsForbidden.add("lights");
        say(ReasonCode.REAUTHENTICATE, "in:anna");

        assertThat(world.broker.subscriptions()).isZero();
        assertThat(lamp.isConnected()).isTrue();
    }

    @Test
    void aReasonThatDisconnectDoesNotKnowIsToldAsNotAuthorized() {
        connect("echo", "in:anna");
        say(ReasonCode.REAUTHENTICATE, "wrong:anna");

        ended(ReasonCode.NOT_AUTHORIZED);
    }

    @Test
    void whoTriesTooManyProofsIsNotToldOfTheRightOne() {
        for (int time = 0; time < 3; time++) {
            connect("echo", "who?:anna");
            say(ReasonCode.CONTINUE_AUTHENTICATION, "wrong:anna");
            assertThat(welcome()).isEqualTo(ReasonCode.BAD_USER_NAME_OR_PASSWORD);
        }
        connect("echo", "in:anna");
        assertThat(welcome()).isEqualTo(ReasonCode.BANNED);
        connect("echo", "who?:anna");
        assertThat(welcome()).isEqualTo(ReasonCode.BANNED);
        connect("echo", "in:bert");
        assertThat(welcome()).isEqualTo(ReasonCode.SUCCESS);
    }

    @Test
    void failedProofsOfAClientThatIsInCountAsWell() {
        for (int time = 0; time < 3; time++) {
            connect("echo", "in:bert");
            assertThat(welcome()).isEqualTo(ReasonCode.SUCCESS);
            say(ReasonCode.REAUTHENTICATE, "wrong:anna");
        }
        connect("echo", "in:anna");

        assertThat(welcome()).isEqualTo(ReasonCode.BANNED);
    }

    @Test
    void aSessionBelongsToWhomTheProofWasOf() {
        connect("echo", "in:anna");
        SimClient other = world.client("lamp");
        other.method = "echo";
        other.data = "in:bert";
        other.connect(0).await();

        assertThat(other.last(Packet.ConnAck.class).reasonCode()).isEqualTo(ReasonCode.NOT_AUTHORIZED);
        assertThat(lamp.isConnected()).isTrue();
    }

    @Test
    void aClientMayLeaveInTheMiddleOfTheExchange() {
        connect("echo", "who?");
        lamp.send(new Packet.Disconnect(ReasonCode.NORMAL_DISCONNECTION, Properties.NONE))
                .await();

        assertThat(lamp.all(Packet.ConnAck.class)).isEmpty();
        assertThat(lamp.connection().isOpen()).isFalse();
        assertThat(Inside.admissions(world.broker)).isZero();
    }
}
