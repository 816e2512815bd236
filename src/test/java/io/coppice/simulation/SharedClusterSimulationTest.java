package io.coppice.simulation;

import org.junit.jupiter.api.Test;

/**
 * Shared subscriptions over three nodes, whatever happens to members, publishers, network and nodes. Seeds as with {@link
 * ClusterSimulationTest}.
 */
class SharedClusterSimulationTest {
    private static final Simulation.Weather LOSSES = Simulation.Weather.FAIR;
    private static final Simulation.Weather KILLS = Simulation.Weather.KILLS;
    private static final Simulation.Weather PAUSES = Simulation.Weather.PAUSES;

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
