package io.coppice.access;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * What was answered to a question a short while ago. No question is kept, for it holds a password: only its MAC, under a key that
 * dies with the process. Any thread.
 */
final class AnswerMemory<T> {
    private record Entry<T>(T answer, long until) {}

    private final long millis;
    private final int max;
    private final SecretKeySpec key;
    private final Map<ByteBuffer, Entry<T>> entries = new LinkedHashMap<>();

    /**
     * Nothing is known yet.
     *
     * @param millis for how long an answer is good, 0 for not at all
     * @param max answers that are known; of more the oldest are forgotten
     * @param key random and known to nobody
     */
    AnswerMemory(long millis, int max, byte[] key) {
        this.millis = millis;
        this.max = max;
        this.key = HmacSha256.key(key);
    }

    /** By what a question is known again; null where nothing is remembered. */
    @Nullable
    ByteBuffer keyOf(byte[] question) {
        return millis == 0 ? null : ByteBuffer.wrap(HmacSha256.of(key, question));
    }

    /** What was answered; null where that is not known, or not any more. */
    synchronized @Nullable T answer(@Nullable ByteBuffer question, long now) {
        Entry<T> entry = question == null ? null : entries.get(question);
        return entry == null || now >= entry.until ? null : entry.answer;
    }

    /** @param until after which the answer is good no more in any case */
    synchronized void remember(@Nullable ByteBuffer question, T answer, long now, long until) {
        if (question == null) {
            return;
        }
        entries.remove(question);
        if (entries.size() >= max) {
            var oldest = entries.values().iterator();
            oldest.next();
            oldest.remove();
        }
        entries.put(question, new Entry<>(answer, Math.min(now + millis, until)));
    }

    synchronized void forget(@Nullable ByteBuffer question) {
        if (question != null) {
            entries.remove(question);
        }
    }

    synchronized int size() {
        return entries.size();
    }
}
