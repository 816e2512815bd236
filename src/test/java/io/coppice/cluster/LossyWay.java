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
    private final AtomicInteger submitted = new AtomicInteger();

    /** Loses the next answers. */
    void lose(int answers) {
        toLose.set(answers);
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
        CompletionStage<BatchAnswers> answer = DIRECT.submit(map, partition, keys, processors);
        if (toLose.getAndUpdate(left -> Math.max(0, left - 1)) == 0) {
            return answer;
        }
        return answer.thenCompose(
                known -> CompletableFuture.failedFuture(new IndeterminateOperationStateException("lost by the test")));
    }
}
