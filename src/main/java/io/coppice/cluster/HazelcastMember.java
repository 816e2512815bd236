package io.coppice.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipAdapter;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.core.LifecycleEvent;
import io.coppice.config.CoppiceConfig.Address;
import io.coppice.config.Hosts;
import io.coppice.port.Loop;
import io.coppice.port.NodeId;
import io.coppice.port.View;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** This node as a member of its cluster: who else is there, whether that is a majority, and the end of it. */
public final class HazelcastMember {
    private static final Logger LOG = LoggerFactory.getLogger(HazelcastMember.class);
    private static final long TICK_MILLIS = 1_000;
    private static final long LOOK_MILLIS = 100;

    private final MemberSettings settings;
    private final Consumer<String> expelled;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final HazelcastInstance instance;
    private volatile Known known = new Known(Set.of(), List.of());
    private volatile boolean joined;
    private volatile boolean leaving;

    private HazelcastMember(MemberSettings settings, Consumer<String> expelled, UnaryOperator<Config> change)
            throws JoinRefused {
        this.settings = settings;
        this.expelled = expelled;
        this.instance = start(settings, change);
    }

    /**
     * Joins the cluster, or founds it; others may be missing still.
     *
     * @param expelled told, on any thread and perhaps more than once, when this member is one no longer against its
     *     will, with the reason: the process must start anew
     * @throws JoinRefused where this node does not fit the members that are there; then nothing is left running
     */
    public static HazelcastMember open(MemberSettings settings, Consumer<String> expelled) throws JoinRefused {
        return open(settings, expelled, config -> config);
    }

    /** @param change what is otherwise than {@link HazelcastConfig} has it */
    static HazelcastMember open(MemberSettings settings, Consumer<String> expelled, UnaryOperator<Config> change)
            throws JoinRefused {
        HazelcastMember member = new HazelcastMember(settings, expelled, change);
        try {
            member.fit();
            member.promote();
            member.joined = true;
            return member;
        } finally {
            if (!member.joined) {
                member.kill();
            }
        }
    }

    private HazelcastInstance start(MemberSettings settings, UnaryOperator<Config> change) throws JoinRefused {
        try {
            return Hazelcast.newHazelcastInstance(change.apply(HazelcastConfig.of(settings, this::stateChanged)));
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

    // Whether it fits.

    /** Those that were members before. */
    private List<Member> elders() {
        List<Member> elders = new ArrayList<>();
        for (Member member : instance.getCluster().getMembers()) {
            if (member.localMember()) {
                break; // the order is that of joining, the same for all: of two that came at once the later one goes
            }
            elders.add(member);
        }
        return elders;
    }

    private void fit() throws JoinRefused {
        for (Member elder : elders()) {
            compare(elder);
        }
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(settings.nameMillisMax());
        int expectedSize = settings.cluster().expectedSize();
        // Whoever was killed is still in the list for a while.
        for (Member namesake = namesake(); namesake != null || elders().size() >= expectedSize; namesake = namesake()) {
            if (System.nanoTime() >= deadline) {
                throw namesake != null
                        ? refusal(namesake, "node.name: " + settings.id().name(), "a name that no node there has")
                        : refusal(
                                elders().get(0),
                                "one node more than cluster.expected-size: " + expectedSize,
                                "a greater one on every node, so that two majorities cannot be");
            }
            pause(LOOK_MILLIS);
        }
    }

    private @Nullable Member namesake() {
        for (Member elder : elders()) {
            MemberTraits traits = MemberTraits.of(elder);
            if (traits != null && traits.id().name().equals(settings.id().name())) {
                return elder;
            }
        }
        return null;
    }

    private void compare(Member elder) throws JoinRefused {
        MemberTraits theirs = MemberTraits.of(elder);
        if (theirs == null) {
            throw refusal(elder, "cluster.name: " + settings.cluster().name(), "a cluster of Coppice nodes");
        }
        if (theirs.wireVersion() != settings.wireVersion()) {
            throw refusal(elder, "wire version " + settings.wireVersion(), Integer.toString(theirs.wireVersion()));
        }
        int expectedSize = settings.cluster().expectedSize();
        if (theirs.expectedSize() != expectedSize) {
            throw refusal(elder, "cluster.expected-size: " + expectedSize, Integer.toString(theirs.expectedSize()));
        }
    }

    private JoinRefused refusal(Member elder, String value, String allowed) {
        MemberTraits theirs = MemberTraits.of(elder);
        return new JoinRefused("node " + settings.id().name() + " does not fit node "
                + (theirs == null ? "without a name" : theirs.id().name()) + " at " + elder.getAddress() + ": " + value
                + " is not allowed; allowed: " + allowed);
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
                pause(LOOK_MILLIS);
            }
        }
    }

    /** The members that were found in a set; Hazelcast makes another set when anything changes, and it is asked with each answer. */
    private record Known(Set<Member> from, List<View.Member> members) {}

