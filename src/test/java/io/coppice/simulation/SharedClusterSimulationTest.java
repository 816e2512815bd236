package io.coppice.simulation;

import org.junit.jupiter.api.Test;

/**
 * Shared subscriptions over three nodes, whatever happens to members, publishers, network and nodes. Seeds as with {@link
 * ClusterSimulationTest}.
 */
class SharedClusterSimulationTest {
    private static final Simulation.Weather LOSSES = new Simulation.Weather(false, false, false);
    private static final Simulation.Weather KILLS = new Simulation.Weather(false, true, false);
    private static final Simulation.Weather PAUSES = new Simulation.Weather(true, false, false);

    @Test
    void whateverTheNetworkDoesEachGroupGetsWhatWasAckedAndQos2Once() {
        Seeds.each(500, seed -> new SharedWorld(seed, LOSSES, false).run());
    }

    @Test
    void whateverTheNetworkDoesSessionsThatEndPassOnWhatTheyHave() {
        Seeds.each(300, seed -> new SharedWorld(seed, LOSSES, true).run());
    }

    @Test
    void whoeverDiesEachGroupGetsWhatWasAcked() {
        Seeds.each(500, seed -> new SharedWorld(seed, KILLS, false).run());
    }

    @Test
    void whoeverDiesNobodysMessagesGoWithTheSessionsOfOthers() {
        Seeds.each(300, seed -> new SharedWorld(seed, KILLS, true).run());
    }

    @Test
    void whoeverIsGivenUpAndWakesAgainEachGroupGetsWhatWasAcked() {
        Seeds.each(300, seed -> new SharedWorld(seed, PAUSES, false).run());
    }
}
