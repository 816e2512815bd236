package io.coppice.transport;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.codec.DecoderScratch;
import io.coppice.codec.PublishCache;
import io.coppice.port.ClientGate;
import io.coppice.port.Counters;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the connections of one loop have in common, so that a connection at rest holds little of its own. */
final class LoopShare {
    private static final Logger LOG = LoggerFactory.getLogger(LoopShare.class);
    private static final int ORIGIN_SHOWN_MAX = 256;
    private static final long COMPLAINT_PAUSE_MILLIS = 10_000;

    final VertxLoop loop;
    /** Of connections that are made from now on. */
    TransportLimits limits;

    final ClientGate gate;
    final Counters counters;
    final DecoderScratch scratch = new DecoderScratch();
    final WriteBufferWaterMark waterMark;
    /**
     * One read for each connection that has something, then the next one's turn: 64 KiB of the smallest packets keep a
     * loop busy for long enough.
     */
    final RecvByteBufAllocator receiving = new AdaptiveRecvByteBufAllocator().maxMessagesPerRead(1);

    final Turnstile turnstile;
    /** Connections that are not yet established. */
    final Deadlines connecting;
    /** Connections whose TLS handshake is not over; they stand among {@link #connecting} too. */
    final Deadlines handshaking;
    /** Connections that are being closed. */
    final Deadlines closing;

    private final PublishCache publishCache = new PublishCache();
    private final Runnable clearPublishCache = this::clearPublishCache;
    private boolean publishCacheInUse;
    private @Nullable FrameHandler latest;
    private boolean accepting = true;
    private final Pause complaints = new Pause();
    private final Pause handshakes = new Pause();
    private final Pause proxies = new Pause();
    private final Pause origins = new Pause();

    LoopShare(VertxLoop loop, TransportLimits limits, ClientGate gate, Counters counters) {
        this.loop = loop;
        this.limits = limits;
        this.gate = gate;
        this.counters = counters;
        this.waterMark = new WriteBufferWaterMark(limits.outputBufferBytesMax() / 2, limits.outputBufferBytesMax());
        this.turnstile = new Turnstile(loop);
        this.connecting = new Deadlines(loop, limits.connectTimeoutMillis());
        this.handshaking = new Deadlines(loop, limits.handshakeTimeoutMillis());
        this.closing = new Deadlines(loop, limits.closeTimeoutMillis());
    }

    /** The encoded messages of this turn. */
    PublishCache publishCache() {
        if (!publishCacheInUse) {
            publishCacheInUse = true;
            loop.execute(clearPublishCache);
        }
        return publishCache;
    }

    private void clearPublishCache() {
        publishCacheInUse = false;
        publishCache.clear();
    }

    // --- the connections

    void opened(FrameHandler handler) {
        handler.older = latest;
        if (latest != null) {
            latest.newer = handler;
        }
        latest = handler;
    }

    void gone(FrameHandler handler) {
        if (handler.newer == null) {
            latest = handler.older;
        } else {
            handler.newer.older = handler.older;
        }
        if (handler.older != null) {
            handler.older.newer = handler.newer;
        }
        handler.newer = null;
        handler.older = null;
    }

    boolean accepting() {
        return accepting;
    }

    /** New connections are closed at once from now on. */
    void stopAccepting() {
        accepting = false;
    }

    /** Cuts every connection, established or not. */
    void cutAll() {
        connecting.expireAll();
        FrameHandler next;
        for (FrameHandler handler = latest; handler != null; handler = next) {
            next = handler.older;
            handler.cut();
        }
    }

    boolean isEmpty() {
        return latest == null;
    }

    // --- faults

    /** Lets one line pass every ten seconds, and counts the others. */
    private static final class Pause {
        private long passedAt = Long.MIN_VALUE;
        private int heldBack;

        /** How many were held back since the last one; below 0 where this one is. */
        int pass(long now) {
            if (passedAt != Long.MIN_VALUE && now - passedAt < COMPLAINT_PAUSE_MILLIS) {
                heldBack++;
                return -1;
            }
            int since = heldBack;
            passedAt = now;
            heldBack = 0;
            return since;
        }
    }

    /** Logs why a client could not agree upon TLS with us; not more often than every ten seconds. */
    void noteHandshake(String listener, SocketAddress remote, Throwable cause) {
        if (cause instanceof ClosedChannelException) {
            return; // it has hung up, or was late: the metric says enough
        }
        int heldBack = handshakes.pass(loop.now());
        if (heldBack >= 0) {
            LOG.info(
                    getMarker("tls-handshake-failed"),
                    "no TLS with {} on {}: {} ({} like this not logged)",
                    remote,
                    listener,
                    String.valueOf(cause.getMessage()).replaceAll("\\p{Cntrl}", "?"),
                    heldBack);
        }
    }

    /** Logs why a connection to a listener behind a proxy was closed; not more often than every ten seconds. */
    void noteProxy(String listener, SocketAddress remote, String why) {
        int heldBack = proxies.pass(loop.now());
        if (heldBack >= 0) {
            LOG.info(
                    getMarker("proxy-refused"),
                    "the connection from {} to {} is closed: {} ({} like this not logged)",
                    remote,
                    listener,
                    why,
                    heldBack);
        }
    }

    /** Logs that a page of a site that is not allowed wanted to connect; not more often than every ten seconds. */
    void noteOrigin(String listener, SocketAddress remote, String origin) {
        int heldBack = origins.pass(loop.now());
        if (heldBack >= 0) {
            String shown = origin.length() > ORIGIN_SHOWN_MAX ? origin.substring(0, ORIGIN_SHOWN_MAX) + "…" : origin;
            LOG.info(
                    getMarker("origin-refused"),
                    "a page of {} in a browser at {} may not connect; allowed: the sites in listeners.{}.origins ({} like this not logged)",
                    shown.replaceAll("\\p{Cntrl}", "?"),
                    remote,
                    listener,
                    heldBack);
        }
    }

    /** Logs a fault of our own that ends one connection; not more often than every ten seconds, but for want of memory. */
    void complain(String what, String remoteAddress, Throwable fault) {
        int heldBack = complaints.pass(loop.now());
        if (heldBack >= 0 || fault instanceof OutOfMemoryError) {
            LOG.error(
                    getMarker("connection-failed"),
                    "{}; the connection from {} is closed ({} like this not logged)",
                    what,
                    remoteAddress,
                    Math.max(0, heldBack),
                    fault);
        }
    }
}
