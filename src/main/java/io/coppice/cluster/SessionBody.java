package io.coppice.cluster;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import io.coppice.codec.RecordCodec;
import io.coppice.port.Scratch;
import io.coppice.session.Overflow;
import io.coppice.session.Session;
import io.coppice.session.SessionLimits;
import io.coppice.session.SessionRecord;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a copy has of a session: the session itself with the beginning of its queue, packed until a record comes, and what
 * waits behind that. The end of a queue is on disk where the member has one. All that is behind has higher sequences than
 * what waits before it.
 */
final class SessionBody {
    /** Weight of the messages that wait before others are put behind them. */
    static final int WINDOW_BYTES = 64 * 1_024;

    /** What was recorded is replayed, whatever the limits of this node. */
    private static final SessionLimits NO_LIMITS = new SessionLimits(
            65_535,
            Integer.MAX_VALUE,
            Long.MAX_VALUE,
            Long.MAX_VALUE,
            Overflow.DROP_NEWEST,
            Integer.MAX_VALUE,
            65_535,
            65_535,
            65_535);

    private static final InertEffects INERT = new InertEffects();

    private final String clientId;
    /** Null where nothing is put on a disk. */
    private final @Nullable Scratch scratch;
    /** The records that make the session; null where there is none, or {@link #session} has it. */
    private byte @Nullable [] packed;

    private @Nullable Session session;
    /** Null where nothing was behind yet. */
    private @Nullable SpilledQueue behind;

    SessionBody(String clientId, @Nullable Scratch scratch) {
        this.clientId = clientId;
        this.scratch = scratch;
    }

    @Nullable
    Scratch scratch() {
        return scratch;
    }

    boolean isEmpty() {
        return session == null && packed == null;
    }

    boolean hasSession() {
        return session != null;
    }

    void clear() {
        session = null;
        packed = null;
        if (behind != null) {
            behind.clear();
        }
    }

    // --- records

    /** Makes a session of packed records, all or nothing. */
    void unpack() {
        byte[] records = packed;
        if (records != null) {
            List<SessionRecord> decoded = SessionImage.decode(records);
            packed = null;
            decoded.forEach(this::replay);
        }
    }

    void replay(SessionRecord record) {
        if (record instanceof SessionRecord.Ended) {
            clear();
            return;
        }
        Session present = session;
        if (present == null) {
            present = new Session(clientId, NO_LIMITS, INERT);
            session = present;
        }
        if (record instanceof SessionRecord.Enqueued message && belongsBehind(present, message)) {
            present.replayElsewhere(message);
            behind().add(message.sequence(), RecordCodec.encode(message));
            return;
        }
        SpilledQueue spilled = behind;
        if (spilled != null && !spilled.isEmpty()) {
            if (record instanceof SessionRecord.Settled settled && spilled.remove(settled.sequence())) {
                return;
            }
            if (record instanceof SessionRecord.Assigned assigned) {
                SessionRecord.Enqueued message = spilled.take(assigned.sequence());
                if (message != null) {
                    present.replay(message);
                }
            }
        }
        present.replay(record);
    }

    private boolean belongsBehind(Session present, SessionRecord.Enqueued message) {
        SpilledQueue spilled = behind;
        if (spilled != null && !spilled.isEmpty()) {
            return spilled.isBehind(message.sequence());
        }
        return scratch != null
                && present.queued() > 0
                && present.queuedBytes() + message.message().weight() > WINDOW_BYTES;
    }

    private SpilledQueue behind() {
        SpilledQueue present = behind;
        if (present == null) {
            present = new SpilledQueue(scratch);
            behind = present;
        }
        return present;
    }

    // --- parts

    /** Adds records that are packed, as they are; nothing may be behind yet. */
    void pack(byte[] bytes) {
        byte[] present = packed;
        packed = present == null ? bytes : joined(present, bytes);
    }

    /** Adds a part of a queue in its order, packed: messages, and behind one that was sent how it was. */
    void packQueue(byte[] bytes, boolean spilled) {
        if (scratch == null && !spilled && (behind == null || behind.isEmpty())) {
            pack(bytes);
            return;
        }
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        ByteBuf before = Unpooled.buffer();
        long waiting = -1;
        int begin = 0;
        while (in.isReadable()) {
            int at = in.readerIndex();
            SessionRecord record = RecordCodec.decode(in);
            if (waiting >= 0 && !(record instanceof SessionRecord.Assigned)) {
                place(waiting, in, begin, at, spilled, before);
                begin = at;
                waiting = -1;
            }
            if (record instanceof SessionRecord.Enqueued message) {
                waiting = message.sequence();
                begin = at;
            } else {
                before.writeBytes(in, begin, in.readerIndex() - begin);
                begin = in.readerIndex();
                waiting = -1;
            }
        }
        if (waiting >= 0) {
            place(waiting, in, begin, in.readerIndex(), spilled, before);
        }
        if (before.isReadable()) {
            pack(ByteBufUtil.getBytes(before));
        }
    }

    private void place(long sequence, ByteBuf in, int from, int to, boolean spilled, ByteBuf before) {
        int size = packed == null ? 0 : packed.length;
        boolean more = behind != null && !behind.isEmpty();
        if (spilled || more || size + before.readableBytes() > WINDOW_BYTES) {
            behind().add(sequence, ByteBufUtil.getBytes(in, from, to - from));
        } else {
            before.writeBytes(in, from, to - from);
        }
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    // --- pages

    /** Hands over the records that make it. */
    void writeTo(SessionPage.Writer page) {
        if (page.wantsFirst()) {
            writeFirst(page);
        }
        if (behind != null) {
            behind.read(page.behind(), page::takeBehind);
        }
    }

    private void writeFirst(SessionPage.Writer page) {
        byte[] records = packed;
        if (records != null) {
            ByteBuf in = Unpooled.wrappedBuffer(records);
            while (in.isReadable()) {
                page.take(in, RecordCodec.size(in));
            }
        } else if (session != null) {
            long last = behind == null ? 0 : behind.last();
            session.snapshot(record -> {
                // Which sequence was the last is said by what is behind, or one of that would be taken for done with.
                if (!(record instanceof SessionRecord.Settled used && used.sequence() <= last)) {
                    page.take(record);
                }
            });
        }
    }

    // --- for other members

    void write(ObjectDataOutput out) throws IOException {
        byte[] records = packed;
        if (records == null) {
            SessionPage.Writer first = new SessionPage.Writer(0, Integer.MAX_VALUE);
            writeFirst(first);
            records = first.end(0).records();
        }
        out.writeByteArray(records);
        if (behind == null) {
            out.writeInt(0);
        } else {
            behind.write(out);
        }
    }

    void read(ObjectDataInput in) throws IOException {
        byte[] records = Wire.bytes(in);
        packed = records.length == 0 ? null : records;
        SpilledQueue spilled = new SpilledQueue(scratch);
        spilled.read(in);
        behind = spilled.isEmpty() ? null : spilled;
    }
}
