package io.coppice.cluster;

import static org.slf4j.MarkerFactory.getMarker;

import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipAdapter;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.core.LifecycleEvent;
import com.hazelcast.instance.impl.HazelcastInstanceFactory;
import io.coppice.cluster.MemberLife.State;
import io.coppice.config.CoppiceConfig.Address;
import io.coppice.config.CoppiceConfig.Cluster;
import io.coppice.config.Hosts;
import io.coppice.port.Archive;
import io.coppice.port.Loop;
import io.coppice.port.NodeId;
import io.coppice.port.View;
import io.coppice.port.WireVersions;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** This node as a member of its cluster: who else is there, whether that is a majority, and the end of it. */
public final class HazelcastMember {
    private static final Logger LOG = LoggerFactory.getLogger(HazelcastMember.class);

    private static final int HANDSHAKE_THREADS = 32;

    private final MemberSettings settings;
    private final MemberLife life;
    private final Roster roster;
    private final ClusterCounters counters = new ClusterCounters();
    private final MemberRefusals refusals = new MemberRefusals(counters, System::nanoTime);
    private final HazelcastInstance instance;
    private final Fit fit;
    private final Recovery recovery;
    private final Archive archive;
    private final Survey survey;
    private final Copies copies;
    private final Electorate electorate;
    private final Sizing sizing;
    private final VersionInEffect version;
    private final Versions versions;
    private volatile @Nullable MemberWatch watch;
    /** What the disk has is with the others. */
    private boolean brought;

    private HazelcastMember(
            MemberSettings settings, Consumer<String> expelled, Archive archive, UnaryOperator<Config> change)
            throws JoinRefused {
        this.settings = settings;
        this.life = new MemberLife(settings, expelled);
        Cluster cluster = settings.cluster();
        this.electorate = Electorate.of(cluster, archive, System::nanoTime, this::agreed);
        this.roster = new Roster(
                electorate,
                cluster.backups(),
                archive.isDurable(),
                cluster.recoveryTimeout().toMillis(),
                System::nanoTime);
        this.version = Versions.inEffect(settings, archive, System::nanoTime);
        this.instance = start(settings, change);
        this.fit = new Fit(
                settings,
                instance.getCluster(),
                electorate,
                version,
                (members, question) -> AgreeOperation.ask(instance, members, question));
        this.sizing = new Sizing(this, electorate);
        this.versions = new Versions(this, version, archive);
        electorate.know(this::identities);
        this.archive = archive;
        this.recovery = Recovery.of(this, archive);
        this.survey = new Survey(this, roster);
        this.copies = Copies.of(this, electorate);
        Standing.tell(instance, this::standing);
    }

    /**
     * Joins the cluster, or founds it; others may be missing still.
     *
     * @param archive what the node has on its disk
     * @param expelled told once, on any thread, when this member is one no longer against its will, with the reason: the
     *     process must start anew
     * @throws JoinRefused where this node does not fit the members that are there; then nothing is left running
     */
    public static HazelcastMember open(MemberSettings settings, Archive archive, Consumer<String> expelled)
            throws JoinRefused {
        return open(settings, archive, expelled, config -> config);
    }

    /** @param change what is otherwise than {@link HazelcastConfig} has it */
    static HazelcastMember open(
            MemberSettings settings, Archive archive, Consumer<String> expelled, UnaryOperator<Config> change)
            throws JoinRefused {
        HazelcastMember member = new HazelcastMember(settings, expelled, archive, change);
        boolean joined = false;
        try {
            member.fit.check();
            if (member.hasMajority()) {
                member.bring(); // nobody waits for it yet, however long it takes
            }
            member.promote();
            joined = true;
            member.life.become(State.JOINING, State.JOINED);
            member.versions.begin();
            return member;
        } finally {
            if (!joined) {
                member.kill();
            }
        }
    }

    private HazelcastInstance start(MemberSettings settings, UnaryOperator<Config> change) throws JoinRefused {
        ClusterSecret secret = ClusterSecret.read(settings.cluster().secretFile());
        MemberDoor door =
                new MemberDoor(new MemberHandshake(secret, MemberHandshake.MILLIS_MAX), refusals, HANDSHAKE_THREADS);
        try {
            Config config = change.apply(HazelcastConfig.of(settings, roster, electorate, version, this::stateChanged));
            Hazelcast.setOutOfMemoryHandler(new MemberHeap());
            return HazelcastInstanceFactory.newHazelcastInstance(config, config.getInstanceName(), door);
        } catch (HazelcastException | IllegalStateException fault) {
            throw new JoinRefused(
                    "node " + settings.id().name() + " cannot be a member of cluster "
                            + settings.cluster().name() + " at "
                            + Hosts.withPort(
                                    settings.cluster().host(),
                                    settings.cluster().port())
                            + ": " + fault.getMessage()
                            + " Allowed: a free cluster.port, and the cluster.partitions of the other nodes",
                    fault);
        }
    }

