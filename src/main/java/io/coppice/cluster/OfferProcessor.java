package io.coppice.cluster;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Brings a part of a session that a node has on its disk, or that it has ended; answers with the number of a {@link Stored},
 * see {@link SessionImage#offer}. A copy that lacks what came before throws, and is copied anew.
 */
final class OfferProcessor
        implements EntryProcessor<String, SessionImage, Integer>, CallLane.Weighty, IdentifiedDataSerializable {
    /** Older than any: what is offered takes the place of nothing. */
    private static final long NO_EPOCH = 0;

    private long epoch;
    private long offer;
    private long from;
    private int count;
    private byte[] records = {};
    private boolean last;
    /** How long it is remembered that it has ended; 0 where it has not. */
    private long endedMillis;

    private boolean backup;

    // Where it ran.
    private boolean safe;

    OfferProcessor() {}

    /**
     * @param epoch of the home that had it
     * @param offer numbers the offers of one session
     * @param from how many records come before these
     * @param count how many these are
     */
    OfferProcessor(long epoch, long offer, long from, int count, byte[] records, boolean last) {
        this.epoch = epoch;
        this.offer = offer;
        this.from = from;
        this.count = count;
        this.records = records;
        this.last = last;
    }

    /** @param millis how long it is remembered */
    static OfferProcessor ended(long epoch, long millis) {
        OfferProcessor end = new OfferProcessor(epoch, 0, 0, 0, new byte[0], true);
        end.endedMillis = millis;
        return end;
    }

    @Override
    public int weight() {
        return records.length;
    }

    @Override
    public Integer process(Map.Entry<String, SessionImage> entry) {
        SessionImage present = entry.getValue();
        SessionImage image = present == null ? new SessionImage(entry.getKey(), NO_EPOCH) : present;
        Stored stored = endedMillis == 0
                ? image.offer(epoch, offer, from, count, records, last)
                : image.offerEnd(epoch) ? Stored.SAFE : Stored.FENCED;
        safe = stored == Stored.SAFE;
        if (safe) {
            Wire.set(entry, image, endedMillis);
        } else if (backup) {
            throw new IllegalStateException("a copy of the session of " + entry.getKey() + " differs: " + stored);
        }
        return stored.ordinal();
    }

    @Override
    public @Nullable EntryProcessor<String, SessionImage, Integer> getBackupProcessor() {
        if (!safe) {
            return null;
        }
        OfferProcessor copy = new OfferProcessor(epoch, offer, from, count, records, last);
        copy.endedMillis = endedMillis;
        copy.backup = true;
        return copy;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeLong(epoch);
        out.writeLong(offer);
        out.writeLong(from);
        out.writeInt(count);
        out.writeByteArray(records);
        out.writeBoolean(last);
        out.writeLong(endedMillis);
        out.writeBoolean(backup);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        epoch = in.readLong();
        offer = in.readLong();
        from = in.readLong();
        count = in.readInt();
        records = Wire.bytes(in);
        last = in.readBoolean();
        endedMillis = in.readLong();
        backup = in.readBoolean();
    }

    @Override
    public int getFactoryId() {
        return WireFactory.ID;
    }

    @Override
    public int getClassId() {
        return WireFactory.OFFER;
    }
}
