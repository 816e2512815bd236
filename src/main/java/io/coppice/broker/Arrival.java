package io.coppice.broker;

import io.coppice.port.NodeId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a session that comes from another node remembers, so that it takes each message once and in order, whichever
 * way it comes: by its former home, from those who held it for a home that is gone, or straight.
 */
final class Arrival {
    /** Where it was at home before. */
    private final Set<NodeId> homes = new HashSet<>();
    /** The newest message of each loop that it was brought. */
    private final Map<Origin, Long> stamps = new HashMap<>();
    /** What came by its former home while it was on its way: it goes before everything that came straight. */
    private final List<Runnable> late = new ArrayList<>();

    Arrival(NodeId formerHome) {
        homes.add(formerHome);
    }

    void comesFrom(NodeId formerHome) {
        homes.add(formerHome);
    }

    boolean isFrom(NodeId node) {
        return homes.contains(node);
    }

    /** Whether the session has been brought the message before; if not it has now. */
    boolean isRepeat(Origin origin, long stamp) {
        Long newest = stamps.get(origin);
        if (newest != null && stamp <= newest) {
            return true;
        }
        stamps.put(origin, stamp);
        return false;
    }

    void late(Runnable delivery) {
        late.add(delivery);
    }

    void deliverLate() {
        List<Runnable> all = new ArrayList<>(late);
        late.clear();
        all.forEach(Runnable::run);
    }
}
