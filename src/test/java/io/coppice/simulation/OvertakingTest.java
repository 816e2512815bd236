package io.coppice.simulation;

import io.coppice.mqtt.Qos;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A message that goes straight to where its subscriber will be is there before those that its publisher sent ahead of it,
 * which are held for where the subscriber was: and then these have to be sent once more.
 */
class OvertakingTest {
    @ParameterizedTest
    @EnumSource(
            value = Qos.class,
            names = {"AT_LEAST_ONCE", "EXACTLY_ONCE"})
    void whatCameStraightDoesNotCountWhereItsPublisherSendsAllOfItAgain(Qos qos) {
        new Overtaking(41).run(qos);
    }

    @Test
    void whateverIsHeldUpComesInOrder() {
        Seeds.each(1_000, OvertakingTest::wander);
    }

    private static void wander(long seed) {
        new Overtaking(seed).wander(seed % 2 == 0 ? Qos.AT_LEAST_ONCE : Qos.EXACTLY_ONCE);
    }
}
