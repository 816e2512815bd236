package io.coppice.cluster;

import static java.util.Objects.requireNonNull;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes the copy of an entry the same as the first, unless it is newer already. */
final class PutHomeProcessor
        implements EntryProcessor<String, HomeEntry, @Nullable HomeEntry>, IdentifiedDataSerializable {
    private @Nullable HomeEntry made;
    private long millis;

    PutHomeProcessor() {}

    /** @param millis how long it is kept; 0 for good */
    PutHomeProcessor(HomeEntry made, long millis) {
        this.made = made;
        this.millis = millis;
    }

    @Override
    public @Nullable HomeEntry process(Map.Entry<String, HomeEntry> entry) {
        HomeEntry present = entry.getValue();
        HomeEntry next = requireNonNull(made);
        if (present == null || next.supersedes(present)) {
            Wire.set(entry, next, millis);
        }
        return null;
    }

    @Override
    public @Nullable EntryProcessor<String, HomeEntry, @Nullable HomeEntry> getBackupProcessor() {
        return null;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeLong(millis);
        requireNonNull(made).writeData(out);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        millis = in.readLong();
        made = new HomeEntry();
        made.readData(in);
    }

    @Override
    public int getFactoryId() {
        return WireFactory.ID;
    }

    @Override
    public int getClassId() {
        return WireFactory.PUT_HOME;
    }
}
