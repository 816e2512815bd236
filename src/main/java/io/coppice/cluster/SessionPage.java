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
    private static final int LAST = -1;

    private long version;
    private int next = LAST;
    private byte[] records = {};

    SessionPage() {}

    private SessionPage(long version, int next, byte[] records) {
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

    /** How many records come before the next page. */
    int next() {
        return next;
    }

    /** The records, one after the other. */
    byte[] records() {
        return records;
    }

    /** Takes the records of a session, all of them, in order, and keeps those of one page. */
    static final class Writer {
        private final int from;
        private final int bytesMax;
        private final ByteBuf out = Unpooled.buffer();
        private int taken;
        private int next = LAST;

        Writer(int from, int bytesMax) {
            this.from = from;
            this.bytesMax = bytesMax;
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
        out.writeInt(next);
        out.writeByteArray(records);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        version = in.readLong();
        next = in.readInt();
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
