package io.coppice.cluster;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/** What may become of the voters of a cluster. Each returns the same voters where nothing is to be done, or nothing can be. */
final class Resize {
    private Resize() {}

    /** Those who are there make the cluster. */
    static UnaryOperator<VoterSet> found(Collection<String> there) {
        return now -> now.isOpen() && there.size() == now.size() ? new VoterSet(now.size(), new TreeSet<>(there)) : now;
    }

    /**
     * Gives a node a place: one that is free, that of a node that is not there, or one more. Only ever one more at a time.
     *
     * @param there the names of all other nodes that are there
     * @param sizeMax the greatest size
     */
    static UnaryOperator<VoterSet> admit(String name, Set<String> there, int sizeMax) {
        return now -> {
            if (now.isOpen() || now.names().contains(name)) {
                return now;
            }
            if (now.names().size() < now.size()) {
                return now.with(name, now.size());
            }
            SortedSet<String> absent = new TreeSet<>(now.names());
            absent.removeAll(there);
            if (!absent.isEmpty()) {
                return now.without(List.of(absent.last()), now.size()).with(name, now.size());
            }
            return now.size() < sizeMax ? now.with(name, now.size() + 1) : now;
        };
    }

    /**
     * Takes the place of a node that said that it leaves, and does not come back.
     *
     * @param departed names of such nodes
     * @param there the names of all that are there
     * @param sizeMin the smallest size
     */
    static UnaryOperator<VoterSet> shrink(Collection<String> departed, Set<String> there, int sizeMin) {
        return now -> {
            SortedSet<String> going = new TreeSet<>(now.names());
            going.retainAll(departed);
            going.removeAll(there);
            return going.isEmpty() || now.size() <= sizeMin ? now : now.without(List.of(going.last()), now.size() - 1);
        };
    }

    /**
     * One step to a size that somebody wants. Of those who are not there those with the last names go.
     *
     * @param there the names of all that are there
     */
    static UnaryOperator<VoterSet> towards(int wanted, Set<String> there) {
        return now -> {
            if (now.isOpen() || now.size() == wanted) {
                return now;
            }
            if (now.size() < wanted) {
                return new VoterSet(now.size() + 1, now.names());
            }
            if (now.names().size() < now.size()) {
                return new VoterSet(now.size() - 1, now.names());
            }
            SortedSet<String> absent = new TreeSet<>(now.names());
            absent.removeAll(there);
            return absent.isEmpty() ? now : now.without(List.of(absent.last()), now.size() - 1);
        };
    }
}
