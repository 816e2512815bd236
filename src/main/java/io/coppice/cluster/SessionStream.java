package io.coppice.cluster;

import io.coppice.codec.RecordCodec;
import io.coppice.session.SessionRecord;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The records of one session in one epoch, on their way to its copies: one batch at a time, and what comes meanwhile
 * goes together in the next. Used on the loop of its writer alone.
 */
final class SessionStream {
    private record Piece(SessionWriter.Group group, SessionRecord record) {}

    private final HazelcastSessionStore store;
    private final SessionWriter writer;
    private final String clientId;
    private final long epoch;
    private final long number;
    private final Deque<Piece> pieces = new ArrayDeque<>(2);
    /** Records that are safe. */
    private long stored;
    /** Pieces at the front that are on their way. */
    private int sent;
    /** What becomes of everything from now on, once something could not be stored: there must be no gap. */
    private Stored fate;

    /** What it begins with is in the journal and not among its records; null for nothing, and when that has been sent. */
    private SessionRecord.@Nullable Backlog backlog;

    private boolean retired;
    /** The client's older epoch on this loop, while records of it are under way: a newer one would shut them out. */
    private @Nullable SessionStream older;
    /** The newer epoch that waits. */
    private @Nullable SessionStream newer;

    /**
     * @param number unlike that of any other stream of the epoch
     * @param fate what becomes of its records
     */
    SessionStream(
            HazelcastSessionStore store, SessionWriter writer, String clientId, long epoch, long number, Stored fate) {
        this.store = store;
        this.writer = writer;
        this.clientId = clientId;
        this.epoch = epoch;
        this.number = number;
        this.fate = fate;
    }

    long epoch() {
        return epoch;
    }

    long number() {
        return number;
    }

    String clientId() {
        return clientId;
    }

    SessionWriter writer() {
        return writer;
    }

    /** Whether it takes nothing more because something is missing at the copies. */
    boolean hasFailed() {
        return fate != Stored.SAFE && fate != Stored.FENCED;
    }

    /** It begins with a session that is told anew, of which not all is among the records. */
    void tells(SessionRecord.@Nullable Backlog rest) {
        backlog = rest;
    }

    /** Waits for what is under way of an older epoch. */
    void follow(SessionStream before) {
        if (!before.isIdle()) {
            older = before;
            before.newer = this;
        }
    }

    private boolean isIdle() {
        return pieces.isEmpty() && older == null;
    }

    /** Takes a record; whether {@link #send} has to be called. */
    boolean add(SessionWriter.Group group, SessionRecord record) {
        if (fate != Stored.SAFE) {
            group.settled(clientId, fate);
            return false;
        }
        pieces.add(new Piece(group, record));
        return sent == 0 && pieces.size() == 1 && older == null;
    }

    /** Sends what waits, as much as one batch takes; a session that is told anew goes as a whole. */
    void send() {
        ByteBuf out = Unpooled.buffer();
        SessionRecord.Backlog rest = backlog;
        backlog = null;
        SessionWriter.Group whole = null;
        for (Piece piece : pieces) {
            if (out.writerIndex() >= store.settings().batchBytesMax() && piece.group != whole) {
                break;
            }
            if (piece.record instanceof SessionRecord.Ended) {
                whole = piece.group;
            }
            boolean isStart = rest != null && sent == 0; // what comes takes the place of all there was in any case
            if (!isStart && !(piece.record instanceof SessionRecord.Backlog)) {
                RecordCodec.encode(piece.record, out);
            }
            sent++;
        }
        byte[] records = Arrays.copyOf(out.array(), out.writerIndex());
        if (rest == null) {
            store.send(this, stored, records);
        } else {
            store.retell(this, rest, records, sent);
        }
    }

    /** What became of the batch. */
    void settled(Stored outcome) {
        if (outcome == Stored.SAFE) {
            stored += sent;
        } else {
            fate = outcome;
            sent = pieces.size();
        }
        for (; sent > 0; sent--) {
            pieces.remove().group.settled(clientId, outcome);
        }
        if (!pieces.isEmpty()) {
            send();
        } else {
            idle();
        }
        writer.answer();
    }

    private void idle() {
        if (retired) {
            store.remove(this);
        }
        SessionStream waiting = newer;
        newer = null;
        if (waiting != null) {
            waiting.goOn(this);
        }
    }

    private void goOn(SessionStream before) {
        older = null;
        if (before.hasFailed()) {
            // what the copies lack of the older epoch they lack in this one
            fate = before.fate;
            while (!pieces.isEmpty()) {
                pieces.remove().group.settled(clientId, fate);
            }
        }
        if (pieces.isEmpty()) {
            idle();
        } else {
            send();
        }
    }

    /** Is forgotten as soon as nothing is on its way; should there be more to write after that, a new stream does. */
    void retire() {
        retired = true;
        if (isIdle()) {
            store.remove(this);
        }
    }
}
