package io.coppice.topic;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class LevelPoolTest {
    private final LevelCodes numbers = new LevelCodes(1);
    private final LevelPool pool = new LevelPool(numbers);

    private byte[] shared(String level) {
        byte[] utf8 = ("x/" + level + "/y").getBytes(StandardCharsets.UTF_8);
        int to = utf8.length - 2;
        byte[] shared = pool.shared(utf8, 2, to, numbers.of(utf8, 2, to));
        assertThat(new String(shared, StandardCharsets.UTF_8)).isEqualTo(level);
        return shared;
    }

    @Test
    void aThousandLevelsAreRememberedAtATime() {
        byte[][] kept = new byte[1000][];
        for (int round = 0; round < 3; round++) {
            int same = 0;
            for (int i = 0; i < kept.length; i++) {
                byte[] shared = shared("long-level" + i);
                same += shared == kept[i] ? 1 : 0;
                kept[i] = shared;
            }
            assertThat(same).isGreaterThanOrEqualTo(round == 0 ? 0 : 950);
        }
    }

    @Test
    void whatIsVeryLongOrLongUnusedIsNotRemembered() {
        byte[] unused = shared("unused-level");
        byte[] veryLong = shared("a".repeat(257));
        assertThat(shared("a".repeat(257))).isNotSameAs(veryLong);
        assertThat(shared("unused-level")).isSameAs(unused);
        for (int i = 0; i < 100_000; i++) {
            shared("other-level" + i);
        }
        assertThat(shared("unused-level")).isNotSameAs(unused);
    }
}
