package io.coppice.cluster;

import com.hazelcast.internal.serialization.Data;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.impl.operation.EntryOperator;
import com.hazelcast.map.impl.operation.MapOperation;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.spi.impl.operationservice.BackupOperation;
import com.hazelcast.spi.impl.operationservice.PartitionAwareOperation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a {@link BatchOperation} does on each backup. What a processor throws is thrown: the backup is not confirmed then,
 * and Hazelcast copies the partition to it anew.
 */
final class BatchBackupOperation extends MapOperation implements PartitionAwareOperation, BackupOperation {
    private List<Data> keys = List.of();
    private List<EntryProcessor<?, ?, ?>> processors = List.of();

    BatchBackupOperation() {}

    BatchBackupOperation(String map, List<Data> keys, List<EntryProcessor<?, ?, ?>> processors) {
        super(map);
        this.keys = keys;
        this.processors = processors;
    }

    @Override
    protected void runInternal() {
        OneByOne each = new OneByOne();
        EntryOperator operator = EntryOperator.operator(this, each);
        for (int i = 0; i < keys.size(); i++) {
            each.turnTo(processors.get(i));
            operator.operateOnKey(keys.get(i)).doPostOperateOps();
        }
    }

    @Override
    public Object getResponse() {
        return true;
    }

    @Override
    protected void writeInternal(ObjectDataOutput out) throws IOException {
        super.writeInternal(out);
        BatchOperation.write(keys, processors, out);
    }

    @Override
    protected void readInternal(ObjectDataInput in) throws IOException {
        super.readInternal(in);
        keys = new ArrayList<>();
        processors = new ArrayList<>();
        BatchOperation.read(keys, processors, in);
    }

    @Override
    public int getFactoryId() {
        return WireFactory.ID;
    }

    @Override
    public int getClassId() {
        return WireFactory.BATCH_BACKUP;
    }
}
