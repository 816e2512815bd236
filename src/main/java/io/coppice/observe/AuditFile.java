package io.coppice.observe;

import static org.slf4j.MarkerFactory.getMarker;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An audit in a file, written on a thread of its own. What could not be written is tried again until it can. */
public final class AuditFile implements Audit {
    private static final Logger LOG = LoggerFactory.getLogger(AuditFile.class);
    /** Lines on their way to the thread, and as many that could not be written. */
    private static final int WAITING_MAX = 1_000;

    private static final int BATCH_MAX = 100;
    private static final long AGAIN_MILLIS = 500;
    private static final long IDLE_MILLIS = 60_000;
    private static final long CLOSE_MILLIS_MAX = 5_000;

    private record Item(String line, @Nullable Consumer<String> then) {}

    /** Wakes the thread up. */
    private static final Item NOTHING = new Item("", null);

    private final Path path;
    private final AuditWriter writer;
    private final BlockingQueue<Item> queue = new ArrayBlockingQueue<>(WAITING_MAX);
    private final AtomicLong lost = new AtomicLong();
    private final Thread thread = new Thread(this::run, "coppice-audit");
    private volatile String fault = "";
    private volatile boolean closed;

    // Only of the thread.
    private final Deque<String> unwritten = new ArrayDeque<>();

    private AuditFile(Path path, AuditWriter writer) {
        this.path = path;
        this.writer = writer;
        thread.setDaemon(true);
    }

    /**
     * Opens or makes the file; a new one can be read by its owner only.
     *
     * @param bytesMax at which it is renamed and a new one begun, 0 for never
     * @param files that are kept, the newest included
     * @throws IOException if it cannot be written
     */
    public static AuditFile open(Path path, long bytesMax, int files) throws IOException {
        AuditWriter writer = new AuditWriter(path, bytesMax, files);
        try {
            writer.opened();
        } catch (IOException unwritable) {
            throw new IOException("admin.audit-file: " + reason(path, unwritable), unwritable);
        }
        AuditFile audit = new AuditFile(path, writer);
        audit.thread.start();
        return audit;
    }

    @Override
    public void before(String line, Consumer<String> then) {
        if (closed || !queue.offer(new Item(line, then))) {
            then.accept(closed ? "the node stops" : "too much waits to be written to " + path);
        }
    }

    @Override
    public void note(String line) {
        if (closed || !queue.offer(new Item(line, null))) {
            lost.incrementAndGet();
        }
    }

    @Override
    public String fault() {
        return fault;
    }

    @Override
    public long lost() {
        return lost.get();
    }

    private void run() {
        List<Item> batch = new ArrayList<>();
        while (!closed || !queue.isEmpty()) {
            batch.clear();
            try {
                Item first = queue.poll(fault.isEmpty() ? IDLE_MILLIS : AGAIN_MILLIS, TimeUnit.MILLISECONDS);
                if (first != null) {
                    batch.add(first);
                    queue.drainTo(batch, BATCH_MAX - 1);
                    batch.remove(NOTHING);
                }
            } catch (InterruptedException stopped) {
                return;
            }
            if (!batch.isEmpty() || !unwritten.isEmpty() || !fault.isEmpty()) {
                write(batch);
            }
        }
        writer.close();
    }

    private void write(List<Item> batch) {
        List<String> lines = new ArrayList<>(unwritten);
        batch.forEach(item -> lines.add(item.line));
        String why = "";
        try {
            if (lines.isEmpty()) {
                writer.tried();
            } else {
                writer.append(lines);
            }
            unwritten.clear();
        } catch (IOException | RuntimeException broken) {
            why = reason(path, broken);
        }
        tell(why);
        for (Item item : batch) {
            if (item.then != null) {
                item.then.accept(why);
            } else if (!why.isEmpty()) {
                keep(item.line);
            }
        }
    }

    private void tell(String why) {
        if (fault.isEmpty() && !why.isEmpty()) {
            LOG.error(
                    getMarker("audit-failed"),
                    "The audit cannot be written, and changes by way of the admin port are refused until it can: {}",
                    why);
        } else if (!fault.isEmpty() && why.isEmpty()) {
            LOG.info(getMarker("audit-resumed"), "The audit can be written again: {}", path);
        }
        fault = why;
    }

    private void keep(String line) {
        if (unwritten.size() >= WAITING_MAX) {
            unwritten.removeFirst();
            lost.incrementAndGet();
        }
        unwritten.addLast(line);
    }

    private static String reason(Path path, Exception fault) {
        if (fault instanceof NoSuchFileException) {
            return path + ": there is no such directory";
        }
        String message =
                Objects.requireNonNullElse(fault.getMessage(), fault.getClass().getSimpleName());
        return message.startsWith(path.toString())
                ? path + " cannot be written (" + fault.getClass().getSimpleName() + ")"
                : path + ": " + message;
    }

    /** Writes what waits, for some seconds at most, and lets go of the file. */
    @Override
    public void close() {
        closed = true;
        if (!queue.offer(NOTHING)) {
            LOG.debug("the thread of the audit has work, and need not be woken up");
        }
        try {
            thread.join(CLOSE_MILLIS_MAX);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
