package io.coppice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.blackbox.Hostile;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SendTimeoutTest {
    private static final long LIMIT = 1_000;

    private final VirtualLoop loop = new VirtualLoop();
    private final List<Long> over = new ArrayList<>();
    private long taken;
    private long pending = 100;
    private final SendTimeout timeout = new SendTimeout(loop, LIMIT, () -> taken, () -> pending, over::add);

    @Test
    @Hostile("B76")
    void whoTakesNothingIsToldOfOnceAndNotBeforeItsTime() {
        timeout.begin();
        timeout.begin();
        loop.advance(LIMIT - 1);
        assertThat(over).isEmpty();
        loop.advance(LIMIT / 4);
        assertThat(over).hasSize(1);
        assertThat(over.get(0)).isBetween(LIMIT, LIMIT * 5 / 4);
        loop.advance(10 * LIMIT);
        assertThat(over).hasSize(1);
    }

    @Test
    void whoReadsAByteNowAndThenIsNotCutOff() {
        timeout.begin();
        for (int i = 0; i < 100; i++) {
            loop.advance(LIMIT * 2 / 3);
            taken++;
        }
        assertThat(over).isEmpty();
        loop.advance(LIMIT * 3 / 2);
        assertThat(over).hasSize(1);
    }

    @Test
    void aFullOutputOfWhichTheNetworkWasGivenNothingIsNotTheClientsFault() {
        pending = 0;
        timeout.begin();
        loop.advance(10 * LIMIT);
        assertThat(over).isEmpty();
        pending = 100;
        loop.advance(LIMIT * 3 / 2);
        assertThat(over).hasSize(1);
    }

    @Test
    void whatIsHandedToTheNetworkMeanwhileIsNoProgress() {
        timeout.begin();
        for (int i = 0; i < 20 && over.isEmpty(); i++) {
            loop.advance(LIMIT / 8);
            // With TLS more is pending for it than was appended.
            pending += 10;
            taken--;
        }
        assertThat(over).hasSize(1);
    }

    @Test
    void whenItHasRoomItIsNotWatchedAndBeginsAnewWhenItIsFullAgain() {
        timeout.begin();
        loop.advance(LIMIT * 7 / 8);
        timeout.end();
        timeout.begin();
        loop.advance(LIMIT * 7 / 8);
        assertThat(over).isEmpty();
        timeout.end();
        loop.advance(10 * LIMIT);
        assertThat(over).isEmpty();
        timeout.begin();
        loop.advance(LIMIT * 5 / 4);
        assertThat(over).hasSize(1);
    }
}
