package io.coppice.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import com.hazelcast.spi.impl.operationservice.Operation;
import io.coppice.port.NodeId;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** Asks a member for its {@link Standing}; answers with its number. */
final class StandingOperation extends Operation implements IdentifiedDataSerializable {
    private static final long ASK_SECONDS_MAX = 2;

    private int answer;

    /** The standings of these members; who does not say in time, or is being stopped, is not among them. */
    static Map<NodeId, Standing> ask(HazelcastInstance instance, Collection<Member> members)
            throws InterruptedException {
        Map<Member, NodeId> known = new HashMap<>();
        for (Member member : members) {
            MemberTraits traits = MemberTraits.of(member);
            if (traits != null) {
                known.put(member, traits.id());
            }
        }
        Map<Member, Integer> heard =
                MemberCalls.answers(instance, known.keySet(), StandingOperation::new, ASK_SECONDS_MAX);
        Map<NodeId, Standing> standings = new HashMap<>();
        heard.forEach((member, answer) -> {
            Standing standing = Standing.numbered(answer);
            if (standing != null) {
                standings.put(Objects.requireNonNull(known.get(member)), standing);
            }
        });
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
