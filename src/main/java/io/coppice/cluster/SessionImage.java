package io.coppice.cluster;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import io.coppice.codec.RecordCodec;
import io.coppice.codec.UnreadableRecord;
import io.coppice.port.Scratch;
import io.coppice.session.SessionRecord;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.ArrayList;
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
    private static final int FORMAT = 3;

    private String clientId = "";
    private long epoch;
    private long version;
    /** The stream that wrote last, and how many records of the epoch there were before it. */
    private long stream;

    private long before;
    private SessionBody body;
    /** What comes in parts and is not whole yet; null where nothing does. */
    private @Nullable Parts parts;

    /** A session that comes in parts: nobody may have it so. */
    private static final class Parts {
        final long number;
        final SessionBody body;
        /** Records that came. */
        long count;

        Parts(long number, SessionBody body) {
            this.number = number;
            this.body = body;
        }

        Stored add(long from, int size, byte[] bytes, Part kind) {
            if (from > count) {
                return Stored.GAP;
            }
            if (from == count) {
                if (kind == Part.RECORDS) {
                    body.pack(bytes);
                } else {
                    body.packQueue(bytes, kind == Part.BEHIND);
                }
                count += size;
            }
            return Stored.SAFE;
        }
    }

    /** What a part of a session is. */
    enum Part {
        /** Any records; they come first. */
        RECORDS,
        /** Messages of its queue in their order, each with how it was sent. */
        QUEUE,
        /** As before, of messages that wait behind those that came with the records. */
        BEHIND;

        private static final Part[] ALL = values();

        static Part of(int number) {
            return ALL[number];
        }
    }

    SessionImage() {
        this.body = new SessionBody("", null);
    }

    /** A tombstone of a member that holds everything in memory. */
    SessionImage(String clientId, long epoch) {
        this(clientId, epoch, null);
    }

    /**
     * A tombstone.
     *
     * @param scratch takes what need not be in memory; null for nothing
     */
    SessionImage(String clientId, long epoch, @Nullable Scratch scratch) {
        this.clientId = clientId;
        this.epoch = epoch;
        this.body = new SessionBody(clientId, scratch);
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
        return body.isEmpty() && parts == null;
    }

    /** Refuses older epochs from now on; false, and nothing more, if this one is old itself. */
    synchronized boolean fence(long newer) {
        if (newer > epoch) {
            begin(newer, 0);
            drop();
        }
        return newer == epoch;
    }

    private void drop() {
        if (parts != null) {
            parts.body.clear();
            parts = null;
        }
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
     *     the offer has to begin anew, {@link Stored#DAMAGED} where it does not read
     */
    synchronized Stored offer(long home, long offer, long from, int count, byte[] bytes, Part kind, boolean last) {
        boolean offering = parts != null && body.isEmpty();
        if (home < epoch || home == epoch && !offering) {
            return home == epoch && !isTombstone() ? Stored.SAFE : Stored.FENCED;
        }
        Parts present = parts;
        if (from == 0 && (home > epoch || present == null || offer != present.number)) {
            begin(home, 0); // whoever writes goes on behind it
            body.clear();
            drop();
            present = new Parts(offer, new SessionBody(clientId, body.scratch()));
            parts = present;
        }
        if (home != epoch || present == null || offer != present.number) {
            return Stored.GAP;
        }
        Stored stored = added(present, from, count, bytes, kind);
        version = present.count;
        if (stored == Stored.SAFE && last) {
            body = present.body;
            parts = null;
        }
        return stored;
    }

    /**
     * Takes a part of a session that its home tells anew, since what is here may lack something. It takes the place of that
     * when all parts are there.
     *
     * @param writer the epoch
     * @param fromStream numbers the stream that begins with it
     * @param from how many records come before these
     * @param count how many these are
     * @param records of the stream for which the whole stands
     */
    synchronized Stored retell(
            long writer, long fromStream, long from, int count, byte[] bytes, Part kind, boolean last, long records) {
        if (!fence(writer) || fromStream < stream) {
            return Stored.FENCED;
        }
        if (fromStream == stream) {
            return Stored.SAFE; // all of it has come before
        }
        Parts present = parts;
        if (from == 0 && (present == null || fromStream != present.number)) {
            drop();
            present = new Parts(fromStream, new SessionBody(clientId, body.scratch()));
            parts = present;
        }
        if (present == null || fromStream != present.number) {
            return Stored.GAP;
        }
        Stored stored = added(present, from, count, bytes, kind);
        if (stored == Stored.SAFE && last) {
            try {
                present.body.unpack();
            } catch (UnreadableRecord damaged) {
                drop();
                return Stored.DAMAGED;
            }
            body.clear();
            body = present.body;
            parts = null;
            stream = fromStream;
            before = version;
            version += records;
        }
        return stored;
    }

    private static Stored added(Parts parts, long from, int count, byte[] bytes, Part kind) {
        try {
            return parts.add(from, count, bytes, kind);
        } catch (UnreadableRecord damaged) {
            return Stored.DAMAGED;
        }
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
        body.clear();
        drop();
        return true;
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
            body.unpack();
        } catch (UnreadableRecord damaged) {
            return Stored.DAMAGED;
        }
        int known = (int) Math.min(version - start - from, records.size());
        List<SessionRecord> fresh = records.subList(known, records.size());
        if (!body.hasSession() && !fresh.isEmpty() && !begins(fresh.get(0))) {
            return Stored.GAP;
        }
        if (fromStream != stream) {
            drop(); // whoever told it anew has given that up
        }
        stream = fromStream;
        before = start;
        try {
            for (SessionRecord record : fresh) {
                body.replay(record);
                version++; // one by one: where the disk is in the way what is here is here
            }
        } catch (UnreadableRecord damaged) {
            return Stored.DAMAGED;
        }
        return Stored.SAFE;
    }

    /** Whether there can be nothing before it: every session begins with a connection, or with what is left of one. */
    private static boolean begins(SessionRecord record) {
        return record instanceof SessionRecord.Attached
                || record instanceof SessionRecord.Parked
                || record instanceof SessionRecord.Ended;
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
     * @param from where it begins: 0, or as the part before it said
     * @param bytesMax after which it takes no more
     * @throws UnreadableRecord where it is damaged
     */
    synchronized SessionPage page(long from, int bytesMax) {
        SessionPage.Writer page = new SessionPage.Writer(from, bytesMax);
        body.writeTo(page);
        return page.end(version);
    }

    @Override
    public synchronized void writeData(ObjectDataOutput out) throws IOException {
        out.writeByte(FORMAT);
        out.writeString(clientId);
        out.writeLong(epoch);
        out.writeLong(version);
        out.writeLong(stream);
        out.writeLong(before);
        body.write(out);
        Parts coming = parts;
        out.writeBoolean(coming != null);
        if (coming != null) {
            out.writeLong(coming.number);
            out.writeLong(coming.count);
            coming.body.write(out);
        }
    }

    @Override
    public synchronized void readData(ObjectDataInput in) throws IOException {
        Wire.format(FORMAT, in, "session");
        clientId = Wire.text(in);
        epoch = in.readLong();
        version = in.readLong();
        stream = in.readLong();
        before = in.readLong();
        Scratch scratch = OnMember.scratch(in);
        body = new SessionBody(clientId, scratch);
        body.read(in);
        if (in.readBoolean()) {
            Parts coming = new Parts(in.readLong(), new SessionBody(clientId, scratch));
            coming.count = in.readLong();
            coming.body.read(in);
            parts = coming;
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
