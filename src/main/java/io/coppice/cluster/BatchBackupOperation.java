package io.coppice.cluster;

import com.hazelcast.internal.serialization.Data;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.impl.operation.EntryOperator;
import com.hazelcast.spi.impl.operationservice.BackupOperation;
import java.util.List;

/**
 * What a {@link BatchOperation} does on each backup. What a processor throws is thrown: the backup is not confirmed then,
 * and Hazelcast copies the partition to it anew.
 */
final class BatchBackupOperation extends Batch implements BackupOperation {
    BatchBackupOperation() {}

    BatchBackupOperation(String map, List<Data> keys, List<EntryProcessor<?, ?, ?>> processors) {
        super(map, keys, processors);
    }

    @Override
    protected void runInternal() {
        OneByOne each = new OneByOne();
        EntryOperator operator = EntryOperator.operator(this, each);
        for (int i = 0; i < keys.size(); i++) {
            each.turnTo(here(processors.get(i)));
            operator.operateOnKey(keys.get(i)).doPostOperateOps();
        }
    }

    @Override
    public Object getResponse() {
        return true;
    }

    @Override
    public int getClassId() {
        return WireFactory.BATCH_BACKUP;
    }
}
