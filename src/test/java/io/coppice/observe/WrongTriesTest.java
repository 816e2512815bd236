package io.coppice.observe;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WrongTriesTest {
    private final WrongTries tries = new WrongTries(3, 60_000, 2);
    private long now = 1_000_000;

    private void wrong(String address) {
        tries.begin(address, now);
        tries.over(address, true, now);
    }

    private long waits(String address) {
        return tries.waitMillis(address, now);
    }

    @Test
    void someCostNothingAndThenTheWaitDoublesUpToALimit() {
        wrong("a");
        wrong("a");
        assertThat(waits("a")).isZero();
        for (long wait : new long[] {1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000}) {
            wrong("a");
            assertThat(waits("a")).isEqualTo(wait);
            assertThat(waits("b")).isZero();
            now += wait - 1;
            assertThat(waits("a")).isEqualTo(1);
            now++;
            assertThat(waits("a")).isZero();
        }
    }

    @Test
    void aRightOneDoesNotMakeUpForWrongOnes() {
        wrong("a");
        wrong("a");
        tries.begin("a", now);
        tries.over("a", false, now);
        wrong("a");

        assertThat(waits("a")).isEqualTo(1_000);
    }

    @Test
    void manyAtOnceWinNothing() {
        for (int i = 0; i < 3; i++) {
            assertThat(waits("a")).isZero();
            tries.begin("a", now);
        }
        assertThat(waits("a")).isEqualTo(1_000);
        tries.over("a", false, now);
        assertThat(waits("a")).isZero();
        tries.over("a", true, now);
        tries.begin("a", now);
        assertThat(waits("a")).isEqualTo(1_000);
    }

    /** However long it has waited, one at a time is looked at. */
    @Test
    void afterAWaitOneTryIsLookedAt() {
        for (int i = 0; i < 3; i++) {
            wrong("a");
        }
        now += 1_000;
        assertThat(waits("a")).isZero();
        tries.begin("a", now);
        assertThat(waits("a")).isEqualTo(1_000);
    }

    @Test
    void isForgottenAfterAWhile() {
        for (int i = 0; i < 3; i++) {
            wrong("a");
        }
        now += 1_000 + WrongTries.FORGET_MILLIS + 1;
        wrong("a");
        wrong("a");

        assertThat(waits("a")).isZero();
    }

    @Test
    void remembersABoundedNumberOfAddresses() {
        for (int i = 0; i < 3; i++) {
            wrong("a");
        }
        wrong("b");
        waits("a"); // seen again
        wrong("c");
        assertThat(tries.size()).isEqualTo(2);
        assertThat(waits("a")).isEqualTo(1_000);
    }

    @Test
    void whoWasNeverWrongIsNotRemembered() {
        tries.begin("a", now);
        tries.over("a", false, now);

        assertThat(tries.size()).isZero();
    }

    @Test
    void thousandsOfTriesOverflowNothing() {
        for (int i = 0; i < 5_000; i++) {
            tries.wrong("a", now);
        }
        assertThat(waits("a")).isEqualTo(60_000);
    }
}
