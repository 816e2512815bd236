package io.coppice.cluster;

import com.hazelcast.cluster.Cluster;
import com.hazelcast.cluster.Member;
import io.coppice.port.WireVersions;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Whether a node fits the members that were there before it. */
final class Fit {
    private static final long LOOK_MILLIS = 100;

    private final MemberSettings settings;
    private final Cluster cluster;
    private final Electorate electorate;
    private final VersionInEffect version;
    private final Asking asking;

    /** Asks members, and waits for their answers; who does not answer is not among them. */
    interface Asking {
        Map<Member, JsonObject> ask(Collection<Member> members, JsonObject question) throws InterruptedException;
    }

    Fit(MemberSettings settings, Cluster cluster, Electorate electorate, VersionInEffect version, Asking asking) {
        this.settings = settings;
        this.cluster = cluster;
        this.electorate = electorate;
        this.version = version;
        this.asking = asking;
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
        greet();
        if (electorate.isElastic()) {
            awaitPlace();
            return;
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

    /**
     * Waits until those who are there and this node know the same of who makes a majority, and it is one of those.
     *
     * @throws JoinRefused where there is no place for it in time
     */
    private void awaitPlace() throws JoinRefused {
        electorate.stand();
        String name = settings.id().name();
        long begun = System.nanoTime();
        while (true) {
            List<Member> elders = elders();
            Member namesake = namesake();
            if (elders.isEmpty() || namesake == null && agrees(elders) && hasPlace(elders)) {
                return;
            }
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
            if (namesake != null && millis >= settings.nameMillisMax()) {
                throw refusal(namesake, "node.name: " + name, "a name that no node there has");
            }
            if (millis >= Math.max(settings.nameMillisMax(), settings.joinMillisMax())) {
                Agreement agreed = electorate.agreement();
                throw refusal(
                        elders.get(0),
                        "one node more than the " + agreed.size() + " that are expected, "
                                + agreed.now().names() + ", with " + elders.size() + " there",
                        "one of these names, a greater cluster.size-max ("
                                + settings.cluster().sizeMax() + "), or that a majority of them is there");
            }
            pause();
        }
    }

    private boolean hasPlace(List<Member> elders) {
        Agreement agreed = electorate.agreement();
        String name = settings.id().name();
        return electorate.isFounded()
                ? agreed.admits(name)
                : electorate.mayFound(name)
                        && elders.size() < settings.cluster().expectedSize();
    }

    /** Takes over what they know, or tells them; of what is not the same everywhere nobody can say who counts. */
    private boolean agrees(List<Member> elders) throws JoinRefused {
        try {
            Acceptor own = electorate.acceptor();
            Map<Member, JsonObject> answers = asking.ask(elders, Electorate.asking());
            boolean all = answers.size() == elders.size();
            for (Map.Entry<Member, JsonObject> each : answers.entrySet()) {
                Vote theirs = VoteJson.vote(each.getValue());
                int order = theirs.ballot().compareTo(own.state().ballot());
                if (order > 0) {
                    own.accept(theirs.ballot(), theirs.agreement());
                } else if (order < 0) {
                    asking.ask(
                            List.of(each.getKey()),
                            Electorate.accepting(
                                    own.state().ballot(), own.state().agreement()));
                }
                all &= order == 0;
            }
            return all;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new JoinRefused("node " + settings.id().name() + " was stopped while it joined", interrupted);
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
        WireVersions wire = wire();
        if (!theirs.wire().mixWith(wire)) {
            throw refusal(elder, "wire version " + words(wire), "one that mixes with " + words(theirs.wire()));
        }
        int sizeMax = settings.cluster().sizeMax();
        if (theirs.sizeMax() != sizeMax) {
            throw refusal(elder, "cluster.size-max: " + sizeMax, Integer.toString(theirs.sizeMax()));
        }
        int expectedSize = settings.cluster().expectedSize();
        if (theirs.expectedSize() != expectedSize && !electorate.isElastic()) {
            throw refusal(elder, "cluster.expected-size: " + expectedSize, Integer.toString(theirs.expectedSize()));
        }
    }

    private WireVersions wire() {
        WireVersions known = settings.wire();
        return new WireVersions(known.oldest(), version.written(), known.newest());
    }

    /** Hears from each who was there before what is written now or soon; from then on none of them goes beyond what this node reads. */
    private void greet() throws JoinRefused {
        Set<UUID> heard = new HashSet<>();
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(settings.joinMillisMax());
        while (true) {
            List<Member> unheard = elders().stream()
                    .filter(elder -> !heard.contains(elder.getUuid()))
                    .toList();
            if (unheard.isEmpty()) {
                return;
            }
            for (Map.Entry<Member, JsonObject> each : asked(unheard).entrySet()) {
                VersionInEffect.Claim claim = Versions.claim(each.getKey(), each.getValue());
                if (claim != null && claim.promised() > settings.wire().newest()) {
                    throw refusal(
                            each.getKey(),
                            "wire version " + words(wire()),
                            "one that reads " + claim.promised() + ", which its cluster writes");
                }
                heard.add(each.getKey().getUuid());
            }
            if (System.nanoTime() >= deadline) {
                throw refusal(
                        unheard.get(0),
                        "a node that has not heard which version is written",
                        "that all who are there answer, or are given up by the others");
            }
            if (heard.size() < elders().size()) {
                pause();
            }
        }
    }

    private Map<Member, JsonObject> asked(List<Member> members) throws JoinRefused {
        try {
            return asking.ask(members, Versions.greeting(settings.wire().newest()));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new JoinRefused("node " + settings.id().name() + " was stopped while it joined", interrupted);
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
