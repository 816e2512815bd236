package io.coppice.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Nodes hold as many levels as they can, and readers who stand on one that was replaced miss nothing. */
class SubscriptionNodeTest {
    private final SubscriptionTree tree = new SubscriptionTree(1);
    private final Member member = new Member("c");

    private int nodes() {
        return Shape.of(tree).places.size();
    }

    private void remove(String filter) {
        assertThat(tree.remove(TopicFilter.of(filter), member)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "a/b/c/d", "+/+/+", "#", "a/+//#", "/", "$share/g/a/b"})
    void aFilterAloneIsOneNode(String filter) {
        tree.put(Member.to(filter), member);
        assertThat(nodes()).isEqualTo(1);
        remove(filter);
        assertThat(tree.root().below).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "a/b/c/d, a/b/x, 3",
        "a/b/c/d, a/b/+/d, 3",
        "a/b/c/d, a/b/#, 3",
        "a/b/c/d, a/b/c/d/#, 2",
        "a/b/c/d, a/b/c/d/e/f, 2",
        "a/b/c/d, a/b/c, 2",
        "a/b/c/d, a, 2",
        "a/+/+/+, a/+/#, 3",
        "a/b, b/a, 2",
        "a/b/c/d, $share/g/a/b, 2",
        "a/b/c/d, $share/g/a/b/c/d, 1",
        "a//b, a/, 2",
    })
    void aNodeIsSplitWhereFiltersPartAndMadeOneAgain(String first, String second, int together) {
        for (String[] order : new String[][] {{first, second}, {second, first}}) {
            for (int last = 0; last < 2; last++) {
                tree.put(Member.to(order[0]), member);
                tree.put(Member.to(order[1]), member);
                assertThat(nodes()).isEqualTo(together);
                remove(order[1 - last]);
                assertThat(nodes()).isEqualTo(1);
                String left = TopicFilter.of(order[last]).inner();
                assertThat(Shape.of(tree).filters).containsOnlyKeys(left);
                remove(order[last]);
                assertThat(tree.root().below).isNull();
            }
        }
    }

    @Test
    void aFilterBeginsWithTheWholeNodeOrIsNotFound() {
        tree.put(Member.to("a/b/c"), member);
        for (String absent : new String[] {"a", "a/b", "a/b/x", "a/b/c/d", "b", "+/b/c"}) {
            assertThat(tree.find(TopicFilter.of(absent))).isNull();
            assertThat(tree.remove(TopicFilter.of(absent), member)).isFalse();
        }
        assertThat(nodes()).isEqualTo(1);
        assertThat(tree.match(TopicName.of("a/b")).isEmpty()).isTrue();
        assertThat(tree.match(TopicName.of("a/b/c/d")).isEmpty()).isTrue();
    }

    @Test
    void aReplacementOfASubscriptionLeavesTheNodesAsTheyAre() {
        tree.put(Member.to("a/b/c"), member);
        SubscriptionNode node = tree.find(TopicFilter.of("a/b/c"));
        tree.put(Member.to("a/b/c"), new Member("c"));
        assertThat(tree.find(TopicFilter.of("a/b/c"))).isSameAs(node);
    }

    /** A reader that has come to a node, and the filters from there on that nobody has touched since. */
    private record Reader(Shape.Place place, Set<String> staying) {}

    /** At each step a filter comes or goes and a reader stops on some node, to go on from there many steps later. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aReaderOnANodeThatWasReplacedFindsWhatStaysOnce(long seed) {
        Random random = new Random(seed);
        List<String> filters = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            filters.add(Naive.deepFilter(random));
        }
        Deque<Reader> readers = new ArrayDeque<>();
        int outdated = 0;
        for (int step = 0; step < 10_000; step++) {
            String where = "seed " + seed + ", step " + step;
            String filter = filters.get(random.nextInt(filters.size()));
            if (!tree.remove(TopicFilter.of(filter), member)) {
                tree.put(Member.to(filter), member);
            }
            readers.forEach(reader -> reader.staying.remove(filter));
            List<Shape.Place> places = Shape.of(tree).places;
            if (!places.isEmpty()) {
                Shape.Place place = places.get(random.nextInt(places.size()));
                readers.add(new Reader(
                        place, new TreeSet<>(Shape.from(place).filters.keySet())));
            }
            if (readers.size() > 20) {
                Reader reader = readers.removeFirst();
                Map<String, Integer> seen = Shape.from(reader.place).filters;
                assertThat(seen.keySet()).as(where).containsAll(reader.staying);
                assertThat(seen.values()).as(where).allMatch(times -> times == 1);
                boolean gone = places.stream().noneMatch(place -> place.node() == reader.place.node());
                outdated += gone && !reader.staying.isEmpty() ? 1 : 0;
            }
        }
        assertThat(outdated).isGreaterThan(300);
    }
}
