package io.coppice.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A message that was had is known again, and one that was not is not taken for it. */
class NewestTest {
    private static final long EPOCH = 5L << InboundFlow.NUMBERS_OF_EPOCH_BITS;

    private Newest newest = new Newest();

    @Test
    void whatComesLateIsNewOnce() {
        assertThat(newest.isNew("p", EPOCH + 4)).isTrue();
        assertThat(newest.isNew("p", EPOCH + 8)).isTrue();
        for (int number : new int[] {5, 6, 7, 1}) {
            assertThat(newest.isNew("p", EPOCH + number)).as("%d", number).isTrue();
            assertThat(newest.isNew("p", EPOCH + number)).as("%d again", number).isFalse();
        }
        assertThat(newest.isNew("p", EPOCH + 4)).isFalse();
        assertThat(newest.isNew("p", EPOCH + 8)).isFalse();
    }

    @Test
    void numbersOfAnEarlierConnectionAreNewAfterThoseOfALaterOne() {
        assertThat(newest.isNew("p", EPOCH + (1L << InboundFlow.NUMBERS_OF_EPOCH_BITS) + 1))
                .isTrue();
        assertThat(newest.isNew("p", EPOCH + 1)).isTrue();
        assertThat(newest.isNew("p", EPOCH + 1)).isFalse();
    }

    @Test
    void ofWillsOnlyALaterOneIsNew() {
        assertThat(newest.isNew("p", -7)).isTrue();
        assertThat(newest.isNew("p", -6)).isFalse();
        assertThat(newest.isNew("p", -8)).isTrue();
        assertThat(newest.isNew("p", 8)).isTrue();
    }

    @Test
    void asASetWouldSayAlsoAfterEachReplay() {
        for (long seed = 1; seed <= 200; seed++) {
            Random random = new Random(seed);
            Set<Long> had = new HashSet<>();
            newest = new Newest();
            long highest = EPOCH;
            for (int step = 0; step < 400; step++) {
                long number = Math.max(EPOCH + 1, highest + random.nextInt(random.nextBoolean() ? 5 : 300) - 100);
                if (number <= highest - SessionRecord.Newest.BITS_MAX) {
                    continue;
                }
                highest = Math.max(highest, number);
                assertThat(newest.isNew("p", number))
                        .as("seed %d, step %d", seed, step)
                        .isEqualTo(had.add(number));
                if (random.nextInt(20) == 0) {
                    List<SessionRecord> records = new ArrayList<>();
                    newest.snapshot(records::add);
                    newest = new Newest();
                    records.forEach(record -> newest.replay((SessionRecord.Newest) record));
                }
            }
        }
    }

    @Test
    void whatIsTooFarBackWasHad() {
        assertThat(newest.isNew("p", EPOCH + 5_000)).isTrue();
        assertThat(newest.isNew("p", EPOCH + 5_000 - SessionRecord.Newest.BITS_MAX))
                .isTrue();
        assertThat(newest.isNew("p", EPOCH + 5_000 - SessionRecord.Newest.BITS_MAX - 1))
                .isFalse();
    }

    @Test
    void ofTooManyPublishersTheOldestIsForgotten() {
        for (int i = 0; i <= 1000; i++) {
            assertThat(newest.isNew("p" + i, EPOCH + 1)).isTrue();
        }
        assertThat(newest.takeForgotten()).isEqualTo(Newest.Source.of("p0", EPOCH + 1));
        assertThat(newest.takeForgotten()).isNull();
        assertThat(newest.isNew("p0", EPOCH + 1)).isTrue();
        assertThat(newest.isNew("p1000", EPOCH + 1)).isFalse();
    }
}
