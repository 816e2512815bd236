package io.coppice.cluster;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Shuts older epochs out of a session, and answers with the first page of its records; with null where it is shut out itself. */
final class FenceProcessor extends OnMember
        implements EntryProcessor<String, SessionImage, @Nullable SessionPage>,
                CallLane.Weighty,
                IdentifiedDataSerializable {
    /** What a session weighs that is loaded, on the average; most have little more than their subscriptions. */
    private static final int WEIGHT = 8 * 1_024;

    private static final int SILENT = -1;

    private long epoch;
    private long tombstoneMillis;
    private int bytesMax;

    FenceProcessor() {}

    /**
     * @param tombstoneMillis how long the epoch is remembered where there is no session
     * @param bytesMax after which the page takes no more
     */
    FenceProcessor(long epoch, long tombstoneMillis, int bytesMax) {
        this.epoch = epoch;
        this.tombstoneMillis = tombstoneMillis;
        this.bytesMax = bytesMax;
    }

    @Override
    public int weight() {
        return WEIGHT;
    }

    @Override
    public @Nullable SessionPage process(Map.Entry<String, SessionImage> entry) {
        SessionImage present = entry.getValue();
        SessionImage image = present == null ? new SessionImage(entry.getKey(), epoch, scratch()) : present;
        if (!image.fence(epoch)) {
            return null;
        }
        Wire.set(entry, image, image.isTombstone() ? tombstoneMillis : 0);
        return bytesMax == SILENT ? null : image.page(0, bytesMax);
    }

    /** Nobody takes the answer of a copy. */
    @Override
    public EntryProcessor<String, SessionImage, @Nullable SessionPage> getBackupProcessor() {
        return new FenceProcessor(epoch, tombstoneMillis, SILENT);
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeLong(epoch);
        out.writeLong(tombstoneMillis);
        out.writeInt(bytesMax);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        epoch = in.readLong();
        tombstoneMillis = in.readLong();
        bytesMax = in.readInt();
    }

    @Override
    public int getFactoryId() {
        return WireFactory.ID;
    }

    @Override
    public int getClassId() {
        return WireFactory.FENCE;
    }
}
