package io.coppice.simulation;

import org.junit.jupiter.api.Test;

/**
 * Shared subscriptions over three nodes, whatever happens to members, publishers, network and nodes. Seeds as with {@link
 * ClusterSimulationTest}.
 */
class SharedClusterSimulationTest {
    @Test
    void whateverTheNetworkDoesEachGroupGetsWhatWasAckedAndQos2Once() {
        Seeds.each(500, seed -> new SharedWorld(seed, Simulation.Weather.FAIR, false).run());
    }

    @Test
    void whateverTheNetworkDoesSessionsThatEndPassOnWhatTheyHave() {
        Seeds.each(300, seed -> new SharedWorld(seed, Simulation.Weather.FAIR, true).run());
    }

    @Test
    void whoeverDiesEachGroupGetsWhatWasAcked() {
        Seeds.each(500, seed -> new SharedWorld(seed, Simulation.Weather.KILLS, false).run());
    }

    @Test
    void whoeverDiesNobodysMessagesGoWithTheSessionsOfOthers() {
        Seeds.each(300, seed -> new SharedWorld(seed, Simulation.Weather.KILLS, true).run());
    }

    @Test
    void whoeverIsGivenUpAndWakesAgainEachGroupGetsWhatWasAcked() {
        Seeds.each(300, seed -> new SharedWorld(seed, Simulation.Weather.PAUSES, false).run());
    }

    @Test
    void whoeverIsCutOffEachGroupGetsWhatWasAcked() {
        Seeds.each(300, seed -> new SharedWorld(seed, Simulation.Weather.CUTS, false).run());
    }
}
