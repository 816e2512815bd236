package io.coppice.observe;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.Comparator;
import java.util.List;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How much of the part of the heap in which things grow old was in use after its latest collection: what is live, and what
 * that collection left. What is in use at other times says how long ago one was.
 */
public final class LiveHeap implements DoubleSupplier {
    private final @Nullable MemoryPoolMXBean old;
    private long last = -1;

    private LiveHeap(@Nullable MemoryPoolMXBean old) {
        this.old = old;
    }

    /** That of this process. */
    public static LiveHeap ofProcess() {
        return new LiveHeap(old(ManagementFactory.getMemoryPoolMXBeans()));
    }

    /** The largest part of the heap of which it is known what a collection leaves; null where nothing is. */
    private static @Nullable MemoryPoolMXBean old(List<MemoryPoolMXBean> pools) {
        return pools.stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP && pool.getCollectionUsage() != null)
                .max(Comparator.comparingLong(pool -> pool.getUsage().getMax()))
                .orElse(null);
    }

    /** Percent; below 0 where there has been no collection since this was asked last, or nothing is known. */
    @Override
    public double getAsDouble() {
        MemoryPoolMXBean pool = old;
        MemoryUsage left = pool == null ? null : pool.getCollectionUsage();
        if (left == null || left.getMax() <= 0 || left.getUsed() == last) {
            return -1;
        }
        boolean first = last < 0;
        last = left.getUsed();
        return first && last == 0 ? -1 : 100.0 * last / left.getMax();
    }
}
