package io.coppice.storage;

import static org.slf4j.MarkerFactory.getMarker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rocksdb.AbstractNativeReference;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.MutableColumnFamilyOptions;
import org.rocksdb.NativeLibraryLoader;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Status;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's own store on disk: sorted keys in a few families, changed by groups that are there wholly or not at all. Safe
 * for several threads, of which one writes. Nothing but this and {@link ScratchStore} knows RocksDB.
 */
final class Journal implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);
    private static final String BACKGROUND_ERRORS = "rocksdb.background-errors";
    /** What it has to do on disk, or does. */
    private static final List<String> WORK = List.of(
            "rocksdb.mem-table-flush-pending",
            "rocksdb.num-running-flushes",
            "rocksdb.compaction-pending",
            "rocksdb.num-running-compactions");

    private static final String FILE_MISSING = "No such file or directory";
    private static final long CACHE_BYTES = 32L << 20;
    private static final long WRITE_BUFFER_BYTES = 64L << 20;
    private static final long LOG_BYTES_MAX = 256L << 20;
    private static final long MANIFEST_BYTES_MAX = 16L << 20;
    private static final int BLOOM_BITS = 10;
    /** So many new files are put in order together. */
    private static final int NEW_FILES = 4;

    /** What is to be done with what is found. */
    interface Visitor {
        void found(byte[] key, byte[] value) throws JournalFault;
    }

    /** As above, until it has enough. */
    interface Search {
        /** Whether the next one is wanted too. */
        boolean found(byte[] key, byte[] value) throws JournalFault;
    }

    private final List<AbstractNativeReference> parts = new ArrayList<>();
    private final Map<Family, ColumnFamilyHandle> families = new EnumMap<>(Family.class);
    private final WriteOptions writing = new WriteOptions();
    private final RocksDB db;
    private final FormatMark format;
    private volatile int damages;
    private boolean thrifty;
    private boolean closed;

    /** How much is put up with in what is found when a journal is opened. */
    enum Tolerance {
        /** The last change may be cut off, as a killed process leaves it. */
        NONE,
        /** Changes that were logged and do not read are left out. */
        OF_THE_LOG,
        /** The log is read as far as it is whole; what was logged behind the first damage is left out. */
        OF_THE_REST_OF_THE_LOG,
        /** Also files are that are not there, or are others than they were. */
        OF_FILES
    }

    /**
     * Opens a journal, and makes it where there is none.
     *
     * @throws JournalFault where the disk is in the way, or what is there is damaged or from a newer release
     */
    Journal(Path place, JournalOptions options, Tolerance tolerance) throws JournalFault {
        writing.setSync(options.sync());
        parts.add(writing);
        try {
            this.db = opened(place, tolerance);
        } catch (RocksDBException e) {
            release();
            throw fault("the journal in " + place.toAbsolutePath() + " cannot be opened", e);
        }
        try {
            this.format = FormatMark.of(this, place, options.formats());
        } catch (JournalFault e) {
            close();
            throw e;
        }
    }

    /**
     * Makes what is needed of the native code available.
     *
     * @param directory has a place of its own for it, or every start that is killed would leave a copy behind
     */
    static void load(Path directory) throws JournalFault {
        try {
            Path library = Files.createDirectories(directory.resolve("native"));
            NativeLibraryLoader.getInstance().loadLibrary(library.toString());
        } catch (IOException e) {
            throw new JournalFault("node.data: " + directory.toAbsolutePath() + " cannot be used: " + e, e);
        } catch (UnsatisfiedLinkError e) {
            throw new JournalFault(
                    "the journal's native library cannot be loaded from " + directory.toAbsolutePath() + "/native: "
                            + e.getMessage()
                            + ". With durability: memory nothing is kept on disk, and it is not needed.",
                    e);
        }
    }

    private RocksDB opened(Path place, Tolerance tolerance) throws RocksDBException {
        DBOptions options = keep(new DBOptions())
                .setCreateIfMissing(true)
                .setCreateMissingColumnFamilies(true)
                .setDbWriteBufferSize(WRITE_BUFFER_BYTES)
                .setMaxTotalWalSize(LOG_BYTES_MAX)
                // or each new log takes 64 MiB in advance, of a disk on which that may be half of what is left
                .setAllowFAllocate(false)
                .setMaxManifestFileSize(MANIFEST_BYTES_MAX)
                .setStatsDumpPeriodSec(0)
                .setStatsPersistPeriodSec(0)
                .setMaxBackgroundJobs(2)
                .setAllowConcurrentMemtableWrite(false)
                .setWalRecoveryMode(
                        switch (tolerance) {
                            case NONE -> WALRecoveryMode.TolerateCorruptedTailRecords;
                            case OF_THE_REST_OF_THE_LOG -> WALRecoveryMode.PointInTimeRecovery;
                            case OF_THE_LOG, OF_FILES -> WALRecoveryMode.SkipAnyCorruptedRecords;
                        })
                .setBestEffortsRecovery(tolerance == Tolerance.OF_FILES)
                .setLogger(keep(new RockLog()));
        Cache cache = keep(new LRUCache(CACHE_BYTES));
        ColumnFamilyOptions each = keep(new ColumnFamilyOptions())
                .setTableFormatConfig(new BlockBasedTableConfig()
                        .setBlockCache(cache)
                        .setFilterPolicy(keep(new BloomFilter(BLOOM_BITS)))
                        .setCacheIndexAndFilterBlocks(true)
                        .setPinL0FilterAndIndexBlocksInCache(true))
                .setLevel0FileNumCompactionTrigger(NEW_FILES)
                .setCompressionType(CompressionType.LZ4_COMPRESSION)
                .setLevelCompactionDynamicLevelBytes(true);
        List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
        for (Family family : Family.values()) {
            descriptors.add(new ColumnFamilyDescriptor(family.label(), each));
        }
        List<ColumnFamilyHandle> handles = new ArrayList<>();
        RocksDB opened = RocksDB.open(options, place.toString(), descriptors, handles);
        for (Family family : Family.values()) {
            families.put(family, handles.get(family.ordinal()));
        }
        return opened;
    }

    /** The format in which keys and values are to be written. */
    FormatMark format() {
        return format;
    }

    private <T extends AbstractNativeReference> T keep(T part) {
        parts.add(part);
        return part;
    }

    private static JournalFault fault(String what, RocksDBException e) {
        return new JournalFault(what + ": " + e.getMessage(), isDamage(e), e);
    }

    /** Whether what is on disk is to blame, and not the disk. */
    private static boolean isDamage(RocksDBException e) {
        Status status = e.getStatus();
        return status != null
                && (status.getCode() == Status.Code.Corruption
                        || String.valueOf(e.getMessage()).contains(FILE_MISSING));
    }

    private ColumnFamilyHandle handle(Family family) {
        ColumnFamilyHandle handle = families.get(family);
        if (handle == null) {
            throw new IllegalStateException("no family " + family);
        }
        return handle;
    }

    /** Makes changes, all or none; what is written before is there too. */
    void write(Changes changes) throws JournalFault {
        try (WriteBatch batch = new WriteBatch(changes.toBatch())) {
            db.write(writing, batch);
        } catch (RocksDBException e) {
            throw fault("the journal cannot be written", e);
        }
    }

    /**
     * Whether room is given back as soon as deletions are on disk, which costs more writing. Otherwise new files are only looked
     * at once there are a few of them, and where nothing new may be written there never are.
     */
    void setThrifty(boolean thrifty) throws JournalFault {
        if (this.thrifty == thrifty) {
            return;
        }
        MutableColumnFamilyOptions files = MutableColumnFamilyOptions.builder()
                .setLevel0FileNumCompactionTrigger(thrifty ? 1 : NEW_FILES)
                .build();
        try {
            for (Family family : Family.values()) {
                if (family.hasMessages()) {
                    db.setOptions(handle(family), files);
                }
            }
        } catch (RocksDBException e) {
            throw fault("the journal cannot be written", e);
        }
        this.thrifty = thrifty;
    }

    /**
     * Begins to give back the room of what was deleted, and returns at once. Deletions are small: they could stay in memory for
     * days, and what they delete on disk.
     *
     * @return false where it is still at work on what was begun before; then nothing more is begun
     */
    boolean reclaim() throws JournalFault {
        try (FlushOptions later = new FlushOptions().setWaitForFlush(false)) {
            for (String work : WORK) {
                if (db.getAggregatedLongProperty(work) > 0) {
                    return false;
                }
            }
            db.flush(later, List.copyOf(families.values()));
            for (Family family : Family.values()) {
                if (family.hasMessages()) {
                    db.suggestCompactRange(handle(family));
                }
            }
            return true;
        } catch (RocksDBException e) {
            throw fault("the journal cannot be written", e);
        }
    }

    /** What a key has; null also where that is damaged, which is told of. */
    byte @Nullable [] get(Family family, byte[] key) throws JournalFault {
        try {
            return db.get(handle(family), key);
        } catch (RocksDBException e) {
            if (isDamage(e)) {
                damaged(family, e);
                return null;
            }
            throw fault("the journal cannot be read", e);
        }
    }

    /**
     * Shows what there is between two keys, in their order; what is damaged is left out, and told of.
     *
     * @param to what is at it or behind it is not shown; null for everything
     */
    void scan(Family family, byte[] from, byte @Nullable [] to, Visitor visitor) throws JournalFault {
        search(family, from, to, (key, value) -> {
            visitor.found(key, value);
            return true;
        });
    }

    /** As above, as far as it is wanted. */
    void search(Family family, byte[] from, byte @Nullable [] to, Search search) throws JournalFault {
        try (ReadOptions reading = new ReadOptions();
                Slice end = to == null ? null : new Slice(to)) {
            if (end != null) {
                reading.setIterateUpperBound(end);
            }
            try (RocksIterator iterator = db.newIterator(handle(family), reading)) {
                byte[] at = from;
                while (at != null) {
                    at = search(family, iterator, at, to, search);
                }
            }
        } catch (RocksDBException e) {
            throw fault("the journal cannot be read", e);
        }
    }

    /** @return where to go on behind something that is damaged; null for nowhere */
    private byte @Nullable [] search(
            Family family, RocksIterator iterator, byte[] from, byte @Nullable [] to, Search search)
            throws RocksDBException, JournalFault {
        byte[] reached = from;
        iterator.seek(from);
        while (iterator.isValid()) {
            reached = iterator.key();
            if (!search.found(reached, iterator.value())) {
                return null;
            }
            iterator.next();
        }
        try {
            iterator.status();
            return null;
        } catch (RocksDBException e) {
            if (!isDamage(e)) {
                throw e;
            }
            damaged(family, e);
            return KeySearch.first(Arrays.copyOf(reached, reached.length + 1), to, key -> isReadable(iterator, key));
        }
    }

    private static boolean isReadable(RocksIterator iterator, byte[] key) {
        iterator.seek(key);
        if (iterator.isValid()) {
            return true;
        }
        try {
            iterator.status();
            return true; // nothing is left
        } catch (RocksDBException damaged) {
            return false;
        }
    }

    private void damaged(Family family, RocksDBException e) {
        damages++;
        LOG.error(
                getMarker("journal-damaged"),
                "The journal is damaged, in {}: {}. What is there is lost.",
                family,
                e.getMessage());
    }

    /** Places that did not read since it was opened. */
    int damages() {
        return damages;
    }

    /** As above, everything of a family. */
    void scan(Family family, Visitor visitor) throws JournalFault {
        scan(family, new byte[0], null, visitor);
    }

    /** Everything that begins with a session's prefix, see {@link Keys}. */
    void scanSession(Family family, byte[] prefix, Visitor visitor) throws JournalFault {
        scan(family, prefix, Keys.behind(prefix), visitor);
    }

    /**
     * Has a write fail that RocksDB holds back because it could not write in the background: it may do so for good, also when
     * there is room again. Any thread.
     *
     * @return whether that is so; then this is to be closed, and opened again
     */
    synchronized boolean interrupt() {
        try {
            if (closed || db.getLongProperty(BACKGROUND_ERRORS) == 0) {
                return false;
            }
        } catch (RocksDBException e) {
            return false;
        }
        db.cancelAllBackgroundWork(false);
        return true;
    }

    @Override
    public synchronized void close() {
        closed = true;
        families.values().forEach(ColumnFamilyHandle::close);
        families.clear();
        db.close();
        release();
    }

    private void release() {
        parts.forEach(AbstractNativeReference::close);
        parts.clear();
    }
}
