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
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** This node as a member of its cluster: who else is there, whether that is a majority, and the end of it. */
public final class HazelcastMember {
    private static final Logger LOG = LoggerFactory.getLogger(HazelcastMember.class);

    private enum State {
        JOINING,
        /** It fits those who are there, and waits for a majority. */
        JOINED,
        /** As before, but it has come to others since, whom it need not fit. */
        MOVED,
        /** There was a majority: from now on it may have what others have not. */
        SERVING,
        /** It brings what it has to another part of the cluster. */
        MERGING,
        /** It has brought it, and leaves when others have it. */
        LEAVING,
        ENDED;

        State afterMerge() {
            return switch (this) {
                case JOINING, JOINED, MOVED -> MOVED;
                case SERVING, MERGING, LEAVING -> LEAVING;
                case ENDED -> ENDED;
            };
        }
    }

    private static final String CUT_OFF = "it was cut off from a majority";

    private static final long TICK_MILLIS = 1_000;
    /** After which it ends with what it could bring. */
    private static final long MERGE_SECONDS_MAX = 60;

    private static final int HANDSHAKE_THREADS = 32;

    private final MemberSettings settings;
    private final Consumer<String> expelled;
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
    private final AtomicReference<State> state = new AtomicReference<>(State.JOINING);
    private volatile @Nullable Watch watch;
    /** On the clock of {@link System#nanoTime}. */
    private volatile long mergeBegan;
    /** What the disk has is with the others. */
    private boolean brought;

    private HazelcastMember(
            MemberSettings settings, Consumer<String> expelled, Archive archive, UnaryOperator<Config> change)
            throws JoinRefused {
        this.settings = settings;
        this.expelled = expelled;
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
            member.become(State.JOINING, State.JOINED);
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
        while (state.get() != State.SERVING) {
            if (become(State.MOVED, State.JOINED)) {
                brought = false;
                fit.check();
                promote();
            } else if (hasMajority()) {
                roster.serve();
                become(State.JOINED, State.SERVING);
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
        if (isEnding()) {
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
        Watch watching = new Watch(first, to);
        watch = watching;
        instance.getCluster().addMembershipListener(new MembershipAdapter() {
            @Override
            public void memberAdded(MembershipEvent event) {
                first.execute(watching::look);
            }

            @Override
            public void memberRemoved(MembershipEvent event) {
                first.execute(watching::look);
            }
        });
        first.execute(watching::tick);
    }

    /** On the first loop alone. */
    private final class Watch {
        private final Loop first;
        private final Consumer<View> to;
        private List<View.Member> told = List.of();
        private int toldSize;

        Watch(Loop first, Consumer<View> to) {
            this.first = first;
            this.to = to;
        }

        void tick() {
            look();
            survey.begin();
            sizing.begin();
            copies.tick();
            if (instance.getLifecycleService().isRunning()) {
                first.after(TICK_MILLIS, this::tick);
            }
        }

        void look() {
            boolean ending = isEnding();
            if (ending && System.nanoTime() - mergeBegan > TimeUnit.SECONDS.toNanos(MERGE_SECONDS_MAX)) {
                end(CUT_OFF + ", and could not bring all that it has to the others in " + MERGE_SECONDS_MAX + " s");
            }
            if (state.get() == State.ENDED) {
                return;
            }
            List<View.Member> members = members();
            // Without ourselves there is nobody to tell: the member is being thrown out, or stopped.
            boolean there = members.stream().anyMatch(member -> member.id().equals(settings.id()));
            int size = electorate.size();
            if ((there || ending) && (!members.equals(told) || size != toldSize)) {
                told = members;
                toldSize = size;
                to.accept(new View(members, size));
            }
        }
    }

    private Standing standing() {
        return switch (recovery.phase()) {
            case BRINGING -> Standing.BRINGING;
            case BROUGHT -> Standing.BROUGHT;
            case SERVING -> roster.isWaiting() || isEnding() ? Standing.WAITING : Standing.AT_WORK;
        };
    }

    // Its life.

    /** Whether it acts no more, and is about to end. */
    private boolean isEnding() {
        State now = state.get();
        return now == State.MERGING || now == State.LEAVING;
    }

    private boolean become(State former, State next) {
        return state.compareAndSet(former, next);
    }

    private void stateChanged(LifecycleEvent event) {
        switch (event.getState()) {
            case MERGING -> merging();
            case MERGED, MERGE_FAILED -> {
                boolean merged = event.getState() == LifecycleEvent.LifecycleState.MERGED;
                State next = state.updateAndGet(State::afterMerge);
                if (next == State.LEAVING) {
                    new Thread(() -> leaveAfterMerge(merged), "coppice-leave").start();
                } else if (next == State.MOVED) {
                    recovery.moved();
                }
            }
            case SHUTTING_DOWN, SHUTDOWN -> {
                if (state.get() != State.LEAVING) {
                    end("its cluster gave it up");
                }
            }
            default -> LOG.debug("member is {}", event.getState());
        }
    }

    /** What it has may be what nobody else has, after all sides of a split were too small to go on. */
    private void merging() {
        mergeBegan = System.nanoTime();
        if (become(State.SERVING, State.MERGING)) {
            roster.bring();
            LOG.warn(
                    getMarker("cluster-cut-off"),
                    "Node {} serves nobody and brings what it has to the others: {}",
                    settings.id(),
                    CUT_OFF);
            Watch watching = watch;
            if (watching != null) {
                watching.first.execute(watching::look);
            }
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
            end(CUT_OFF);
        }
    }

    /** It is no member any more, against its will. */
    private void end(String reason) {
        State former = state.getAndUpdate(now -> now == State.JOINING ? now : State.ENDED);
        if (former != State.JOINING && former != State.ENDED) {
            LOG.warn(
                    getMarker("cluster-expelled"),
                    "Node {} is a member of cluster {} no longer: {}. It must start anew.",
                    settings.id(),
                    settings.cluster().name(),
                    reason);
            expelled.accept(reason);
        }
    }

    /** Leaves, after others have taken over what this member has, and at the latest after the time that the settings give. */
    public void leave() {
        state.set(State.ENDED);
        recovery.close();
        new Farewell(this).say();
        survey.close();
        copies.close();
        sizing.close();
        versions.close();
        instance.shutdown();
    }

    /** Leaves at once, as a killed process would. */
    void kill() {
        state.set(State.ENDED);
        recovery.close();
        survey.close();
        copies.close();
        sizing.close();
        versions.close();
        instance.getLifecycleService().terminate();
    }

    private Set<UUID> identities() {
        Set<UUID> identities = new HashSet<>();
        instance.getCluster().getMembers().forEach(each -> identities.add(each.getUuid()));
        return identities;
    }

    /** Something else is agreed on who counts, or may be soon. */
    private void agreed() {
        roster.forgetKnown();
        Watch watching = watch;
        if (watching != null) {
            watching.first.execute(watching::look);
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
