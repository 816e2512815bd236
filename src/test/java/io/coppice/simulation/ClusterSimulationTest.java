package io.coppice.simulation;

import org.junit.jupiter.api.Test;

/**
 * Several nodes through thick and thin. {@code -Dcoppice.seeds=N} runs N seeds of each instead of those here, and {@code
 * -Dcoppice.seed=N} the one that a failure names.
 */
class ClusterSimulationTest {
    @Test
    void whateverTheNetworkDoesWhatWasAckedArrivesInOrderAndQos2Once() {
        Seeds.each(1500, seed -> new Simulation(seed, new Simulation.Weather(false, false)).run());
    }

    @Test
    void whoeverDiesWhatWasAckedArrivesInOrderAndQos2Once() {
        Seeds.each(300, seed -> new Simulation(seed, new Simulation.Weather(false, true)).run());
    }

    @Test
    void whoeverIsGivenUpAndWakesAgainWhatWasAckedArrivesInOrderAndQos2Once() {
        Seeds.each(200, seed -> new Simulation(seed, new Simulation.Weather(true, false)).run());
    }
}
