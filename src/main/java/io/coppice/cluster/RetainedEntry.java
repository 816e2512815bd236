package io.coppice.cluster;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;

/** What a topic has: the bytes of its retained message, or a tombstone, with a version. */
final class RetainedEntry implements IdentifiedDataSerializable, Versioned {
    private static final int FORMAT = 1;

    private long version;
    private byte[] message = {};

    RetainedEntry() {}

    /** @param message as {@link io.coppice.codec.MessageCodec} writes it; empty for a tombstone */
    RetainedEntry(long version, byte[] message) {
        this.version = version;
        this.message = message;
    }

    @Override
    public long epoch() {
        return 0;
    }

    @Override
    public long version() {
        return version;
    }

    boolean isTombstone() {
        return message.length == 0;
    }

    byte[] message() {
        return message;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeByte(FORMAT);
        out.writeLong(version);
        out.writeByteArray(message);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        Wire.format(FORMAT, in, "retained message");
        version = in.readLong();
        message = Wire.bytes(in);
    }

    @Override
    public int getFactoryId() {
        return WireFactory.ID;
    }

    @Override
    public int getClassId() {
        return WireFactory.RETAINED_ENTRY;
    }
}
