package io.coppice.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A topic of 65,535 bytes may have 65,536 levels; no stack and no power of two stands in their way. */
class DeepTopicsTest {
    private static final String SLASHES = "/".repeat(65_535);
    private static final String LETTERS = "a/".repeat(32_767) + "b";

    static String[][] deep() {
        return new String[][] {
            {SLASHES, SLASHES},
            {"/".repeat(65_534) + "+", "/".repeat(65_534)},
            {"/".repeat(65_534) + "#", SLASHES},
            {"+/".repeat(32_767) + "+", LETTERS},
            {"+/".repeat(32_767) + "#", LETTERS},
            {"a/+/".repeat(16_000) + "#", LETTERS},
            {LETTERS, LETTERS},
        };
    }

    @ParameterizedTest
    @MethodSource("deep")
    void aDeepFilterIsPutMatchedAndRemoved(String filter, String topic) {
        SubscriptionTree tree = new SubscriptionTree(1);
        Member member = new Member("c");
        tree.put(Member.to(filter), member);
        assertThat(tree.match(TopicName.of(topic)).size()).isEqualTo(1);
        assertThat(tree.match(TopicName.of("a/b")).isEmpty()).isTrue();
        assertThat(tree.remove(TopicFilter.of(filter), member)).isTrue();
        assertThat(tree.match(TopicName.of(topic)).isEmpty()).isTrue();
        assertThat(tree.root().below).isNull();
    }

    @ParameterizedTest
    @MethodSource("deep")
    void aDeepTopicIsRetainedFoundAndForgotten(String filter, String topic) {
        RetainedTree tree = new RetainedTree();
        Message message = MatchingTest.message(topic, 5);
        tree.put(message);
        assertThat(tree.get(message.topic()) == message).isTrue();
        for (String wanted : new String[] {filter, topic, "#"}) {
            RetainedTree.Cursor cursor = tree.match(TopicFilter.of(wanted));
            assertThat(cursor.next() == message).isTrue();
            assertThat(cursor.next() == null).isTrue();
            assertThat(cursor.next() == null).isTrue();
        }
        assertThat(tree.removeExpired(5, 1_000_000)).isEqualTo(1);
        assertThat(tree.remove(message.topic())).isFalse();
        assertThat(tree.count()).isZero();
    }

    @Test
    void aPlusBesideEachLevelCostsItsOwnNodesOnly() {
        SubscriptionTree tree = new SubscriptionTree(1);
        int depth = 12;
        for (int bits = 0; bits < 1 << depth; bits++) {
            StringBuilder filter = new StringBuilder();
            for (int level = 0; level < depth; level++) {
                filter.append((bits >> level & 1) == 0 ? "a/" : "+/");
            }
            tree.put(Member.to(filter + "end"), new Member("c" + bits));
        }
        Matcher hit = tree.matcher(TopicName.of("a/".repeat(depth) + "end"));
        assertThat(hit.match(tree.root()).size()).isEqualTo(1 << depth);
        assertThat(hit.visited()).isEqualTo(2 * (1 << depth) - 1);
        Matcher miss = tree.matcher(TopicName.of("a/".repeat(depth) + "other"));
        assertThat(miss.match(tree.root()).isEmpty()).isTrue();
        assertThat(miss.visited()).isEqualTo(2 * (1 << depth) - 1);
    }
}