    // Majority.

    /** Whether enough nodes are there for anything to be written or read. */
    public boolean hasMajority() {
        return instance.getLifecycleService().isRunning()
                && members().size() >= settings.majority()
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
        while (!hasMajority()) {
            if (System.nanoTime() >= deadline) {
                throw noMajority();
            }
            pause(LOOK_MILLIS);
        }
    }

    private JoinRefused noMajority() {
        List<View.Member> there = members();
        int expected = settings.cluster().expectedSize();
        return new JoinRefused("could not reach " + (expected - there.size()) + " of " + expected + " nodes in "
                + settings.joinMillisMax() / 1_000 + " s: of cluster "
                + settings.cluster().name() + " there is "
                + String.join(
                        ", ", there.stream().map(member -> member.id().name()).toList())
                + "; needed: " + settings.majority());
    }

    private void pause(long millis) throws JoinRefused {
        lock.lock();
        try {
            boolean early = changed.await(millis, TimeUnit.MILLISECONDS);
            LOG.trace("looked again, early: {}", early);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new JoinRefused("node " + settings.id().name() + " was stopped while it joined", interrupted);
        } finally {
            lock.unlock();
        }
    }

    // Who is there.

    /**
     * The full members, in the order of their names. Events of Hazelcast come late or not at all under load; this list
     * is what its member knows.
     */
    List<View.Member> members() {
        try {
            Set<Member> present = instance.getCluster().getMembers();
            Known latest = known;
            if (latest.from() != present) {
                latest = new Known(present, fullMembers(present));
                known = latest;
            }
            return latest.members();
        } catch (HazelcastInstanceNotActiveException gone) {
            return List.of();
        }
    }

    /** Whether a node is a full member now. */
    boolean isThere(NodeId id) {
        return members().stream().anyMatch(member -> member.id().equals(id));
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

    private static List<View.Member> fullMembers(Set<Member> present) {
        Set<String> names = new HashSet<>();
        List<View.Member> members = new ArrayList<>();
        for (Member member : present) {
            MemberTraits traits = MemberTraits.of(member);
            if (traits != null
                    && !member.isLiteMember()
                    && names.add(traits.id().name())) {
                members.add(traits.member());
            }
        }
        members.sort((one, other) -> one.id().compareTo(other.id()));
        return List.copyOf(members);
    }

    /**
     * Tells who is there, now and after each change.
     *
     * @param first the node's first loop, on which the views are told
     */
    public void watch(Loop first, Consumer<View> to) {
        Watch watch = new Watch(first, to);
        instance.getCluster().addMembershipListener(new MembershipAdapter() {
            @Override
            public void memberAdded(MembershipEvent event) {
                first.execute(watch::look);
            }

            @Override
            public void memberRemoved(MembershipEvent event) {
                first.execute(watch::look);
            }
        });
        first.execute(watch::tick);
    }

    /** On the first loop alone. */
    private final class Watch {
        private final Loop first;
        private final Consumer<View> to;
        private List<View.Member> told = List.of();

        Watch(Loop first, Consumer<View> to) {
            this.first = first;
            this.to = to;
        }

        void tick() {
            look();
            if (instance.getLifecycleService().isRunning()) {
                first.after(TICK_MILLIS, this::tick);
            }
        }

        void look() {
            List<View.Member> members = members();
            // Without ourselves there is nobody to tell: the member is being thrown out, or stopped.
            boolean there = members.stream().anyMatch(member -> member.id().equals(settings.id()));
            if (there && !members.equals(told)) {
                told = members;
                to.accept(new View(members));
            }
        }
    }

    // Its life.

    private void stateChanged(LifecycleEvent event) {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        switch (event.getState()) {
            case MERGING, MERGED, MERGE_FAILED -> thrownOut("the other side of a split has the majority");
            case SHUTTING_DOWN, SHUTDOWN -> thrownOut("its cluster gave it up");
            default -> LOG.debug("member is {}", event.getState());
        }
    }

    private void thrownOut(String reason) {
        if (joined && !leaving) {
            LOG.warn(
                    "Node {} is a member of cluster {} no longer: {}. It must start anew.",
                    settings.id(),
                    settings.cluster().name(),
                    reason);
            expelled.accept(reason);
        }
    }

    /** Leaves, after others have taken over what this member has, and at the latest after the time that the settings give. */
    public void leave() {
        leaving = true;
        instance.shutdown();
    }

    /** Leaves at once, as a killed process would. */
    void kill() {
        leaving = true;
        instance.getLifecycleService().terminate();
    }

    /** The port for members. */
    public int port() {
        return instance.getCluster().getLocalMember().getAddress().getPort();
    }

    HazelcastInstance instance() {
        return instance;
    }

    MemberSettings settings() {
        return settings;
    }
}
