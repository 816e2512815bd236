package io.coppice.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What the simulation is worth: promises that doors of the cluster do not keep are noticed within a thousand seeds. */
class BrokenDoorsTest {
    private static final int SEEDS = 1000;

    @Test
    void aStoreThatAnswersBeforeItHasStoredIsNoticed() {
        assertNoticed(Simulation.Weather.KILLS, world -> world.store.hasty = true);
    }

    @Test
    void aStoreThatTakesWhatAnOldHomeWritesIsNoticed() {
        assertNoticed(Simulation.Weather.PAUSES, world -> world.store.fenceless = true);
    }

    @Test
    void batchesThatAreTakenTwiceAreNoticed() {
        assertNoticed(Simulation.Weather.FAIR, world -> world.cluster().forgetful = true);
    }

    private static void assertNoticed(Simulation.Weather weather, Consumer<World> broken) {
        long noticedAt = 0;
        for (long seed = 1; seed <= SEEDS && noticedAt == 0; seed++) {
            Simulation simulation = new Simulation(seed, weather);
            broken.accept(simulation.world);
            try {
                simulation.run();
            } catch (AssertionError noticed) {
                noticedAt = seed;
            }
        }
        assertThat(noticedAt).as("the first seed that fails").isPositive();
    }
}
