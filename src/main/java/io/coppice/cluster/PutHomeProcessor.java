package io.coppice.cluster;

import static java.util.Objects.requireNonNull;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes the copy of an entry the same as the first, unless it is newer already; or brings what a node has on its disk, if
 * that is newer than what is there.
 */
final class PutHomeProcessor
        implements EntryProcessor<String, HomeEntry, @Nullable HomeEntry>, IdentifiedDataSerializable {
    private @Nullable HomeEntry made;
    private long millis;
    private boolean offered;

    // Where it ran.
    private boolean taken;

    PutHomeProcessor() {}

    /** @param millis how long it is kept; 0 for good */
    PutHomeProcessor(HomeEntry made, long millis) {
        this.made = made;
        this.millis = millis;
    }

    static PutHomeProcessor offering(HomeEntry home) {
        PutHomeProcessor offer = new PutHomeProcessor(home, 0);
        offer.offered = true;
        return offer;
    }

    @Override
    public @Nullable HomeEntry process(Map.Entry<String, HomeEntry> entry) {
        HomeEntry present = entry.getValue();
        HomeEntry next = requireNonNull(made);
        taken = present == null || (offered ? next.epoch() > present.epoch() : next.supersedes(present));
        if (taken) {
            Wire.set(entry, next, millis);
        }
        return null;
    }

    @Override
    public @Nullable EntryProcessor<String, HomeEntry, @Nullable HomeEntry> getBackupProcessor() {
        return offered && taken ? new PutHomeProcessor(requireNonNull(made), millis) : null;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeLong(millis);
        out.writeBoolean(offered);
        requireNonNull(made).writeData(out);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        millis = in.readLong();
        offered = in.readBoolean();
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
