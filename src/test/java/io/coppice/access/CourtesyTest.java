package io.coppice.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Who tries passwords takes little of a processor that others want. */
class CourtesyTest {
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private final List<Long> pauses = new ArrayList<>();
    private long processor;
    private long now;
    private final Courtesy courtesy = new Courtesy(() -> processor, () -> now, pauses::add);

    private void wasted(long processorMillis, long millis) {
        Courtesy.Effort effort = courtesy.begin();
        processor += processorMillis * MILLI;
        now += millis * MILLI;
        effort.wasted();
    }

    @Test
    void whereOthersWantTheProcessorThereIsAPauseOfEightTimesTheEffort() {
        wasted(30, 60);
        assertThat(pauses).containsExactly(240 * MILLI);
    }

    @Test
    void aPauseHasAnEnd() {
        wasted(500, 2_000);
        assertThat(pauses).containsExactly(1_000 * MILLI);
    }

    @Test
    void whereNobodyElseWantsItThereIsNone() {
        wasted(30, 30);
        wasted(30, 37);
        assertThat(pauses).isEmpty();
    }

    @Test
    void whereNobodyKnowsThereIsNone() {
        processor = -1;
        wasted(0, 100);
        assertThat(pauses).isEmpty();
    }
}
