package io.coppice.cluster;

import static org.slf4j.MarkerFactory.getMarker;

import com.hazelcast.cluster.Member;
import io.coppice.port.NodeId;
import io.coppice.port.View;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The full members as this one has seen them come and go, and who of them counts.
 *
 * <p>One that was gone and is there again with the same identity brings what it has from the other side of a split and
 * ends then: it counts for nothing any more, so that nobody acts on what is not merged yet.
 *
 * <p>Nor do members that have come since this one was left without a majority: they have nothing, and what is not here may be
 * with those who are missing. They count when so many of the last majority are there, or have brought what they had, that
 * nothing can be missing; when nobody is left who could bring it; or when nobody has for a time. Who fails after another one is
 * missed together with it, until copies have been made of all that the first one had.
 *
 * <p>Where nodes keep things on disks, what the missing had comes back from there, and from nowhere else for sure: a merge of
 * two parts may fail in part without a word. So each of the missing must have started anew and have brought what is on its
 * disk. For that it must write to the others, who let it as soon as enough are there, while they serve nobody themselves.
 */
final class Roster {
    private static final Logger LOG = LoggerFactory.getLogger(Roster.class);

    /** The members that were found in a set; Hazelcast makes another set when anything changes. */
    private record Known(Set<Member> from, List<View.Member> members) {}

    private final Electorate electorate;
    private final int backups;
    private final boolean durable;
    private final long patienceMillis;
    private final LongSupplier nanoTime;
    private final Set<NodeId> gone = ConcurrentHashMap.newKeySet();
    /** Those who are gone, and whose data has been brought here. */
    private final Set<NodeId> brought = new HashSet<>();
    /** Those who have come since a majority was lost, and whose disks have nothing that is not here. */
    private final Set<NodeId> arrived = new HashSet<>();

    private volatile Known known = new Known(Set.of(), List.of());
    /** This member has lost, and brings what it has to those whom it saw go. */
    private volatile boolean bringing;

    private boolean serving;
    /** It has served, and those who count are too few since. */
    private boolean lost;
    /**
     * The members when there was a majority last, this one among them, and those who were gone by then without copies of all
     * that they had; none before it serves.
     */
    private Set<NodeId> last = Set.of();
    /** Those who are missing, and were not there any more when this was looked at last; empty while nothing is waited for. */
    private Set<NodeId> waitingFor = Set.of();

    private long waitingSince;

    /**
     * @param electorate who counts, and how many of them must be there
     * @param backups copies besides the first: so many members may be missing without anything else
     * @param durable whether members have on their disks what they had
     * @param patienceMillis how long missing members are waited for
     */
    Roster(Electorate electorate, int backups, boolean durable, long patienceMillis, LongSupplier nanoTime) {
        this.electorate = electorate;
        this.backups = backups;
        this.durable = durable;
        this.patienceMillis = patienceMillis;
        this.nanoTime = nanoTime;
    }

    /** From now on this member may have what others have not. */
    synchronized void serve() {
        serving = true;
        forgetKnown();
    }

    /** They are counted again, though nobody comes or goes. */
    synchronized void forgetKnown() {
        known = new Known(Set.of(), known.members());
    }

    /** From now on this member keeps copies for others, and asks for nothing itself: their majority is not its affair. */
    void bring() {
        bringing = true;
    }

    /** Some have brought what they had, and are about to end. */
    synchronized void brought(Collection<NodeId> members) {
        brought.addAll(members);
    }

    /** Whether this member has served and waits until enough are there that have brought what they had. */
    synchronized boolean isWaiting() {
        return lost;
    }

    /** Those of whom it must be known whether they have brought what is on their disks. */
    synchronized List<Member> unheard(Collection<Member> present) {
        return lost && durable ? present.stream().filter(this::isUnheard).toList() : List.of();
    }

    private boolean isUnheard(Member member) {
        MemberTraits traits = MemberTraits.of(member);
        return traits != null
                && !gone.contains(traits.id())
                && !last.contains(traits.id())
                && !arrived.contains(traits.id());
    }

    /** These have brought what is on their disks. */
    synchronized void arrived(Collection<NodeId> members) {
        if (lost && arrived.addAll(members)) {
            forgetKnown();
        }
    }

    /** Those whose data is with this member's: itself and who has brought it here. */
    synchronized Set<NodeId> bringing(NodeId self) {
        Set<NodeId> all = new HashSet<>(brought);
        all.add(self);
        return all;
    }

