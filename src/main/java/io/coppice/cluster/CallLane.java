package io.coppice.cluster;

import static org.slf4j.MarkerFactory.getMarker;

import com.hazelcast.internal.serialization.Data;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.IMap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The calls of one loop for one partition of one map: one batch at a time, so that they are made in their order. Used on
 * the loop alone.
 */
final class CallLane {
    /** A processor that weighs more than a few hundred bytes. */
    interface Weighty {
        /** Bytes, about. */
        int weight();
    }

    /**
     * One call.
     *
     * @param deadline after which it is not made again, on the loop's clock
     */
    record Call(Data key, EntryProcessor<?, ?, ?> processor, long deadline, Calls.Answer<?> then) {
        private int weight() {
            return processor instanceof Weighty weighty ? weighty.weight() : 0;
        }

        @SuppressWarnings({"unchecked", "NullAway"}) // whoever made the call knows what its processor answers
        private void known(@Nullable Object result) {
            ((Calls.Answer<Object>) then).known(result);
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(CallLane.class);
    private static final long PAUSE_MILLIS_MIN = 20;
    private static final long PAUSE_MILLIS_MAX = 1_000;
    private static final int BATCH_CALLS_MAX = 512;
    private static final int BATCH_WEIGHT_MAX = 256 * 1_024;

    private final CallLanes lanes;
    private final Calls calls;
    private final IMap<String, ?> map;
    private final int partition;
    private final Deque<Call> waiting = new ArrayDeque<>(4);
    /** On their way, or about to be asked again. */
    private List<Call> batch = List.of();

    private long pause = PAUSE_MILLIS_MIN;
    private boolean loaded;

    CallLane(CallLanes lanes, IMap<String, ?> map, int partition) {
        this.lanes = lanes;
        this.calls = lanes.calls();
        this.map = map;
        this.partition = partition;
    }

    void add(Call call) {
        waiting.add(call);
        load();
    }

    private void load() {
        if (!loaded && batch.isEmpty() && !waiting.isEmpty()) {
            loaded = true;
            lanes.load(this);
        }
    }

    /** Sends what waits, as much as goes together. */
    void leave() {
        loaded = false;
        batch = next();
        submit();
    }

    /** From the front, each key once: two calls for one key must not change places. */
    private List<Call> next() {
        List<Call> next = new ArrayList<>(Math.min(waiting.size(), BATCH_CALLS_MAX));
        Set<Data> keys = new HashSet<>();
        int weight = 0;
        for (Call call = waiting.peek(); call != null; call = waiting.peek()) {
            weight += call.weight();
            if (next.size() == BATCH_CALLS_MAX
                    || (weight > BATCH_WEIGHT_MAX && !next.isEmpty())
                    || !keys.add(call.key())) {
                break;
            }
            next.add(waiting.remove());
        }
        return next;
    }

    private void submit() {
        List<Data> keys = new ArrayList<>(batch.size());
        List<EntryProcessor<?, ?, ?>> processors = new ArrayList<>(batch.size());
        for (Call call : batch) {
            keys.add(call.key());
            processors.add(call.processor());
        }
        CompletionStage<BatchAnswers> answer;
        try {
            answer = calls.submitter().submit(map, partition, keys, processors);
        } catch (RuntimeException refused) {
            answer = CompletableFuture.failedFuture(refused);
        }
        var unused = answer.whenCompleteAsync(this::answered, lanes.inbox());
    }

    private void answered(@Nullable BatchAnswers answers, @Nullable Throwable fault) {
        if (answers == null) {
            failed(fault);
        } else if (calls.hasMajority()) {
            settle(answers);
        } else { // the others may be gone longer than Hazelcast's own protection knows: the copy may be the only one
            settle(null);
        }
    }

    private void failed(@Nullable Throwable fault) {
        if (fault == null || !Faults.mayPass(fault, calls.hasMajority())) {
            LOG.debug("{} calls for partition {} of {} were given up", batch.size(), partition, map.getName(), fault);
            settle(null);
            return;
        }
        List<Call> late = giveUpLate();
        if (!batch.isEmpty()) {
            LOG.debug(
                    "{} calls for partition {} of {} are repeated after {}",
                    batch.size(),
                    partition,
                    map.getName(),
                    fault.toString());
            batch.forEach(call -> calls.counters().repeated());
            lanes.loop().after(pause, this::submit);
            pause = Math.min(2 * pause, PAUSE_MILLIS_MAX);
        } else {
            pause = PAUSE_MILLIS_MIN;
            load();
        }
        late.forEach(call -> answer(call, null, 0));
    }

    /** Takes those out of the batch whose deadline has passed. */
    private List<Call> giveUpLate() {
        long now = lanes.loop().now();
        List<Call> late = new ArrayList<>();
        List<Call> patient = new ArrayList<>(batch.size());
        for (Call call : batch) {
            (now < call.deadline() ? patient : late).add(call);
        }
        batch = patient;
        return late;
    }

    /** @param answers null where nobody can say */
    private void settle(@Nullable BatchAnswers answers) {
        List<Call> settled = batch;
        batch = List.of();
        pause = PAUSE_MILLIS_MIN;
        load();
        for (int i = 0; i < settled.size(); i++) {
            answer(settled.get(i), answers, i);
        }
    }

    private void answer(Call call, @Nullable BatchAnswers answers, int index) {
        try {
            if (answers == null || answers.isFault(index)) {
                calls.counters().failed();
                call.then().unknown();
            } else {
                call.known(answers.get(index));
            }
        } catch (RuntimeException fault) { // of who asked; the others shall hear nevertheless
            LOG.error(getMarker("cluster-answer-lost"), "An answer from map {} was not taken", map.getName(), fault);
        }
    }
}
