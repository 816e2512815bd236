package io.coppice.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.TopicName;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Topics are found by their bytes or not at all. */
class TopicCacheTest {
    private static @Nullable TopicName find(TopicCache cache, String topic) {
        byte[] bytes = ("##" + topic + "##").getBytes(StandardCharsets.UTF_8);
        return cache.find(bytes, 2, bytes.length - 4);
    }

    @Test
    @DisplayName("What is found is what was asked for, whatever else was kept meanwhile")
    void neverAnotherTopic() {
        long seed = 99;
        Random random = new Random(seed);
        TopicCache cache = new TopicCache(4);
        int found = 0;
        for (int round = 0; round < 100_000; round++) {
            String topic = "t/" + "é".repeat(random.nextInt(5)) + random.nextInt(40);
            TopicName name = find(cache, topic);
            if (name == null) {
                cache.add(TopicName.of(topic), 2);
            } else {
                found++;
                assertThat(name.value()).as("seed %d", seed).isEqualTo(topic);
                assertThat(cache.foundLevels()).isEqualTo(2);
            }
        }
        assertThat(found).isPositive();
    }

    @Test
    @DisplayName("A set of topics of the size of the cache is mostly found again")
    void keepsWhatFits() {
        TopicCache cache = new TopicCache(10);
        for (int i = 0; i < 512; i++) {
            cache.add(TopicName.of("buildings/7/floors/3/rooms/" + i + "/temperature"), 7);
        }
        int found = 0;
        for (int i = 0; i < 512; i++) {
            found += find(cache, "buildings/7/floors/3/rooms/" + i + "/temperature") != null ? 1 : 0;
        }
        assertThat(found).isGreaterThan(400);
    }

    @Test
    @DisplayName("B21 a long topic is not kept: the memory of the cache is bounded")
    void longTopicsAreNotKept() {
        TopicCache cache = new TopicCache(10);
        String longest = "t".repeat(TopicCache.TOPIC_LENGTH_MAX);
        cache.add(TopicName.of(longest), 1);
        cache.add(TopicName.of(longest + "t"), 1);
        assertThat(find(cache, longest)).isNotNull();
        assertThat(find(cache, longest + "t")).isNull();
    }
}
