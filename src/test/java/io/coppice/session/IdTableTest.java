package io.coppice.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class IdTableTest {
    private record Id(int packetId) implements IdTable.Identified {}

    private static int spread(Random random, int style) {
        return switch (style) {
            case 0 -> 1 + random.nextInt(65_535);
            case 1 -> 65_535 - random.nextInt(64); // next to the end of the array
            default -> (1 + random.nextInt(255)) * 256; // all with the same low bits
        };
    }

    @Test
    void itAgreesWithATreeMap() {
        for (long seed = 1; seed <= 300; seed++) {
            Random random = new Random(seed);
            IdTable<Id> table = new IdTable<>();
            TreeMap<Integer, Id> model = new TreeMap<>();
            int size = 1 + random.nextInt(200);
            for (int step = 0; step < 1000; step++) {
                int id = spread(random, (int) (seed % 3));
                if (random.nextInt(size) < model.size()) {
                    Integer present = model.ceilingKey(id);
                    id = present == null ? id : present;
                    model.remove(id);
                    table.remove(id);
                } else if (!model.containsKey(id)) {
                    Id added = new Id(id);
                    model.put(id, added);
                    table.add(added);
                }
                if (step % 100 == 0) {
                    table.trim();
                }
                assertThat(table.get(id)).as("seed %d", seed).isSameAs(model.get(id));
            }
            assertThat(table.size()).as("seed %d", seed).isEqualTo(model.size());
            assertThat(table.packetIds())
                    .as("seed %d", seed)
                    .isEqualTo(
                            model.keySet().stream().mapToInt(Integer::intValue).toArray());
            model.forEach((id, each) -> assertThat(table.get(id)).isSameAs(each));
        }
    }

    @Test
    void itHoldsNoArrayWhileItIsEmpty() {
        IdTable<Id> table = new IdTable<>();
        assertThat(table.capacity()).isZero();
        assertThat(table.get(1)).isNull();
        table.remove(1);
        for (int id = 1; id <= 1000; id++) {
            table.add(new Id(id));
        }
        for (int id = 1; id <= 990; id++) {
            table.remove(id);
        }
        table.trim();
        assertThat(table.capacity()).isEqualTo(16);
        for (int id = 991; id <= 1000; id++) {
            assertThat(table.contains(id)).isTrue();
            table.remove(id);
        }
        assertThat(table.capacity()).as("a small array is kept").isEqualTo(16);
        table.trim();
        assertThat(table.capacity()).isZero();
    }

    @Test
    void aLargeArrayIsGivenUpWhenItIsEmpty() {
        IdTable<Id> table = new IdTable<>();
        for (int id = 1; id <= 100; id++) {
            table.add(new Id(id));
        }
        for (int id = 1; id <= 100; id++) {
            table.remove(id);
        }
        assertThat(table.capacity()).isZero();
        table.add(new Id(5));
        table.clear();
        assertThat(table.capacity()).isZero();
        assertThat(table.size()).isZero();
    }
}
