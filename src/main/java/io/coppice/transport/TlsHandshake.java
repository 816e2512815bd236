package io.coppice.transport;

import io.coppice.port.Counters.Handshake;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SniHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/** Waits until TLS has been agreed upon, and makes the channel speak MQTT then. Whoever does not come so far costs no more than this. */
final class TlsHandshake extends ChannelInboundHandlerAdapter {
    /** Bytes of a ClientHello that is searched for the name in it; those that are sent have some hundred. */
    private static final int CLIENT_HELLO_MAX = 16 * 1024;

    private final LoopShare share;
    private final ListenerSpec listener;
    private final SocketAddress remote;
    private Deadlines.@Nullable Entry connectDeadline;
    private Deadlines.@Nullable Entry handshakeDeadline;
    private boolean over;

    private TlsHandshake(
            LoopShare share, ListenerSpec listener, SocketAddress remote, Deadlines.@Nullable Entry connectDeadline) {
        this.share = share;
        this.listener = listener;
        this.remote = remote;
        this.connectDeadline = connectDeadline;
    }

    /**
     * Makes a channel speak TLS, and what the listener serves in it.
     *
     * @param connectDeadline by when the connection must be established; null sets one from now
     */
    static void install(
            ChannelPipeline pipeline,
            LoopShare share,
            ListenerSpec listener,
            ServerTls tls,
            SocketAddress remote,
            Deadlines.@Nullable Entry connectDeadline) {
        // Added first: when the handler before it begins, it must not miss what comes of that.
        pipeline.addLast("handshake", new TlsHandshake(share, listener, remote, connectDeadline));
        TlsContexts contexts = tls.contexts();
        if (contexts.byName()) {
            pipeline.addBefore("handshake", "sni", new ByName(tls));
        } else {
            ByteBufAllocator allocator = pipeline.channel().alloc();
            pipeline.addBefore("handshake", "tls", handler(contexts.forName(null), allocator));
        }
    }

    private static SslHandler handler(SslContext context, ByteBufAllocator allocator) {
        SslHandler handler = context.newHandler(allocator);
        handler.setHandshakeTimeoutMillis(0); // the deadline below is for all of it
        return handler;
    }

    /** Chooses the certificate by what the client asks for. */
    private static final class ByName extends SniHandler {
        ByName(ServerTls tls) {
            // Asked when the name is known: the contexts may be others by then.
            super(name -> tls.contexts().forName(name), CLIENT_HELLO_MAX, 0);
        }

        @Override
        protected SslHandler newSslHandler(SslContext context, ByteBufAllocator allocator) {
            return handler(context, allocator);
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        handshakeDeadline = share.handshaking.add(added.channel());
        if (connectDeadline == null) {
            connectDeadline = share.connecting.add(added.channel());
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext at, Object event) {
        if (!(event instanceof SslHandshakeCompletionEvent completion) || over) {
            return;
        }
        if (!completion.isSuccess()) {
            fail(at, completion.cause());
            return;
        }
        over = true;
        share.counters.handshake(Handshake.COMPLETED);
        cancel(handshakeDeadline);
        handshakeDeadline = null;
        Deadlines.Entry deadline = connectDeadline;
        connectDeadline = null;
        ChannelPipeline pipeline = at.pipeline();
        SslHandler tls = pipeline.get(SslHandler.class);
        Caller caller = new Caller(
                listener.name(), remote, Certificates.ofPeer(tls.engine().getSession()));
        MqttServerVerticle.serve(pipeline, share, listener, caller, deadline);
        pipeline.remove(this);
    }

    private void fail(ChannelHandlerContext at, Throwable cause) {
        if (!over) {
            over = true;
            share.counters.handshake(isLate() ? Handshake.TIMED_OUT : Handshake.FAILED);
            share.noteHandshake(listener.name(), remote, cause);
        }
        at.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext at, Throwable cause) {
        fail(at, cause);
    }

    @Override
    public void channelRead(ChannelHandlerContext at, Object message) {
        ReferenceCountUtil.release(message);
    }

    @Override
    public void channelInactive(ChannelHandlerContext at) {
        fail(at, new ClosedChannelException());
        cancel(handshakeDeadline);
        cancel(connectDeadline);
    }

    private boolean isLate() {
        return (handshakeDeadline != null && handshakeDeadline.isPast())
                || (connectDeadline != null && connectDeadline.isPast());
    }

    private static void cancel(Deadlines.@Nullable Entry deadline) {
        if (deadline != null) {
            deadline.cancel();
        }
    }
}
