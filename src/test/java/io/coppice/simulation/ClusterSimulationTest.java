package io.coppice.simulation;

import org.junit.jupiter.api.Test;

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
}
