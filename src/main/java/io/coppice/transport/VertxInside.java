package io.coppice.transport;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandler;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.internal.VertxWrapper;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.internal.tls.SslContextProvider;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.TrafficShapingOptions;
import io.vertx.core.net.impl.NetServerInternal;
import io.vertx.core.net.impl.ServerID;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The one class that touches Vert.x's internal types: which event loops there are, and the pipeline of each channel
 * that a {@code MqttServer} accepts, before vertx-mqtt's own protocol engine gets to it. Everything here holds for
 * the pinned version of Vert.x; a test says so loudly when it no longer does.
 */
final class VertxInside {
    /** Takes over an accepted channel: its pipeline is empty, nothing has been read of it. */
    interface Acceptor {
        void accepted(ChannelPipeline pipeline, java.net.SocketAddress remote);
    }

    private static final String CHUNKED_WRITER = "chunkedWriter";

    private VertxInside() {}

    // --- event loops

    /** A Vert.x context on each of a number of event loops, no two on the same one. */
    static List<Context> contexts(Vertx vertx, int count) {
        VertxInternal inside = (VertxInternal) vertx;
        List<Context> contexts = new ArrayList<>();
        for (EventExecutor executor : inside.eventLoopGroup()) {
            if (contexts.size() < count) {
                contexts.add(inside.contextBuilder()
                        .withThreadingModel(ThreadingModel.EVENT_LOOP)
                        .withEventLoop((EventLoop) executor)
                        .build());
            }
        }
        if (contexts.size() < count) {
            throw new IllegalArgumentException(
                    "this Vert.x has " + contexts.size() + " event loops and not the " + count + " asked for");
        }
        return contexts;
    }

    static EventLoop eventLoop(Context context) {
        return ((ContextInternal) context).nettyEventLoop();
    }

    /** Completes when the thread that accepts connections has done everything asked of it until now. */
    static Future<Void> acceptorIdle(Vertx vertx, Context context) {
        ContextInternal inside = (ContextInternal) context;
        Promise<Void> done = inside.promise();
        ((VertxInternal) vertx).acceptorEventLoopGroup().execute(done::complete);
        return done.future();
    }

    /**
     * A port below 0 that is not in use: servers that listen on the same such port share one that the system chooses.
     */
    static int sharedFreePort(Vertx vertx, String host) {
        VertxInternal inside = (VertxInternal) vertx;
        int port = -1;
        while (inside.sharedTcpServers().containsKey(new ServerID(port, host + "/" + -port))) {
            port--;
        }
        return port;
    }

    // --- channels

    /** A Vert.x whose net servers hand their channels to an acceptor, whatever handler is set on them. */
    static final class Door extends VertxWrapper {
        private final Acceptor acceptor;
        private @Nullable NetServer server;

        Door(Vertx vertx, Acceptor acceptor) {
            super((VertxInternal) vertx);
            this.acceptor = acceptor;
        }

        @Override
        public NetServerInternal createNetServer(NetServerOptions options) {
            NetServerInternal opened = new InterceptedServer(super.createNetServer(options), acceptor);
            server = opened;
            return opened;
        }

        /** The server that was created through this door. */
        NetServer server() {
            NetServer opened = server;
            if (opened == null) {
                throw new IllegalStateException(
                        "vertx-mqtt has not created its net server through Vertx.createNetServer");
            }
            return opened;
        }
    }

    private static final class InterceptedServer implements NetServerInternal {
        private final NetServerInternal server;
        private final Acceptor acceptor;

        private InterceptedServer(NetServerInternal server, Acceptor acceptor) {
            this.server = server;
            this.acceptor = acceptor;
        }

        @Override
        public NetServerInternal connectHandler(@Nullable Handler<NetSocket> ignored) {
            // vertx-mqtt's handler would install its own codec and engine.
            server.connectHandler(socket -> takeOver((NetSocketInternal) socket, acceptor));
            return this;
        }

        private static void takeOver(NetSocketInternal socket, Acceptor acceptor) {
            ChannelHandlerContext context = socket.channelHandlerContext();
            ChannelPipeline pipeline = context.pipeline();
            java.net.SocketAddress remote = pipeline.channel().remoteAddress();
            AcceptPace.install(pipeline.channel().parent());
            try {
                // To Vert.x's metrics the socket is over; it is not for them to count what Vert.x no longer sees.
                ((ChannelInboundHandler) context.handler()).channelInactive(context);
            } catch (Exception e) {
                throw new IllegalStateException("Vert.x's handler did not let go of a channel", e);
            }
            pipeline.remove(context.handler());
            if (pipeline.get(CHUNKED_WRITER) != null) {
                pipeline.remove(CHUNKED_WRITER);
            }
            acceptor.accepted(pipeline, remote);
        }

        @Override
        public Handler<NetSocket> connectHandler() {
            return server.connectHandler();
        }

        @Override
        public NetServerInternal exceptionHandler(Handler<Throwable> handler) {
            server.exceptionHandler(handler);
            return this;
        }

        @Override
        public SslContextProvider sslContextProvider() {
            return server.sslContextProvider();
        }

        @Override
        public Future<NetServer> listen(ContextInternal context, SocketAddress localAddress) {
            return server.listen(context, localAddress).map(this);
        }

        @Override
        public Future<NetServer> listen() {
            return server.listen().map(this);
        }

        @Override
        public Future<NetServer> listen(SocketAddress localAddress) {
            return server.listen(localAddress).map(this);
        }

        @Override
        public Future<Void> shutdown(long timeout, TimeUnit unit) {
            return server.shutdown(timeout, unit);
        }

        @Override
        public int actualPort() {
            return server.actualPort();
        }

        @Override
        public Future<Boolean> updateSSLOptions(ServerSSLOptions options, boolean force) {
            return server.updateSSLOptions(options, force);
        }

        @Override
        public Future<Boolean> updateTrafficShapingOptions(TrafficShapingOptions options) {
            return server.updateTrafficShapingOptions(options);
        }

        @Override
        public boolean isMetricsEnabled() {
            return server.isMetricsEnabled();
        }
    }
}
