package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.broker.RetainedMirror.Outcome;
import io.coppice.mqtt.Message;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.coppice.port.PeerMessage.TopicVersion;
import io.coppice.port.RetainedStore.Kept;
import io.coppice.topic.RetainedTree;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RetainedMirrorTest {
    private static final long LIFE = 10_000;
    private static final int TOMBSTONES = 100;
    /** Longer than it takes until a change counts in the sums. */
    private static final long SETTLED = 5000;

    private final RetainedTree tree = new RetainedTree();
    private final RetainedMirror mirror = new RetainedMirror(tree, kept -> {}, LIFE, TOMBSTONES);

    private static Kept kept(String topic, long version) {
        return expiring(topic, version, Message.NEVER);
    }

    private static Kept expiring(String topic, long version, long at) {
        TopicName name = TopicName.of(topic);
        byte[] payload = Long.toString(version).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        return new Kept(
                name, version, new Message(name, payload, Qos.AT_LEAST_ONCE, true, Properties.NONE, at, "somebody"));
    }

    private static Kept cleared(String topic, long version) {
        return new Kept(TopicName.of(topic), version, null);
    }

    private long version(String topic) {
        return mirror.version(TopicName.of(topic));
    }

    @Test
    void theHigherVersionStaysInWhicheverOrderTheyCome() {
        Kept newer = kept("a", 2);
        assertThat(mirror.take(newer, 0)).isTrue();
        assertThat(mirror.take(kept("a", 1), 0)).isFalse();
        assertThat(mirror.take(kept("a", 2), 0)).isFalse();
        assertThat(tree.get(newer.topic())).isSameAs(newer.message());
        assertThat(mirror.take(kept("a", 3), 0)).isTrue();
        mirror.takeRead(kept("a", 2), 0);
        assertThat(version("a")).isEqualTo(3);
    }

    @Test
    void whatWasClearedTakesNothingOlder() {
        mirror.take(kept("a", 1), 0);
        mirror.take(cleared("a", 3), 0);
        assertThat(tree.count()).isZero();
        assertThat(mirror.take(kept("a", 2), 0)).isFalse();
        mirror.takeRead(kept("a", 2), 0);
        assertThat(mirror.takeBrought(kept("a", 2), 0)).isEqualTo(Outcome.KNOWN);
        assertThat(tree.count()).isZero();
        assertThat(mirror.kept(TopicName.of("a"))).isEqualTo(cleared("a", 3));
        assertThat(mirror.take(kept("a", 4), 0)).isTrue();
        assertThat(tree.count()).isEqualTo(1);
    }

    @Test
    void whereAClearIsForgottenAnotherMirrorIsNotBelieved() {
        mirror.take(cleared("a", 3), 0);
        mirror.expire(LIFE, 1);
        assertThat(version("a")).isZero();
        assertThat(mirror.takeBrought(kept("a", 2), LIFE)).isEqualTo(Outcome.DOUBTFUL);
        assertThat(mirror.takeBrought(kept("other", 3), LIFE)).isEqualTo(Outcome.DOUBTFUL);
        assertThat(tree.count()).isZero();
        assertThat(mirror.takeBrought(cleared("a", 3), LIFE)).isEqualTo(Outcome.TAKEN);
        assertThat(mirror.takeBrought(kept("a", 4), LIFE)).isEqualTo(Outcome.TAKEN);
        // who has it from the store is
        assertThat(mirror.take(kept("b", 2), LIFE)).isTrue();
        mirror.takeRead(kept("c", 2), LIFE);
        assertThat(tree.count()).isEqualTo(3);
    }

    @Test
    void whatExpiresGoesAtItsTimeAndUncoversNothingOlder() {
        mirror.take(expiring("a", 1, 100), 0);
        mirror.take(expiring("b", 2, 50), 0);
        mirror.take(expiring("c", 3, 200), 0);
        mirror.take(kept("d", 4), 0);
        mirror.take(expiring("a", 5, 300), 0);
        mirror.expire(199, 10);
        assertThat(tree.count()).isEqualTo(3);
        assertThat(tree.get(TopicName.of("b"))).isNull();
        mirror.expire(400, 1);
        assertThat(tree.count()).isEqualTo(2);
        mirror.expire(400, 1);
        assertThat(tree.count()).isEqualTo(1);
        assertThat(mirror.take(kept("a", 4), 400)).isFalse();
        assertThat(mirror.take(expiring("d", 5, 300), 400)).isTrue();
        assertThat(tree.count()).isZero();
        assertThat(mirror.take(kept("d", 4), 400)).isFalse();
    }

    @Test
    void mirrorsThatWereToldTheSameHaveTheSameSumsInWhicheverOrder() {
        Random random = new Random(5);
        List<Kept> told = new ArrayList<>();
        for (int i = 1; i <= 3000; i++) {
            String topic = "t/" + random.nextInt(500);
            told.add(
                    switch (random.nextInt(4)) {
                        case 0 -> cleared(topic, i);
                        case 1 -> expiring(topic, i, SETTLED + random.nextInt(100));
                        default -> kept(topic, i);
                    });
        }
        told.forEach(each -> mirror.take(each, 0));
        long[] before = mirror.sums(SETTLED - 1);
        mirror.expire(SETTLED + 50, 10_000);
        long[] sums = mirror.sums(SETTLED + 50);
        for (int round = 0; round < 5; round++) {
            Collections.shuffle(told, random);
            RetainedMirror other = new RetainedMirror(new RetainedTree(), kept -> {}, LIFE, 1000);
            for (Kept each : told) {
                if (random.nextBoolean()) {
                    other.takeRead(each, 0);
                } else {
                    other.take(each, random.nextInt(1000));
                }
            }
            assertThat(other.sums(SETTLED - 1)).isEqualTo(before);
            other.expire(SETTLED + 50, 10_000);
            assertThat(other.sums(SETTLED + 50)).isEqualTo(sums).isNotEqualTo(before);
        }
    }

    @Test
    void theSumsAreThoseOfWhatIsThereWhateverCameBefore() {
        Random random = new Random(6);
        Map<String, Long> model = new HashMap<>();
        for (int i = 1; i <= 20_000; i++) {
            String topic = "t/" + random.nextInt(50);
            if (random.nextInt(3) == 0) {
                mirror.take(cleared(topic, i), i);
                model.remove(topic);
            } else {
                mirror.take(kept(topic, i), i);
                model.put(topic, (long) i);
            }
            mirror.sums(i);
        }
        RetainedMirror fresh = new RetainedMirror(new RetainedTree(), kept -> {}, LIFE, TOMBSTONES);
        model.forEach((topic, version) -> fresh.takeRead(kept(topic, version), 0));

        assertThat(mirror.sums(20_000 + SETTLED)).isEqualTo(fresh.sums(0));
        model.keySet().forEach(topic -> mirror.take(cleared(topic, 30_000), 30_000));
        assertThat(mirror.sums(30_000)).containsOnly(0L);
    }

    @Test
    void oneDifferenceShowsInOneBucketAndOnlyWhenItHasSettled() {
        for (int i = 1; i <= 1000; i++) {
            mirror.takeRead(kept("t/" + i, i), 0);
        }
        long[] before = mirror.sums(0);
        mirror.take(kept("t/7", 2000), 0);
        int bucket = RetainedSums.bucket(TopicName.of("t/7"));
        long[] without = mirror.sums(100);
        long[] after = mirror.sums(SETTLED);

        assertThat(mismatches(before, after)).containsExactly(bucket);
        assertThat(mismatches(before, without)).containsExactly(bucket);
        assertThat(mismatches(without, after)).containsExactly(bucket);
        long used = Arrays.stream(before).filter(sum -> sum != 0).count();
        assertThat(used).isGreaterThan(200);
    }

    private static List<Integer> mismatches(long[] one, long[] other) {
        List<Integer> different = new ArrayList<>();
        for (int i = 0; i < one.length; i++) {
            if (one[i] != other[i]) {
                different.add(i);
            }
        }
        return different;
    }

    @Test
    void whatWasClearedIsToldByBucket() {
        mirror.take(cleared("a", 1), 0);
        mirror.take(cleared("b", 2), 0);
        BitSet bucket = new BitSet();
        bucket.set(RetainedSums.bucket(TopicName.of("b")));

        assertThat(mirror.cleared(bucket)).containsExactly(new TopicVersion(TopicName.of("b"), 2));
    }
}
