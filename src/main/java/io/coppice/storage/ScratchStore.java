package io.coppice.storage;

import io.coppice.port.Scratch;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.AbstractNativeReference;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.CompressionType;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.WriteOptions;

/**
 * A RocksDB of its own, beside the journal: it logs nothing, and is emptied whenever it is opened. A key is the number of the
 * shelf and that of the piece, 8 bytes each.
 */
final class ScratchStore implements Scratch, AutoCloseable {
    private static final long CACHE_BYTES = 16L << 20;
    private static final long WRITE_BUFFER_BYTES = 16L << 20;
    private static final int WRITE_BUFFERS = 3;
    /** Files that were not merged yet: what comes in is mostly read once and taken out, and need not wait for that. */
    private static final int UNMERGED_FILES_SLOW = 64;

    private static final int UNMERGED_FILES_STOP = 128;

    private final List<AbstractNativeReference> parts = new ArrayList<>();
    private final WriteOptions writing;
    private final RocksDB db;
    private final AtomicLong shelves = new AtomicLong();
    private final Cleaner cleaner = Cleaner.create();
    /** Held for reading by who uses the store, for writing by who closes it. */
    private final ReadWriteLock use = new ReentrantReadWriteLock();

    private boolean closed;

    private ScratchStore(Path place) throws RocksDBException {
        writing = keep(new WriteOptions()).setDisableWAL(true);
        Options options = keep(new Options())
                .setCreateIfMissing(true)
                .setWriteBufferSize(WRITE_BUFFER_BYTES)
                .setMaxWriteBufferNumber(WRITE_BUFFERS)
                .setLevel0SlowdownWritesTrigger(UNMERGED_FILES_SLOW)
                .setLevel0StopWritesTrigger(UNMERGED_FILES_STOP)
                .setMaxBackgroundJobs(2)
                .setStatsDumpPeriodSec(0)
                .setStatsPersistPeriodSec(0)
                .setCompressionType(CompressionType.LZ4_COMPRESSION)
                .setTableFormatConfig(new BlockBasedTableConfig().setBlockCache(keep(new LRUCache(CACHE_BYTES))))
                .setLogger(keep(new RockLog()));
        try {
            db = RocksDB.open(options, place.toString());
        } catch (RocksDBException e) {
            release();
            throw e;
        }
    }

    /**
     * Opens an empty one, whatever was there.
     *
     * @throws JournalFault where the disk is in the way
     */
    static ScratchStore open(Path directory) throws JournalFault {
        Journal.load(directory);
        Path place = directory.resolve("scratch");
        try {
            delete(place);
            Files.createDirectories(place);
            return new ScratchStore(place);
        } catch (IOException | RocksDBException e) {
            throw new JournalFault("node.data: " + place.toAbsolutePath() + " cannot be used: " + e.getMessage(), e);
        }
    }

    private static void delete(Path place) throws IOException {
        if (!Files.exists(place)) {
            return;
        }
        Files.walkFileTree(place, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException fault) throws IOException {
                if (fault != null) {
                    throw fault;
                }
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private <T extends AbstractNativeReference> T keep(T part) {
        parts.add(part);
        return part;
    }

    private void release() {
        parts.forEach(AbstractNativeReference::close);
        parts.clear();
    }

    @Override
    public Shelf shelf() {
        long number = shelves.incrementAndGet();
        StoredShelf shelf = new StoredShelf(this, number);
        // Copies come and go with partitions, and nobody says so.
        cleaner.register(shelf, () -> forgotten(number));
        return shelf;
    }

    private void forgotten(long shelf) {
        try {
            run(() -> removeAll(shelf));
        } catch (Fault ignored) {
            // nobody misses the room before the next start
        }
    }

    private void removeAll(long shelf) throws RocksDBException {
        db.deleteRange(writing, key(shelf, 0), key(shelf + 1, 0));
    }

    private interface Access {
        void run() throws RocksDBException;
    }

    private void run(Access access) {
        use.readLock().lock();
        try {
            if (closed) {
                throw new Fault("the node's scratch is closed", null);
            }
            access.run();
        } catch (RocksDBException e) {
            throw new Fault("the node's scratch cannot be used: " + e.getMessage(), e);
        } finally {
            use.readLock().unlock();
        }
    }

    private static byte[] key(long shelf, long number) {
        return ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(shelf)
                .putLong(number)
                .array();
    }

    /** One shelf; knows nothing but its number, so that it can be forgotten. */
    private static final class StoredShelf implements Shelf {
        private final ScratchStore store;
        private final long shelf;

        StoredShelf(ScratchStore store, long shelf) {
            this.store = store;
            this.shelf = shelf;
        }

        @Override
        public void put(long number, byte[] piece) {
            store.run(() -> store.db.put(store.writing, key(shelf, number), piece));
        }

        @Override
        public byte @Nullable [] get(long number) {
            byte[][] found = new byte[1][];
            store.run(() -> found[0] = store.db.get(key(shelf, number)));
            return found[0];
        }

        @Override
        public void remove(long number) {
            store.run(() -> store.db.delete(store.writing, key(shelf, number)));
        }

        @Override
        public void read(long after, Visitor visitor) {
            store.run(() -> {
                try (Slice end = new Slice(key(shelf + 1, 0));
                        ReadOptions reading = new ReadOptions().setIterateUpperBound(end);
                        RocksIterator iterator = store.db.newIterator(reading)) {
                    boolean more = true;
                    for (iterator.seek(key(shelf, after + 1)); more && iterator.isValid(); iterator.next()) {
                        long number = ByteBuffer.wrap(iterator.key()).getLong(Long.BYTES);
                        more = visitor.found(number, iterator.value());
                    }
                    iterator.status();
                }
            });
        }

        @Override
        public void clear() {
            store.run(() -> store.removeAll(shelf));
        }
    }

    @Override
    public void close() {
        use.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                db.close();
                release();
            }
        } finally {
            use.writeLock().unlock();
        }
    }
}
