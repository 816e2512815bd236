package io.coppice.cluster;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes the copy of an entry the same as the first, unless it is newer already; or brings what a node has on its disk.
 */
final class PutRetainedProcessor implements EntryProcessor<String, RetainedEntry, Long>, IdentifiedDataSerializable {
    private RetainedEntry made = new RetainedEntry();
    private long tombstoneMillis;
    private boolean offered;

    PutRetainedProcessor() {}

    PutRetainedProcessor(RetainedEntry made, long tombstoneMillis) {
        this.made = made;
        this.tombstoneMillis = tombstoneMillis;
    }

    static PutRetainedProcessor offering(RetainedEntry entry, long tombstoneMillis) {
        PutRetainedProcessor offer = new PutRetainedProcessor(entry, tombstoneMillis);
        offer.offered = true;
        return offer;
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
        return offered ? new PutRetainedProcessor(made, tombstoneMillis) : null;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeLong(tombstoneMillis);
        out.writeBoolean(offered);
        made.writeData(out);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        tombstoneMillis = in.readLong();
        offered = in.readBoolean();
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
