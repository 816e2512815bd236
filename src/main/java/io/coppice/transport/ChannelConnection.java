package io.coppice.transport;

import io.coppice.codec.PacketEncoder;
import io.coppice.config.Hosts;
import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.port.ClientCertificate;
import io.coppice.port.Connection;
import io.coppice.port.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** The way out to one client: packets become bytes here, and bytes leave in one write for each flush. */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails ends in exceptionCaught, a close in channelInactive
final class ChannelConnection implements Connection {
    private final LoopShare share;
    private final FrameHandler input;
    private final ChannelHandlerContext context;
    private final Caller caller;
    private final OutputBuffer output = new OutputBuffer();

    private @Nullable ProtocolVersion version;
    private long maximumPacketSize = Long.MAX_VALUE;
    private boolean requestProblemInformation = true;
    /** While it is not established: until it must be; while it is closing: until it is cut. */
    private Deadlines.@Nullable Entry deadline;

    private boolean closing;
    /** {@link #writable} was false, and the sink has not yet been told of the change. */
    private boolean blocked;
    /** While it is blocked, and a little longer; null where it never was, or there is no limit. */
    private @Nullable SendTimeout sendTimeout;
    /** Bytes appended since the output was full. */
    private int overrun;

    ChannelConnection(
            LoopShare share,
            FrameHandler input,
            ChannelHandlerContext context,
            Caller caller,
            Deadlines.Entry deadline) {
        this.share = share;
        this.input = input;
        this.context = context;
        this.caller = caller;
        this.deadline = deadline;
    }

    // --- who it is

    @Override
    public Loop loop() {
        return share.loop;
    }

    @Override
    public String remoteAddress() {
        if (caller.address() instanceof InetSocketAddress inet) {
            return Hosts.withPort(host(inet), inet.getPort());
        }
        return caller.address().toString();
    }

    @Override
    public String remoteHost() {
        SocketAddress address = caller.address();
        return address instanceof InetSocketAddress inet ? host(inet) : address.toString();
    }

    private static String host(InetSocketAddress inet) {
        return inet.isUnresolved() ? inet.getHostString() : inet.getAddress().getHostAddress();
    }

    @Override
    public String listener() {
        return caller.listener();
    }

    @Override
    public @Nullable ClientCertificate certificate() {
        return caller.certificate();
    }

    @Override
    public @Nullable ProtocolVersion claimedVersion() {
        return input.claimedVersion();
    }

    @Override
    public void established(ProtocolVersion agreed, long clientMaximumPacketSize, boolean wantsProblemInformation) {
        if (closing) {
            return;
        }
        version = agreed;
        maximumPacketSize = clientMaximumPacketSize;
        requestProblemInformation = wantsProblemInformation;
        cancelDeadline();
        input.established(agreed);
    }

    private ProtocolVersion spoken() {
        ProtocolVersion agreed = version;
        if (agreed != null) {
            return agreed;
        }
        ProtocolVersion claimed = input.claimedVersion();
        return claimed == null ? ProtocolVersion.V3_1_1 : claimed;
    }

    private long sizeMax() {
        return version == null ? input.claimedMaximumPacketSize() : maximumPacketSize;
    }

    /** The channel below; for what only tests ask. */
    Channel channel() {
        return context.channel();
    }

    private void cancelDeadline() {
        if (deadline != null) {
            deadline.cancel();
            deadline = null;
        }
    }

    // --- output

    @Override
    public void send(Packet packet) {
        if (closing) {
            return;
        }
        boolean full = isFull();
        ByteBuf out = output.open(context.alloc());
        int before = out.writerIndex();
        boolean sent = false;
        try {
            sent = PacketEncoder.encode(packet, spoken(), sizeMax(), requestProblemInformation, out);
        } finally {
            appended(out, before, sent, full);
        }
        if (sent) {
            share.counters.packetSent(packet.type());
            if (packet instanceof Packet.Publish publish) {
                share.counters.messageSent(publish.qos());
            }
        }
    }

