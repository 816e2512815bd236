package io.coppice.storage;

import io.coppice.port.Archive.Stored;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What the journal remembers of sessions that have ended and of topics that were cleared, and may forget. */
final class Tombstones {
    private record Tombstone(Family family, byte[] key, byte[] value) {}

    private final List<Tombstone> tombstones = new ArrayList<>();

    private Tombstones() {}

    /**
     * Finds those that are old enough.
     *
     * @param before milliseconds since 1970
     */
    static Tombstones old(Journal journal, long before) throws JournalFault {
        Tombstones old = new Tombstones();
        journal.scan(Family.ENDED, (key, value) -> {
            if (value.length != 2 * Long.BYTES || Unpooled.wrappedBuffer(value).getLong(Long.BYTES) < before) {
                old.tombstones.add(new Tombstone(Family.ENDED, key, value));
            }
        });
        journal.scan(Family.RETAINED, (key, value) -> {
            // versions are times, or close to them
            if (value.length == Long.BYTES && Unpooled.wrappedBuffer(value).getLong(0) < before) {
                old.tombstones.add(new Tombstone(Family.RETAINED, key, value));
            }
        });
        return old;
    }

    /** The sessions that have ended, with their last epochs. */
    static List<Stored> sessions(Journal journal) throws JournalFault {
        List<Stored> ended = new ArrayList<>();
        journal.scan(Family.ENDED, (key, value) -> {
            if (value.length == 2 * Long.BYTES) {
                ended.add(new Stored(
                        new String(key, StandardCharsets.UTF_8),
                        Unpooled.wrappedBuffer(value).readLong()));
            }
        });
        return ended;
    }

    boolean isEmpty() {
        return tombstones.isEmpty();
    }

    /** Takes them out where nothing has been written in their places since. */
    void remove(JournalState state) throws JournalFault {
        state.write();
        for (Tombstone each : tombstones) {
            if (Arrays.equals(each.value(), state.journal().get(each.family(), each.key()))) {
                state.forget(each.family(), each.key());
            }
        }
    }
}
