package io.coppice.simulation;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Several nodes through thick and thin. {@code -Dcoppice.seeds=N} runs N seeds of each instead of those here, and {@code
 * -Dcoppice.seed=N} the one that a failure names.
 */
class ClusterSimulationTest {
    @Test
    void whateverTheNetworkDoesWhatWasAckedArrivesInOrderAndQos2Once() {
        Seeds.each(1500, seed -> new Simulation(seed, Simulation.Weather.FAIR).run());
    }

    @Test
    void whoeverDiesWhatWasAckedArrivesInOrderAndQos2Once() {
        Seeds.each(300, seed -> new Simulation(seed, Simulation.Weather.KILLS).run());
    }

    @Test
    void whoeverIsGivenUpAndWakesAgainWhatWasAckedArrivesInOrderAndQos2Once() {
        Seeds.each(200, seed -> new Simulation(seed, Simulation.Weather.PAUSES).run());
    }

    @Test
    void whoeverLeavesWhatWasAckedArrivesInOrderAndQos2Once() {
        Seeds.each(300, seed -> new Simulation(seed, Simulation.Weather.LEAVES).run());
    }

    @Test
    void whoeverLeavesAndDiesOnItsWayWhatWasAckedArrivesInOrderAndQos2Once() {
        Seeds.each(200, seed -> new Simulation(seed, Simulation.Weather.LEAVES_AND_KILLS).run());
    }

    @Test
    void whoeverIsLeftInDoubtOfItsClaimWhatWasAckedArrivesInOrderAndQos2Once() {
        Seeds.each(300, seed -> new Simulation(seed, Simulation.Weather.LOSES_CLAIMS).run());
    }

    @Test
    void whoeverIsLeftInDoubtOfItsClaimAndDiesWhatWasAckedArrivesInOrderAndQos2Once() {
        Seeds.each(200, seed -> new Simulation(seed, Simulation.Weather.LOSES_CLAIMS_AND_KILLS).run());
    }

    @ParameterizedTest
    @CsvSource({
        "30097, false, true, false",
        "2061, true, false, false",
        "40128, true, false, false",
        "5057, true, true, false",
        "90223, false, true, false",
        "41796, true, true, false",
        "62300, true, false, false",
        "41373, false, false, true"
    })
    void whatFailedOnceHolds(long seed, boolean pauses, boolean kills, boolean losesClaims) {
        new Simulation(seed, new Simulation.Weather(pauses, kills, false, losesClaims)).run();
    }
}
