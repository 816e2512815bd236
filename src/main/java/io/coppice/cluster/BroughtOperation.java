package io.coppice.cluster;

import static org.slf4j.MarkerFactory.getMarker;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.map.impl.MapService;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import com.hazelcast.spi.impl.NodeEngine;
import com.hazelcast.spi.impl.operationservice.Operation;
import io.coppice.port.NodeId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells a member who has brought it what they had, so that it need not wait for them any more. */
final class BroughtOperation extends Operation implements IdentifiedDataSerializable {
    private static final Logger LOG = LoggerFactory.getLogger(BroughtOperation.class);
    private static final long TELL_SECONDS_MAX = 10;

    private final Set<NodeId> members = new HashSet<>();

    BroughtOperation() {}

    BroughtOperation(Collection<NodeId> members) {
        this.members.addAll(members);
    }

    /** Tells everyone else. Who does not hear it waits in vain, but not for good. */
    static void tell(HazelcastInstance instance, Collection<NodeId> brought) {
        NodeEngine engine =
                ((HazelcastInstanceProxy) instance).getOriginal().node.getNodeEngine();
        List<CompletableFuture<Object>> answers = new ArrayList<>();
        for (Member member : instance.getCluster().getMembers()) {
            if (!member.localMember()) {
                answers.add(engine.getOperationService()
                        .createInvocationBuilder(
                                MapService.SERVICE_NAME, new BroughtOperation(brought), member.getAddress())
                        .invoke());
            }
        }
        try {
            CompletableFuture.allOf(answers.toArray(new CompletableFuture<?>[0]))
                    .get(TELL_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException unheard) {
            LOG.warn(
                    getMarker("recovery-unconfirmed"),
                    "Not everyone has heard that what {} had is with them: {}",
                    brought,
                    unheard.toString());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void run() {
        Object roster = getNodeEngine().getHazelcastInstance().getUserContext().get(Roster.class.getName());
        if (roster instanceof Roster present) {
            present.brought(members);
        }
    }

    @Override
    protected void writeInternal(ObjectDataOutput out) throws IOException {
        super.writeInternal(out);
        out.writeInt(members.size());
        for (NodeId member : members) {
            out.writeString(member.name());
            out.writeLong(member.life());
        }
    }

    @Override
    protected void readInternal(ObjectDataInput in) throws IOException {
        super.readInternal(in);
        for (int left = in.readInt(); left > 0; left--) {
            members.add(new NodeId(Wire.text(in), in.readLong()));
        }
    }

    @Override
    public int getFactoryId() {
        return WireFactory.ID;
    }

    @Override
    public int getClassId() {
        return WireFactory.BROUGHT;
    }
}
