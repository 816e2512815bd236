package io.coppice.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of one connection that were read and not decoded: the beginning of a packet that has not yet come whole, or what came while
 * nobody wanted it. A connection at rest holds none.
 */
final class InputTail {
    /** The least that is set aside for a packet that has begun, if it is as large. */
    private static final int ROOM_MIN = 4 * 1024;

    private @Nullable ByteBuf bytes;

    /** What is kept, to be decoded where it lies; null where nothing is. */
    @Nullable
    ByteBuf bytes() {
        return bytes;
    }

    boolean isEmpty() {
        return bytes == null;
    }

    /** What is kept, which is from now on whoever's takes it. */
    @Nullable
    ByteBuf take() {
        ByteBuf kept = bytes;
        bytes = null;
        return kept;
    }

    /**
     * Keeps what was not decoded of a buffer, in no more memory than it needs, and lets go of the buffer. Nothing else is kept.
     *
     * @param wanted the size of the packet that has begun, as far as it is known
     */
    void keepRest(ByteBuf in, int wanted, ByteBufAllocator allocator) {
        int rest = in.readableBytes();
        if (rest == 0) {
            in.release();
        } else if (rest >= in.capacity() / 2 && in.unwrap() == null) {
            bytes = in;
        } else {
            bytes = room(rest, wanted, allocator);
            bytes.writeBytes(in);
            in.release();
        }
    }

    /** Moves bytes of a buffer behind what is kept, if anything is. */
    void append(ByteBuf in, int size, int wanted, ByteBufAllocator allocator) {
        ByteBuf kept = bytes;
        if (kept == null) {
            return;
        }
        if (kept.writableBytes() < size) {
            ByteBuf larger = room(kept.readableBytes() + size, wanted, allocator);
            larger.writeBytes(kept);
            kept.release();
            bytes = larger;
            kept = larger;
        }
        kept.writeBytes(in, size);
    }

    /** Room for bytes that are here, and in steps for those that the packet still lacks: a header alone must not cost what it announces. */
    private static ByteBuf room(int here, int wanted, ByteBufAllocator allocator) {
        int ahead = Math.min(wanted, Math.max(ROOM_MIN, 2 * here));
        return allocator.directBuffer(Math.max(here, ahead));
    }

    void release() {
        if (bytes != null) {
            bytes.release();
            bytes = null;
        }
    }
}
