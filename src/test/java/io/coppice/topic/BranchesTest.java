package io.coppice.topic;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What follows a node: found by its first level, however many come and go. */
class BranchesTest {
    private final LevelCodes numbers = new LevelCodes(3);
    private final Branches branches = new Branches();

    private SubscriptionNode node(String level) {
        return new SubscriptionNode(numbers.path(level));
    }

    private SubscriptionNode find(String level) {
        TopicLevels levels = new TopicLevels(level.getBytes(StandardCharsets.UTF_8), numbers);
        assertThat(levels.has(0)).isTrue();
        SubscriptionNode found = branches.literal(levels, 0);
        assertThat(branches.get(numbers.path(level), 0, numbers)).isSameAs(found);
        return found;
    }

    @Test
    void theyHoldWhatAMapHolds() {
        Random random = new Random(4);
        Map<String, SubscriptionNode> model = new HashMap<>();
        for (int step = 0; step < 40_000; step++) {
            String level = (step % 3 == 0 ? "level " : "l") + random.nextInt(300);
            SubscriptionNode node = node(level);
            SubscriptionNode former = model.get(level);
            if (random.nextInt(10) < (step / 5_000 % 2 == 0 ? 8 : 1)) {
                branches.put(node, numbers);
                model.put(level, node);
            } else if (former != null) {
                branches.remove(former, numbers);
                model.remove(level);
            }
            assertThat(find(level)).isSameAs(model.get(level));
            String other = "l" + random.nextInt(300);
            assertThat(find(other)).isSameAs(model.get(other));
            assertThat(branches.size()).isEqualTo(model.size());
            if (step % 500 == 0) {
                assertThat(branches.literals()).containsExactlyInAnyOrderElementsOf(model.values());
            }
        }
        for (SubscriptionNode node : List.copyOf(model.values())) {
            branches.remove(node, numbers);
        }
        assertThat(branches.size()).isZero();
        assertThat(branches.literals()).isEmpty();
    }

    @Test
    void levelsWithTheSameNumberByChanceAreToldApart() {
        FilterPath real = numbers.path("the real one");
        byte[][] text = {"another one".getBytes(StandardCharsets.UTF_8)};
        SubscriptionNode twin = new SubscriptionNode(new FilterPath(real.codes(), text));
        branches.put(twin, numbers);
        assertThat(find("the real one")).isNull();
        SubscriptionNode node = node("the real one");
        branches.put(node, numbers);
        assertThat(find("the real one")).isSameAs(node);
        assertThat(branches.size()).isEqualTo(2);
        branches.remove(node, numbers);
        assertThat(find("the real one")).isNull();
        assertThat(branches.only()).isSameAs(twin);
    }
}
