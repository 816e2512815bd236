package io.coppice.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.map.impl.MapService;
import com.hazelcast.spi.impl.operationservice.Operation;
import com.hazelcast.spi.impl.operationservice.OperationService;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks several members the same at once. */
final class MemberCalls {
    private static final Logger LOG = LoggerFactory.getLogger(MemberCalls.class);

    private MemberCalls() {}

    /**
     * What members answer; who does not in time, or is being stopped, is not among them. Nobody is asked twice.
     *
     * @param question made anew for each member
     * @param secondsMax for all of them together
     */
    static <T> Map<Member, T> answers(
            HazelcastInstance instance, Collection<Member> members, Supplier<Operation> question, long secondsMax)
            throws InterruptedException {
        OperationService service = ((HazelcastInstanceProxy) instance)
                .getOriginal()
                .node
                .getNodeEngine()
                .getOperationService();
        Map<Member, CompletableFuture<T>> asked = new HashMap<>();
        for (Member member : members) {
            asked.put(
                    member,
                    service.createInvocationBuilder(MapService.SERVICE_NAME, question.get(), member.getAddress())
                            .setTryCount(1)
                            .invoke());
        }
        Map<Member, T> answers = new HashMap<>();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(secondsMax);
        for (Map.Entry<Member, CompletableFuture<T>> each : asked.entrySet()) {
            try {
                answers.put(
                        each.getKey(),
                        each.getValue().get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS));
            } catch (ExecutionException | TimeoutException unheard) {
                LOG.debug("{} does not answer", each.getKey(), unheard);
            }
        }
        return answers;
    }
}
