package io.coppice.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How long it waits before it connects again. */
class ReconnectionTest {
    @Test
    void itWaitsTwiceAsLongEachTimeUpToHalfAMinute() {
        Reconnection late = new Reconnection(true, bound -> 0, words -> {}, fault -> {});

        assertThat(IntStream.of(0, 1, 2, 3, 4, 5, 6, 1_000)
                        .mapToLong(late::delayMillis)
                        .toArray())
                .containsExactly(1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000);
    }

    @Test
    void chanceTakesAwayUpToAQuarter() {
        Reconnection early = new Reconnection(true, bound -> bound - 1, words -> {}, fault -> {});

        assertThat(IntStream.of(0, 6).mapToLong(early::delayMillis).toArray()).containsExactly(751, 22_501);
    }
}
