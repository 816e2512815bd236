package io.coppice.campaign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class MemoryTest {
    private static Memory of(long... sums) {
        Memory memory = new Memory();
        for (long sum : sums) {
            memory.add(sum);
        }
        return memory;
    }

    @Test
    void theSumOfAHistogramIsItsLastLine() throws IOException {
        assertThat(Memory.live("""
                123:
                 num     #instances         #bytes  class name (module)
                -------------------------------------------------------
                   1:          9876       12345678  [B (java.base@17)
                Total         87654       23456789
                """)).isEqualTo(23_456_789);
        assertThatThrownBy(() -> Memory.live("Total nonsense")).isInstanceOf(IOException.class);
    }

    @Test
    void theFirstRoundsMayCostWhatTheyWant() {
        assertThat(of(10, 50, 100).growth()).isZero();
        assertThat(of(10, 50, 100, 100).growth()).isZero();
    }

    @Test
    void whatGrowsIsFound() {
        assertThat(of(10, 50, 100, 102, 104, 106, 108).growth()).isCloseTo(0.04, within(0.001));
        assertThat(of(10, 50, 100, 110, 120, 130).growth()).isGreaterThan(Memory.GROWTH_MAX);
    }

    @Test
    void oneRoundThatEndedWithMoreIsNoGrowth() {
        assertThat(of(10, 50, 100, 101, 101, 150).growth()).isCloseTo(0.01, within(0.001));
    }
}
