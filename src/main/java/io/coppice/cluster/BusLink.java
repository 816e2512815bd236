package io.coppice.cluster;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.port.NodeId;
import io.vertx.core.eventbus.ReplyException;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bus to one node, shared by all loops: how much it was given and has not written. The bus itself would take
 * anything for a node that does not answer, and try to reach it anew for every parcel.
 */
final class BusLink {
    private static final Logger LOG = LoggerFactory.getLogger(BusLink.class);
    private static final long PAUSE_MILLIS = 500;
    private static final long LOG_MILLIS = 10_000;

    private final NodeId node;
    private final long bytesMax;
    private final AtomicLong bytes = new AtomicLong();
    private volatile long pausedUntil = Long.MIN_VALUE;
    private long loggedAt = Long.MIN_VALUE;

    /** @param bytesMax above which nothing more is taken */
    BusLink(NodeId node, long bytesMax) {
        this.node = node;
        this.bytesMax = bytesMax;
    }

    /** Whether the bus may be given more. */
    boolean takes(long now) {
        return bytes.get() < bytesMax && now >= pausedUntil;
    }

    void taken(int size) {
        bytes.addAndGet(size);
    }

    /** What was taken has been written, or will never be. */
    void settled(int size) {
        bytes.addAndGet(-size);
    }

    /** Bytes that were taken and are not settled. */
    long bytes() {
        return bytes.get();
    }

    /** What was taken could not be written: nothing is, for a moment. */
    synchronized void failed(long now, Throwable fault) {
        pausedUntil = now + PAUSE_MILLIS;
        if (fault instanceof ReplyException) {
            LOG.debug("Node {} is not there any more", node);
        } else if (loggedAt == Long.MIN_VALUE || now - loggedAt >= LOG_MILLIS) {
            loggedAt = now;
            LOG.warn(
                    getMarker("bus-unreachable"),
                    "Node {} cannot be reached on the bus: {}. What is for it is kept and sent again.",
                    node,
                    fault.getMessage());
        }
    }
}
