package io.coppice.cluster;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import io.coppice.codec.RecordCodec;
import io.coppice.codec.UnreadableRecord;
import io.coppice.session.Overflow;
import io.coppice.session.Session;
import io.coppice.session.SessionLimits;
import io.coppice.session.SessionRecord;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A copy of one session, which follows its records: replayed as they come, and written out as the shortest series of
 * records that makes it. It knows the epoch that may write and how many records of that epoch it has. Without a session
 * it is a tombstone, which keeps the epoch. Safe for several threads: a copy for another member is written while
 * records go on.
 */
final class SessionImage implements IdentifiedDataSerializable, Versioned {
    private static final int FORMAT = 1;
    /** What was recorded is replayed, whatever the limits of this node. */
    private static final SessionLimits NO_LIMITS = new SessionLimits(
            65_535, Integer.MAX_VALUE, Long.MAX_VALUE, Overflow.DROP_NEWEST, Integer.MAX_VALUE, 65_535, 65_535, 65_535);

    private static final InertEffects INERT = new InertEffects();

    private String clientId = "";
    private long epoch;
    private long version;
    /** The stream that wrote last, and how many records of the epoch there were before it. */
    private long stream;

    private long before;
    private @Nullable Session session;

    SessionImage() {}

    /** A tombstone. */
    SessionImage(String clientId, long epoch) {
        this.clientId = clientId;
        this.epoch = epoch;
    }

    @Override
    public synchronized long epoch() {
        return epoch;
    }

    /** How many records of the epoch it has. */
    @Override
    public synchronized long version() {
        return version;
    }

    synchronized boolean isTombstone() {
        return session == null;
    }

    /** Refuses older epochs from now on; false, and nothing more, if this one is old itself. */
    synchronized boolean fence(long newer) {
        if (newer > epoch) {
            epoch = newer;
            version = 0;
            stream = 0;
            before = 0;
        }
        return newer == epoch;
    }

    /**
     * Applies records of an epoch, all or none. What is there already is skipped, so that records may be told twice.
     *
     * @param writer the epoch
     * @param from how many records of the stream come before these
     * @param bytes the records, one after the other
     */
    synchronized Stored apply(long writer, long fromStream, long from, byte[] bytes) {
        if (!fence(writer)) {
            return Stored.FENCED;
        }
        long start = fromStream == stream ? before : version;
        if (start + from > version) {
            return Stored.GAP;
        }
        List<SessionRecord> records;
        try {
            records = decode(bytes);
        } catch (UnreadableRecord damaged) {
            return Stored.DAMAGED;
        }
        int known = (int) Math.min(version - start - from, records.size());
        List<SessionRecord> fresh = records.subList(known, records.size());
        if (session == null && !fresh.isEmpty() && !begins(fresh.get(0))) {
            return Stored.GAP;
        }
        stream = fromStream;
        before = start;
        fresh.forEach(this::replay);
        version += fresh.size();
        return Stored.SAFE;
    }

    /** Whether there can be nothing before it: every session begins with a connection, or with what is left of one. */
    private static boolean begins(SessionRecord record) {
        return record instanceof SessionRecord.Attached
                || record instanceof SessionRecord.Parked
                || record instanceof SessionRecord.Ended;
    }

    private void replay(SessionRecord record) {
        if (record instanceof SessionRecord.Ended) {
            session = null;
            return;
        }
        if (session == null) {
            session = new Session(clientId, NO_LIMITS, INERT);
        }
        session.replay(record);
    }

    static List<SessionRecord> decode(byte[] bytes) {
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        List<SessionRecord> records = new ArrayList<>();
        while (in.isReadable()) {
            records.add(RecordCodec.decode(in));
        }
        return records;
    }

    /** The records that make this session; none for a tombstone. */
    synchronized byte[] snapshot() {
        if (session == null) {
            return new byte[0];
        }
        ByteBuf out = Unpooled.buffer();
        session.snapshot(record -> RecordCodec.encode(record, out));
        return Arrays.copyOf(out.array(), out.writerIndex());
    }

    @Override
    public synchronized void writeData(ObjectDataOutput out) throws IOException {
        out.writeByte(FORMAT);
        out.writeString(clientId);
        out.writeLong(epoch);
        out.writeLong(version);
        out.writeLong(stream);
        out.writeLong(before);
        out.writeByteArray(snapshot());
    }

    @Override
    public synchronized void readData(ObjectDataInput in) throws IOException {
        Wire.format(FORMAT, in, "session");
        clientId = Wire.text(in);
        epoch = in.readLong();
        version = in.readLong();
        stream = in.readLong();
        before = in.readLong();
        try {
            decode(Wire.bytes(in)).forEach(this::replay);
        } catch (UnreadableRecord damaged) {
            throw new IOException("the copy of the session of " + clientId + " is damaged", damaged);
        }
    }

    @Override
    public int getFactoryId() {
        return WireFactory.ID;
    }

    @Override
    public int getClassId() {
        return WireFactory.SESSION_IMAGE;
    }
}
