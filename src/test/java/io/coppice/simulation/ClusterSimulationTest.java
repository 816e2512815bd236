package io.coppice.simulation;

import org.junit.jupiter.api.Test;

/** Several nodes through thick and thin; to reproduce a failure, run the simulation with the seed that it names. */
class ClusterSimulationTest {
    private static final int SEEDS = Integer.getInteger("coppice.seeds", 200);

    @Test
    void whateverTheNetworkDoesWhatWasAckedArrivesInOrderAndQos2Once() {
        Seeds.each(SEEDS, seed -> new Simulation(seed, new Simulation.Weather(false, false)).run());
    }
}
