package io.coppice.cluster;

import com.hazelcast.core.IndeterminateOperationStateException;
import com.hazelcast.internal.serialization.Data;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.IMap;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;

/** The way to the copies, on which some answers are lost after the work was done. */
final class LossyWay implements Submitter {
    private final AtomicInteger toLose = new AtomicInteger();
    private final AtomicInteger toRefuse = new AtomicInteger();
    private final AtomicInteger submitted = new AtomicInteger();
    private final AtomicInteger operations = new AtomicInteger();

    /** Loses the next answers. */
    void lose(int answers) {
        toLose.set(answers);
    }

    /** Loses the next answers for good: nobody asks again. */
    void refuse(int answers) {
        toRefuse.set(answers);
    }

    /** Operations that were sent; each takes processors of one partition. */
    int operations() {
        return operations.get();
    }

    /** Processors that were sent. */
    int submitted() {
        return submitted.get();
    }

    @Override
    public Data key(IMap<String, ?> map, String key) {
        return DIRECT.key(map, key);
    }

    @Override
    public int partition(IMap<String, ?> map, Data key) {
        return DIRECT.partition(map, key);
    }

    @Override
    public CompletionStage<BatchAnswers> submit(
            IMap<String, ?> map, int partition, List<Data> keys, List<EntryProcessor<?, ?, ?>> processors) {
        submitted.addAndGet(keys.size());
        operations.incrementAndGet();
        CompletionStage<BatchAnswers> answer = DIRECT.submit(map, partition, keys, processors);
        if (isNext(toRefuse)) {
            return answer.thenCompose(known -> CompletableFuture.failedFuture(new IllegalStateException("refused")));
        }
        return isNext(toLose)
                ? answer.thenCompose(known ->
                        CompletableFuture.failedFuture(new IndeterminateOperationStateException("lost by the test")))
                : answer;
    }

    private static boolean isNext(AtomicInteger left) {
        return left.getAndUpdate(count -> Math.max(0, count - 1)) > 0;
    }
}
