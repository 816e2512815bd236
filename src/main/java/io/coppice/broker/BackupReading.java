package io.coppice.broker;

import io.coppice.mqtt.Message;
import io.coppice.port.Backup;
import io.coppice.port.Backup.Piece;
import io.coppice.session.SessionRecord;
import io.coppice.topic.RetainedTree;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One way through the retained messages and the sessions of the node, as far as somebody asks for more. A session is read on
 * its loop in one turn, some in each; one that has moved meanwhile is looked for on the other loops. Used by one after the
 * other, whichever loop that is.
 */
final class BackupReading implements Backup.Reading {
    /** Bytes in one answer, by weight; enough that asking costs little, and far less than a loop should be kept for. */
    private static final long ANSWER_BYTES = 256 << 10;

    private static final int MESSAGES_PER_TURN = 1_000;
    private static final int SESSIONS_PER_TURN = 64;
    /** What a record weighs besides its message. */
    private static final int RECORD_BYTES = 64;

    /** How often a session that is on its way is looked for, and after how long each time: together longer than a move takes. */
    private static final int TRIES = 100;

    private static final long RETRY_MILLIS = 50;

    private final Broker broker;
    private RetainedTree.@Nullable Cursor retained;
    /** Client identifiers by the loop on which the session was, null before they are known. */
    private @Nullable List<ArrayDeque<String>> left;

    private final ArrayDeque<String> elsewhere = new ArrayDeque<>();
    private long leftOut;
    /** The session of which a part was told. */
    private @Nullable String openClient;

    private Iterator<SessionRecord> openRecords = List.<SessionRecord>of().iterator();
    /** What of its queue is in the store alone and is still to be told. */
    private @Nullable BacklogReading openBacklog;

    BackupReading(Broker broker) {
        this.broker = broker;
        this.retained = broker.retained.tree.all();
    }

    /** One answer that is being put together. */
    private static final class Answer {
        final List<Piece> pieces = new ArrayList<>();
        long weight;

        boolean isFull() {
            return weight >= ANSWER_BYTES;
        }
    }

    private Shard first() {
        return broker.shards.get(0);
    }

    @Override
    public long leftOut() {
        return leftOut;
    }

    @Override
    public void next(Consumer<List<Piece>> then) {
        RetainedTree.Cursor cursor = retained;
        BacklogReading backlog = openBacklog;
        if (openClient != null && !openRecords.hasNext() && backlog != null) {
            backlog.next(ANSWER_BYTES, records -> {
                openRecords = records.iterator();
                openBacklog = backlog.isOver() ? null : backlog;
                leftOut += backlog.hasFailed() ? 1 : 0;
                goOnAndTell(then);
            });
        } else if (openClient != null) {
            goOnAndTell(then);
        } else if (cursor != null) {
            first().loop.execute(() -> retained(cursor, then));
        } else if (left == null) {
            left = new ArrayList<>();
            first().loop.execute(() -> findSessions(then));
        } else {
            sessions(left, then);
        }
    }

    private void goOnAndTell(Consumer<List<Piece>> then) {
        Answer answer = new Answer();
        goOn(answer);
        then.accept(answer.pieces);
    }

    // --- what is retained

    private void retained(RetainedTree.Cursor cursor, Consumer<List<Piece>> then) {
        Answer answer = new Answer();
        long now = first().loop.now();
        for (int looked = 0; looked < MESSAGES_PER_TURN && !answer.isFull(); looked++) {
            Message message = cursor.next();
            if (message == null) {
                retained = null;
                break;
            }
            // what the broker itself says it says again wherever it is
            if (!message.publisher().isEmpty() && !message.expiredAt(now)) {
                answer.pieces.add(new Piece.Retained(message));
                answer.weight += message.weight();
            }
        }
        tell(answer, then);
    }

    /** An answer without anything would be the last one. */
    private void tell(Answer answer, Consumer<List<Piece>> then) {
        if (answer.pieces.isEmpty()) {
            next(then);
        } else {
            then.accept(answer.pieces);
        }
    }

    // --- sessions

