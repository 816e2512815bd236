package io.coppice.transport;

import io.coppice.config.AddressRange;
import io.coppice.port.Counters;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol.AddressFamily;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol.TransportProtocol;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the PROXY header, of version 1 or 2, that a connection begins with, and lets what the listener serves
 * follow it, with the client's address in the place of the proxy's.
 */
final class ProxyHeader extends ChannelInboundHandlerAdapter {
    /** Bytes of a header's type-length-value pairs: proxies send a name of the client's certificate, a host name, an identifier, some hundred in all. */
    private static final int PAIRS_BYTES_MAX = 4 * 1024;

    private static final String DECODER = "proxy-decoder";

    private final LoopShare share;
    private final ListenerSpec listener;
    private final SocketAddress proxy;
    private Deadlines.@Nullable Entry deadline;
    private boolean over;

    private ProxyHeader(LoopShare share, ListenerSpec listener, SocketAddress proxy) {
        this.share = share;
        this.listener = listener;
        this.proxy = proxy;
    }

    /** Makes a channel wait for its header, or closes it where no proxy is. */
    static void install(ChannelPipeline pipeline, LoopShare share, ListenerSpec listener, SocketAddress proxy) {
        if (!isTrusted(listener.proxyNetworks(), proxy)) {
            share.counters.proxyHeader(Counters.ProxyHeader.UNTRUSTED);
            share.noteProxy(
                    listener.name(), proxy, "its address is not in listeners." + listener.name() + ".proxy-networks");
            pipeline.channel().unsafe().close(pipeline.channel().voidPromise());
            return;
        }
        pipeline.addLast(DECODER, new HAProxyMessageDecoder(PAIRS_BYTES_MAX, true));
        pipeline.addLast("proxy", new ProxyHeader(share, listener, proxy));
    }

    private static boolean isTrusted(List<AddressRange> networks, SocketAddress proxy) {
        if (networks.isEmpty()) {
            return true;
        }
        if (!(proxy instanceof InetSocketAddress inet) || inet.isUnresolved()) {
            return false;
        }
        for (AddressRange network : networks) {
            if (network.contains(inet.getAddress())) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        deadline = share.connecting.add(added.channel());
    }

    @Override
    public void channelRead(ChannelHandlerContext at, Object message) {
        try {
            if (!over && message instanceof HAProxyMessage header) {
                if (header.proxiedProtocol().transportProtocol() == TransportProtocol.DGRAM) {
                    refuse(at, "its PROXY header speaks of datagrams");
                } else {
                    proceed(at.pipeline(), client(header));
                }
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    /** Where the client is; where the proxy is, for what it asks itself and for what has no IP address. */
    private SocketAddress client(HAProxyMessage header) {
        String address = header.sourceAddress();
        AddressFamily family = header.proxiedProtocol().addressFamily();
        boolean isInternet = family == AddressFamily.AF_IPv4 || family == AddressFamily.AF_IPv6;
        return address == null || !isInternet
                ? proxy
                : InetSocketAddress.createUnresolved(address, header.sourcePort());
    }

    private void proceed(ChannelPipeline pipeline, SocketAddress client) {
        over = true;
        share.counters.proxyHeader(Counters.ProxyHeader.TAKEN);
        Deadlines.Entry left = deadline;
        deadline = null;
        // The decoder goes by itself, and gives what stood behind the header to those that are added here.
        MqttServerVerticle.secure(pipeline, share, listener, client, left);
        pipeline.remove(this);
    }

    private void refuse(ChannelHandlerContext at, String why) {
        if (!over) {
            over = true;
            share.counters.proxyHeader(Counters.ProxyHeader.MALFORMED);
            share.noteProxy(listener.name(), proxy, why);
        }
        at.channel().unsafe().close(at.voidPromise());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext at, Throwable cause) {
        refuse(at, "it does not begin with a PROXY header");
    }

    @Override
    public void channelInactive(ChannelHandlerContext at) {
        Deadlines.Entry stood = deadline;
        deadline = null;
        if (stood == null) {
            return;
        }
        stood.cancel();
        if (!over) {
            over = true;
            share.counters.proxyHeader(
                    stood.isPast() ? Counters.ProxyHeader.TIMED_OUT : Counters.ProxyHeader.MALFORMED);
        }
    }
}
