package io.coppice.cluster;

import java.util.concurrent.atomic.LongAdder;

/** What went otherwise than it should, counted since the start of the node. */
public final class ClusterCounters {
    private final LongAdder repeats = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder gaps = new LongAdder();
    private final LongAdder damaged = new LongAdder();
    private final LongAdder droppedParcels = new LongAdder();
    private final LongAdder damagedParcels = new LongAdder();

    /** Calls that were made again because nobody knew what had become of them. */
    public long repeats() {
        return repeats.sum();
    }

    /** Calls that were given up. */
    public long failures() {
        return failures.sum();
    }

    /** Records that were refused because others before them are missing from the copy: some were lost. */
    public long gaps() {
        return gaps.sum();
    }

    /** Values that were refused because their checksum, or what it covers, is wrong. */
    public long damaged() {
        return damaged.sum();
    }

    /** Parcels to other nodes that did not leave this one; their senders send them again. */
    public long droppedParcels() {
        return droppedParcels.sum();
    }

    /** What came on the bus and is no parcel that this release can read. */
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
