package io.coppice.cluster;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes the copy of an entry the same as the first, unless it is newer already. */
final class PutRetainedProcessor implements EntryProcessor<String, RetainedEntry, Long>, IdentifiedDataSerializable {
    private RetainedEntry made = new RetainedEntry();
    private long tombstoneMillis;

    PutRetainedProcessor() {}

    PutRetainedProcessor(RetainedEntry made, long tombstoneMillis) {
        this.made = made;
        this.tombstoneMillis = tombstoneMillis;
    }

    @Override
    public Long process(Map.Entry<String, RetainedEntry> entry) {
        RetainedEntry present = entry.getValue();
        if (present == null || made.supersedes(present)) {
            Wire.set(entry, made, made.isTombstone() ? tombstoneMillis : 0);
        }
        return made.version();
    }

    @Override
    public @Nullable EntryProcessor<String, RetainedEntry, Long> getBackupProcessor() {
        return null;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeLong(tombstoneMillis);
        made.writeData(out);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        tombstoneMillis = in.readLong();
        made.readData(in);
    }

    @Override
    public int getFactoryId() {
        return WireFactory.ID;
    }

    @Override
    public int getClassId() {
        return WireFactory.PUT_RETAINED;
    }
}
