package io.coppice.cluster;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Applies records to the copies of one session, the first and then all others; answers with the number of a
 * {@link Stored}. Run twice it changes nothing the second time. A copy that comes to another result than the first throws,
 * and is copied anew: what is answered as safe is on all of them.
 */
final class AppendProcessor extends OnMember
        implements EntryProcessor<String, SessionImage, Integer>, CallLane.Weighty, IdentifiedDataSerializable {
    private long epoch;
    private long stream;
    private long from;
    private long tombstoneMillis;
    private byte[] records = {};
    private boolean backup;

    // Where it ran.
    private boolean safe;

    AppendProcessor() {}

    /**
     * @param stream numbers the streams of one epoch, from 1
     * @param from how many records of the stream come before these
     * @param tombstoneMillis how long the epoch is remembered after the end of the session
     */
    AppendProcessor(long epoch, long stream, long from, byte[] records, long tombstoneMillis) {
        this.epoch = epoch;
        this.stream = stream;
        this.from = from;
        this.records = records;
        this.tombstoneMillis = tombstoneMillis;
    }

    @Override
    public int weight() {
        return records.length;
    }

    @Override
    public Integer process(Map.Entry<String, SessionImage> entry) {
        SessionImage present = entry.getValue();
        SessionImage image = present == null ? new SessionImage(entry.getKey(), epoch, scratch()) : present;
        Stored stored = image.apply(epoch, stream, from, records);
        safe = stored == Stored.SAFE;
        if (safe) {
            Wire.set(entry, image, image.isTombstone() ? tombstoneMillis : 0);
        } else if (backup) {
            throw new IllegalStateException("a copy of the session of " + entry.getKey() + " differs: " + stored);
        }
        return stored.ordinal();
    }

    /** Also where nothing changed: the copies may have missed it the first time. */
    @Override
    public @Nullable EntryProcessor<String, SessionImage, Integer> getBackupProcessor() {
        if (!safe) {
            return null;
        }
        AppendProcessor copy = new AppendProcessor(epoch, stream, from, records, tombstoneMillis);
        copy.backup = true;
        return copy;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeLong(epoch);
        out.writeLong(stream);
        out.writeLong(from);
        out.writeLong(tombstoneMillis);
        out.writeByteArray(records);
        out.writeBoolean(backup);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        epoch = in.readLong();
        stream = in.readLong();
        from = in.readLong();
        tombstoneMillis = in.readLong();
        records = Wire.bytes(in);
        backup = in.readBoolean();
    }

    @Override
    public int getFactoryId() {
        return WireFactory.ID;
    }

    @Override
    public int getClassId() {
        return WireFactory.APPEND;
    }
}
