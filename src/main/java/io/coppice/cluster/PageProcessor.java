package io.coppice.cluster;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a further page of a session; answers with null where the session has changed since the first. */
final class PageProcessor
        implements EntryProcessor<String, SessionImage, @Nullable SessionPage>,
                CallLane.Weighty,
                IdentifiedDataSerializable {
    private long epoch;
    private long version;
    private long from;
    private int bytesMax;

    PageProcessor() {}

    /** @param from where it begins, as the page before it said */
    PageProcessor(long epoch, long version, long from, int bytesMax) {
        this.epoch = epoch;
        this.version = version;
        this.from = from;
        this.bytesMax = bytesMax;
    }

    @Override
    public int weight() {
        return bytesMax;
    }

    @Override
    public @Nullable SessionPage process(Map.Entry<String, SessionImage> entry) {
        SessionImage image = entry.getValue();
        return image == null || image.epoch() != epoch || image.version() != version
                ? null
                : image.page(from, bytesMax);
    }

    /** Nothing changes. */
    @Override
    public @Nullable EntryProcessor<String, SessionImage, @Nullable SessionPage> getBackupProcessor() {
        return null;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeLong(epoch);
        out.writeLong(version);
        out.writeLong(from);
        out.writeInt(bytesMax);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        epoch = in.readLong();
        version = in.readLong();
        from = in.readLong();
        bytesMax = in.readInt();
    }

    @Override
    public int getFactoryId() {
        return WireFactory.ID;
    }

    @Override
    public int getClassId() {
        return WireFactory.PAGE;
    }
}
