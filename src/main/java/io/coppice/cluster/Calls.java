package io.coppice.cluster;

import com.hazelcast.internal.serialization.Data;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.IMap;
import io.coppice.port.Loop;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BooleanSupplier;

/**
 * Sends processors to their keys and brings the answers back to the loop that asked. The calls of one turn of a loop for
 * one partition go together, and what comes while they are on their way goes together in the next batch: an operation
 * costs more than twenty processors. What may come out otherwise is asked again, with growing pauses, until the answer
 * is definite or patience ends; so a processor must bear being run twice. No thread waits.
 */
final class Calls implements AutoCloseable {
    /** Takes the answer to one call, on the loop that made it. */
    interface Answer<R> {
        /** What the processor answered. */
        void known(R result);

        /** Nobody can say what became of it, and it is not tried again. */
        void unknown();
    }

    private final Submitter submitter;
    private final BooleanSupplier majority;
    private final ClusterCounters counters;
    private final ConcurrentMap<Loop, CallLanes> lanes = new ConcurrentHashMap<>();
    private final BackgroundLoop background = new BackgroundLoop("coppice-calls");

    /** @param majority whether this member is running and sees a majority */
    Calls(Submitter submitter, BooleanSupplier majority, ClusterCounters counters) {
        this.submitter = submitter;
        this.majority = majority;
        this.counters = counters;
    }

    /**
     * Makes a call, on its loop. Calls for one key are made in their order.
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
            Answer<? super R> then) {
        Data data;
        int partition;
        try {
            data = submitter.key(map, key);
            partition = submitter.partition(map, data);
        } catch (RuntimeException left) {
            counters.failed();
            loop.execute(then::unknown);
            return;
        }
        lanes(loop).lane(map, partition).add(new CallLane.Call(data, processor, loop.now() + patienceMillis, then));
    }

    /**
     * As {@link #call}, from any thread, where nobody asks for the answer.
     *
     * @param then run once it has come, or will not come, on any thread
     */
    <V, R> void send(
            IMap<String, V> map,
            String key,
            EntryProcessor<String, V, R> processor,
            long patienceMillis,
            Runnable then) {
        Answer<Object> answer = new Answer<>() {
            @Override
            public void known(Object result) {
                then.run();
            }

            @Override
            public void unknown() {
                then.run();
            }
        };
        background.execute(() -> call(map, key, processor, background, patienceMillis, answer));
    }

    private CallLanes lanes(Loop loop) {
        CallLanes known = lanes.get(loop);
        return known == null ? lanes.computeIfAbsent(loop, each -> new CallLanes(this, each)) : known;
    }

    Submitter submitter() {
        return submitter;
    }

    boolean hasMajority() {
        return majority.getAsBoolean();
    }

    ClusterCounters counters() {
        return counters;
    }

    /** Ends what nobody waits for. */
    @Override
    public void close() {
        background.close();
    }
}
