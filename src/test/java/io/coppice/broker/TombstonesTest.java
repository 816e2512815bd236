package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.TopicName;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TombstonesTest {
    private static final TopicName A = TopicName.of("a");
    private static final TopicName B = TopicName.of("b");
    private static final TopicName C = TopicName.of("c");

    private final Tombstones tombstones = new Tombstones(100, 2);

    @Test
    void eachStaysForItsTime() {
        tombstones.put(A, 7, 0);
        tombstones.put(B, 5, 50);
        tombstones.forgetOld(99);
        assertThat(tombstones.version(A)).isEqualTo(7);
        assertThat(tombstones.forgotten()).isZero();
        tombstones.forgetOld(100);
        assertThat(tombstones.version(A)).isZero();
        assertThat(tombstones.version(B)).isEqualTo(5);
        tombstones.forgetOld(150);

        assertThat(tombstones.size()).isZero();
        assertThat(tombstones.forgotten()).isEqualTo(7);
    }

    @Test
    void ofTooManyTheOldestGo() {
        tombstones.put(A, 1, 0);
        tombstones.put(B, 2, 1);
        tombstones.put(A, 3, 2);
        tombstones.put(C, 4, 3);

        assertThat(tombstones.version(A)).isEqualTo(3);
        assertThat(tombstones.version(B)).isZero();
        assertThat(tombstones.version(C)).isEqualTo(4);
        assertThat(tombstones.forgotten()).isEqualTo(2);
    }

    @Test
    void oneOfATopicThatIsUsedAgainIsNotMissed() {
        tombstones.put(A, 1, 0);
        tombstones.put(B, 2, 0);
        tombstones.remove(A);
        Map<TopicName, Long> all = new HashMap<>();
        tombstones.forEach(all::put);

        assertThat(all).containsExactly(Map.entry(B, 2L));
        assertThat(tombstones.forgotten()).isZero();
    }
}
