package io.coppice.cluster;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import io.coppice.codec.RecordCodec;
import io.coppice.port.Scratch;
import io.coppice.session.SessionRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The end of a queue, which a copy does not hold in memory: messages that wait, as bytes, by their sequences. */
final class SpilledQueue {
    /** What a message takes in the form for other members, beside its bytes: sequence and length. */
    private static final int ENTRY_BYTES = Long.BYTES + Integer.BYTES;

    private final Scratch.Shelf shelf;
    private int messages;
    /** Of the records. */
    private long bytes;
    /** Nothing with this sequence or a lower one is here. */
    private long after;
    /** The highest sequence that was ever here. */
    private long last;

    SpilledQueue(@Nullable Scratch scratch) {
        this.shelf = scratch == null ? new MemoryShelf() : scratch.shelf();
    }

    boolean isEmpty() {
        return messages == 0;
    }

    /** Whether a message belongs here or behind it. */
    boolean isBehind(long sequence) {
        return messages > 0 && sequence > after;
    }

    /** The highest sequence, perhaps that of a message which is here no more; 0 where nothing is. */
    long last() {
        return messages == 0 ? 0 : last;
    }

    void add(long sequence, byte[] record) {
        if (messages == 0) {
            after = sequence - 1;
            last = 0;
        } else if (sequence <= last) {
            remove(sequence);
        }
        shelf.put(sequence, record);
        after = Math.min(after, sequence - 1);
        last = Math.max(last, sequence);
        messages++;
        bytes += record.length;
    }

    /** The message is no more; whether it was here. */
    boolean remove(long sequence) {
        return taken(sequence) != null;
    }

    /** Takes out a message; null where it is not here. */
    SessionRecord.@Nullable Enqueued take(long sequence) {
        byte[] record = taken(sequence);
        return record == null ? null : (SessionRecord.Enqueued) RecordCodec.decode(record);
    }

    private byte @Nullable [] taken(long sequence) {
        if (!isBehind(sequence) || sequence > last) {
            return null;
        }
        byte[] record = shelf.get(sequence);
        if (record != null) {
            shelf.remove(sequence);
            messages--;
            bytes -= record.length;
            if (sequence == after + 1) {
                after = sequence; // or whoever reads walks over all that was taken out
            }
        }
        return record;
    }

    /** Shows the records of messages behind a sequence, in order. */
    void read(long behind, Scratch.Visitor visitor) {
        if (messages > 0) {
            shelf.read(Math.max(behind, after), visitor);
        }
    }

    void clear() {
        if (messages > 0) {
            shelf.clear();
            messages = 0;
            bytes = 0;
        }
    }

    // --- for other members: the number of messages, then the bytes of all, then each with its sequence and length

    /** Writes all messages as one piece: Hazelcast makes room for that at once, and twice what it needs for many small ones. */
    void write(ObjectDataOutput out) throws IOException {
        out.writeInt(messages);
        if (messages == 0) {
            return;
        }
        ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(bytes + (long) messages * ENTRY_BYTES));
        int[] left = {messages};
        shelf.read(after, (sequence, record) -> {
            if (--left[0] >= 0 && all.remaining() >= ENTRY_BYTES + record.length) {
                all.putLong(sequence).putInt(record.length).put(record);
                return true;
            }
            return false;
        });
        if (left[0] != 0 || all.hasRemaining()) {
            throw new IOException("a queue of " + messages + " messages does not read as it was written");
        }
        out.writeByteArray(all.array());
    }

    void read(ObjectDataInput in) throws IOException {
        int left = in.readInt();
        if (left > 0) {
            in.readInt(); // each says how long it is
        }
        for (; left > 0; left--) {
            long sequence = in.readLong();
            byte[] record = new byte[in.readInt()];
            in.readFully(record);
            add(sequence, record);
        }
    }
}
