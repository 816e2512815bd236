package io.coppice.cluster;

import static org.slf4j.MarkerFactory.getMarker;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.map.IMap;
import io.coppice.port.Archive;
import io.coppice.port.Archive.Crew;
import io.coppice.port.NodeId;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings together what the disks of all nodes have, before any of them lets clients in: each offers what it has, and waits for
 * those who are there, and for a time for those who were there when the cluster was last. Who comes to a cluster that is at
 * work brings what it has before it is seen as a member.
 */
public final class Recovery implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);
    private static final long LOOK_MILLIS = 50;
    private static final long REPORT_SECONDS = 10;
    private static final int LEFTOVERS_AT_A_TIME = 1_000;
    private static final long ASK_SECONDS_MAX = 30;

    private final HazelcastMember member;
    private final Archive archive;
    private final NodeId self;
    private final long patienceMillis;
    private final long retentionMillis;
    private final BackgroundLoop loop = new BackgroundLoop("coppice-recovery");
    private final Calls calls;
    private Crew latest = Crew.NOBODY;
    private volatile RecoveryEntry.Phase phase = RecoveryEntry.Phase.BRINGING;
    private volatile boolean closed;
    /** What a start waits for, for an operator. */
    private volatile String progress = "";

    private Recovery(HazelcastMember member, Archive archive) {
        this.member = member;
        this.archive = archive;
        this.self = member.settings().id();
        this.patienceMillis = member.settings().cluster().recoveryTimeout().toMillis();
        this.retentionMillis = member.settings().cluster().tombstoneRetention().toMillis();
        this.calls = new Calls(Submitter.DIRECT, member::hasMajority, new ClusterCounters());
    }

    /** Of a member that has just come in and has no copies of others yet. */
    static Recovery of(HazelcastMember member, Archive archive) {
        member.instance().getUserContext().put(Archive.class.getName(), archive);
        return new Recovery(member, archive);
    }

    /** What the start of this node waits for at the moment, in words for an operator; empty where it is nothing of this. */
    public String progress() {
        return progress;
    }

    /** How far this node has come, as long as it does not serve. */
    RecoveryEntry.Phase phase() {
        return phase;
    }

    /** It has come to others, who may lack what it has brought to those whom it came from. */
    void moved() {
        phase = RecoveryEntry.Phase.BRINGING;
    }

    // --- what this node has

    /**
     * Offers what the disk has.
     *
     * @throws JoinRefused where the node is stopped meanwhile
     */
    void bring() throws JoinRefused {
        progress = "bringing what is on its disk to the others";
        tell(RecoveryEntry.Phase.BRINGING);
        long away = System.currentTimeMillis() - archive.aliveAt();
        if (archive.aliveAt() != 0 && away > retentionMillis && isAtWork(entries())) {
            LOG.warn(
                    getMarker("recovery-too-late"),
                    "Node {} was away for {} h, longer than cluster.tombstone-retention: nobody knows any more which of its "
                            + "{} sessions have ended. The others have gone on without them, and they are dropped.",
                    self.name(),
                    TimeUnit.MILLISECONDS.toHours(away),
                    archive.sessions().size());
            CompletableFuture<Boolean> dropped = new CompletableFuture<>();
            archive.discard(dropped::complete);
            await(dropped, () -> 0);
        } else {
            offer();
        }
        tell(RecoveryEntry.Phase.BROUGHT);
    }

    private void offer() throws JoinRefused {
        Offering offering = new Offering(archive, member.instance(), calls, loop, self.formerly());
        Offering.Result result = await(offering.begin(), offering::remaining);
        if (result.taken() + result.outdated() + result.unreadable() + result.retained() > 0) {
            LOG.info(
                    getMarker("recovery-done"),
                    "Node {} has brought {} sessions and {} retained messages from its disk; {} sessions have gone on elsewhere "
                            + "or ended, {} do not read.",
                    self.name(),
                    result.taken(),
                    result.retained(),
                    result.outdated(),
                    result.unreadable());
        }
    }

    private <T> T await(CompletableFuture<T> future, IntSupplier remaining) throws JoinRefused {
        while (true) {
            try {
                return future.get(REPORT_SECONDS, TimeUnit.SECONDS);
            } catch (TimeoutException later) {
                if (closed || !member.instance().getLifecycleService().isRunning()) {
                    throw new JoinRefused(
                            "node " + self.name() + " was stopped while it brought what it has on its disk");
                }
                LOG.info(
                        getMarker("recovery-progress"),
                        "Node {} brings what it has on its disk: {} to go.",
                        self.name(),
                        remaining.getAsInt());
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new JoinRefused("node " + self.name() + " was stopped while it joined", interrupted);
            } catch (ExecutionException fault) {
                throw new JoinRefused("node " + self.name() + " cannot bring what it has on its disk: " + fault, fault);
            }
        }
    }

    private void tell(RecoveryEntry.Phase reached) throws JoinRefused {
        phase = reached;
        RecoveryEntry entry = new RecoveryEntry(self, reached, latest());
        onBoard(board -> {
            board.set(self.name(), entry);
            return entry;
        });
    }

    /** Tries until the members agree on who has the board. */
    private <T> T onBoard(Function<IMap<String, RecoveryEntry>, T> use) throws JoinRefused {
        while (true) {
            try {
                return use.apply(member.instance().getMap(HazelcastConfig.RECOVERY));
            } catch (HazelcastInstanceNotActiveException stopped) {
                throw new JoinRefused("node " + self.name() + " was stopped while it joined", stopped);
            } catch (RuntimeException later) {
                if (closed || !Faults.mayPass(later, true)) {
                    throw new JoinRefused(
                            "node " + self.name() + " and the others cannot tell each other how far they are: " + later,
                            later);
                }
                pause();
            }
        }
    }

    private Crew latest() {
        return latest.since() > archive.crew().since() ? latest : archive.crew();
    }

    // --- the others

    /** Those who are there, those without copies of others included. */
    private Set<NodeId> present() {
        Set<NodeId> present = new HashSet<>();
        for (Member each : member.instance().getCluster().getMembers()) {
            MemberTraits traits = MemberTraits.of(each);
            if (traits != null) {
                present.add(traits.id());
            }
        }
        return present;
    }

    /** How far those who are there have come. */
    private List<RecoveryEntry> entries() throws JoinRefused {
        return onBoard(board -> {
            Collection<RecoveryEntry> all = board.values();
            Set<NodeId> present = present();
            return all.stream().filter(entry -> present.contains(entry.node())).toList();
        });
    }

    private boolean isAtWork(List<RecoveryEntry> entries) {
        return entries.stream()
                .anyMatch(entry -> entry.phase() == RecoveryEntry.Phase.SERVING
                        && !entry.node().equals(self));
    }

    /**
     * Waits until all is here that can be expected: until somebody says so who serves, or, where nobody has served yet, until
     * everyone is there who was there last.
     *
     * @throws JoinRefused where the node is stopped meanwhile
     */
    public void awaitOthers() throws JoinRefused {
        long begun = System.nanoTime();
        long reportAt = begun + TimeUnit.SECONDS.toNanos(1);
        for (Map<NodeId, Standing> others = standings();
                !others.containsValue(Standing.AT_WORK);
                others = standings()) {
            List<RecoveryEntry> entries = entries();
            boolean patient = System.nanoTime() - begun < TimeUnit.MILLISECONDS.toNanos(patienceMillis);
            Set<String> waiting = new TreeSet<>();
            Set<String> bringing = new TreeSet<>();
            Set<String> absent = new TreeSet<>(expected(entries));
            for (RecoveryEntry entry : entries) {
                absent.remove(entry.node().name());
                if (entry.phase() == RecoveryEntry.Phase.BRINGING) {
                    bringing.add(entry.node().name());
                }
                Standing standing = others.get(entry.node());
                boolean silent = standing == null && entry.phase() == RecoveryEntry.Phase.SERVING && patient;
                if (standing == Standing.WAITING || silent) {
                    waiting.add(entry.node().name()); // it says when all is there, and gives up in time
                }
            }
            progress = "waiting for what others have on their disks: " + bringing + " bring it, " + absent
                    + " are not there and waited for " + patienceMillis / 1_000 + " s at most, " + waiting
                    + " have lost their majority and wait as well";
            if (waiting.isEmpty() && bringing.isEmpty() && (absent.isEmpty() || !patient)) {
                progress = "";
                if (!absent.isEmpty()) {
                    LOG.error(
                            getMarker("recovery-timeout"),
                            "{} did not come in {} s (cluster.recovery-timeout): the cluster goes on without what is on their "
                                    + "disks alone. Clients whose sessions are there get new ones.",
                            absent,
                            patienceMillis / 1_000);
                }
                return;
            }
            if (System.nanoTime() - reportAt >= 0) {
                reportAt = System.nanoTime() + TimeUnit.SECONDS.toNanos(REPORT_SECONDS);
                LOG.warn(
                        getMarker("recovery-waiting"),
                        "Node {} lets nobody in yet: {} bring what they have on their disks, {} have lost their majority, and {} "
                                + "are waited for, {} s at most.",
                        self.name(),
                        bringing,
                        waiting,
                        absent,
                        patienceMillis / 1_000);
            }
            pause();
        }
        progress = "";
    }

    /** Of the others who are there and say. */
    private Map<NodeId, Standing> standings() throws JoinRefused {
        try {
            List<Member> others = member.instance().getCluster().getMembers().stream()
                    .filter(each -> !each.localMember())
                    .toList();
            return StandingOperation.ask(member.instance(), others);
        } catch (HazelcastInstanceNotActiveException stopped) {
            throw new JoinRefused("node " + self.name() + " was stopped while it joined", stopped);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new JoinRefused("node " + self.name() + " was stopped while it joined", interrupted);
        }
    }

    /** Who had something when the cluster was last, by the newest that is known. */
    private static Set<String> expected(List<RecoveryEntry> entries) {
        Crew newest = Crew.NOBODY;
        for (RecoveryEntry entry : entries) {
            newest = entry.crew().since() > newest.since() ? entry.crew() : newest;
        }
        return newest.names();
    }

    private void pause() throws JoinRefused {
        try {
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new JoinRefused("node " + self.name() + " was stopped while it joined", interrupted);
        }
    }

    // --- at work

    /** This node lets clients in. */
    public void serving() throws JoinRefused {
        tell(RecoveryEntry.Phase.SERVING);
    }

    /**
     * Notes who is there, if that has changed.
     *
     * @param names of the nodes that are members
     * @param settled whether nobody is being taken over from: until then who is gone may be missed
     */
    public void together(Collection<String> names, boolean settled) {
        Set<String> all = new TreeSet<>(names);
        if (!settled) {
            all.addAll(latest.names());
        }
        if (!all.equals(latest.names())) {
            latest = new Crew(System.currentTimeMillis(), Set.copyOf(all));
            archive.crew(latest);
        }
    }

    /** Lets go of sessions that have left, where the disk of another node has them by now. */
    public void dropLeftovers() {
        archive.leftovers(LEFTOVERS_AT_A_TIME, asked -> {
            if (!asked.isEmpty()) {
                loop.execute(() -> ask(asked));
            }
        });
    }

    private void ask(Map<String, Long> asked) {
        Map<String, Long> confirmed = new HashMap<>();
        String[] clientIds = asked.keySet().toArray(new String[0]);
        try {
            for (Member other : member.instance().getCluster().getMembers()) {
                if (other.localMember()) {
                    continue;
                }
                BitSet newer = BitSet.valueOf(
                        NewerOperation.ask(member.instance(), other, asked).get(ASK_SECONDS_MAX, TimeUnit.SECONDS));
                newer.stream()
                        .filter(index -> index < clientIds.length)
                        .forEach(index ->
                                confirmed.put(clientIds[index], asked.getOrDefault(clientIds[index], Long.MIN_VALUE)));
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return;
        } catch (ExecutionException | TimeoutException | RuntimeException later) {
            LOG.debug("not every node says what is on its disk", later); // it is asked again
        }
        if (!confirmed.isEmpty()) {
            archive.forget(confirmed);
        }
    }

    @Override
    public void close() {
        closed = true;
        calls.close();
        loop.close();
    }
}
