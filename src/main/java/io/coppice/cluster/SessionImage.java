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
 * it is a tombstone, which keeps the epoch. What came from another member stays packed until a record comes: sessions of
 * clients that are away need no more than their bytes. Safe for several threads: a copy for another member is written
 * while records go on.
 */
final class SessionImage implements IdentifiedDataSerializable, Versioned {
    private static final int FORMAT = 2;
    /** What was recorded is replayed, whatever the limits of this node. */
    private static final SessionLimits NO_LIMITS = new SessionLimits(
            65_535,
            Integer.MAX_VALUE,
            Long.MAX_VALUE,
            Long.MAX_VALUE,
            Overflow.DROP_NEWEST,
            Integer.MAX_VALUE,
            65_535,
            65_535,
            65_535);

    private static final InertEffects INERT = new InertEffects();

    private String clientId = "";
    private long epoch;
    private long version;
    /** The stream that wrote last, and how many records of the epoch there were before it. */
    private long stream;

    private long before;
    /** It comes from the disk of a node, and not all of it is here: nobody may have it so. */
    private boolean offering;
    /** The records that make the session; null where there is none, or {@link #session} has it. */
    private byte @Nullable [] packed;

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
        return session == null && packed == null;
    }

    /** Refuses older epochs from now on; false, and nothing more, if this one is old itself. */
    synchronized boolean fence(long newer) {
        if (newer > epoch) {
            begin(newer, 0);
            if (offering) {
                offering = false;
                packed = null;
            }
        }
        return newer == epoch;
    }

    private void begin(long newer, long fromStream) {
        epoch = newer;
        version = 0;
        stream = fromStream;
        before = 0;
    }

    /**
     * Takes a part of a session as a node has it on its disk, unless something as new is here. All parts come from one
     * offer, in their order; one that comes a second time changes nothing.
     *
     * @param home the epoch of the home that had it
     * @param offer numbers the offers of one session; another one begins anew
     * @param from how many records come before these
     * @param count how many these are
     * @return {@link Stored#SAFE} where it is here, {@link Stored#FENCED} where something newer is, {@link Stored#GAP} where
     *     the offer has to begin anew
     */
    synchronized Stored offer(long home, long offer, long from, int count, byte[] bytes, boolean last) {
        if (home < epoch || home == epoch && !offering) {
            return home == epoch && !isTombstone() ? Stored.SAFE : Stored.FENCED;
        }
        if (from == 0 && (home > epoch || offer != stream)) {
            begin(home, offer);
            session = null;
            packed = null;
            offering = true;
        }
        if (home != epoch || offer != stream || from > version) {
            return Stored.GAP;
        }
        if (from == version) {
            byte[] present = packed;
            packed = present == null ? bytes : joined(present, bytes);
            version += count;
        }
        if (last) {
            offering = false;
            stream = 0; // whoever writes goes on behind it
        }
        return Stored.SAFE;
    }

    /**
     * A node remembers on its disk that the session has ended.
     *
     * @param home the epoch of its last home
     * @return whether nothing newer is here
     */
    synchronized boolean offerEnd(long home) {
        if (home < epoch) {
            return false;
        }
        begin(home, 0);
        session = null;
        packed = null;
        offering = false;
        return true;
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    /**
     * Applies records of an epoch, all or none. What is there already is skipped, so that records may be told twice.
     *
     * @param writer the epoch
     * @param fromStream numbers the streams of the epoch; a newer one shuts the older ones out
     * @param from how many records of the stream come before these
     * @param bytes the records, one after the other
     */
    synchronized Stored apply(long writer, long fromStream, long from, byte[] bytes) {
        if (!fence(writer) || fromStream < stream) {
            return Stored.FENCED; // an older stream of the epoch was given up, and may have left something on its way
        }
        long start = fromStream == stream ? before : version;
        if (start + from > version) {
            return Stored.GAP;
        }
        List<SessionRecord> records;
        try {
            records = decode(bytes);
            unpack();
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

    private void unpack() {
        byte[] records = packed;
        if (records != null) {
            List<SessionRecord> decoded = decode(records); // all or none
            packed = null;
            decoded.forEach(this::replay);
        }
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

    /**
     * A part of the records that make this session; none for a tombstone.
     *
     * @param from how many records come before
     * @param bytesMax after which it takes no more
     * @throws UnreadableRecord where it is damaged
     */
    synchronized SessionPage page(int from, int bytesMax) {
        SessionPage.Writer page = new SessionPage.Writer(from, bytesMax);
        if (packed != null) {
            ByteBuf in = Unpooled.wrappedBuffer(packed);
            while (in.isReadable()) {
                page.take(in, RecordCodec.size(in));
            }
        } else if (session != null) {
            session.snapshot(page::take);
        }
        return page.end(version);
    }

    /** All records that make this session. */
    private byte[] records() {
        return packed == null ? page(0, Integer.MAX_VALUE).records() : packed;
    }

    @Override
    public synchronized void writeData(ObjectDataOutput out) throws IOException {
        out.writeByte(FORMAT);
        out.writeString(clientId);
        out.writeLong(epoch);
        out.writeLong(version);
        out.writeLong(stream);
        out.writeLong(before);
        out.writeBoolean(offering);
        out.writeByteArray(records());
    }

    @Override
    public synchronized void readData(ObjectDataInput in) throws IOException {
        Wire.format(FORMAT, in, "session");
        clientId = Wire.text(in);
        epoch = in.readLong();
        version = in.readLong();
        stream = in.readLong();
        before = in.readLong();
        offering = in.readBoolean();
        byte[] records = Wire.bytes(in);
        packed = records.length == 0 ? null : records;
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
