package io.coppice.cluster;

import static java.util.Objects.requireNonNull;

import com.hazelcast.map.EntryProcessor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A processor that is another one for each key; it keeps the answer, so that nobody writes it out who need not. */
@SuppressWarnings({"rawtypes", "unchecked"}) // an operation knows nothing of the types of its map
final class OneByOne implements EntryProcessor {
    private static final long serialVersionUID = 1L;

    private transient @Nullable EntryProcessor present;
    private transient @Nullable Object answer;

    void turnTo(EntryProcessor<?, ?, ?> next) {
        present = next;
        answer = null;
    }

    @Nullable
    Object answer() {
        return answer;
    }

    @Override
    public @Nullable Object process(Map.Entry entry) {
        answer = requireNonNull(present).process(entry);
        return null;
    }
}
