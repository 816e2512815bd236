package io.coppice.topic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class BagTest {
    private static final class Item extends Keyed {
        private final String key;

        Item(String key) {
            this.key = key;
        }

        @Override
        String key() {
            return key;
        }
    }

    @Test
    void aBagHoldsWhatAMapHolds() {
        Random random = new Random(4);
        Map<String, Item> model = new TreeMap<>();
        Object bag = null;
        for (int step = 0; step < 20_000; step++) {
            String key = "k" + random.nextInt(300);
            if (random.nextInt(10) < (step / 2500 % 2 == 0 ? 8 : 2)) {
                Item item = new Item(key);
                bag = Bag.with(bag, item);
                model.put(key, item);
            } else {
                bag = Bag.without(bag, key);
                model.remove(key);
            }
            assertThat(Bag.<Item>get(bag, key)).isSameAs(model.get(key));
            assertThat(Bag.size(bag)).isEqualTo(model.size());
            if (step % 50 == 0) {
                List<Item> visited = new ArrayList<>();
                Bag.<Item>forEach(bag, visited::add);
                assertThat(visited).containsExactlyInAnyOrderElementsOf(model.values());
                List<Item> iterated = new ArrayList<>();
                Bag.<Item>iterator(bag).forEachRemaining(iterated::add);
                assertThat(iterated).containsExactlyInAnyOrderElementsOf(model.values());
            }
        }
    }

    @Test
    void aMissingKeyIsRemovedFromEveryFormWithoutAChange() {
        Object bag = Bag.without(null, "no");
        assertThat(bag).isNull();
        for (int size = 1; size <= 40; size++) {
            bag = Bag.with(bag, new Item("k" + size));
            assertThat(Bag.without(bag, "no")).isSameAs(bag);
            assertThat(Bag.<Item>get(bag, "no")).isNull();
        }
    }

    @Test
    void aLargeBagIsChangedInPlace() {
        Object bag = null;
        for (int i = 0; i < 1000; i++) {
            Object before = bag;
            bag = Bag.with(bag, new Item("k" + i));
            if (i > Bag.ARRAY_MAX) {
                assertThat(bag).isSameAs(before);
            }
        }
    }

    @Test
    void aBagThatWasLargeGivesItsTableBack() {
        Object bag = null;
        for (int i = 0; i < 1000; i++) {
            bag = Bag.with(bag, new Item("k" + i));
        }
        Object large = bag;
        int copies = 0;
        for (int i = 0; i < 1000; i++) {
            Object before = bag;
            bag = Bag.without(bag, "k" + i);
            copies += before == bag || bag instanceof Keyed[] ? 0 : 1;
        }
        assertThat(bag).isNull();
        assertThat(large).isNotNull();
        assertThat(copies).isBetween(2, 4);
    }

    @Test
    void anIteratorMeetsEveryElementThatStaysExactlyOnceWhateverTheFormBecomes() {
        for (int stay : new int[] {1, 2, 5, 16, 100}) {
            Object bag = null;
            List<Item> stays = new ArrayList<>();
            for (int i = 0; i < stay; i++) {
                stays.add(new Item("stays" + i));
                bag = Bag.with(bag, stays.get(i));
            }
            Iterator<Item> iterator = Bag.iterator(bag);
            List<Item> met = new ArrayList<>();
            for (int round = 0; iterator.hasNext(); round++) {
                met.add(iterator.next());
                for (int i = 0; i < 200; i++) {
                    bag = Bag.with(bag, new Item(round + " goes" + i));
                }
                for (int i = 0; i < 200; i++) {
                    bag = Bag.without(bag, round + " goes" + i);
                }
            }
            met.retainAll(stays);
            assertThat(met).containsExactlyInAnyOrderElementsOf(stays);
        }
    }
}