    /** Every loop is asked twice: who went from one that was asked later to one that was asked earlier is found then. */
    private void findSessions(Consumer<List<Piece>> then) {
        Set<String> known = new HashSet<>();
        List<ArrayDeque<String>> found = new ArrayList<>();
        broker.shards.forEach(shard -> found.add(new ArrayDeque<>()));
        askEveryLoop(
                known,
                found,
                () -> askEveryLoop(known, found, () -> {
                    left = found;
                    next(then);
                }));
    }

    private void askEveryLoop(Set<String> known, List<ArrayDeque<String>> found, Runnable then) {
        broker.onEveryLoop(
                first(),
                shard -> {
                    List<String> its = List.copyOf(shard.slots.keySet());
                    first().loop
                            .execute(() -> its.forEach(clientId -> {
                                if (known.add(clientId)) {
                                    found.get(shard.index).add(clientId);
                                }
                            }));
                },
                then);
    }

    private void sessions(List<ArrayDeque<String>> all, Consumer<List<Piece>> then) {
        for (int i = 0; i < all.size(); i++) {
            ArrayDeque<String> its = all.get(i);
            if (!its.isEmpty()) {
                Shard shard = broker.shards.get(i);
                shard.loop.execute(() -> sessions(shard, its, then));
                return;
            }
        }
        String clientId = elsewhere.poll();
        if (clientId == null) {
            then.accept(List.of());
        } else {
            seek(clientId, 0, false, TRIES, then);
        }
    }

    private void sessions(Shard shard, ArrayDeque<String> its, Consumer<List<Piece>> then) {
        Answer answer = new Answer();
        for (int looked = 0; looked < SESSIONS_PER_TURN && !answer.isFull(); looked++) {
            String clientId = its.poll();
            if (clientId == null) {
                break;
            }
            SessionSlot slot = shard.slots.get(clientId);
            if (slot == null || !slot.isSettled()) {
                elsewhere.add(clientId);
            } else {
                read(slot, answer);
            }
        }
        tell(answer, then);
    }

    /** One that ends with its connection is nobody's to keep. */
    private void read(SessionSlot slot, Answer answer) {
        if (slot.session.isPersistent()) {
            openClient = slot.clientId();
            List<SessionRecord> records = new ArrayList<>();
            slot.session.snapshot(records::add);
            openBacklog = BacklogReading.of(slot, records);
            openRecords = records.iterator();
            goOn(answer);
        }
    }

    private void goOn(Answer answer) {
        List<SessionRecord> part = new ArrayList<>();
        while (openRecords.hasNext() && (part.isEmpty() || !answer.isFull())) {
            SessionRecord record = openRecords.next();
            part.add(record);
            answer.weight += RECORD_BYTES + messageWeight(record);
        }
        boolean last = !openRecords.hasNext() && openBacklog == null;
        answer.pieces.add(new Piece.OfSession(String.valueOf(openClient), part, last));
        if (last) {
            openClient = null;
        }
    }

    static int messageWeight(SessionRecord record) {
        if (record instanceof SessionRecord.Enqueued enqueued) {
            return enqueued.message().weight();
        }
        return record instanceof SessionRecord.Accepted accepted
                ? accepted.message().weight()
                : 0;
    }

    /** Looks for a session on one loop after the other. One that is found on none has ended, unless it was passed by. */
    private void seek(String clientId, int loop, boolean moving, int triesLeft, Consumer<List<Piece>> then) {
        if (loop == broker.shards.size()) {
            if (triesLeft > 0 && (moving || triesLeft == TRIES)) {
                first().loop.after(RETRY_MILLIS, () -> seek(clientId, 0, false, triesLeft - 1, then));
            } else {
                leftOut += moving ? 1 : 0;
                next(then);
            }
            return;
        }
        Shard shard = broker.shards.get(loop);
        shard.loop.execute(() -> {
            SessionSlot slot = shard.slots.get(clientId);
            if (slot == null || !slot.isSettled()) {
                seek(clientId, loop + 1, moving || slot != null, triesLeft, then);
                return;
            }
            Answer answer = new Answer();
            read(slot, answer);
            tell(answer, then);
        });
    }
}
