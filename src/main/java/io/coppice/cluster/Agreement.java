package io.coppice.cluster;

import java.util.Collection;

/**
 * What the nodes of a cluster have agreed on as their majority. While it changes, one of the old voters and one of the new are
 * needed, so that whoever knows of the change and whoever does not have a node in common (the joint consensus of Raft).
 *
 * @param version one more with each step; 0 before a cluster is founded
 * @param before those before the last change; the same as {@code now} once it is settled
 */
record Agreement(long version, VoterSet before, VoterSet now) {
    /** Of a node that knows of none: what it is configured with. */
    static Agreement none(int expectedSize) {
        VoterSet open = VoterSet.open(expectedSize);
        return new Agreement(0, open, open);
    }

    boolean isSettled() {
        return before.equals(now);
    }

    boolean isQuorum(Collection<String> there) {
        return before.isMajority(there) && now.isMajority(there);
    }

    /** The size that counts: while it changes the greater one. */
    int size() {
        return Math.max(before.size(), now.size());
    }

    /** Nodes that must be there. */
    int majority() {
        return Math.max(before.majority(), now.majority());
    }

    Agreement changed(VoterSet next) {
        return new Agreement(version + 1, now, next);
    }

    Agreement settled() {
        return new Agreement(version + 1, now, now);
    }

    /** Whether a node of this name may be given copies and count. */
    boolean admits(String name) {
        return isSettled() && now.names().contains(name);
    }
}
