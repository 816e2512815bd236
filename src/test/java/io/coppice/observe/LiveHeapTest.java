package io.coppice.observe;

import static org.assertj.core.api.Assertions.assertThat;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class LiveHeapTest {
    @Test
    void eachCollectionOfTheOldIsToldOnce() {
        LiveHeap heap = LiveHeap.ofProcess();
        heap.getAsDouble();
        Object[] kept = new Object[1];
        Awaitility.await().until(() -> {
            kept[0] = new byte[1 << 20];
            System.gc();
            return heap.getAsDouble() > 0;
        });
        assertThat(kept[0]).isNotNull();
        assertThat(heap.getAsDouble()).as("nothing was collected since").isLessThan(0);
    }
}
