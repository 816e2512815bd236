package io.coppice.cluster;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Gives a topic its retained message, or a tombstone, with the next version, and answers with that. */
final class RetainProcessor
        implements EntryProcessor<String, RetainedEntry, Long>, CallLane.Weighty, IdentifiedDataSerializable {
    private long now;
    private long tombstoneMillis;
    private byte[] message = {};

    // Where it ran.
    private @Nullable RetainedEntry made;

    RetainProcessor() {}

    /**
     * @param now milliseconds since 1970, below which no version is
     * @param message empty clears the topic
     */
    RetainProcessor(long now, byte[] message, long tombstoneMillis) {
        this.now = now;
        this.message = message;
        this.tombstoneMillis = tombstoneMillis;
    }

    @Override
    public int weight() {
        return message.length;
    }

    @Override
    public Long process(Map.Entry<String, RetainedEntry> entry) {
        RetainedEntry present = entry.getValue();
        long version = present == null ? now : Math.max(present.version() + 1, now);
        made = new RetainedEntry(version, message);
        Wire.set(entry, made, made.isTombstone() ? tombstoneMillis : 0);
        return version;
    }

    /** What came out, not the wish: a copy that missed something must not come to another version. */
    @Override
    public @Nullable EntryProcessor<String, RetainedEntry, Long> getBackupProcessor() {
        return made == null ? null : new PutRetainedProcessor(made, tombstoneMillis);
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeLong(now);
        out.writeLong(tombstoneMillis);
        out.writeByteArray(message);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        now = in.readLong();
        tombstoneMillis = in.readLong();
        message = Wire.bytes(in);
    }

    @Override
    public int getFactoryId() {
        return WireFactory.ID;
    }

    @Override
    public int getClassId() {
        return WireFactory.RETAIN;
    }
}
