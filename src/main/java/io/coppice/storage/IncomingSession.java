package io.coppice.storage;

import io.coppice.port.Loop;
import io.coppice.session.SessionRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A session on its way from a store that nodes share to the journal of its new home: its queue part by part, none of which is
 * asked for before the one before it is written, and then the rest, as one change. What its home gets of it is read from the
 * journal. On its loop alone.
 */
final class IncomingSession {
    private final JournalWriter writer;
    private final String clientId;
    private final long epoch;
    /** Unlike that of any other. */
    private final long number;

    private final long queueMemoryMax;
    private final Loop loop;
    private final Consumer<@Nullable List<SessionRecord>> then;
    private final List<SessionRecord> others = new ArrayList<>();
    /** Which sequences were used, where no message says it. */
    private final List<SessionRecord> used = new ArrayList<>();

    private final StoredQueue queue = new StoredQueue();

    /**
     * @param queueMemoryMax weight of the messages that its home gets; the others it reads when their turn comes
     * @param then called once with what its home gets; with null where it could not be written or read
     */
    IncomingSession(
            JournalWriter writer,
            String clientId,
            long epoch,
            long number,
            long queueMemoryMax,
            Loop loop,
            Consumer<@Nullable List<SessionRecord>> then) {
        this.writer = writer;
        this.clientId = clientId;
        this.epoch = epoch;
        this.number = number;
        this.queueMemoryMax = queueMemoryMax;
        this.loop = loop;
        this.then = then;
    }

    /** Writes a part, and has the next one come. */
    void part(List<SessionRecord> records, Runnable next) {
        List<SessionRecord> messages = new ArrayList<>(records.size());
        long from = queue.messages;
        long before = queue.bytes;
        SessionRecord.Enqueued latest = null;
        for (SessionRecord record : records) {
            if (record instanceof SessionRecord.Enqueued message) {
                latest = message;
                messages.add(record);
                queue.messages++;
                queue.bytes += message.message().weight();
                queue.last = Math.max(queue.last, message.sequence());
                queue.shared += message.share() == null ? 0 : 1;
            } else if (record instanceof SessionRecord.Assigned sent
                    && latest != null
                    && latest.sequence() == sent.sequence()) {
                messages.add(record);
            } else if (record instanceof SessionRecord.Settled) {
                used.add(record);
            } else {
                others.add(record);
            }
        }
        if (messages.isEmpty()) {
            next.run();
            return;
        }
        writer.change(
                state -> {
                    if (from == 0) {
                        state.write();
                    }
                    state.coming().add(clientId, number, from, messages);
                },
                queue.bytes - before,
                safe -> loop.execute(() -> {
                    if (safe) {
                        next.run();
                    } else {
                        then.accept(null);
                    }
                }));
    }

    /** Writes what is left of it. */
    void last(List<SessionRecord> records) {
        part(records, this::end);
    }

    private void end() {
        boolean[] here = new boolean[1];
        writer.change(
                state -> {
                    state.write(); // what is taken out is looked for on disk
                    if (queue.messages == 0) {
                        state.coming().add(clientId, number, 0, List.of());
                    }
                    here[0] = state.coming().end(clientId, epoch, number, queue.messages, others);
                },
                Backlog.RECORD_WEIGHT * (1L + others.size()),
                safe -> loop.execute(() -> {
                    if (safe && here[0]) {
                        read();
                    } else {
                        then.accept(null);
                    }
                }));
    }

    private void read() {
        writer.read(
                journal -> new SessionReading(journal).records(clientId, queueMemoryMax, queue),
                records -> loop.execute(() -> {
                    if (records != null) {
                        records.addAll(used);
                    }
                    then.accept(records);
                }));
    }
}
