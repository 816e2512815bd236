package io.coppice.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What stays is found at every moment, whatever several threads add and remove around it. */
class ConcurrentChangesTest {
    private static final TopicName TOPIC = TopicName.of("a/b");
    private static final List<String> FILTERS =
            List.of("a/b", "a/+", "+/b", "#", "a/b/#", "a/b/c", "a", "$share/g/a/b", "$share/h/a/b", "a/x/y/z");
    private static final int CHANGES = 40_000;

    private final SubscriptionTree tree = new SubscriptionTree();
    private final RetainedTree retained = new RetainedTree();
    private final AtomicInteger writing = new AtomicInteger();

    private void change(int seed) {
        Random random = new Random(seed);
        Member[] members = new Member[40];
        for (int i = 0; i < members.length; i++) {
            members[i] = new Member(seed + "-" + i);
        }
        for (int i = 0; i < CHANGES; i++) {
            String filter =
                    random.nextInt(3) == 0 ? "a/" + random.nextInt(60) : FILTERS.get(random.nextInt(FILTERS.size()));
            Member member = members[random.nextInt(members.length)];
            boolean grows = i / 1000 % 2 == 0;
            if (random.nextInt(5) < (grows ? 4 : 1)) {
                tree.put(Member.to(filter), member);
            } else {
                tree.remove(TopicFilter.of(filter), member);
            }
        }
        for (Member member : members) {
            FILTERS.forEach(filter -> tree.remove(TopicFilter.of(filter), member));
            for (int i = 0; i < 60; i++) {
                tree.remove(TopicFilter.of("a/" + i), member);
            }
        }
        writing.decrementAndGet();
    }

    /** One session that moves between two subscribers all the time. */
    private void move() {
        for (int i = 0; i < CHANGES; i++) {
            Member moved = new Member("moving");
            tree.put(Member.to("a/b"), moved);
            tree.put(Member.to("$share/moving/a/b"), moved);
        }
        writing.decrementAndGet();
    }

    private void readMatches() {
        Random random = new Random(0);
        do {
            Matches found = tree.match(TOPIC);
            Map<String, Integer> clients = new HashMap<>();
            for (int i = 0; i < found.size(); i++) {
                clients.merge(found.target(i).subscriber().clientId(), 1, Integer::sum);
            }
            assertThat(clients.values()).containsOnly(1);
            assertThat(clients).containsKeys("stays", "stays too", "moving");
            boolean shared = false;
            for (int i = 0; i < found.groups(); i++) {
                Target picked = found.group(i).pick(ShareStrategy.ROUND_ROBIN, TOPIC, "p", random, null);
                boolean moving = found.group(i).name().equals("moving");
                shared |= moving;
                assertThat(!moving || Objects.requireNonNull(picked).key().equals("moving"))
                        .isTrue();
            }
            assertThat(shared).isTrue();
        } while (writing.get() > 0);
    }

    @Test
    void aSubscriptionThatStaysIsInEveryMatch() throws InterruptedException {
        tree.put(Member.to("a/b"), new Member("stays"));
        tree.put(Member.to("+/b/#"), new Member("stays"));
        tree.put(Member.to("+/+"), new Member("stays too"));
        tree.put(Member.to("a/b"), new Member("moving"));
        tree.put(Member.to("$share/moving/a/b"), new Member("moving"));
        writing.set(3);
        Threads.run(() -> change(1), () -> change(2), this::move, this::readMatches, this::readMatches);
        assertThat(tree.size()).isEqualTo(5);
        assertThat(tree.sharedSize()).isEqualTo(1);
        assertThat(tree.filters()).isEqualTo(4);
        Matches left = tree.match(TOPIC);
        assertThat(left.size()).isEqualTo(3);
        assertThat(left.groups()).isEqualTo(1);
        assertThat(tree.root().find(new String[] {"a", "x"})).isNull();
    }

    private void retain(int seed) {
        Random random = new Random(seed);
        for (int i = 0; i < CHANGES; i++) {
            String topic = "t" + random.nextInt(30) + "/" + seed + random.nextInt(30);
            if (random.nextInt(5) < (i / 1000 % 2 == 0 ? 4 : 1)) {
                retained.put(MatchingTest.message(topic, random.nextInt(2)));
            } else {
                retained.remove(TopicName.of(topic));
            }
            if (i % 100 == 0) {
                retained.removeExpired(0, 50);
            }
        }
        for (int i = 0; i < 30; i++) {
            for (int j = 0; j < 30; j++) {
                retained.remove(TopicName.of("t" + i + "/" + seed + j));
            }
        }
        writing.decrementAndGet();
    }

    private void readRetained() {
        do {
            Map<String, Integer> stays = new HashMap<>();
            RetainedTree.Cursor cursor = retained.match(TopicFilter.of("#"));
            for (Message message = cursor.next(); message != null; message = cursor.next()) {
                if (message.expiresAt() == Message.NEVER) {
                    stays.merge(message.topic().value(), 1, Integer::sum);
                }
            }
            assertThat(stays).hasSize(100);
            assertThat(stays.values()).containsOnly(1);
        } while (writing.get() > 0);
    }

    @Test
    void aRetainedMessageThatStaysIsReadOnceByEveryCursor() throws InterruptedException {
        long bytes = 0;
        for (int i = 0; i < 100; i++) {
            Message message = MatchingTest.message("t" + i % 50 + "/stays/" + i);
            bytes += message.weight();
            retained.put(message);
        }
        writing.set(2);
        Threads.run(() -> retain(1), () -> retain(2), this::readRetained, this::readRetained);
        assertThat(retained.count()).isEqualTo(100);
        assertThat(retained.bytes()).isEqualTo(bytes);
    }
}
