package io.coppice.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What a connection has appended and not yet handed to the network. It holds no memory while it is empty.
 * Positions are counted in bytes since the connection began.
 */
final class OutputBuffer {
    private static final int CAPACITY_MIN = 128;
    private static final int CAPACITY_MAX = 4 * 1024;

    /** Closed pieces in order, before {@link #open}; null while there are none. */
    private @Nullable ArrayDeque<ByteBuf> sealed;

    private @Nullable ByteBuf open;
    private int capacity = CAPACITY_MIN;
    private long appended;
    private long taken;

    /** Where the next bytes are written; {@link #appended} must follow. */
    ByteBuf open(ByteBufAllocator allocator) {
        ByteBuf buffer = open;
        if (buffer == null) {
            buffer = allocator.directBuffer(capacity);
            open = buffer;
        }
        return buffer;
    }

    /** Tells how many bytes were written; none lets go of a buffer that was opened in vain. */
    void appended(int bytes) {
        appended += bytes;
        ByteBuf buffer = open;
        if (buffer != null && !buffer.isReadable()) {
            buffer.release();
            open = null;
        }
    }

    /** Appends a buffer as it is and becomes its owner. */
    void append(ByteBuf piece) {
        appended += piece.readableBytes();
        seal();
        seal(piece);
    }

    private void seal() {
        ByteBuf buffer = open;
        if (buffer != null) {
            open = null;
            seal(buffer);
        }
    }

    private void seal(ByteBuf piece) {
        ArrayDeque<ByteBuf> pieces = sealed;
        if (pieces == null) {
            pieces = new ArrayDeque<>(4);
            sealed = pieces;
        }
        pieces.add(piece);
    }

    /** The position after the last byte appended. */
    long end() {
        return appended;
    }

    /** Bytes appended and not taken. */
    long size() {
        return appended - taken;
    }

    /** Takes out the next piece that lies before a position, at most up to it; null when there is nothing more. The taker is its owner. */
    @Nullable
    ByteBuf take(long upTo) {
        long left = upTo - taken;
        ArrayDeque<ByteBuf> pieces = sealed;
        ByteBuf next = pieces == null ? open : pieces.peekFirst();
        if (left <= 0 || next == null) {
            return null;
        }
        int size = next.readableBytes();
        if (size > left) {
            // What is appended later must not touch memory that the network is reading.
            if (pieces == null) {
                seal();
            }
            taken += left;
            return next.readRetainedSlice((int) left);
        }
        taken += size;
        if (pieces == null) {
            open = null;
            capacity = Math.max(CAPACITY_MIN, Math.min(CAPACITY_MAX, (capacity + size) / 2));
        } else {
            pieces.removeFirst();
            if (pieces.isEmpty()) {
                sealed = null;
            }
        }
        return next;
    }

    /** Drops everything that was not taken. */
    void release() {
        ByteBuf piece;
        while ((piece = take(appended)) != null) {
            piece.release();
        }
    }
}
