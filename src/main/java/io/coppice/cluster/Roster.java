package io.coppice.cluster;

import com.hazelcast.cluster.Member;
import io.coppice.port.NodeId;
import io.coppice.port.View;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * The full members as this one has seen them come and go. One that was gone and is there again with the same identity
 * brings what it has from the other side of a split and ends then: it counts for nothing any more, so that nobody acts
 * on what is not merged yet.
 */
final class Roster {
    /** The members that were found in a set; Hazelcast makes another set when anything changes. */
    private record Known(Set<Member> from, List<View.Member> members) {}

    private final Set<NodeId> gone = ConcurrentHashMap.newKeySet();
    private volatile Known known = new Known(Set.of(), List.of());
    /** This member has lost, and brings what it has to those whom it saw go. */
    private volatile boolean bringing;

    /** From now on this member keeps copies for others, and asks for nothing itself: their majority is not its affair. */
    void bring() {
        bringing = true;
    }

    /** Whether these are enough for this member to let others write and read what it keeps. */
    boolean isMajority(Collection<Member> present, int majority) {
        return (bringing ? present.size() : counting(present).size()) >= majority;
    }

    /**
     * The full members that count, in the order of their names.
     *
     * @param present asks for the members as they are now
     */
    List<View.Member> members(Supplier<Set<Member>> present) {
        Known latest = known;
        return latest.from() == present.get() ? latest.members() : look(present);
    }

    /** Asks again, so that nobody who brings an older answer can take those who have come since for gone. */
    private synchronized List<View.Member> look(Supplier<Set<Member>> present) {
        Set<Member> from = present.get();
        List<View.Member> members = counting(from);
        known.members().stream().filter(member -> !members.contains(member)).forEach(member -> gone.add(member.id()));
        known = new Known(from, members);
        return members;
    }

    /** Those that are full ones and count, in the order of their names; of two with one name one. */
    private List<View.Member> counting(Collection<Member> present) {
        Set<String> names = new HashSet<>();
        List<View.Member> counting = new ArrayList<>();
        for (Member member : present) {
            MemberTraits traits = MemberTraits.of(member);
            if (traits != null
                    && !member.isLiteMember()
                    && !gone.contains(traits.id())
                    && names.add(traits.id().name())) {
                counting.add(traits.member());
            }
        }
        counting.sort((one, other) -> one.id().compareTo(other.id()));
        return List.copyOf(counting);
    }
}
