package io.coppice.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.AttributeKey;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Accepts no more connections at once than the loops keep up with. Accepting one costs a tenth of serving it, so a thousand that
 * come together would all stand on the loops at once, and everybody who is connected would wait for all of them. What is not
 * accepted yet waits with the system.
 */
final class AcceptPace extends ChannelInboundHandlerAdapter {
    /** Connections that are accepted and have not had their turn on their loop: about a millisecond's work. */
    static final int AHEAD_MAX = 16;

    private static final AttributeKey<Boolean> IS_PACED = AttributeKey.valueOf(AcceptPace.class, "isPaced");

    private final AtomicInteger ahead = new AtomicInteger();

    private AcceptPace() {}

    /** Paces a server's channel from now on. Idempotent, on any thread. */
    static void install(Channel server) {
        if (server.attr(IS_PACED).setIfAbsent(true) == null) {
            server.pipeline().addFirst("pace", new AcceptPace());
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext at, Object accepted) {
        Channel server = at.channel();
        if (ahead.incrementAndGet() >= AHEAD_MAX) {
            server.config().setAutoRead(false);
        }
        at.fireChannelRead(accepted);
        try {
            // Its loop was asked to register it just now, so this comes behind that.
            ((Channel) accepted).eventLoop().execute(() -> taken(server));
        } catch (IllegalStateException | RejectedExecutionException closedInstead) {
            taken(server);
        }
    }

    private void taken(Channel server) {
        if (ahead.decrementAndGet() == AHEAD_MAX / 2) {
            try {
                // There, so that it comes behind the stop that may just be about to happen.
                server.eventLoop().execute(() -> goOn(server));
            } catch (RejectedExecutionException closed) {
                return; // nobody is to be accepted any more
            }
        }
    }

    private static void goOn(Channel server) {
        if (server.isOpen()) {
            server.config().setAutoRead(true);
        }
    }
}
