package io.coppice.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.map.impl.MapService;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import com.hazelcast.spi.impl.operationservice.Operation;
import com.hazelcast.spi.impl.operationservice.OperationService;
import io.coppice.port.NodeId;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks a member for its {@link Standing}; answers with its number. */
final class StandingOperation extends Operation implements IdentifiedDataSerializable {
    private static final Logger LOG = LoggerFactory.getLogger(StandingOperation.class);
    private static final long ASK_SECONDS_MAX = 2;

    private int answer;

    /** The standings of these members; who does not say in time, or is being stopped, is not among them. */
    static Map<NodeId, Standing> ask(HazelcastInstance instance, Collection<Member> members)
            throws InterruptedException {
        OperationService service = ((HazelcastInstanceProxy) instance)
                .getOriginal()
                .node
                .getNodeEngine()
                .getOperationService();
        Map<NodeId, CompletableFuture<Integer>> answers = new HashMap<>();
        for (Member member : members) {
            MemberTraits traits = MemberTraits.of(member);
            if (traits != null) {
                answers.put(
                        traits.id(),
                        service.createInvocationBuilder(
                                        MapService.SERVICE_NAME, new StandingOperation(), member.getAddress())
                                .setTryCount(1)
                                .invoke());
            }
        }
        Map<NodeId, Standing> standings = new HashMap<>();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(ASK_SECONDS_MAX);
        for (Map.Entry<NodeId, CompletableFuture<Integer>> each : answers.entrySet()) {
            try {
                Standing standing = Standing.numbered(
                        each.getValue().get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS));
                if (standing != null) {
                    standings.put(each.getKey(), standing);
                }
            } catch (ExecutionException | TimeoutException unheard) {
                LOG.debug("{} does not say how far it is", each.getKey(), unheard);
            }
        }
        return standings;
    }

    @Override
    public void run() {
        answer = Standing.of(getNodeEngine().getHazelcastInstance()).ordinal();
    }

    @Override
    public Object getResponse() {
        return answer;
    }

    @Override
    public int getFactoryId() {
        return WireFactory.ID;
    }

    @Override
    public int getClassId() {
        return WireFactory.STANDING;
    }
}
