package io.coppice.cluster;

import com.hazelcast.cluster.Cluster;
import com.hazelcast.cluster.Member;
import io.coppice.port.WireVersions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Whether a node fits the members that were there before it. */
final class Fit {
    private static final long LOOK_MILLIS = 100;

    private final MemberSettings settings;
    private final Cluster cluster;

    Fit(MemberSettings settings, Cluster cluster) {
        this.settings = settings;
        this.cluster = cluster;
    }

    /** Those that were members before. */
    private List<Member> elders() {
        List<Member> elders = new ArrayList<>();
        for (Member member : cluster.getMembers()) {
            if (member.localMember()) {
                break; // the order is that of joining, the same for all: of two that came at once the later one goes
            }
            elders.add(member);
        }
        return elders;
    }

    /**
     * Waits until there is a place for it.
     *
     * @throws JoinRefused where it does not fit, or there is none in time
     */
    void check() throws JoinRefused {
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
            pause();
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
        WireVersions wire = settings.wire();
        if (!theirs.wire().mixWith(wire)) {
            throw refusal(elder, "wire version " + words(wire), "one that mixes with " + words(theirs.wire()));
        }
        int expectedSize = settings.cluster().expectedSize();
        if (theirs.expectedSize() != expectedSize) {
            throw refusal(elder, "cluster.expected-size: " + expectedSize, Integer.toString(theirs.expectedSize()));
        }
    }

    private static String words(WireVersions wire) {
        return wire.spoken() + " (reads " + wire.oldest() + " to " + wire.newest() + ")";
    }

    private JoinRefused refusal(Member elder, String value, String allowed) {
        MemberTraits theirs = MemberTraits.of(elder);
        return new JoinRefused("node " + settings.id().name() + " does not fit node "
                + (theirs == null ? "without a name" : theirs.id().name()) + " at " + elder.getAddress() + ": " + value
                + " is not allowed; allowed: " + allowed);
    }

    /** Some time, before it is looked again. */
    void pause() throws JoinRefused {
        try {
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new JoinRefused("node " + settings.id().name() + " was stopped while it joined", interrupted);
        }
    }
}