    @Override
    public boolean fits(Packet packet) {
        return PacketEncoder.fits(packet, spoken(), sizeMax());
    }

    @Override
    public void sendPublish(
            Message message,
            Qos qos,
            boolean dup,
            boolean retain,
            int packetId,
            int topicAlias,
            boolean withTopic,
            int[] subscriptionIdentifiers) {
        if (closing) {
            return;
        }
        boolean full = isFull();
        ByteBuf out = output.open(context.alloc());
        int before = out.writerIndex();
        boolean sent = false;
        ByteBuf payload = null;
        try {
            payload = share.publishCache()
                    .append(
                            message,
                            qos,
                            dup,
                            retain,
                            packetId,
                            topicAlias,
                            withTopic,
                            subscriptionIdentifiers,
                            spoken(),
                            share.loop.now(),
                            out);
            sent = true;
        } finally {
            appended(out, before, sent, full);
        }
        if (payload != null) {
            appendPayload(payload, full);
        }
        share.counters.packetSent(PacketType.PUBLISH);
        share.counters.messageSent(qos);
    }

    private void appendPayload(ByteBuf payload, boolean full) {
        if (closing) {
            payload.release();
            return;
        }
        int size = payload.readableBytes();
        output.append(payload);
        noteOverrun(size, full);
    }

    /** Takes what was written into account, or takes it back where it is not a whole packet. */
    private void appended(ByteBuf out, int before, boolean whole, boolean full) {
        if (!whole) {
            out.writerIndex(before);
        }
        int size = out.writerIndex() - before;
        output.appended(size);
        noteOverrun(size, full);
    }

    /** A peer that reads nothing and still makes us answer would fill the memory: enough is enough. */
    private void noteOverrun(int size, boolean full) {
        if (!full) {
            overrun = 0;
            return;
        }
        overrun += size;
        if (overrun > share.limits.outputBufferBytesMax()) {
            cut();
        }
    }

    @Override
    public int publishSize(Message message, Qos qos, int[] subscriptionIdentifiers) {
        return PacketEncoder.publishSize(message, qos, spoken(), share.loop.now(), subscriptionIdentifiers);
    }

    @Override
    public boolean writable() {
        if (closing) {
            return false; // what would be appended would be lost
        }
        if (!isFull()) {
            return true;
        }
        if (!blocked) {
            blocked = true;
            watchOutput();
        }
        return false;
    }

    private void watchOutput() {
        long limit = share.limits.sendTimeoutMillis();
        if (limit == 0) {
            return;
        }
        SendTimeout watch = sendTimeout;
        if (watch == null) {
            watch = new SendTimeout(share.loop, limit, this::taken, this::pending, input::unread);
            sendTimeout = watch;
        }
        watch.begin();
    }

    private void ignoreOutput() {
        if (sendTimeout != null) {
            sendTimeout.end();
        }
    }

    /** Bytes that the channel has and the network has not, those of TLS and WebSocket included. */
    private long pending() {
        ChannelOutboundBuffer waiting = context.channel().unsafe().outboundBuffer();
        // What waits counts as a whole until it is gone, be it as large as a packet may be.
        return waiting == null ? 0 : waiting.totalPendingWriteBytes() - waiting.currentProgress();
    }

    /** Bytes that the network has taken since the connection began; while TLS adds its own, a little less. */
    long taken() {
        return output.end() - output.size() - pending();
    }

    private boolean isFull() {
        // 0 from the channel's passing the limit until it has drained to half of it.
        return output.size() >= context.channel().bytesBeforeUnwritable();
    }

    @Override
    public long written() {
        return output.end();
    }

    @Override
    public void flush(long upTo) {
        if (closing) {
            return;
        }
        long before = output.size();
        ByteBuf piece;
        while ((piece = output.take(upTo)) != null) {
            context.write(piece, context.voidPromise());
        }
        long bytes = before - output.size();
        if (bytes == 0) {
            return;
        }
        share.counters.bytesSent(bytes);
        if (blocked) {
            // The channel tells of draining only once it was past its limit; here what waits may be ours.
            context.write(Unpooled.EMPTY_BUFFER, context.newPromise().addListener(done -> drained()));
        }
        context.flush();
    }