    /** From a member without data to a full one; whoever leads the cluster may change meanwhile. */
    private void promote() throws JoinRefused {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(settings.joinMillisMax());
        while (instance.getCluster().getLocalMember().isLiteMember()) {
            try {
                instance.getCluster().promoteLocalLiteMember();
            } catch (HazelcastException | IllegalStateException later) {
                if (System.nanoTime() >= deadline
                        || !instance.getLifecycleService().isRunning()) {
                    throw new JoinRefused("node " + settings.id().name() + " was not let in: " + later, later);
                }
                fit.pause();
            }
        }
    }

    // Majority.

    /** Whether enough nodes are there for anything to be written or read. */
    public boolean hasMajority() {
        return instance.getLifecycleService().isRunning()
                && members().size() >= electorate.majority()
                && instance.getSplitBrainProtectionService()
                        .getSplitBrainProtection(HazelcastConfig.MAJORITY)
                        .hasMinimumSize();
    }

    /**
     * Waits until enough nodes are there.
     *
     * @throws JoinRefused when they are not after the time that the settings give
     */
    public void awaitMajority() throws JoinRefused {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(settings.joinMillisMax());
        while (life.state() != State.SERVING) {
            if (life.become(State.MOVED, State.JOINED)) {
                brought = false;
                fit.check();
                promote();
            } else if (hasMajority()) {
                roster.serve();
                life.become(State.JOINED, State.SERVING);
                bring();
                recovery.awaitOthers();
            } else if (System.nanoTime() >= deadline) {
                throw noMajority();
            } else {
                fit.pause();
            }
        }
    }

    private void bring() throws JoinRefused {
        if (!brought) {
            recovery.bring();
            brought = true;
        }
    }

    /** What becomes of what is on the disks of all nodes. */
    public Recovery recovery() {
        return recovery;
    }

    /** What the node has on its disk. */
    Archive archive() {
        return archive;
    }

    private JoinRefused noMajority() {
        List<View.Member> there = members();
        int expected = electorate.size();
        String refusal = refusals.last();
        return new JoinRefused("could not reach " + (expected - there.size()) + " of " + expected + " nodes in "
                + settings.joinMillisMax() / 1_000 + " s: of cluster "
                + settings.cluster().name() + " there is "
                + String.join(
                        ", ", there.stream().map(member -> member.id().name()).toList())
                + "; needed: " + electorate.majority() + (refusal == null ? "" : "; " + refusal));
    }

    // Who is there.

    /**
     * The full members, in the order of their names. Events of Hazelcast come late or not at all under load; this list
     * is what its member knows. Empty while this one merges what it has into another part of the cluster: whoever it
     * finds there then goes on without it.
     */
    List<View.Member> members() {
        if (life.isEnding()) {
            return List.of();
        }
        try {
            return roster.members(instance.getCluster()::getMembers);
        } catch (HazelcastInstanceNotActiveException gone) {
            return List.of();
        }
    }

    /** Whether a node is a full member now. */
    boolean isThere(NodeId id) {
        return members().stream().anyMatch(member -> member.id().equals(id));
    }

    /** What each member reads and writes. */
    Map<NodeId, WireVersions> wires() {
        Map<NodeId, WireVersions> wires = new HashMap<>();
        try {
            for (Member member : instance.getCluster().getMembers()) {
                MemberTraits traits = MemberTraits.of(member);
                if (traits != null) {
                    wires.put(traits.id(), versions.of(member, traits.wire()));
                }
            }
        } catch (HazelcastInstanceNotActiveException gone) {
            LOG.debug("nobody is there any more", gone);
        }
        return wires;
    }

    /** The version of what members say to each other that this one writes now. */
    public int writtenVersion() {
        return version.written();
    }

    /** Lets the version that is written go up to another one, as soon as all nodes are there, let it and read it. */
    public void wantVersion(int wanted) {
        version.want(wanted);
    }

