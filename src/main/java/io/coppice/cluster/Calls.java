package io.coppice.cluster;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.IMap;
import io.coppice.port.Loop;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends processors to their keys and brings the answers back to the loop that asked. What may come out otherwise is
 * asked again, with growing pauses, until the answer is definite or patience ends; so a processor must bear being run
 * twice. No thread waits.
 */
final class Calls {
    /** Takes the answer to one call, on the loop that made it. */
    interface Answer<R> {
        /** What the processor answered. */
        void known(R result);

        /** Nobody can say what became of it, and it is not tried again. */
        void unknown();
    }

    private static final Logger LOG = LoggerFactory.getLogger(Calls.class);
    private static final long PAUSE_MILLIS_MIN = 20;
    private static final long PAUSE_MILLIS_MAX = 1_000;

    private final Submitter submitter;
    private final BooleanSupplier majority;
    private final ClusterCounters counters;
    private final ConcurrentMap<Loop, LoopInbox> inboxes = new ConcurrentHashMap<>();

    /** @param majority whether this member is running and sees a majority */
    Calls(Submitter submitter, BooleanSupplier majority, ClusterCounters counters) {
        this.submitter = submitter;
        this.majority = majority;
        this.counters = counters;
    }

    /**
     * Makes a call.
     *
     * @param patienceMillis after which it is given up
     * @param then told once on the loop, never before this returns
     */
    <V, R> void call(
            IMap<String, V> map,
            String key,
            EntryProcessor<String, V, R> processor,
            Loop loop,
            long patienceMillis,
            Answer<R> then) {
        new Call<>(map, key, processor, loop, loop.now() + patienceMillis, then).submit();
    }

    /** As {@link #call}, where nobody waits for the answer. */
    <V, R> void send(IMap<String, V> map, String key, EntryProcessor<String, V, R> processor, long patienceMillis) {
        send(map, key, processor, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMillis), PAUSE_MILLIS_MIN);
    }

    private <V, R> void send(
            IMap<String, V> map, String key, EntryProcessor<String, V, R> processor, long deadline, long pause) {
        CompletionStage<R> answer;
        try {
            answer = submitter.submit(map, key, processor);
        } catch (RuntimeException refused) {
            answer = CompletableFuture.failedFuture(refused);
        }
        var unused = answer.exceptionally(fault -> {
            if (Faults.mayPass(fault, majority.getAsBoolean()) && System.nanoTime() < deadline) {
                counters.repeated();
                CompletableFuture.delayedExecutor(pause, TimeUnit.MILLISECONDS)
                        .execute(() -> send(map, key, processor, deadline, Math.min(2 * pause, PAUSE_MILLIS_MAX)));
            } else {
                counters.failed();
            }
            return null;
        });
    }

    private LoopInbox inbox(Loop loop) {
        LoopInbox known = inboxes.get(loop);
        return known == null ? inboxes.computeIfAbsent(loop, LoopInbox::new) : known;
    }

    private final class Call<V, R> {
        private final IMap<String, V> map;
        private final String key;
        private final EntryProcessor<String, V, R> processor;
        private final Loop loop;
        private final long deadline;
        private final Answer<R> then;
        private long pause = PAUSE_MILLIS_MIN;

        Call(
                IMap<String, V> map,
                String key,
                EntryProcessor<String, V, R> processor,
                Loop loop,
                long deadline,
                Answer<R> then) {
            this.map = map;
            this.key = key;
            this.processor = processor;
            this.loop = loop;
            this.deadline = deadline;
            this.then = then;
        }

        void submit() {
            CompletionStage<R> answer;
            try {
                answer = submitter.submit(map, key, processor);
            } catch (RuntimeException refused) {
                inbox(loop).execute(() -> failed(refused));
                return;
            }
            answer.whenCompleteAsync(this::answered, inbox(loop));
        }

        private void answered(R result, @Nullable Throwable fault) {
            if (fault != null) {
                failed(fault);
            } else if (majority.getAsBoolean()) {
                then.known(result);
            } else { // the others may be gone longer than Hazelcast's own protection knows: the copy may be the only
                // one
                counters.failed();
                then.unknown();
            }
        }

        private void failed(Throwable fault) {
            if (Faults.mayPass(fault, majority.getAsBoolean()) && loop.now() < deadline) {
                counters.repeated();
                LOG.debug("{} for {} is repeated after {}", processor, key, fault.toString());
                loop.after(pause, this::submit);
                pause = Math.min(2 * pause, PAUSE_MILLIS_MAX);
                return;
            }
            counters.failed();
            LOG.debug("{} for {} was given up", processor.getClass().getSimpleName(), key, fault);
            then.unknown();
        }
    }
}
