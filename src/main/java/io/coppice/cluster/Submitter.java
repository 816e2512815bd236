package io.coppice.cluster;

import com.hazelcast.internal.serialization.Data;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.IMap;
import com.hazelcast.map.impl.MapService;
import com.hazelcast.spi.impl.AbstractDistributedObject;
import com.hazelcast.spi.impl.NodeEngine;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** The way of processors to the members that have their keys. */
interface Submitter {
    /** Between tries while a partition moves, at most; the default of 500 ms is longer than most moves. */
    long TRY_PAUSE_MILLIS = 20;

    /**
     * Hazelcast's own. Of what it offers to everybody, {@link IMap#submitToKeys} answers before the backups have done the
     * same, and {@link IMap#submitToKey} costs an operation for each key; so this is one of few places that know its
     * internal types.
     *
     * @see BatchOperation
     */
    Submitter DIRECT = new Submitter() {
        @Override
        public Data key(IMap<String, ?> map, String key) {
            return engine(map).toData(key);
        }

        @Override
        public int partition(IMap<String, ?> map, Data key) {
            return engine(map).getPartitionService().getPartitionId(key);
        }

        @Override
        public CompletionStage<BatchAnswers> submit(
                IMap<String, ?> map, int partition, List<Data> keys, List<EntryProcessor<?, ?, ?>> processors) {
            return engine(map)
                    .getOperationService()
                    .createInvocationBuilder(
                            MapService.SERVICE_NAME, new BatchOperation(map.getName(), keys, processors), partition)
                    // A write of which nobody knows whether it was copied must not be told as done.
                    .setFailOnIndeterminateOperationState(true)
                    .setTryPauseMillis(TRY_PAUSE_MILLIS)
                    .invoke();
        }

        private NodeEngine engine(IMap<String, ?> map) {
            return ((AbstractDistributedObject<?>) map).getNodeEngine();
        }
    };

    /** A key as Hazelcast knows it. */
    Data key(IMap<String, ?> map, String key);

    /** The partition that a key is in. */
    int partition(IMap<String, ?> map, Data key);

    /**
     * Runs processors on keys of one partition, as one operation.
     *
     * @param processors one for each key; may be run more than once
     * @return what they answered, when all backups have done the same
     */
    CompletionStage<BatchAnswers> submit(
            IMap<String, ?> map, int partition, List<Data> keys, List<EntryProcessor<?, ?, ?>> processors);
}
