package io.coppice.storage;

import static org.slf4j.MarkerFactory.getMarker;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The frames of RocksDB's logs: its write-ahead log and its manifest. They are looked through before RocksDB reads them,
 * because a frame whose type was damaged into one of recycled logs, of which there are none here, makes it read that frame for
 * ever (10.10.1), and the node would never start.
 *
 * <p>A file is made of blocks of 32 KiB, and a block of frames: a masked CRC-32C of type and content (4 bytes), the length of
 * the content (2), the type (1), all little-endian, and the content. A frame lies within one block; what is left of a block
 * and too short for a frame is padding.
 */
final class LogFrames {
    private static final Logger LOG = LoggerFactory.getLogger(LogFrames.class);
    private static final int BLOCK = 32 * 1_024;
    private static final int HEAD = 7;
    /** A whole record, or the first, a middle or the last part of one: the types that are written here. */
    private static final int TYPES = 4;
    /** No type at all, which RocksDB takes for the damage that it is. */
    private static final int UNKNOWN = 0x7f;

    private static final int CRC_MASK = 0xa282ead8;

    private LogFrames() {}

    /**
     * Puts back types that were damaged; where the content was too, the frame is made one that RocksDB refuses.
     *
     * @param place a directory with the files of a database that is not open; it need not be there
     * @return frames that were changed
     */
    static int mend(Path place) throws IOException {
        int mended = 0;
        if (Files.isDirectory(place)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(place, "{MANIFEST-*,*.log}")) {
                for (Path file : files) {
                    mended += mendFile(file);
                }
            }
        }
        return mended;
    }

    private static int mendFile(Path file) throws IOException {
        int mended = 0;
        byte[] block = new byte[BLOCK];
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            for (long begin = 0; begin < bytes.length(); begin += BLOCK) {
                bytes.seek(begin);
                int size = (int) Math.min(BLOCK, bytes.length() - begin);
                bytes.readFully(block, 0, size);
                mended += mendBlock(file, bytes, begin, ByteBuffer.wrap(block, 0, size));
            }
        }
        return mended;
    }

    /** RocksDB leaves out what comes behind damage in a block; so does this. */
    private static int mendBlock(Path file, RandomAccessFile bytes, long begin, ByteBuffer block) throws IOException {
        block.order(ByteOrder.LITTLE_ENDIAN);
        int mended = 0;
        int at = 0;
        while (block.limit() - at >= HEAD) {
            int crc = block.getInt(at);
            int length = block.getShort(at + 4) & 0xffff;
            int type = block.get(at + 6) & 0xff;
            if (at + HEAD + length > block.limit()) {
                break;
            }
            int right = typeOf(crc, type, block.array(), at + HEAD, length);
            if (right == UNKNOWN && (type <= TYPES || type == UNKNOWN)) {
                break; // padding, or damage that RocksDB notices by itself
            }
            if (right != type) {
                bytes.seek(begin + at + 6);
                bytes.write(right);
                mended++;
                LOG.error(
                        getMarker("journal-log-damaged"),
                        "{} is damaged: byte {} was {}, which is no type of a record here{}",
                        file.toAbsolutePath(),
                        begin + at + 6,
                        type,
                        right == UNKNOWN
                                ? ", and the record does not read"
                                : "; its checksum tells that it was " + right);
            }
            if (right == UNKNOWN) {
                break;
            }
            at += HEAD + length;
        }
        return mended;
    }

    /** Which type the checksum is of, most likely the one that is there; {@link #UNKNOWN} where it is of none. */
    private static int typeOf(int crc, int there, byte[] from, int at, int length) {
        if (there >= 1 && there <= TYPES && crcOf(there, from, at, length) == crc) {
            return there;
        }
        for (int type = 1; type <= TYPES; type++) {
            if (crcOf(type, from, at, length) == crc) {
                return type;
            }
        }
        return UNKNOWN;
    }

    private static int crcOf(int type, byte[] from, int at, int length) {
        CRC32C crc = new CRC32C();
        crc.update(type);
        crc.update(from, at, length);
        return Integer.rotateRight((int) crc.getValue(), 15) + CRC_MASK;
    }
}
