package io.coppice.cluster;

import io.coppice.port.Scratch;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A shelf on a member that has no disk. */
final class MemoryShelf implements Scratch.Shelf {
    private final TreeMap<Long, byte[]> pieces = new TreeMap<>();

    @Override
    public void put(long number, byte[] piece) {
        pieces.put(number, piece);
    }

    @Override
    public byte @Nullable [] get(long number) {
        return pieces.get(number);
    }

    @Override
    public void remove(long number) {
        pieces.remove(number);
    }

    @Override
    public void read(long after, Scratch.Visitor visitor) {
        for (Map.Entry<Long, byte[]> each : pieces.tailMap(after, false).entrySet()) {
            if (!visitor.found(each.getKey(), each.getValue())) {
                return;
            }
        }
    }

    @Override
    public void clear() {
        pieces.clear();
    }
}
