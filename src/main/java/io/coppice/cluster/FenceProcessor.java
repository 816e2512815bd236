package io.coppice.cluster;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Shuts older epochs out of a session, and answers with its records; with null where it is shut out itself. */
final class FenceProcessor
        implements EntryProcessor<String, SessionImage, byte @Nullable []>, IdentifiedDataSerializable {
    private long epoch;
    private long tombstoneMillis;
    private boolean silent;

    FenceProcessor() {}

    /** @param tombstoneMillis how long the epoch is remembered where there is no session */
    FenceProcessor(long epoch, long tombstoneMillis) {
        this(epoch, tombstoneMillis, false);
    }

    private FenceProcessor(long epoch, long tombstoneMillis, boolean silent) {
        this.epoch = epoch;
        this.tombstoneMillis = tombstoneMillis;
        this.silent = silent;
    }

    @Override
    public byte @Nullable [] process(Map.Entry<String, SessionImage> entry) {
        SessionImage present = entry.getValue();
        SessionImage image = present == null ? new SessionImage(entry.getKey(), epoch) : present;
        if (!image.fence(epoch)) {
            return null;
        }
        Wire.set(entry, image, image.isTombstone() ? tombstoneMillis : 0);
        return silent ? null : image.snapshot();
    }

    /** Nobody takes the answer of a copy. */
    @Override
    public EntryProcessor<String, SessionImage, byte @Nullable []> getBackupProcessor() {
        return new FenceProcessor(epoch, tombstoneMillis, true);
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeLong(epoch);
        out.writeLong(tombstoneMillis);
        out.writeBoolean(silent);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        epoch = in.readLong();
        tombstoneMillis = in.readLong();
        silent = in.readBoolean();
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
