package io.coppice.cluster;

import com.hazelcast.core.ManagedContext;
import com.hazelcast.internal.nio.IOUtil;
import com.hazelcast.internal.serialization.Data;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.impl.operation.MapOperation;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.spi.impl.operationservice.PartitionAwareOperation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Processors and the keys of one map and one partition that they are for, one for each. */
abstract class Batch extends MapOperation implements PartitionAwareOperation {
    List<Data> keys = List.of();
    List<EntryProcessor<?, ?, ?>> processors = List.of();

    Batch() {}

    Batch(String map, List<Data> keys, List<EntryProcessor<?, ?, ?>> processors) {
        super(map);
        this.keys = keys;
        this.processors = processors;
    }

    /** A processor that was sent to this very member knows it no more than one that came from another. */
    EntryProcessor<?, ?, ?> here(EntryProcessor<?, ?, ?> processor) {
        ManagedContext context = getNodeEngine().getSerializationService().getManagedContext();
        return (EntryProcessor<?, ?, ?>) context.initialize(processor);
    }

    @Override
    protected void writeInternal(ObjectDataOutput out) throws IOException {
        super.writeInternal(out);
        out.writeInt(keys.size());
        for (int i = 0; i < keys.size(); i++) {
            IOUtil.writeData(out, keys.get(i));
            out.writeObject(processors.get(i));
        }
    }

    @Override
    protected void readInternal(ObjectDataInput in) throws IOException {
        super.readInternal(in);
        keys = new ArrayList<>();
        processors = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            keys.add(IOUtil.readData(in));
            processors.add(in.readObject());
        }
    }

    @Override
    public int getFactoryId() {
        return WireFactory.ID;
    }
}
