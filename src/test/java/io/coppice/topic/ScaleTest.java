package io.coppice.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import java.lang.management.ManagementFactory;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What work costs, counted in nodes, comparisons and bytes, not in time. */
class ScaleTest {
    private static final int MANY = 100_000;

    @Test
    void aHundredThousandSubscribersOfOneFilterAreNotCopiedForTheNextOne() {
        SubscriptionTree tree = new SubscriptionTree(1);
        Member[] members = new Member[MANY];
        long named = 0;
        for (int i = 0; i < MANY; i++) {
            members[i] = new Member("client" + i);
            tree.put(Member.to("a/b"), members[i]);
        }
        for (Member member : members) {
            named += member.named;
        }
        assertThat(named).isLessThan(10L * MANY);
        Object targets = tree.find(TopicFilter.of("a/b")).targets;
        tree.put(Member.to("a/b"), new Member("another"));
        assertThat(tree.find(TopicFilter.of("a/b")).targets).isSameAs(targets);

        tree.put(Member.to("#"), members[0]);
        assertThat(tree.match(TopicName.of("a/b")).size()).isEqualTo(MANY + 1);
        for (Member member : members) {
            assertThat(tree.remove(TopicFilter.of("a/b"), member)).isTrue();
        }
        assertThat(tree.size()).isEqualTo(2);
    }

    @Test
    void aMatchLooksAtWhatMatchesHoweverManyOtherFiltersThereAre() {
        SubscriptionTree tree = new SubscriptionTree(1);
        for (int i = 0; i < MANY; i++) {
            tree.put(Member.to("device/" + i + "/state"), new Member("c" + i));
        }
        Matcher exact = tree.matcher(TopicName.of("device/4711/state"));
        assertThat(exact.match(tree.root()).size()).isEqualTo(1);
        assertThat(exact.visited()).isEqualTo(3);
        tree.put(Member.to("device/+/state"), new Member("plus"));
        tree.put(Member.to("#"), new Member("hash"));
        Matcher wild = tree.matcher(TopicName.of("device/4711/state"));
        assertThat(wild.match(tree.root()).size()).isEqualTo(3);
        assertThat(wild.visited()).isEqualTo(4);
    }

    /** Kept as one level a node these filters took 103 MB and 20 ms a match. */
    @Test
    void deepFiltersOfWildcardsAtRandomCostAsManyNodesAsThereAreForks() {
        int filters = 10_000;
        int depth = 128;
        SubscriptionTree tree = new SubscriptionTree(1);
        Random random = new Random(1);
        for (int i = 0; i < filters; i++) {
            StringBuilder filter = new StringBuilder("long-level0");
            for (int level = 1; level < depth; level++) {
                filter.append(random.nextBoolean() ? "/+" : "/long-level" + level);
            }
            tree.put(Member.to(filter.toString()), new Member("c" + i));
        }
        Shape shape = Shape.of(tree);
        assertThat(shape.places.size()).isLessThan(2 * filters);
        assertThat(shape.texts).hasSizeLessThan(2 * depth);

        StringBuilder topic = new StringBuilder("long-level0");
        for (int level = 1; level < depth; level++) {
            topic.append("/long-level").append(level);
        }
        Matcher hit = tree.matcher(TopicName.of(topic.toString()));
        assertThat(hit.match(tree.root()).size()).isEqualTo(filters);
        assertThat(hit.visited()).isLessThanOrEqualTo(1 + shape.places.size());
        Matcher longer = tree.matcher(TopicName.of(topic + "/more"));
        assertThat(longer.match(tree.root()).isEmpty()).isTrue();
        assertThat(longer.visited()).isLessThanOrEqualTo(1 + shape.places.size());
    }

    @Test
    void aMatchAllocatesForItsResultNotForTheLengthOfTheTopic() {
        SubscriptionTree tree = new SubscriptionTree(1);
        tree.put(Member.to("a/b"), new Member("c"));
        TopicName one = TopicName.of("a/b");
        TopicName deep = TopicName.of("x/".repeat(30_000));
        assertThat(allocated(() -> tree.match(one))).isLessThan(600);
        assertThat(allocated(() -> tree.match(deep))).isLessThan(300);
    }

    private static long allocated(Runnable code) {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long fewest = Long.MAX_VALUE;
        for (int i = 0; i < 20; i++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            code.run();
            fewest = Math.min(fewest, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return fewest;
    }

    @Test
    void aReadOfRetainedMessagesVisitsWhatTheFilterCanMatch() {
        RetainedTree tree = new RetainedTree();
        for (int i = 0; i < 1000; i++) {
            for (int j = 0; j < 100; j++) {
                tree.put(MatchingTest.message("l" + i + "/m" + j));
            }
        }
        assertThat(steps(tree, "l7/m7")).isLessThan(5);
        assertThat(steps(tree, "l7/nothing")).isLessThan(5);
        assertThat(steps(tree, "l7/#")).isLessThan(110);
        assertThat(steps(tree, "+/m7")).isLessThan(2_010);
        assertThat(steps(tree, "#")).isLessThan(102_010);
    }

    private static int steps(RetainedTree tree, String filter) {
        RetainedWalk walk = tree.walk(TopicFilter.of(filter));
        int steps = 0;
        while (!walk.finished()) {
            walk.step();
            steps++;
        }
        return steps;
    }
}
