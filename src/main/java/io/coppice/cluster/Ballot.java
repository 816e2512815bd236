package io.coppice.cluster;

import java.util.Comparator;

/** The place of a proposal in the order of all; no two are alike. */
record Ballot(long round, String by) implements Comparable<Ballot> {
    static final Ballot NONE = new Ballot(0, "");

    private static final Comparator<Ballot> ORDER =
            Comparator.comparingLong(Ballot::round).thenComparing(Ballot::by);

    @Override
    public int compareTo(Ballot other) {
        return ORDER.compare(this, other);
    }

    Ballot next(String proposer) {
        return new Ballot(round + 1, proposer);
    }
}
