package io.coppice.cluster;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One step of agreeing, as its proposer takes it: {@link Acceptor#prepare} at all who are there, then {@link Acceptor#accept} at
 * all of them.
 *
 * <p>What is proposed is what the newest of them has, until all have it; then the end of a change that was begun; and only
 * where there is nothing to end, a change. So those who are there are never more than one step apart, and two steps that follow each other
 * have no two quorums without a node in common.
 */
final class Proposal {
    enum Outcome {
        /** All who are there have taken it. */
        TAKEN,
        /** Nothing is to be changed. */
        NOTHING,
        /** Somebody did not answer, or has promised another one. */
        INTERRUPTED,
        /** Those who are there are no quorum, or would be none afterwards. */
        NO_QUORUM
    }

    private final Ballot ballot;
    private final Set<String> there;
    private final UnaryOperator<VoterSet> change;
    private @Nullable Agreement proposed;

    /**
     * @param there the names of all who are there, the proposer and those without data included
     * @param change what is to become of the voters; the same again for nothing
     */
    Proposal(Ballot ballot, Collection<String> there, UnaryOperator<VoterSet> change) {
        this.ballot = ballot;
        this.there = Set.copyOf(there);
        this.change = change;
    }

    Ballot ballot() {
        return ballot;
    }

    /** What all are to take; after {@link #prepared} has said null. */
    Agreement proposed() {
        Agreement value = proposed;
        if (value == null) {
            throw new IllegalStateException("out of order");
        }
        return value;
    }

    /**
     * Those who are there have promised, or have not.
     *
     * @param counting the names of those who count
     * @return null where {@link #proposed} is to be taken by all; the end of it otherwise
     */
    @Nullable
    Outcome prepared(Map<String, Vote> votes, Collection<String> counting) {
        if (!isByAll(votes)) {
            return Outcome.INTERRUPTED;
        }
        Vote newest = votes.values().stream()
                .max((one, other) -> one.ballot().compareTo(other.ballot()))
                .orElseThrow();
        Agreement agreed = newest.agreement();
        boolean byAll = votes.values().stream().allMatch(vote -> vote.ballot().equals(newest.ballot()));
        if (!agreed.isQuorum(counting)) {
            return Outcome.NO_QUORUM;
        }
        if (!byAll) {
            proposed = agreed;
        } else if (!agreed.isSettled()) {
            proposed = agreed.settled();
        } else {
            VoterSet next = change.apply(agreed.now());
            if (next.equals(agreed.now())) {
                return Outcome.NOTHING;
            }
            proposed = agreed.changed(next);
        }
        return proposed.isQuorum(counting) ? null : Outcome.NO_QUORUM;
    }

    /** They have taken it, or have not. */
    Outcome accepted(Map<String, Vote> votes) {
        return isByAll(votes) ? Outcome.TAKEN : Outcome.INTERRUPTED;
    }

    private boolean isByAll(Map<String, Vote> votes) {
        return votes.keySet().containsAll(there) && votes.values().stream().allMatch(Vote::granted);
    }
}
