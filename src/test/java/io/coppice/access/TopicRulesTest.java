package io.coppice.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TopicRulesTest {
    private static final int SEEDS = 2_000;
    private static final int READ = TopicRules.READ;

    private static TopicRules one(String filter) {
        TopicRules rules = new TopicRules();
        rules.add(TopicFilter.of(filter), READ);
        return rules;
    }

    @ParameterizedTest
    @CsvSource({
        "a, a, true",
        "a, a/, false",
        "a/#, a, true",
        "a/#, a/b/c, true",
        "a/+, a/, true",
        "a/+, a, false",
        "+/+, /, true",
        "#, $SYS/a, false",
        "+/a, $SYS/a, false",
        "$SYS/#, $SYS, true",
        "$SYS/+, $SYS/a, true",
        "a/$b, a/$b, true",
        "a/+, a/$b, true",
        "é/ü, é/ü, true",
    })
    void topicsMatchAsInSubscriptions(String filter, String topic, boolean matches) {
        assertThat(one(filter).match(TopicName.of(topic)) == READ).isEqualTo(matches);
    }

    @ParameterizedTest
    @CsvSource({
        "a/b, a/+, true, false",
        "a/b, a/#, true, false",
        "a/b, #, true, false",
        "a/b, +, false, false",
        "a, a/#, true, false",
        "a/+, a/b, true, true",
        "a/#, a/b/c, true, true",
        "a/#, a, true, true",
        "a/#, +/b, true, false",
        "+/b, a/+, true, false",
        "+/+/c, a/#, true, false",
        "#, #, true, true",
        "#, +/a/#, true, true",
        "#, $SYS/#, false, false",
        "+/a, $SYS/a, false, false",
        "$SYS/#, #, false, false",
        "$SYS/#, +/a, false, false",
        "$SYS/#, $SYS/broker/+, true, true",
        "$SYS/a, $SYS/#, true, false",
        "x/$y, +/+, true, false",
        "x/$y, x/#, true, false",
        "x/$y, #, true, false",
    })
    void filtersAreComparedWithTheRules(String rule, String filter, boolean overlaps, boolean covers) {
        assertThat(one(rule).overlaps(TopicFilter.of(filter), READ))
                .as("overlaps")
                .isEqualTo(overlaps);
        assertThat(one(rule).covers(TopicFilter.of(filter), READ)).as("covers").isEqualTo(covers);
    }

    @Test
    void manyLevelsBelowOneAreFound() {
        TopicRules rules = new TopicRules();
        for (int i = 0; i < 10_000; i++) {
            rules.add(TopicFilter.of("site/" + i + "/state"), READ);
        }
        for (int i = 0; i < 10_000; i++) {
            assertThat(rules.match(TopicName.of("site/" + i + "/state"))).isEqualTo(READ);
        }
        assertThat(rules.match(TopicName.of("site/10000/state"))).isZero();
    }

    /** Rules of few and short levels, against what each of them says by itself. */
    @Test
    void whatTheTreeSaysIsWhatTheFiltersSayOneByOne() {
        int[] overlapping = new int[1];
        for (long seed = 0; seed < SEEDS; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            TopicRules rules = new TopicRules();
            List<TopicFilter> filters = new ArrayList<>();
            List<Integer> rights = new ArrayList<>();
            for (int i = random.nextInt(12); i >= 0; i--) {
                filters.add(TopicFilter.of(path(random, true)));
                rights.add(1 << random.nextInt(4));
                rules.add(filters.get(filters.size() - 1), rights.get(rights.size() - 1));
            }
            TopicFilter asked = TopicFilter.of(path(random, true));
            boolean meets = false;
            for (int i = 0; i < 40; i++) {
                TopicName topic = TopicName.of(path(random, false));
                int expected = 0;
                for (int f = 0; f < filters.size(); f++) {
                    expected |= filters.get(f).matches(topic) ? rights.get(f) : 0;
                }
                assertThat(rules.match(topic))
                        .as("seed %d: %s of %s %s", seed, topic, filters, rights)
                        .isEqualTo(expected);
                boolean readable = (expected & READ) != 0;
                meets |= readable && asked.matches(topic);
                if (rules.covers(asked, READ) && asked.matches(topic)) {
                    assertThat(readable)
                            .as("seed %d: %s covered by %s %s", seed, asked, filters, rights)
                            .isTrue();
                }
            }
            if (meets) {
                overlapping[0]++;
                assertThat(rules.overlaps(asked, READ))
                        .as("seed %d: %s and %s %s", seed, asked, filters, rights)
                        .isTrue();
            }
        }
        assertThat(overlapping[0]).isGreaterThan(SEEDS / 10);
    }

    static String path(SplittableRandom random, boolean wildcards) {
        String[] levels = {"a", "b", "", "$x", "cc"};
        StringBuilder path = new StringBuilder(levels[random.nextInt(levels.length)]);
        if (wildcards && random.nextInt(4) == 0) {
            path = new StringBuilder("+");
        }
        for (int more = random.nextInt(4); more > 0; more--) {
            boolean any = wildcards && random.nextInt(3) == 0;
            path.append('/').append(any ? "+" : levels[random.nextInt(levels.length)]);
        }
        if (wildcards && random.nextInt(4) == 0) {
            path.append("/#");
        }
        if (path.length() == 0) {
            return wildcards ? "#" : "a";
        }
        return path.toString();
    }
}
