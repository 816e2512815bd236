package io.coppice.cluster;

/**
 * A node's part in agreeing (Paxos): it holds one agreement, takes none that is older than what it has promised, and answers
 * when that is where a restart finds it. Any thread.
 */
final class Acceptor {
    /** Where what a node has promised and taken outlives it. */
    interface Shelf {
        /** @throws java.io.UncheckedIOException where it cannot be kept; then nothing was promised or taken */
        void keep(Vote state);
    }

    private final Shelf shelf;
    private volatile Vote state;

    /** @param state as the shelf had it; or that of a node that knows of nothing */
    Acceptor(Vote state, Shelf shelf) {
        this.state = state;
        this.shelf = shelf;
    }

    static Vote none(int expectedSize) {
        return new Vote(true, Ballot.NONE, Ballot.NONE, Agreement.none(expectedSize));
    }

    /** What it knows. */
    Vote state() {
        return state;
    }

    /** Promises to take nothing older. */
    synchronized Vote prepare(Ballot ballot) {
        if (ballot.compareTo(state.promised()) <= 0) {
            return refused();
        }
        return keep(new Vote(true, ballot, state.ballot(), state.agreement()));
    }

    /** Takes an agreement, unless it has promised not to; what it has already it takes again. */
    synchronized Vote accept(Ballot ballot, Agreement agreement) {
        if (ballot.equals(state.ballot())) {
            return state;
        }
        if (ballot.compareTo(state.promised()) < 0 || ballot.compareTo(state.ballot()) < 0) {
            return refused();
        }
        return keep(new Vote(true, ballot, ballot, agreement));
    }

    private Vote refused() {
        return new Vote(false, state.promised(), state.ballot(), state.agreement());
    }

    private Vote keep(Vote next) {
        shelf.keep(next);
        state = next;
        return next;
    }
}
