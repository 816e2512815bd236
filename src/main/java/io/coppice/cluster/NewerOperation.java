package io.coppice.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.map.impl.MapService;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import com.hazelcast.spi.impl.operationservice.Operation;
import io.coppice.port.Archive;
import java.io.IOException;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Asks a member of which sessions its disk has something newer than somebody else's; answers with a bit for each, in the
 * order in which they were asked for.
 */
final class NewerOperation extends Operation implements IdentifiedDataSerializable {
    private final Map<String, Long> asked = new LinkedHashMap<>();

    NewerOperation() {}

    /** @param asked client identifiers and epochs, in an order that stays */
    NewerOperation(Map<String, Long> asked) {
        this.asked.putAll(asked);
    }

    static CompletableFuture<long[]> ask(HazelcastInstance instance, Member member, Map<String, Long> asked) {
        return ((HazelcastInstanceProxy) instance)
                .getOriginal()
                .node
                .getNodeEngine()
                .getOperationService()
                .createInvocationBuilder(MapService.SERVICE_NAME, new NewerOperation(asked), member.getAddress())
                .invoke();
    }

    /** Answers when the disk has: no thread of the member waits for that. */
    @Override
    public boolean returnsResponse() {
        return false;
    }

    @Override
    public void run() {
        Object archive = getNodeEngine().getHazelcastInstance().getUserContext().get(Archive.class.getName());
        if (!(archive instanceof Archive present)) {
            sendResponse(new long[0]);
            return;
        }
        present.newer(asked, newer -> {
            BitSet bits = new BitSet();
            int index = 0;
            for (String clientId : asked.keySet()) {
                bits.set(index++, newer.contains(clientId));
            }
            sendResponse(bits.toLongArray());
        });
    }

    @Override
    protected void writeInternal(ObjectDataOutput out) throws IOException {
        super.writeInternal(out);
        out.writeInt(asked.size());
        for (Map.Entry<String, Long> each : asked.entrySet()) {
            out.writeString(each.getKey());
            out.writeLong(each.getValue());
        }
    }

    @Override
    protected void readInternal(ObjectDataInput in) throws IOException {
        super.readInternal(in);
        for (int left = in.readInt(); left > 0; left--) {
            asked.put(Wire.text(in), in.readLong());
        }
    }

    @Override
    public int getFactoryId() {
        return WireFactory.ID;
    }

    @Override
    public int getClassId() {
        return WireFactory.NEWER;
    }
}
