package io.coppice.cluster;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.IMap;
import java.util.concurrent.CompletionStage;

/** The way of a processor to the member that has its key. */
interface Submitter {
    /** Hazelcast's own. Not {@link IMap#submitToKeys}, which answers before the backups have done the same. */
    Submitter DIRECT = new Submitter() {
        @Override
        public <V, R> CompletionStage<R> submit(
                IMap<String, V> map, String key, EntryProcessor<String, V, R> processor) {
            return map.submitToKey(key, processor);
        }
    };

    <V, R> CompletionStage<R> submit(IMap<String, V> map, String key, EntryProcessor<String, V, R> processor);
}