    /** Whether these are enough for this member to let others write and read what it keeps. */
    boolean isMajority(Collection<Member> present) {
        int counting = counting(present).size();
        int there = bringing ? present.size() : durable ? full(present).size() : counting;
        return there >= electorate.majority();
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
        List<View.Member> there = full(from);
        List<View.Member> members = counting(from);
        known.members().stream().filter(member -> !there.contains(member)).forEach(member -> gone.add(member.id()));
        // while somebody is waited for, it may be over though nobody comes or goes
        known = new Known(waitingFor.isEmpty() && !lost ? from : Set.of(), members);
        return members;
    }

    private synchronized List<View.Member> counting(Collection<Member> present) {
        List<View.Member> there = full(present);
        boolean complete = isComplete(there, present);
        List<View.Member> counting =
                there.stream().filter(member -> counts(member.id(), complete)).toList();
        if (serving && counting.size() >= electorate.majority()) {
            Set<NodeId> all = new HashSet<>(last);
            counting.forEach(member -> all.add(member.id()));
            last = all;
            if (lost) {
                lost = false;
                arrived.clear();
                LOG.info(getMarker("recovery-regained"), "{} are a majority again.", counting);
            }
        } else {
            lost = serving && !last.isEmpty();
        }
        return counting;
    }

    private boolean counts(NodeId id, boolean complete) {
        return last.contains(id) || complete && !(lost && durable && !arrived.contains(id));
    }

    /** Whether there may be something of which those who are there have no or too few copies. */
    synchronized boolean isUnsettled() {
        return serving
                && known.members().size() >= electorate.majority()
                && last.size() > known.members().size();
    }

    /** Those who are there have all copies of everything that is anywhere. */
    synchronized void settled(Collection<View.Member> members) {
        if (isUnsettled() && members.equals(known.members())) {
            last = members.stream().map(View.Member::id).collect(Collectors.toSet());
            brought.clear();
        }
    }

    /** Whether all that the last majority had is with these, or with nobody. */
    private boolean isComplete(List<View.Member> there, Collection<Member> present) {
        Set<NodeId> missing = new HashSet<>(last);
        there.forEach(member -> missing.remove(member.id()));
        boolean enough = last.size() - missing.size() >= electorate.majority();
        if (!durable) {
            missing.removeAll(brought);
        }
        if (enough || missing.size() <= backups) {
            waitingFor = Set.of();
            return true;
        }
        Set<String> names = names(present);
        Set<NodeId> absent =
                missing.stream().filter(id -> !names.contains(id.name())).collect(Collectors.toSet());
        if (durable) {
            return unheard(present).isEmpty() && (absent.isEmpty() || isPatienceOver(there, absent));
        }
        return absent.isEmpty()
                ? gaveUp(there, missing.size() + " nodes have started anew")
                : isPatienceOver(there, absent);
    }

    private boolean isPatienceOver(List<View.Member> there, Set<NodeId> missing) {
        if (there.size() < electorate.majority()) {
            waitingFor = Set.of();
            return false; // they are waited for in any case
        }
        if (waitingFor.isEmpty()) {
            LOG.warn(
                    getMarker("recovery-awaited"),
                    "{} may have what is not here, and are waited for: {} s at most",
                    missing,
                    patienceMillis / 1_000);
            waitingSince = nanoTime.getAsLong();
        }
        waitingFor = missing;
        long millis = TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - waitingSince);
        return millis >= patienceMillis && gaveUp(there, missing + " did not come in " + patienceMillis / 1_000 + " s");
    }

    private boolean gaveUp(List<View.Member> there, String what) {
        if (there.size() >= electorate.majority()) {
            LOG.error(
                    getMarker("recovery-given-up"),
                    "{}: what they alone had is lost. The others go on without it.",
                    what);
        }
        waitingFor = Set.of();
        return true;
    }

    /** Of those who are there, those without copies included. */
    private Set<String> names(Collection<Member> present) {
        Set<String> names = new HashSet<>();
        for (Member member : present) {
            MemberTraits traits = MemberTraits.of(member);
            if (traits != null && !gone.contains(traits.id())) {
                names.add(traits.id().name());
            }
        }
        return names;
    }

    /** Those that are full ones and did not come back, in the order of their names; of two with one name one. */
    private List<View.Member> full(Collection<Member> present) {
        Set<String> names = new HashSet<>();
        List<View.Member> full = new ArrayList<>();
        for (Member member : present) {
            MemberTraits traits = MemberTraits.of(member);
            if (traits != null
                    && !member.isLiteMember()
                    && !gone.contains(traits.id())
                    && electorate.counts(traits.id().name())
                    && names.add(traits.id().name())) {
                full.add(traits.member());
            }
        }
        full.sort((one, other) -> one.id().compareTo(other.id()));
        return List.copyOf(full);
    }
}
