package io.coppice.cluster;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Leaves a tombstone in the place of a home, if its epoch is still the one. */
final class ReleaseProcessor
        implements EntryProcessor<String, HomeEntry, @Nullable HomeEntry>, IdentifiedDataSerializable {
    private long epoch;
    private long millis;

    // Where it ran.
    private @Nullable HomeEntry made;

    ReleaseProcessor() {}

    /** @param millis how long the tombstone is kept */
    ReleaseProcessor(long epoch, long millis) {
        this.epoch = epoch;
        this.millis = millis;
    }

    @Override
    public @Nullable HomeEntry process(Map.Entry<String, HomeEntry> entry) {
        HomeEntry present = entry.getValue();
        made = present != null && present.epoch() == epoch ? HomeEntry.tombstone(epoch) : null;
        if (made != null) {
            Wire.set(entry, made, millis);
        }
        return null;
    }

    @Override
    public @Nullable EntryProcessor<String, HomeEntry, @Nullable HomeEntry> getBackupProcessor() {
        return made == null ? null : new PutHomeProcessor(made, millis);
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeLong(epoch);
        out.writeLong(millis);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        epoch = in.readLong();
        millis = in.readLong();
    }

    @Override
    public int getFactoryId() {
        return WireFactory.ID;
    }

    @Override
    public int getClassId() {
        return WireFactory.RELEASE;
    }
}
