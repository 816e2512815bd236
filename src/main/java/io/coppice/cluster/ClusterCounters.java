package io.coppice.cluster;

import io.coppice.port.ClusterFaults;
import java.util.concurrent.atomic.LongAdder;

/** Counts what goes otherwise than it should. */
public final class ClusterCounters implements ClusterFaults {
    private final LongAdder repeats = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder gaps = new LongAdder();
    private final LongAdder damaged = new LongAdder();
    private final LongAdder droppedParcels = new LongAdder();
    private final LongAdder damagedParcels = new LongAdder();

    @Override
    public long repeats() {
        return repeats.sum();
    }

    @Override
    public long failures() {
        return failures.sum();
    }

    @Override
    public long gaps() {
        return gaps.sum();
    }

    @Override
    public long damaged() {
        return damaged.sum();
    }

    @Override
    public long droppedParcels() {
        return droppedParcels.sum();
    }

    @Override
    public long damagedParcels() {
        return damagedParcels.sum();
    }

    void repeated() {
        repeats.increment();
    }

    void failed() {
        failures.increment();
    }

    void gap() {
        gaps.increment();
    }

    void damage() {
        damaged.increment();
    }

    void parcelDropped() {
        droppedParcels.increment();
    }

    void parcelDamaged() {
        damagedParcels.increment();
    }
}