    /** Where a node takes what others send it, by the text of its identity; null where it is not there. */
    @Nullable
    Address busOf(String node) {
        try {
            for (Member member : instance.getCluster().getMembers()) {
                MemberTraits traits = MemberTraits.of(member);
                if (traits != null && traits.id().toString().equals(node)) {
                    return new Address(member.getAddress().getHost(), traits.busPort());
                }
            }
        } catch (HazelcastInstanceNotActiveException gone) {
            LOG.debug("nobody is there any more for {}", node, gone);
        }
        return null;
    }

    /**
     * Tells who is there, now and after each change.
     *
     * @param first the node's first loop, on which the views are told
     */
    public void watch(Loop first, Consumer<View> to) {
        MemberWatch watching = new MemberWatch(this, life, first, to);
        watch = watching;
        instance.getCluster().addMembershipListener(new MembershipAdapter() {
            @Override
            public void memberAdded(MembershipEvent event) {
                watching.lookSoon();
            }

            @Override
            public void memberRemoved(MembershipEvent event) {
                watching.lookSoon();
            }
        });
        watching.begin();
    }

    /** What is to be done once a second, on the first loop; whether it is to be done again. */
    boolean tick() {
        survey.begin();
        sizing.begin();
        copies.tick();
        return instance.getLifecycleService().isRunning();
    }

    private Standing standing() {
        return switch (recovery.phase()) {
            case BRINGING -> Standing.BRINGING;
            case BROUGHT -> Standing.BROUGHT;
            case SERVING -> roster.isWaiting() || life.isEnding() ? Standing.WAITING : Standing.AT_WORK;
        };
    }

    // Its life.

    private void stateChanged(LifecycleEvent event) {
        switch (event.getState()) {
            case MERGING -> merging();
            case MERGED, MERGE_FAILED -> {
                boolean merged = event.getState() == LifecycleEvent.LifecycleState.MERGED;
                State next = life.merged();
                if (next == State.LEAVING) {
                    new Thread(() -> leaveAfterMerge(merged), "coppice-leave").start();
                } else if (next == State.MOVED) {
                    recovery.moved();
                }
            }
            case SHUTTING_DOWN, SHUTDOWN -> {
                if (life.state() != State.LEAVING) {
                    life.end("its cluster gave it up");
                }
            }
            default -> LOG.debug("member is {}", event.getState());
        }
    }

    /** What it has may be what nobody else has, after all sides of a split were too small to go on. */
    private void merging() {
        if (life.merging()) {
            roster.bring();
            LOG.warn(
                    getMarker("cluster-cut-off"),
                    "Node {} serves nobody and brings what it has to the others: {}",
                    settings.id(),
                    MemberLife.CUT_OFF);
            lookSoon();
        }
    }

    /** What it has brought may be kept by itself so far, as a member like any other. */
    private void leaveAfterMerge(boolean merged) {
        try {
            if (merged) {
                BroughtOperation.tell(instance, roster.bringing(settings.id()));
            }
            instance.shutdown();
        } finally {
            life.end(MemberLife.CUT_OFF);
        }
    }

    /** Leaves, after others have taken over what this member has, and at the latest after the time that the settings give. */
    public void leave() {
        life.over();
        recovery.close();
        new Farewell(this).say();
        close();
        instance.shutdown();
    }

    /** Leaves at once, as a killed process would. */
    void kill() {
        life.over();
        recovery.close();
        close();
        instance.getLifecycleService().terminate();
    }

    private void close() {
        survey.close();
        copies.close();
        sizing.close();
        versions.close();
    }

    private Set<UUID> identities() {
        Set<UUID> identities = new HashSet<>();
        instance.getCluster().getMembers().forEach(each -> identities.add(each.getUuid()));
        return identities;
    }

    /** Something else is agreed on who counts, or may be soon. */
    private void agreed() {
        roster.forgetKnown();
        lookSoon();
    }

    private void lookSoon() {
        MemberWatch watching = watch;
        if (watching != null) {
            watching.lookSoon();
        }
    }

    Electorate electorate() {
        return electorate;
    }

    Sizing sizing() {
        return sizing;
    }

    Copies copies() {
        return copies;
    }

    /** The port for members. */
    public int port() {
        return instance.getCluster().getLocalMember().getAddress().getPort();
    }

    /** What has gone wrong between this member and others. */
    ClusterCounters counters() {
        return counters;
    }

    HazelcastInstance instance() {
        return instance;
    }

    MemberSettings settings() {
        return settings;
    }
}
