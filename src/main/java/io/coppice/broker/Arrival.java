package io.coppice.broker;

import io.coppice.port.NodeId;
import io.coppice.port.Origin;
import io.coppice.port.PeerMessage.Seen;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a session that comes from another node remembers, so that it takes each message once and in order, whichever
 * way it comes: by its former home, from those who held it for a home that is gone, or straight. What comes straight from a loop
 * comes in the order of its stamps; what comes otherwise may be ahead of it.
 */
final class Arrival {
    /** A message that waits until the session is here. */
    private record Waiting(Origin origin, long stamp, boolean straight, Runnable delivery) {}

    private static final Comparator<Waiting> IN_ORDER =
            Comparator.comparingLong(Waiting::stamp).thenComparing(Waiting::straight);

    /** Where it was at home before. */
    private final Set<NodeId> homes = new HashSet<>();
    /** Up to where its former home has had everything of each loop. */
    private final Map<Origin, Long> seen = new HashMap<>();
    /** Stamps of what has not come straight, as far as it may still do so. */
    private final Map<Origin, TreeSet<Long>> ahead = new HashMap<>();

    private final List<Waiting> waiting = new ArrayList<>();

    void comesFrom(NodeId formerHome) {
        homes.add(formerHome);
    }

    Set<NodeId> homes() {
        return homes;
    }

    boolean isFrom(NodeId node) {
        return homes.contains(node);
    }

    /** What the session had at its former home. */
    void hadBefore(List<Seen> all) {
        for (Seen each : all) {
            if (each.allBefore()) {
                seen.merge(each.origin(), each.stamp(), Math::max);
            } else {
                ahead.computeIfAbsent(each.origin(), origin -> new TreeSet<>()).add(each.stamp());
            }
        }
    }

    /** What its former home had for it may not be stored. */
    void hadNothing() {
        seen.clear();
        ahead.clear();
    }

    /** Whether the session has been brought the message before; if not it has now. */
    boolean isRepeat(Origin origin, long stamp, boolean straight) {
        if (stamp <= seen.getOrDefault(origin, 0L)) {
            return true;
        }
        if (!straight) {
            return !ahead.computeIfAbsent(origin, unknown -> new TreeSet<>()).add(stamp);
        }
        TreeSet<Long> stamps = ahead.get(origin);
        if (stamps == null) {
            return false;
        }
        stamps.headSet(stamp).clear();
        boolean repeat = stamps.remove(stamp);
        if (stamps.isEmpty()) {
            ahead.remove(origin);
        }
        return repeat;
    }

    /** What the session has had and may be brought again, for its next home. */
    void addTo(List<Seen> all) {
        seen.forEach((origin, stamp) -> all.add(new Seen(origin, stamp, true)));
        ahead.forEach((origin, stamps) -> stamps.forEach(stamp -> all.add(new Seen(origin, stamp, false))));
    }

    void whenHere(Origin origin, long stamp, boolean straight, Runnable delivery) {
        waiting.add(new Waiting(origin, stamp, straight, delivery));
    }

    /** Delivers what waits: that of each loop in the order of its stamps, else as it came, what did not come straight first. */
    void here() {
        List<Waiting> all = new ArrayList<>(waiting);
        waiting.clear();
        all.sort(Comparator.comparing(Waiting::straight));
        Map<Origin, List<Waiting>> byOrigin = new HashMap<>();
        all.forEach(each -> byOrigin.computeIfAbsent(each.origin, origin -> new ArrayList<>())
                .add(each));
        Map<Origin, Iterator<Waiting>> inOrder = new HashMap<>();
        byOrigin.forEach((origin, its) -> {
            its.sort(IN_ORDER);
            inOrder.put(origin, its.iterator());
        });
        for (Waiting place : all) {
            Objects.requireNonNull(inOrder.get(place.origin)).next().delivery.run();
        }
    }
}
