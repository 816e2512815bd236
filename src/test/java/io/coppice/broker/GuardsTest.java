package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.Hostile;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.ReasonCode;
import io.coppice.port.Counters;
import io.coppice.simulation.Settings;
import io.coppice.simulation.SimClient;
import io.coppice.simulation.World;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class GuardsTest {
    private static final int WINDOW = 60_000;
    private static final int BAN = 300_000;

    private final Settings settings = new Settings();
    private World world = new World(1, 2, settings);

    private void door(int rate, int failures, int addressFailures, int connects) {
        settings.door =
                new DoorSettings(rate, failures, addressFailures, WINDOW, BAN, connects, WINDOW, BAN, 10_000, 1_000);
        world = new World(1, 2, settings);
        world.gatekeeper.refused.put("wrong", ReasonCode.BAD_USER_NAME_OR_PASSWORD);
    }

    private ReasonCode connect(String clientId, @Nullable String user, String host) {
        SimClient client = world.client(clientId);
        client.userName = user;
        client.host = host;
        client.connect(0);
        world.run();
        ReasonCode reason = client.last(Packet.ConnAck.class).reasonCode();
        if (reason == ReasonCode.SUCCESS) {
            client.disconnect();
            world.run();
        }
        return reason;
    }

    private long count(ToLongFunction<Counters> counter) {
        return world.broker.counters().stream().mapToLong(counter).sum();
    }

    @Test
    void anAddressHasARateOfItsOwn() {
        door(2, 0, 0, 0);
        assertThat(connect("a", null, "2001:db8::1")).isEqualTo(ReasonCode.SUCCESS);
        assertThat(connect("b", null, "2001:db8::2")).isEqualTo(ReasonCode.SUCCESS);
        assertThat(connect("c", null, "2001:db8::3")).isEqualTo(ReasonCode.CONNECTION_RATE_EXCEEDED);
        assertThat(connect("d", null, "2001:db8:0:1::1")).isEqualTo(ReasonCode.SUCCESS);
        assertThat(connect("e", null, "192.0.2.1")).isEqualTo(ReasonCode.SUCCESS);
        world.pass(500);

        assertThat(connect("c", null, "2001:db8::3")).isEqualTo(ReasonCode.SUCCESS);
    }

    @Test
    void oneAddressAboveItsRateTakesNothingOfTheRateOfAll() {
        settings.connectRateMax = 3;
        door(1, 0, 0, 0);
        for (int i = 0; i < 10; i++) {
            connect("a", null, "192.0.2.1");
        }

        assertThat(connect("b", null, "192.0.2.2")).isEqualTo(ReasonCode.SUCCESS);
    }

    @Test
    void aUserWithTooManyWrongPasswordsIsRefusedFromThereForATimeWithoutBeingAsked() {
        door(0, 3, 0, 0);
        for (int i = 0; i < 3; i++) {
            assertThat(connect("a", "wrong", "192.0.2.1")).isEqualTo(ReasonCode.BAD_USER_NAME_OR_PASSWORD);
        }
        assertThat(world.events.told).anyMatch(told -> told.name().equals("login-banned"));
        int asked = world.gatekeeper.asked;
        assertThat(connect("a", "wrong", "192.0.2.1")).isEqualTo(ReasonCode.BANNED);
        assertThat(world.gatekeeper.asked).isEqualTo(asked);
        assertThat(count(Counters::loginsBanned)).isEqualTo(1);
        assertThat(connect("a", "right", "192.0.2.1")).isEqualTo(ReasonCode.SUCCESS);
        assertThat(connect("a", "wrong", "192.0.2.2")).isEqualTo(ReasonCode.BAD_USER_NAME_OR_PASSWORD);
        world.pass(BAN);

        assertThat(connect("a", "wrong", "192.0.2.1")).isEqualTo(ReasonCode.BAD_USER_NAME_OR_PASSWORD);
    }

    @Test
    void aRightPasswordEndsTheCount() {
        door(0, 2, 0, 0);
        connect("a", "wrong", "192.0.2.1");
        world.gatekeeper.refused.remove("wrong");
        connect("a", "wrong", "192.0.2.1");
        world.gatekeeper.refused.put("wrong", ReasonCode.BAD_USER_NAME_OR_PASSWORD);
        connect("a", "wrong", "192.0.2.1");

        assertThat(connect("a", "wrong", "192.0.2.1")).isEqualTo(ReasonCode.BAD_USER_NAME_OR_PASSWORD);
    }

    @Test
    @Hostile("B66")
    void anAddressWithTooManyWrongPasswordsIsRefusedWhoeverComes() {
        door(0, 0, 2, 0);
        world.gatekeeper.refused.put("other", ReasonCode.BAD_USER_NAME_OR_PASSWORD);
        connect("a", "wrong", "192.0.2.1");
        connect("a", "other", "192.0.2.1");

        assertThat(connect("a", "right", "192.0.2.1")).isEqualTo(ReasonCode.BANNED);
        assertThat(connect("a", "right", "192.0.2.2")).isEqualTo(ReasonCode.SUCCESS);
    }

    @Test
    void onlyAWrongPasswordCounts() {
        door(0, 1, 1, 0);
        world.gatekeeper.refused.put("busy", ReasonCode.SERVER_BUSY);
        world.gatekeeper.refused.put("stranger", ReasonCode.NOT_AUTHORIZED);
        for (int i = 0; i < 3; i++) {
            assertThat(connect("a", "busy", "192.0.2.1")).isEqualTo(ReasonCode.SERVER_BUSY);
            assertThat(connect("a", "stranger", "192.0.2.1")).isEqualTo(ReasonCode.NOT_AUTHORIZED);
        }

        assertThat(count(Counters::loginsBusy)).isEqualTo(3);
        assertThat(count(counters -> counters.authentications(false))).isEqualTo(3);
        assertThat(connect("a", "right", "192.0.2.1")).isEqualTo(ReasonCode.SUCCESS);
    }

    @Test
    void whoIsRefusedAnotherUsersSessionHasItsClientNotBanned() {
        door(0, 0, 0, 2);
        SimClient anna = world.client("a").persistent();
        anna.userName = "anna";
        anna.connect(0).await();
        for (int i = 0; i < 5; i++) {
            assertThat(connect("a", "bert", "192.0.2.9")).isEqualTo(ReasonCode.NOT_AUTHORIZED);
        }
        anna.connect(1).await();

        assertThat(anna.isConnected()).isTrue();
        assertThat(count(Counters::takeoversRefused)).isEqualTo(5);
    }

    @Test
    @Hostile("B62")
    void aClientThatComesAndGoesIsRefusedForATime() {
        door(0, 0, 0, 2);
        for (int i = 0; i < 3; i++) {
            assertThat(connect("a", null, "192.0.2." + i)).isEqualTo(ReasonCode.SUCCESS);
        }
        assertThat(connect("a", null, "192.0.2.9")).isEqualTo(ReasonCode.BANNED);
        assertThat(connect("b", null, "192.0.2.1")).isEqualTo(ReasonCode.SUCCESS);
        world.pass(BAN);

        assertThat(connect("a", null, "192.0.2.9")).isEqualTo(ReasonCode.SUCCESS);
    }

    @Test
    void longNamesAreToldApart() {
        Guards guards = new Guards(new DoorSettings(0, 1, 0, WINDOW, BAN, 0, WINDOW, BAN, 10_000, 10));
        String name = "x".repeat(60_000);
        assertThat(guards.failed("192.0.2.1", name + "a", 0)).isTrue();

        assertThat(guards.refusal("192.0.2.1", "c", name + "a", 1)).isNotNull();
        assertThat(guards.refusal("192.0.2.1", "c", name + "b", 1)).isNull();
    }

    @Test
    void ofMoreAddressesThanAreRememberedTheOldestBeginsAnew() {
        Guards guards = new Guards(new DoorSettings(1, 0, 0, WINDOW, BAN, 0, WINDOW, BAN, 10_000, 2));
        for (String host : new String[] {"192.0.2.1", "192.0.2.2"}) {
            assertThat(guards.refusal(host, "c", null, 0)).isNull();
            assertThat(guards.refusal(host, "c", null, 0)).isNotNull();
        }
        assertThat(guards.refusal("192.0.2.3", "c", null, 0)).isNull();

        assertThat(guards.refusal("192.0.2.1", "c", null, 0)).isNull();
    }

    private static DoorSettings door(int failures, int window, int connects) {
        return new DoorSettings(0, failures, 0, window, BAN, connects, window, BAN, 10_000, 10);
    }

    @Test
    void anotherWindowHoldsAtOnce() {
        Guards guards = new Guards(door(2, WINDOW, 1));
        guards.change(door(2, 1_000, 1));

        assertThat(guards.failed("192.0.2.1", "anna", 0)).isFalse();
        assertThat(guards.failed("192.0.2.1", "anna", 1_000)).isFalse();
        assertThat(guards.failed("192.0.2.1", "anna", 1_999)).isTrue();
        assertThat(guards.admitted("192.0.2.1", "c", null, 0)).isFalse();
        assertThat(guards.admitted("192.0.2.1", "c", null, 1_000)).isFalse();
        assertThat(guards.admitted("192.0.2.1", "c", null, 1_999)).isTrue();
    }

    @Test
    void bansEndWhereTheyAreSwitchedOff() {
        Guards guards = new Guards(door(1, WINDOW, 0));
        assertThat(guards.failed("192.0.2.1", "anna", 0)).isTrue();
        assertThat(guards.bans(1)).hasSize(1);
        guards.change(door(0, WINDOW, 0));

        assertThat(guards.refusal("192.0.2.1", "c", "anna", 1)).isNull();
        assertThat(guards.bans(1)).isEmpty();
    }
}
