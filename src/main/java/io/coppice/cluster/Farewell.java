package io.coppice.cluster;

import static org.slf4j.MarkerFactory.getMarker;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A member leaves on purpose: when all copies are in place, one after the other, and all know that it was no failure. Where the
 * others are no majority anyway, as when a whole cluster is stopped, it waits for nobody.
 */
final class Farewell {
    private static final Logger LOG = LoggerFactory.getLogger(Farewell.class);
    private static final long LOOK_MILLIS = 100;

    private final HazelcastMember member;

    Farewell(HazelcastMember member) {
        this.member = member;
    }

    /** Waits for its turn, and at the latest for the time that the settings give. */
    void say() {
        long deadline = System.nanoTime()
                + TimeUnit.MILLISECONDS.toNanos(member.settings().leaveMillisMax());
        try {
            while (!isTurn()) {
                if (System.nanoTime() >= deadline) {
                    LOG.error(
                            getMarker("cluster-left-unsafe"),
                            "Node {} leaves although copies were not in place, or another node was leaving, for {} s: what fails "
                                    + "now besides may be lost where it is on no disk.",
                            member.settings().id(),
                            member.settings().leaveMillisMax() / 1_000);
                    break;
                }
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            }
            ask(others(), Electorate.leaving(member.settings().id().name()));
        } catch (HazelcastInstanceNotActiveException gone) {
            LOG.debug("nobody is there any more to take leave of", gone);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private HazelcastInstance instance() {
        return member.instance();
    }

    /** Whether nothing has to be waited for. */
    private boolean isTurn() throws InterruptedException {
        if (!member.hasMajority() || others().isEmpty()) {
            return true;
        }
        Member eldest = instance().getCluster().getMembers().iterator().next();
        JsonObject question =
                Electorate.turn(instance().getCluster().getLocalMember().getUuid());
        boolean granted = eldest.localMember()
                ? member.electorate().answer(question).getBoolean("granted")
                : ask(List.of(eldest), question).values().stream()
                        .anyMatch(answer -> answer.getBoolean("granted", true));
        return granted && instance().getPartitionService().isClusterSafe();
    }

    private List<Member> others() {
        List<Member> others = new ArrayList<>(instance().getCluster().getMembers());
        others.removeIf(Member::localMember);
        return others;
    }

    private Map<Member, JsonObject> ask(Collection<Member> members, JsonObject question) throws InterruptedException {
        return AgreeOperation.ask(instance(), members, question);
    }
}
