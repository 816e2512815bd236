package io.coppice.cluster;

import static org.slf4j.MarkerFactory.getMarker;

import com.hazelcast.internal.serialization.Data;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.impl.operation.EntryOperator;
import com.hazelcast.spi.impl.operationservice.BackupAwareOperation;
import com.hazelcast.spi.impl.operationservice.MutatingOperation;
import com.hazelcast.spi.impl.operationservice.Operation;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Processors on keys of one map and one partition, as one operation; answered with {@link BatchAnswers} when all backups
 * have done what their backup processors say. Hazelcast's own operation on several keys does not wait for backups, so
 * this one is ours, made of what its own is made of: types that may change with its version.
 */
final class BatchOperation extends Batch implements MutatingOperation, BackupAwareOperation {
    private static final Logger LOG = LoggerFactory.getLogger(BatchOperation.class);

    // Where it ran.
    private @Nullable BatchAnswers answers;
    private @Nullable BatchBackupOperation backup;

    BatchOperation() {}

    /** @param processors one for each key, which must be different keys */
    BatchOperation(String map, List<Data> keys, List<EntryProcessor<?, ?, ?>> processors) {
        super(map, keys, processors);
    }

    @Override
    protected void runInternal() {
        OneByOne each = new OneByOne();
        EntryOperator operator = EntryOperator.operator(this, each);
        BatchAnswers known = new BatchAnswers(keys.size());
        for (int i = 0; i < keys.size(); i++) {
            each.turnTo(here(processors.get(i)));
            try {
                operator.operateOnKey(keys.get(i)).doPostOperateOps();
                known.add(each.answer());
            } catch (RuntimeException fault) {
                LOG.error(
                        getMarker("cluster-operation-failed"),
                        "{} failed in map {}; whoever asked is told so.",
                        processors.get(i),
                        name,
                        fault);
                known.addFault();
            }
        }
        answers = known;
        backup = backup(known);
    }

    @Override
    public @Nullable Object getResponse() {
        return answers;
    }

    /** What the copies have to do after this; null where that is nothing. */
    private @Nullable BatchBackupOperation backup(BatchAnswers known) {
        List<Data> changed = new ArrayList<>(keys.size());
        List<EntryProcessor<?, ?, ?>> changes = new ArrayList<>(keys.size());
        for (int i = 0; i < keys.size(); i++) {
            EntryProcessor<?, ?, ?> change =
                    known.isFault(i) ? null : processors.get(i).getBackupProcessor();
            if (change != null) {
                changed.add(keys.get(i));
                changes.add(change);
            }
        }
        return changed.isEmpty() ? null : new BatchBackupOperation(name, changed, changes);
    }

    @Override
    public boolean shouldBackup() {
        return backup != null;
    }

    @Override
    public int getSyncBackupCount() {
        return mapContainer.getTotalBackupCount();
    }

    @Override
    public int getAsyncBackupCount() {
        return 0;
    }

    @Override
    public @Nullable Operation getBackupOperation() {
        return backup;
    }

    @Override
    public int getClassId() {
        return WireFactory.BATCH;
    }
}
