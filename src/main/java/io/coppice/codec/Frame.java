package io.coppice.codec;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The envelope of everything that is stored or forwarded: format version (1 byte), kind (1), length of the
 * body (4), body, CRC-32C of all of these (4); numbers big-endian. The envelope itself is the same in every
 * version, so that a damaged record and a newer one can be told apart.
 */
final class Frame {
    /** The format of everything that is stored, and the first of parcels. */
    static final int VERSION = 1;

    static final int HEADER_SIZE = 6;
    private static final int CHECKSUM_SIZE = 4;

    private Frame() {}

    /** Writes what goes before the body; gives the mark for {@link #end}. */
    static int begin(int kind, ByteBuf out) {
        return begin(VERSION, kind, out);
    }

    /** As above, in a certain format. */
    static int begin(int version, int kind, ByteBuf out) {
        int mark = out.writerIndex();
        out.writeByte(version);
        out.writeByte(kind);
        out.writeInt(0);
        return mark;
    }

    /** Writes what goes after the body. */
    static void end(int mark, ByteBuf out) {
        int size = out.writerIndex() - mark;
        out.setInt(mark + 2, size - HEADER_SIZE);
        out.writeInt(checksum(out, mark, size));
    }

    /**
     * Reads one envelope, moves the buffer's reader index past it and the reader to its body.
     *
     * @return the kind
     * @throws UnreadableRecord where it is not whole, changed or newer; the reader index is untouched then
     */
    static int open(ByteBuf in, PacketReader body) {
        return open(in, body, VERSION);
    }

    /** As above, where formats up to {@code newest} are known. */
    static int open(ByteBuf in, PacketReader body, int newest) {
        int start = in.readerIndex();
        int size = size(in);
        int checked = size - CHECKSUM_SIZE;
        if (in.getInt(start + checked) != checksum(in, start, checked)) {
            throw new UnreadableRecord(
                    UnreadableRecord.Fault.CORRUPT, "the checksum of a record of " + size + " bytes is wrong");
        }
        int version = in.getUnsignedByte(start);
        if (version > newest) {
            throw new UnreadableRecord(
                    UnreadableRecord.Fault.NEWER,
                    "the record has format " + version + "; this release reads up to " + newest);
        }
        body.begin(in, start + HEADER_SIZE, checked - HEADER_SIZE);
        in.readerIndex(start + size);
        return in.getUnsignedByte(start + 1);
    }

    /**
     * Bytes of the envelope that comes next; nothing but its length is looked at.
     *
     * @throws UnreadableRecord where it is not whole
     */
    static int size(ByteBuf in) {
        int readable = in.readableBytes();
        if (readable < HEADER_SIZE + CHECKSUM_SIZE) {
            throw new UnreadableRecord(
                    UnreadableRecord.Fault.CUT_OFF, "a record has at least 10 bytes, here are " + readable);
        }
        long size = HEADER_SIZE + in.getUnsignedInt(in.readerIndex() + 2) + CHECKSUM_SIZE;
        if (size > readable) {
            throw new UnreadableRecord(
                    UnreadableRecord.Fault.CUT_OFF, "the record has " + size + " bytes, here are " + readable);
        }
        return (int) size;
    }

    private static int checksum(ByteBuf bytes, int index, int length) {
        CRC32C checksum = new CRC32C();
        if (bytes.hasArray()) {
            checksum.update(bytes.array(), bytes.arrayOffset() + index, length);
        } else {
            for (ByteBuffer part : bytes.nioBuffers(index, length)) {
                checksum.update(part);
            }
        }
        return (int) checksum.getValue();
    }
}
