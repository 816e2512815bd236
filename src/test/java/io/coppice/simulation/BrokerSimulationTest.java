package io.coppice.simulation;

import org.junit.jupiter.api.Test;

/** To reproduce a failure, run the world with the seed that it names. */
class BrokerSimulationTest {
    private static final int SEEDS = 400;

    @Test
    void whateverClientsDoWhatWasAckedArrivesInOrderAndQos2Once() {
        Seeds.each(SEEDS, seed -> new Simulation(seed).run());
    }

    @Test
    void soItIsWhereSomebodyIsAskedWhatClientsMayDo() {
        Seeds.each(SEEDS / 4, seed -> new Simulation(seed).asking().run());
    }

    @Test
    void andSoItIsOnThreeNodesOfWhichSomeDie() {
        Seeds.each(
                SEEDS / 40,
                seed -> new Simulation(seed, Simulation.Weather.KILLS).asking().run());
    }
}
