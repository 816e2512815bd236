package io.coppice.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import io.coppice.port.NodeId;
import io.coppice.port.View;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a roster has to know of others, found out on a thread of its own: whether all have their copies, and who has brought its disk. */
final class Survey implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Survey.class);

    private final HazelcastMember member;
    private final Roster roster;
    private final BackgroundLoop background = new BackgroundLoop("coppice-members");
    private volatile boolean busy;

    Survey(HazelcastMember member, Roster roster) {
        this.member = member;
        this.roster = roster;
    }

    /** Looks once, unless there is nothing to know, or it is looking still. On any thread. */
    void begin() {
        if (!busy && (roster.isUnsettled() || roster.isWaiting())) {
            busy = true;
            background.execute(this::look);
        }
    }

    private void look() {
        try {
            Set<Member> present = member.instance().getCluster().getMembers();
            settle(present);
            hear(present);
        } catch (HazelcastInstanceNotActiveException gone) {
            LOG.debug("nobody is there any more to ask", gone);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } finally {
            busy = false;
        }
    }

    /** It may be that all have copies of what members had who are gone. */
    private void settle(Set<Member> present) {
        List<View.Member> members = member.members();
        if (roster.isUnsettled()
                && member.instance().getPartitionService().isClusterSafe()
                && member.instance().getCluster().getMembers() == present) {
            roster.settled(members);
        }
    }

    private void hear(Set<Member> present) throws InterruptedException {
        List<Member> unheard = roster.unheard(present);
        if (unheard.isEmpty()) {
            return;
        }
        Map<NodeId, Standing> standings = StandingOperation.ask(member.instance(), unheard);
        standings.values().removeIf(Standing.BRINGING::equals);
        roster.arrived(standings.keySet());
    }

    @Override
    public void close() {
        background.close();
    }
}
