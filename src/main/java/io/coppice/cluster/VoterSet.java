package io.coppice.cluster;

import java.util.Collection;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Who makes a majority: so many nodes, by their names.
 *
 * @param size how many nodes there are meant to be, of which more than half must be there
 * @param names those who count, at most {@code size} of them; none before a cluster is founded, and then whoever is there counts
 */
record VoterSet(int size, SortedSet<String> names) {
    VoterSet {
        if (size < 1 || names.size() > size) {
            throw new IllegalArgumentException(names + " are no voters of " + size);
        }
        names = Collections.unmodifiableSortedSet(new TreeSet<>(names));
    }

    /** Of a cluster that is not founded yet. */
    static VoterSet open(int size) {
        return new VoterSet(size, Collections.emptySortedSet());
    }

    /** Nodes that must be there: all where it is not known yet who they are, so that those who come later found no second cluster. */
    int majority() {
        return isOpen() ? size : size / 2 + 1;
    }

    boolean isOpen() {
        return names.isEmpty();
    }

    /** Whether those who count among these are enough. */
    boolean isMajority(Collection<String> there) {
        long counting = there.stream()
                .distinct()
                .filter(name -> isOpen() || names.contains(name))
                .count();
        return counting >= majority();
    }

    VoterSet with(String name, int newSize) {
        SortedSet<String> more = new TreeSet<>(names);
        more.add(name);
        return new VoterSet(newSize, more);
    }

    VoterSet without(Collection<String> leaving, int newSize) {
        SortedSet<String> fewer = new TreeSet<>(names);
        fewer.removeAll(leaving);
        return new VoterSet(newSize, fewer);
    }
}
