package io.coppice.cluster;

import static org.slf4j.MarkerFactory.getMarker;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import io.coppice.config.CoppiceConfig.Cluster;
import io.coppice.port.View;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the size of a running cluster follow its nodes, and operators set it. The eldest node looks once a second; who is asked by an
 * operator proposes itself. On a thread of its own.
 */
final class Sizing implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Sizing.class);
    /** What stands in the way passes, or does not. */
    private static final int TRIES_MAX = 40;

    private static final long AGAIN_MILLIS = 250;

    private final HazelcastMember member;
    private final Electorate electorate;
    private final Cluster cluster;
    private final BackgroundLoop background = new BackgroundLoop("coppice-size");
    private volatile boolean busy;
    private int told = -1;

    Sizing(HazelcastMember member, Electorate electorate) {
        this.member = member;
        this.electorate = electorate;
        this.cluster = member.settings().cluster();
    }

    private HazelcastInstance instance() {
        return member.instance();
    }

    /** Looks once, unless there is nothing to do, or it is looking still. On any thread. */
    void begin() {
        if (electorate.isElastic() && !busy) {
            busy = true;
            background.execute(() -> {
                guarded(this::look);
                busy = false;
            });
        }
    }

    private interface Work {
        void run() throws InterruptedException;
    }

    private static void guarded(Work work) {
        try {
            work.run();
        } catch (HazelcastInstanceNotActiveException gone) {
            LOG.debug("nobody is there any more to agree with", gone);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException fault) {
            LOG.warn(
                    getMarker("cluster-size-failed"),
                    "The size of the cluster was not looked after: {}",
                    fault.toString());
        }
    }

    private void look() throws InterruptedException {
        report();
        Set<Member> there = instance().getCluster().getMembers();
        if (!there.iterator().next().localMember()) {
            return;
        }
        Map<Member, JsonObject> answers = ask(there, Electorate.asking());
        answers.values().forEach(electorate::hear);
        electorate.returned(names(there));
        Set<String> counting = counting();
        if (!electorate.isFounded()) {
            propose(there, Resize.found(counting));
        } else if (!isSettled(answers)) {
            propose(there, now -> now);
        } else {
            follow(there, answers, counting);
        }
    }

    /** One step, if any: first whoever wants to come in, then whoever has gone. */
    private void follow(Set<Member> there, Map<Member, JsonObject> answers, Set<String> counting)
            throws InterruptedException {
        VoterSet now = electorate.agreement().now();
        for (Map.Entry<Member, JsonObject> each : answers.entrySet()) {
            String name = name(each.getKey());
            boolean wants = !each.getKey().isLiteMember() || each.getValue().getBoolean("candidate", false);
            if (name != null && wants && !now.names().contains(name)) {
                UnaryOperator<VoterSet> admit = Resize.admit(name, counting, cluster.sizeMax());
                if (!admit.apply(now).equals(now)) {
                    propose(there, admit);
                    return;
                }
            }
        }
        long millis = cluster.shrinkAfter().toMillis();
        if (millis > 0) {
            UnaryOperator<VoterSet> shrink = Resize.shrink(electorate.departed(millis), names(there), floor(there));
            if (!shrink.apply(now).equals(now)) {
                propose(there, shrink);
            }
        }
    }

    /** The greatest size with which anybody there is configured. */
    private int floor(Collection<Member> there) {
        int floor = cluster.expectedSize();
        for (Member each : there) {
            MemberTraits traits = MemberTraits.of(each);
            floor = traits == null ? floor : Math.max(floor, traits.expectedSize());
        }
        return floor;
    }

    private boolean isSettled(Map<Member, JsonObject> answers) {
        Vote own = electorate.acceptor().state();
        return own.agreement().isSettled()
                && answers.values().stream()
                        .allMatch(answer -> VoteJson.vote(answer).ballot().equals(own.ballot()));
    }

    // --- a proposal

    private Proposal.Outcome propose(Set<Member> there, UnaryOperator<VoterSet> change) throws InterruptedException {
        String self = member.settings().id().toString();
        Ballot ballot = electorate.acceptor().state().promised().next(self);
        Proposal proposal = new Proposal(ballot, names(there), change);
        Proposal.Outcome early = proposal.prepared(votes(ask(there, Electorate.preparing(ballot))), counting());
        if (early != null) {
            return early;
        }
        Proposal.Outcome outcome =
                proposal.accepted(votes(ask(there, Electorate.accepting(ballot, proposal.proposed()))));
        // who has come meanwhile hears of it before it is let in
        return outcome;
    }

    private Map<Member, JsonObject> ask(Collection<Member> there, JsonObject question) throws InterruptedException {
        List<Member> others = new ArrayList<>();
        Map<Member, JsonObject> answers = new HashMap<>();
        for (Member each : there) {
            if (each.localMember()) {
                answers.put(each, electorate.answer(question));
            } else {
                others.add(each);
            }
        }
        answers.putAll(AgreeOperation.ask(instance(), others, question));
        return answers;
    }

    private static Map<String, Vote> votes(Map<Member, JsonObject> answers) {
        Map<String, Vote> votes = new HashMap<>();
        answers.forEach((each, answer) -> {
            String name = name(each);
            if (name != null) {
                votes.merge(name, VoteJson.vote(answer), (one, other) -> one.granted() ? other : one);
            }
        });
        return votes;
    }

    private static @Nullable String name(Member each) {
        MemberTraits traits = MemberTraits.of(each);
        return traits == null ? null : traits.id().name();
    }

    private static Set<String> names(Collection<Member> there) {
        Set<String> names = new HashSet<>();
        for (Member each : there) {
            String name = name(each);
            if (name != null) {
                names.add(name);
            }
        }
        return names;
    }

    /** The names of those who count for a majority. */
    private Set<String> counting() {
        Set<String> names = new TreeSet<>();
        for (View.Member each : member.members()) {
            names.add(each.id().name());
        }
        return names;
    }

    private void report() {
        int size = electorate.size();
        if (told >= 0 && told != size) {
            member.counters().resized();
            LOG.info(
                    getMarker("cluster-resized"),
                    "The cluster is meant to have {} nodes, {} before; {} are a majority. Those who count: {}",
                    size,
                    told,
                    electorate.majority(),
                    electorate.agreement().now().names());
        }
        told = size;
    }

    // --- an operator

    /**
     * Sets the size, one step after the other.
     *
     * @param then told why not, on a thread of this; null where it is done
     */
    void resize(int wanted, Consumer<@Nullable String> then) {
        String refusal = refusal(wanted);
        if (refusal != null) {
            then.accept(refusal);
            return;
        }
        background.execute(() -> step(wanted, TRIES_MAX, then));
    }

    private @Nullable String refusal(int wanted) {
        if (!electorate.isElastic()) {
            return "the size of this cluster is what every node is configured with (cluster.expected-size): it can change while "
                    + "nodes run where cluster.size-max is greater, and durability is disk";
        }
        if (!electorate.isFounded()) {
            return "the cluster is not founded yet: all " + cluster.expectedSize() + " nodes must have been there once";
        }
        if (wanted > cluster.sizeMax()) {
            return wanted + " is more than cluster.size-max, which is " + cluster.sizeMax();
        }
        if (wanted <= cluster.backups()) {
            return wanted + " nodes cannot hold " + (cluster.backups() + 1) + " copies (cluster.backups)";
        }
        if (!member.hasMajority()) {
            return "this node is not in touch with a majority, which " + electorate.majority() + " of "
                    + electorate.size() + " nodes are; on which side of a split the others are nobody here knows";
        }
        Set<String> there = counting();
        if (wanted < there.size()) {
            return there.size() + " nodes are there: stop those first that are to go";
        }
        if (there.size() < wanted / 2 + 1) {
            return "of " + wanted + " nodes " + (wanted / 2 + 1) + " are a majority, and only " + there.size()
                    + " are there: start them first";
        }
        return null;
    }

    private void step(int wanted, int tries, Consumer<@Nullable String> then) {
        guarded(() -> {
            Set<Member> there = instance().getCluster().getMembers();
            Agreement agreed = electorate.agreement();
            if (agreed.isSettled() && agreed.now().size() == wanted) {
                report();
                then.accept(null);
                return;
            }
            Proposal.Outcome outcome = propose(there, Resize.towards(wanted, names(there)));
            boolean done = outcome == Proposal.Outcome.TAKEN;
            if (!done && tries == 0) {
                then.accept(
                        switch (outcome) {
                            case NO_QUORUM -> "those who are there are no majority of the old size and of the new one";
                            case NOTHING -> "all who count are there: stop those first that are to go";
                            default -> "not every node that is there has agreed; it may be done by now, look again";
                        });
                return;
            }
            background.after(done ? 0 : AGAIN_MILLIS, () -> step(wanted, done ? tries : tries - 1, then));
        });
    }

    @Override
    public void close() {
        background.close();
    }
}
