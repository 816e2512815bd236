package io.coppice.cluster;

import io.coppice.port.ClusterFaults;
import java.util.concurrent.atomic.LongAdder;

/** Counts what goes otherwise than it should. */
public final class ClusterCounters implements ClusterFaults {
    private final LongAdder resizes = new LongAdder();
    private final LongAdder repeats = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder gaps = new LongAdder();
    private final LongAdder damaged = new LongAdder();
    private final LongAdder droppedParcels = new LongAdder();
    private final LongAdder damagedParcels = new LongAdder();
    private final LongAdder strangers = new LongAdder();
    private final LongAdder silent = new LongAdder();
    private final LongAdder wrongSecrets = new LongAdder();

    @Override
    public long resizes() {
        return resizes.sum();
    }

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

    @Override
    public long strangers() {
        return strangers.sum();
    }

    @Override
    public long silentConnections() {
        return silent.sum();
    }

    @Override
    public long wrongSecrets() {
        return wrongSecrets.sum();
    }

    void connectionRefused(NotAMember.Reason reason) {
        switch (reason) {
            case STRANGER -> strangers.increment();
            case SILENT -> silent.increment();
            case SECRET -> wrongSecrets.increment();
        }
    }

    void resized() {
        resizes.increment();
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
