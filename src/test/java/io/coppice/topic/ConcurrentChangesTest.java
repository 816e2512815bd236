package io.coppice.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What stays is found at every moment, whatever several threads add and remove around it. */
class ConcurrentChangesTest {
    private static final TopicName TOPIC = TopicName.of("a/b");
    private static final List<String> FILTERS =
            List.of("a/b", "a/+", "+/b", "#", "a/b/#", "a/b/c", "a", "$share/g/a/b", "$share/h/a/b", "a/x/y/z");
    private static final int CHANGES = 40_000;

    private static final TopicName DEEP = TopicName.of("a/b/c/d/e/f/g");
    private static final List<String> DEEP_STAYING = List.of(
            "a/b/c/d/e/f/g",
            "a/b/+/d/e/f/g",
            "a/b/c/d/e/+/#",
            "+/b/c/d/e/f/g",
            "a/b/c/d/#",
            "$share/g/a/b/c/d/e/f/g",
            "$share/h/a/+/c/d/e/f/#");
    private static final List<String> DEEP_FORKS = List.of(
            "a",
            "a/b",
            "a/b/c",
            "a/b/c/d/e",
            "a/b/c/d/e/f/g/h",
            "a/b/x",
            "a/b/+/d/x",
            "a/b/+/d/e/#",
            "a/b/c/x/e/f",
            "+/b",
            "+/b/c/d/+",
            "a/+/c/d/e",
            "$share/h/a/+",
            "$share/g/a/b/c/d");

    private final SubscriptionTree tree = new SubscriptionTree(1);
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
        assertThat(tree.find(TopicFilter.of("a/x"))).isNull();
    }

    /** Adds and removes one filter after the other that parts from those that stay, or ends within them. */
    private void splitAndJoin(int seed) {
        Member member = new Member("changing" + seed);
        Random random = new Random(seed);
        for (int i = 0; i < CHANGES; i++) {
            String filter = DEEP_FORKS.get(random.nextInt(DEEP_FORKS.size()));
            if (!tree.remove(TopicFilter.of(filter), member)) {
                tree.put(Member.to(filter), member);
            }
        }
        DEEP_FORKS.forEach(filter -> tree.remove(TopicFilter.of(filter), member));
        writing.decrementAndGet();
    }

    /** A subscription that was met twice would come as another object, merged of both. */
    private void readDeep(Set<Target> staying, Set<SharedGroup> stayingGroups) {
        do {
            Matches found = tree.match(DEEP);
            int same = 0;
            for (int i = 0; i < found.size(); i++) {
                same += staying.contains(found.target(i)) ? 1 : 0;
            }
            int sameGroups = 0;
            for (int i = 0; i < found.groups(); i++) {
                sameGroups += stayingGroups.contains(found.group(i)) ? 1 : 0;
            }
            assertThat(same).isEqualTo(staying.size());
            assertThat(sameGroups).isEqualTo(stayingGroups.size());
        } while (writing.get() > 0);
    }

    @Test
    void aSubscriptionThatStaysIsInEveryMatchOnceWhileItsNodeIsSplitAndMadeOneAgain() throws InterruptedException {
        for (String filter : DEEP_STAYING) {
            tree.put(Member.to(filter), new Member("stays at " + filter));
        }
        int nodes = Shape.of(tree).places.size();
        Matches quiet = tree.match(DEEP);
        Set<Target> staying = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<SharedGroup> groups = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int i = 0; i < quiet.size(); i++) {
            staying.add(quiet.target(i));
        }
        for (int i = 0; i < quiet.groups(); i++) {
            groups.add(quiet.group(i));
        }
        assertThat(staying.size() + groups.size()).isEqualTo(DEEP_STAYING.size());
        writing.set(2);
        Threads.run(
                () -> splitAndJoin(1),
                () -> splitAndJoin(2),
                () -> readDeep(staying, groups),
                () -> readDeep(staying, groups));
        assertThat(Shape.of(tree).places).hasSize(nodes);
        assertThat(tree.filters()).isEqualTo(DEEP_STAYING.size());
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
