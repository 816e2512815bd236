package io.coppice.topic;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Levels as numbers: the same for the same text wherever it stands, and for no other where the text is short. */
class LevelCodesTest {
    private final LevelCodes numbers = new LevelCodes(1);

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** As a topic of this level alone. */
    private long number(String level) {
        return numbers.of(utf8(level), 0, utf8(level).length);
    }

    @Test
    void aLevelHasOneNumberWhereverItStands() {
        for (String level : List.of(
                "", "a", "ab", "seventy", "eighteen", "ninety-nine", "ü", "日本語の", "a.b", "..", "a".repeat(99))) {
            for (String before : List.of("", "x/", "/", "eighteen/", "ninety-nine/")) {
                for (String after : List.of("", "/", "/x", "//", "/ninety-nine")) {
                    byte[] topic = utf8(before + level + after);
                    int from = utf8(before).length;
                    int to = LevelCodes.end(topic, from);
                    assertThat(to - from).as(before + level + after).isEqualTo(utf8(level).length);
                    assertThat(numbers.of(topic, from, to)).isEqualTo(number(level));
                }
            }
            assertThat(LevelCodes.isLong(number(level))).isEqualTo(utf8(level).length > 8);
        }
        assertThat(number("+")).isEqualTo(LevelCodes.PLUS);
        assertThat(number("#")).isEqualTo(LevelCodes.HASH);
    }

    @Test
    void shortLevelsOfOneNumberAreTheSame() {
        Random random = new Random(5);
        Map<Long, String> levels = new HashMap<>();
        for (int i = 0; i < 200_000; i++) {
            StringBuilder level = new StringBuilder();
            for (int length = random.nextInt(9); length > 0; length--) {
                level.append((char) (i % 2 == 0 ? 'a' + random.nextInt(3) : 1 + random.nextInt(126)));
            }
            String other = levels.put(number(level.toString()), level.toString());
            assertThat(other).isIn(null, level.toString());
        }
    }

    @Test
    void theEndOfALevelIsWhereThePlainSearchFindsIt() {
        Random random = new Random(6);
        for (int i = 0; i < 20_000; i++) {
            byte[] topic = new byte[1 + random.nextInt(30)];
            for (int at = 0; at < topic.length; at++) {
                topic[at] = (byte) (random.nextInt(6) == 0 ? '/' : '.' - random.nextInt(3) + 3 * random.nextInt(2));
            }
            int from = random.nextInt(topic.length + 1);
            int end = from;
            while (end < topic.length && topic[end] != '/') {
                end++;
            }
            assertThat(LevelCodes.end(topic, from)).isEqualTo(end);
        }
    }

    /** Names like those of devices, and such as fill only the first or the last bytes of a number. */
    @ParameterizedTest
    @ValueSource(strings = {"%d", "d%d", "dev%d", "%08d", "device-%06d", "sensor/%d", "0000000%d"})
    void namesThatAreNumberedSpreadOverATable(String pattern) {
        for (long chance = 1; chance <= 20; chance++) {
            LevelCodes some = new LevelCodes(chance);
            int places = 4096;
            Set<Integer> used = new HashSet<>();
            int names = 2048;
            for (int i = 0; i < names; i++) {
                byte[] name = utf8(String.format(pattern, i));
                used.add(some.place(some.of(name, 0, name.length), places));
            }
            // by chance alone 1,612 of the places would be used
            assertThat(used.size()).as(pattern + ", chance " + chance).isGreaterThan(1_250);
        }
    }

    @Test
    void whereANameFallsCannotBeForetold() {
        int places = 1024;
        LevelCodes known = new LevelCodes(1);
        Set<String> together = new HashSet<>();
        for (int i = 0; together.size() < 200; i++) {
            String name = "attacks" + i;
            byte[] utf8 = utf8(name);
            if (known.place(known.of(utf8, 0, utf8.length), places) == 7) {
                together.add(name);
            }
        }
        LevelCodes other = new LevelCodes(2);
        Set<Integer> used = new HashSet<>();
        for (String name : together) {
            byte[] utf8 = utf8(name);
            used.add(other.place(other.of(utf8, 0, utf8.length), places));
        }
        assertThat(used.size()).isGreaterThan(100);
    }
}
