package io.coppice.storage;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;

/**
 * Changes of the journal that are made together or not at all. They are written in the form in which RocksDB logs them
 * (sequence, count, then a tag, a column family and lengths with each), so that a whole group crosses into native code
 * once, not once for each change.
 */
final class Changes {
    private static final int HEADER_SIZE = 12;
    private static final int COUNT_INDEX = 8;
    private static final int DELETE = 0x4;
    private static final int PUT = 0x5;
    /** What one group had more of is not kept for the next one. */
    private static final int KEPT_BYTES_MAX = 1 << 20;

    private ByteBuf bytes = Unpooled.buffer();
    private int count;
    private int removals;

    Changes() {
        clear();
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** How many messages are taken out; what little else there is does not count. */
    int removals() {
        return removals;
    }

    int size() {
        return bytes.writerIndex();
    }

    void put(Family family, ByteBuf key, ByteBuf value) {
        begin(PUT, family);
        append(key);
        append(value);
    }

    void put(Family family, byte[] key, byte[] value) {
        begin(PUT, family);
        append(key);
        append(value);
    }

    void delete(Family family, ByteBuf key) {
        begin(DELETE, family);
        append(key);
        removals += family.hasMessages() ? 1 : 0;
    }

    void delete(Family family, byte[] key) {
        begin(DELETE, family);
        append(key);
        removals += family.hasMessages() ? 1 : 0;
    }

    private void begin(int tag, Family family) {
        count++;
        bytes.writeByte(tag);
        bytes.writeByte(family.ordinal());
    }

    private void append(ByteBuf part) {
        int size = part.readableBytes();
        length(size);
        bytes.writeBytes(part, part.readerIndex(), size);
    }

    private void append(byte[] part) {
        length(part.length);
        bytes.writeBytes(part);
    }

    /** Seven bits a byte, the lowest first. */
    private void length(int length) {
        int left = length;
        while (left > 0x7f) {
            bytes.writeByte(left & 0x7f | 0x80);
            left >>>= 7;
        }
        bytes.writeByte(left);
    }

    byte[] toBatch() {
        bytes.setIntLE(COUNT_INDEX, count);
        return Arrays.copyOf(bytes.array(), bytes.writerIndex());
    }

    void clear() {
        if (bytes.capacity() > KEPT_BYTES_MAX) {
            bytes = Unpooled.buffer();
        }
        bytes.clear().writeZero(HEADER_SIZE);
        count = 0;
        removals = 0;
    }
}
