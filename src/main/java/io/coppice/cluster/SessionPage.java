package io.coppice.cluster;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import io.coppice.codec.RecordCodec;
import io.coppice.session.SessionRecord;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.Arrays;

/** Some of the records that make a session: a long queue leaves its member in several pieces, so that no partition waits for it. */
final class SessionPage implements IdentifiedDataSerializable {
    private static final long LAST = -1;
    /** What is at least this is a sequence and not a number of records. */
    private static final long SEQUENCE = 1L << 62;

    private long version;
    private long next = LAST;
    private byte[] records = {};

    SessionPage() {}

    private SessionPage(long version, long next, byte[] records) {
        this.version = version;
        this.next = next;
        this.records = records;
    }

    /** Of the session that it is part of. */
    long version() {
        return version;
    }

    boolean isLast() {
        return next == LAST;
    }

    /** Where the next page begins, for {@link Writer}. */
    long next() {
        return next;
    }

    /** The records, one after the other. */
    byte[] records() {
        return records;
    }

    /**
     * Takes the records of a session in order, and keeps those of one page: first all that are in memory, then messages from
     * behind these, of which nobody has to show those that come before the page.
     */
    static final class Writer {
        private final long from;
        private final int bytesMax;
        private final ByteBuf out = Unpooled.buffer();
        private int taken;
        /** The sequence of the last message from behind. */
        private long reached;

        private long next = LAST;

        /** @param from where the page begins: 0, or as the page before it said */
        Writer(long from, int bytesMax) {
            this.from = from;
            this.bytesMax = bytesMax;
            this.reached = Math.max(0, from - SEQUENCE);
        }

        /** Whether there may be something for it among the records that are in memory. */
        boolean wantsFirst() {
            return from < SEQUENCE;
        }

        /** The sequence behind which messages from behind are wanted. */
        long behind() {
            return reached;
        }

        /** A message from behind; whether more are wanted. */
        boolean takeBehind(long sequence, byte[] record) {
            if (next == LAST && out.writerIndex() >= bytesMax) {
                next = SEQUENCE + reached;
            }
            if (next != LAST) {
                return false;
            }
            out.writeBytes(record);
            reached = sequence;
            return true;
        }

        void take(SessionRecord record) {
            if (isWanted()) {
                RecordCodec.encode(record, out);
            }
        }

        /** A record that is encoded already, which is read or skipped. */
        void take(ByteBuf in, int size) {
            if (isWanted()) {
                out.writeBytes(in, size);
            } else {
                in.skipBytes(size);
            }
        }

        private boolean isWanted() {
            int number = taken++;
            if (number < from || next != LAST) {
                return false;
            }
            if (out.writerIndex() >= bytesMax) {
                next = number;
                return false;
            }
            return true;
        }

        SessionPage end(long version) {
            return new SessionPage(version, next, Arrays.copyOf(out.array(), out.writerIndex()));
        }
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeLong(version);
        out.writeLong(next);
        out.writeByteArray(records);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        version = in.readLong();
        next = in.readLong();
        records = Wire.bytes(in);
    }

    @Override
    public int getFactoryId() {
        return WireFactory.ID;
    }

    @Override
    public int getClassId() {
        return WireFactory.SESSION_PAGE;
    }
}
