package io.coppice.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.Hostile;
import io.coppice.mqtt.Qos;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
    @Hostile("B41")
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

    @Test
    void nobodyIsWrongedWhereANodeIsCutOff() {
        Seeds.each(400, seed -> new Simulation(seed, Simulation.Weather.CUTS).run());
    }

    @Test
    void whoseDiskIsFullWhatWasAckedArrivesInOrderAndQos2Once() {
        Seeds.each(300, seed -> new Simulation(seed, Simulation.Weather.FULL_DISKS).run());
    }

    @Test
    void whoIsNotHeardAnyMoreLosesNothing() {
        Seeds.each(200, seed -> new Simulation(seed, Simulation.Weather.ONE_WAYS).run());
    }

    @Test
    void nobodyIsWrongedWhereAllOfItHappens() {
        Seeds.each(200, seed -> new Simulation(seed, Simulation.Weather.ALL).run());
    }

    /** For a part of a node the lease is over when it is not for another. */
    @ParameterizedTest
    @ValueSource(strings = {"ut", "pt", "gt", "ot", "kt", "pkcugdot"})
    void nobodyWaitsForEverWhereLoopsTakeTheirTime(String letters) {
        Seeds.each(100, seed -> new Simulation(seed, Simulation.Weather.of(letters)).run());
    }

    /** Also in bytes that each node can read: a node that is sent others fails the world. */
    @ParameterizedTest
    @ValueSource(strings = {"v", "vk", "vp", "vlk", "vpkcugd"})
    void whileNodesGoToTheNextReleaseAndBackWhatWasAckedArrivesInOrderAndQos2Once(String letters) {
        AtomicLong raised = new AtomicLong();
        AtomicLong worlds = new AtomicLong();
        Seeds.each(60, seed -> {
            Simulation simulation = new Simulation(seed, Simulation.Weather.of(letters));
            simulation.run();
            worlds.incrementAndGet();
            raised.addAndGet(simulation.raised());
        });
        assertThat(worlds.get() < 50 || raised.get() > 0)
                .as("the version went up on %d nodes in %d worlds", raised.get(), worlds.get())
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "k", "p", "l", "pkcug"})
    void whoHoldsLittleOfItsQueuesLosesNothing(String letters) {
        Seeds.each(100, seed -> new Simulation(seed, Simulation.Weather.of(letters), seed % 7 * 110).run());
    }

    @ParameterizedTest
    @CsvSource({"ug, 1", "ug, 2", "d, 1", "d, 2", "do, 1", "do, 2", "pkcugdo, 1", "pkcugdo, 2"})
    void whoPublishesToTwoWhoComeAndGoIsHeardInOrder(String letters, int qos) {
        Seeds.each(150, seed -> ofFew(seed, letters, qos));
    }

    private static void ofFew(long seed, String letters, int qos) {
        Simulation.ofFew(seed, Simulation.Weather.of(letters), Qos.of(qos)).run();
    }

    @ParameterizedTest
    @CsvSource({"2103, pu, 2", "2103, pg, 2", "1022, pug, 2", "513, d, 2"})
    void whatFailedOnceToComeInOrderHolds(long seed, String letters, int qos) {
        ofFew(seed, letters, qos);
    }

    /** By the letters of {@link Simulation.Weather#of}. */
    @ParameterizedTest
    @CsvSource({
        "30097, k",
        "2061, p",
        "40128, p",
        "5057, pk",
        "90223, k",
        "41796, pk",
        "62300, p",
        "60144, p",
        "41373, c",
        "409, u",
        "1638, u",
        "3044, u",
        "1621, uc",
        "1700, uc",
        "100444, uc",
        "101211, uc",
        "200658, uc",
        "201911, uc",
        "101231, uc",
        "48, pd",
        "2156, ut"
    })
    void whatFailedOnceHolds(long seed, String weather) {
        new Simulation(seed, Simulation.Weather.of(weather)).run();
    }
}
