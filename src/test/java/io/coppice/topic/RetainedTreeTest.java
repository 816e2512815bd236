package io.coppice.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RetainedTreeTest {
    private final RetainedTree tree = new RetainedTree();

    @Test
    void aTopicKeepsItsLastMessage() {
        Message first = MatchingTest.message("a/b");
        Message second = MatchingTest.message("a/b");
        assertThat(tree.get(first.topic())).isNull();
        tree.put(first);
        tree.put(second);
        assertThat(tree.get(first.topic())).isSameAs(second);
        assertThat(tree.get(TopicName.of("a"))).isNull();
        assertThat(tree.remove(TopicName.of("a"))).isFalse();
        assertThat(tree.remove(TopicName.of("a/b/c"))).isFalse();
        assertThat(tree.remove(first.topic())).isTrue();
        assertThat(tree.remove(first.topic())).isFalse();
        assertThat(tree.get(first.topic())).isNull();
    }

    @Test
    void messagesAndTheirWeightAreCounted() {
        Random random = new Random(9);
        Map<TopicName, Message> model = new HashMap<>();
        for (int i = 0; i < 20_000; i++) {
            Message message = MatchingTest.message(Naive.topic(random));
            if (random.nextInt(3) > 0) {
                tree.put(message);
                model.put(message.topic(), message);
            } else {
                assertThat(tree.remove(message.topic())).isEqualTo(model.remove(message.topic()) != null);
            }
        }
        assertThat(tree.count()).isEqualTo(model.size());
        assertThat(tree.bytes())
                .isEqualTo(model.values().stream().mapToLong(Message::weight).sum());
        model.values().forEach(message -> assertThat(tree.get(message.topic())).isSameAs(message));
        model.keySet().forEach(topic -> assertThat(tree.remove(topic)).isTrue());
        assertThat(tree.count()).isZero();
        assertThat(tree.bytes()).isZero();
        assertThat(tree.walk(TopicFilter.of("#")).step()).isNull();
    }

    @Test
    void wildcardsAtTheBeginningHideSystemTopicsAlsoAmongOthers() {
        tree.put(MatchingTest.message("$SYS/a"));
        assertThat(tree.match(TopicFilter.of("#")).next()).isNull();
        tree.put(MatchingTest.message("b/a"));
        assertThat(read("#")).containsExactly("b/a");
        assertThat(read("+/a")).containsExactly("b/a");
        assertThat(read("$SYS/#")).containsExactly("$SYS/a");
    }

    @Test
    void aMessageHasTheVersionThatItWasPutWith() {
        Message message = MatchingTest.message("a/b");
        assertThat(tree.version(message.topic())).isZero();
        tree.put(message, 7);
        assertThat(tree.version(message.topic())).isEqualTo(7);
        assertThat(tree.version(TopicName.of("a"))).isZero();
        tree.put(message);
        assertThat(tree.version(message.topic())).isZero();
        tree.put(message, 8);
        tree.remove(message.topic());
        assertThat(tree.version(message.topic())).isZero();
    }

    @Test
    void allOfThemAreReadSystemTopicsToo() {
        tree.put(MatchingTest.message("$SYS/a"));
        tree.put(MatchingTest.message("$own"));
        tree.put(MatchingTest.message("b"));
        Set<String> topics = new HashSet<>();
        RetainedTree.Cursor cursor = tree.all();
        for (Message each = cursor.next(); each != null; each = cursor.next()) {
            topics.add(each.topic().value());
        }
        assertThat(topics).containsExactlyInAnyOrder("$SYS/a", "$own", "b");
    }

    @Test
    void aSharedFilterIsReadByItsInnerFilter() {
        tree.put(MatchingTest.message("a/b"));
        assertThat(read("$share/g/a/+")).containsExactly("a/b");
    }

    private Set<String> read(String filter) {
        Set<String> topics = new HashSet<>();
        RetainedTree.Cursor cursor = tree.match(TopicFilter.of(filter));
        for (Message message = cursor.next(); message != null; message = cursor.next()) {
            assertThat(topics.add(message.topic().value())).isTrue();
        }
        return topics;
    }

    @Test
    void aCursorFindsEachMessageThatStaysOnceWhileOthersAreWritten() {
        Random random = new Random(11);
        for (int round = 0; round < 30; round++) {
            RetainedTree shaken = new RetainedTree();
            Set<String> stays = new HashSet<>();
            for (int i = 0; i < 300; i++) {
                String topic = "l" + i % 40 + "/" + Naive.topic(random);
                if (i % 3 == 0) {
                    stays.add(topic);
                }
                shaken.put(MatchingTest.message(topic));
            }
            Map<String, Integer> found = new HashMap<>();
            RetainedTree.Cursor cursor = shaken.match(TopicFilter.of("#"));
            for (Message message = cursor.next(); message != null; message = cursor.next()) {
                found.merge(message.topic().value(), 1, Integer::sum);
                for (int i = 0; i < 20; i++) {
                    shake(shaken, "l" + random.nextInt(60) + "/" + Naive.topic(random), stays, random);
                }
            }
            assertThat(stays).allSatisfy(topic -> assertThat(found).containsEntry(topic, 1));
        }
    }

    private static void shake(RetainedTree tree, String topic, Set<String> stays, Random random) {
        if (stays.contains(topic) || random.nextInt(3) == 0) {
            tree.put(MatchingTest.message(topic));
        } else {
            tree.remove(TopicName.of(topic));
        }
    }

    @Test
    void theSweepRemovesWhatHasExpiredAndNothingElse() {
        for (int i = 0; i < 1000; i++) {
            tree.put(MatchingTest.message((i % 7 == 0 ? "$SYS/" : "a/") + i, i % 2 == 0 ? 100 : 101));
        }
        tree.put(MatchingTest.message("a/for/ever"));
        assertThat(tree.removeExpired(99, 10_000)).isZero();
        assertThat(tree.removeExpired(100, 10_000)).isEqualTo(500);
        assertThat(tree.count()).isEqualTo(501);
        assertThat(tree.get(TopicName.of("$SYS/0"))).isNull();
        assertThat(tree.get(TopicName.of("a/1"))).isNotNull();
        assertThat(tree.removeExpired(Message.NEVER - 1, 10_000)).isEqualTo(500);
        assertThat(tree.count()).isEqualTo(1);
    }

    @Test
    void theSweepTakesItsStepsAndGoesOnFromThere() {
        for (int i = 0; i < 1000; i++) {
            tree.put(MatchingTest.message("a/" + i, 1));
        }
        int calls = 0;
        for (; tree.count() > 0; calls++) {
            assertThat(tree.removeExpired(1, 100)).isLessThanOrEqualTo(100);
        }
        assertThat(calls).isEqualTo(11);
        assertThat(tree.removeExpired(1, 0)).isZero();
        assertThat(tree.removeExpired(1, 100)).isZero();
    }
}
