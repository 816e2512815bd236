package io.coppice.cluster;

import static org.slf4j.MarkerFactory.getMarker;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts connections between members that did not come about, and says so in the log, of each place once in a while. */
final class MemberRefusals {
    private static final Logger LOG = LoggerFactory.getLogger(MemberRefusals.class);
    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);
    /** Of more places no more is said until one is quiet for long enough. */
    private static final int PLACES_MAX = 64;

    /** What is said once: that somebody from there was not let in, or that there this node was not. */
    private record Said(String host, boolean accepted, NotAMember.Reason reason) {}

    private final ClusterCounters counters;
    private final LongSupplier nanoTime;
    /** When each was said last; the one of longest ago first. */
    private final Map<Said, Long> said = new LinkedHashMap<>();

    private volatile @Nullable String last;

    MemberRefusals(ClusterCounters counters, LongSupplier nanoTime) {
        this.counters = counters;
        this.nanoTime = nanoTime;
    }

    /** @param accepted whether the other end has made the connection, and not this one */
    void refused(String place, boolean accepted, NotAMember fault) {
        counters.connectionRefused(fault.reason());
        String at = place.startsWith("/") ? place.substring(1) : place;
        String line =
                (accepted ? "the connection from " : "the connection to ") + at + " was ended: " + fault.getMessage();
        if (!accepted && fault.reason() != NotAMember.Reason.SILENT) {
            last = line;
        }
        // Whoever looks whether the port is open, or is gone by now, is no news.
        if (fault.reason() != NotAMember.Reason.SILENT && mayBeSaid(host(at), accepted, fault.reason())) {
            LOG.warn(getMarker("member-refused"), "cluster.port: {}", line);
        }
    }

    private static String host(String place) {
        int colon = place.lastIndexOf(':');
        return colon < 0 ? place : place.substring(0, colon);
    }

    private synchronized boolean mayBeSaid(String host, boolean accepted, NotAMember.Reason reason) {
        long now = nanoTime.getAsLong();
        said.values().removeIf(when -> now - when >= QUIET_NANOS);
        return said.size() < PLACES_MAX && said.putIfAbsent(new Said(host, accepted, reason), now) == null;
    }

    /** Why this node was kept out last, by whom it has come to; null where it was not. */
    @Nullable
    String last() {
        return last;
    }

    void ignored(Exception fault) {
        LOG.debug("a connection that is closed cannot be closed", fault);
    }
}