    /** The channel has taken something: perhaps there is room again. */
    void drained() {
        if (blocked && !closing && hasRoom()) {
            blocked = false;
            ignoreOutput();
            // Not now: this may be in the middle of the sink's own call to flush.
            share.loop.execute(input::writableAgain);
        }
    }

    private boolean hasRoom() {
        Channel channel = context.channel();
        int limit = share.limits.outputBufferBytesMax();
        long pending = limit + 1L - channel.bytesBeforeUnwritable();
        return channel.isWritable() && output.size() + pending <= limit / 2;
    }

    // --- input

    @Override
    public void reading(boolean wanted) {
        input.reading(wanted);
    }

    // --- the end

    boolean isClosing() {
        return closing;
    }

    @Override
    public void close() {
        if (closing) {
            return;
        }
        flush(output.end());
        leave();
    }

    @Override
    public void abort() {
        if (closing) {
            return;
        }
        output.release();
        leave();
    }

    /**
     * Ends our side once everything is written, and waits for the peer to end its own if it may be reading: closing a socket
     * with bytes unread would make the system take back what the peer has not yet seen, the reason of the end among it.
     */
    private void leave() {
        closing = true;
        ignoreOutput();
        cancelDeadline();
        deadline = share.closing.add(context.channel());
        input.discard();
        // What the peer's end leads to otherwise is its own event, system calls and, where it has reset, an exception.
        context.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
        WebSocketFrames frames = context.pipeline().get(WebSocketFrames.class);
        if (frames != null) {
            frames.sayClose();
        }
        context.writeAndFlush(Unpooled.EMPTY_BUFFER, context.newPromise().addListener(done -> endOutput()));
    }

    private void endOutput() {
        SslHandler tls = context.pipeline().get(SslHandler.class);
        if (tls == null || !context.channel().isActive()) {
            endSocket();
        } else {
            // not in the midst of what has come, of which more may be waiting to be decrypted
            context.executor().execute(() -> endTls(tls));
        }
    }

    private void endTls(SslHandler tls) {
        if (context.channel().isActive()) {
            tls.closeOutbound().addListener(said -> endSocket());
            // OpenSSL takes nothing more after that, and its complaint would cut what the peer has not yet read.
            context.pipeline().addFirst("deaf", new Deaf());
        }
    }

    /** Lets what comes fall before it is decrypted; the end of it is heard. */
    private static final class Deaf extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext at, Object message) {
            ReferenceCountUtil.release(message);
        }
    }

    /** Whether the peer reads no more (MQTT 5, 3.14.4), or was never sent anything. */
    private boolean isOwedNothing() {
        ChannelPipeline pipeline = context.pipeline();
        return pipeline.get(WebSocketFrames.class) == null
                && (input.hasSaidGoodbye() || output.end() == 0 && pipeline.get(SslHandler.class) == null);
    }

    private void endSocket() {
        Channel channel = context.channel();
        if (channel instanceof DuplexChannel duplex
                && !duplex.isInputShutdown()
                && channel.isActive()
                && !isOwedNothing()) {
            duplex.shutdownOutput();
        } else {
            channel.close();
        }
    }

    /** After a refusal the sink closes; if it should not, the connection is cut all the same. */
    void endSoon() {
        if (!closing) {
            cancelDeadline();
            deadline = share.closing.add(context.channel());
        }
    }

    /** Ends the connection at once; the sink hears of it later. */
    void cut() {
        closing = true;
        ignoreOutput();
        cancelDeadline();
        output.release();
        input.discard();
        context.channel().unsafe().close(context.voidPromise());
    }

    /** The channel is closed. */
    void gone() {
        closing = true;
        ignoreOutput();
        cancelDeadline();
        output.release();
    }
}
