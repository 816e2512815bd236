package io.coppice.cluster;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import io.coppice.cluster.SessionImage.Part;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Brings a part of a session that a node has on its disk or that its home tells anew, or that it has ended; answers with the
 * number of a {@link Stored}, see {@link SessionImage#offer}. A copy that lacks what came before throws, and is copied anew.
 */
final class OfferProcessor extends OnMember
        implements EntryProcessor<String, SessionImage, Integer>, CallLane.Weighty, IdentifiedDataSerializable {
    /** Older than any: what is offered takes the place of nothing. */
    private static final long NO_EPOCH = 0;

    private long epoch;
    private long offer;
    private long from;
    private int count;
    private byte[] records = {};
    private Part kind = Part.RECORDS;
    private boolean last;
    /** Records of the stream for which the whole stands, where its home tells it anew; 0 where a disk offers it. */
    private long retold;
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
    OfferProcessor(long epoch, long offer, long from, int count, byte[] records, Part kind, boolean last) {
        this.epoch = epoch;
        this.offer = offer;
        this.from = from;
        this.count = count;
        this.records = records;
        this.kind = kind;
        this.last = last;
    }

    /** @param millis how long it is remembered */
    static OfferProcessor ended(long epoch, long millis) {
        OfferProcessor end = new OfferProcessor(epoch, 0, 0, 0, new byte[0], Part.RECORDS, true);
        end.endedMillis = millis;
        return end;
    }

    /**
     * As it is now, of a session that its home tells anew, see {@link SessionImage#retell}.
     *
     * @param records of the stream for which the whole stands, at least 1
     */
    OfferProcessor retold(long records) {
        retold = records;
        return this;
    }

    @Override
    public int weight() {
        return records.length;
    }

    @Override
    public Integer process(Map.Entry<String, SessionImage> entry) {
        SessionImage present = entry.getValue();
        SessionImage image = present == null ? new SessionImage(entry.getKey(), NO_EPOCH, scratch()) : present;
        Stored stored = taken(image);
        safe = stored == Stored.SAFE;
        if (safe) {
            Wire.set(entry, image, endedMillis);
        } else if (backup) {
            throw new IllegalStateException("a copy of the session of " + entry.getKey() + " differs: " + stored);
        }
        return stored.ordinal();
    }

    private Stored taken(SessionImage image) {
        if (endedMillis != 0) {
            return image.offerEnd(epoch) ? Stored.SAFE : Stored.FENCED;
        }
        return retold == 0
                ? image.offer(epoch, offer, from, count, records, kind, last)
                : image.retell(epoch, offer, from, count, records, kind, last, retold);
    }

    @Override
    public @Nullable EntryProcessor<String, SessionImage, Integer> getBackupProcessor() {
        if (!safe) {
            return null;
        }
        OfferProcessor copy = new OfferProcessor(epoch, offer, from, count, records, kind, last);
        copy.retold = retold;
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
        out.writeByte(kind.ordinal());
        out.writeBoolean(last);
        out.writeLong(retold);
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
        kind = Part.of(in.readByte());
        last = in.readBoolean();
        retold = in.readLong();
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
