package io.coppice.topic;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LevelPoolTest {
    private final LevelPool pool = new LevelPool();

    private static String copy(String level) {
        return new String(level.toCharArray());
    }

    @Test
    void aWildcardIsTheOneThatMatchesCompareWith() {
        assertThat(pool.shared(copy("+"))).isSameAs(LevelPool.PLUS);
        assertThat(pool.shared(copy("#"))).isSameAs(LevelPool.HASH);
    }

    @Test
    void aThousandLevelsAreRememberedAtATime() {
        String[] kept = new String[1000];
        for (int round = 0; round < 3; round++) {
            int same = 0;
            for (int i = 0; i < kept.length; i++) {
                String shared = pool.shared(copy("level" + i));
                assertThat(shared).isEqualTo("level" + i);
                same += shared == kept[i] ? 1 : 0;
                kept[i] = shared;
            }
            assertThat(same).isGreaterThanOrEqualTo(round == 0 ? 0 : 950);
        }
    }

    @Test
    void whatIsLongOrLongUnusedIsNotRemembered() {
        String unused = pool.shared(copy("unused"));
        String longLevel = "a".repeat(257);
        assertThat(pool.shared(longLevel)).isSameAs(longLevel);
        assertThat(pool.shared(copy(longLevel))).isNotSameAs(longLevel);
        assertThat(pool.shared(copy("unused"))).isSameAs(unused);
        for (int i = 0; i < 100_000; i++) {
            pool.shared("other" + i);
        }
        assertThat(pool.shared(copy("unused"))).isNotSameAs(unused);
    }
}
