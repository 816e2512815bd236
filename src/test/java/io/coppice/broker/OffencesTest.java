package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OffencesTest {
    private final Offences offences = new Offences(3, 1_000, 5_000, 3);

    @Test
    void tooManyWithinTheWindowIsBannedForItsTime() {
        assertThat(offences.count("a", 0)).isFalse();
        assertThat(offences.count("a", 400)).isFalse();
        assertThat(offences.isBanned("a", 400)).isFalse();
        assertThat(offences.count("a", 999)).isTrue();
        assertThat(offences.isBanned("a", 5_998)).isTrue();
        assertThat(offences.isBanned("b", 5_998)).isFalse();

        assertThat(offences.isBanned("a", 5_999)).isFalse();
        assertThat(offences.count("a", 5_999)).isFalse();
    }

    @Test
    void aNewWindowBeginsAtZero() {
        offences.count("a", 0);
        offences.count("a", 0);
        assertThat(offences.count("a", 1_000)).isFalse();
        assertThat(offences.count("a", 1_000)).isFalse();
        assertThat(offences.count("a", 1_000)).isTrue();
    }

    @Test
    void whatIsForgottenCountsNoMore() {
        offences.count("a", 0);
        offences.count("a", 0);
        offences.forget("a");

        assertThat(offences.count("a", 0)).isFalse();
    }

    @Test
    void whoWasHeardOfLongestAgoIsForgottenForAnother() {
        for (int i = 0; i < 3; i++) {
            offences.count("a", 0);
        }
        offences.count("b", 0);
        offences.count("c", 0);
        assertThat(offences.isBanned("a", 1)).isTrue();
        offences.count("d", 0);
        offences.count("e", 0);

        assertThat(offences.size()).isEqualTo(3);
        assertThat(offences.isBanned("a", 1)).isTrue();
    }

    @Test
    void whereNothingIsAnOffenceNothingIsRemembered() {
        Offences off = new Offences(0, 1_000, 5_000, 3);
        for (int i = 0; i < 10; i++) {
            assertThat(off.count("a", 0)).isFalse();
        }
        assertThat(off.size()).isZero();
        assertThat(off.isBanned("a", 0)).isFalse();
    }
}
