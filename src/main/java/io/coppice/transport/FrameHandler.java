package io.coppice.transport;

import io.coppice.codec.PacketDecoder;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.ReasonCode;
import io.coppice.port.PacketSink;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The way in from one client: bytes become packets here. What a read brings is decoded where it lies; only the
 * beginning of a packet that has not yet come whole, or what came while nobody wants to read, is kept.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails ends in exceptionCaught, a close in channelInactive
final class FrameHandler extends ChannelInboundHandlerAdapter implements Turnstile.Passenger {
    /** The row of the loop's connections, see {@link LoopShare#opened}. */
    @Nullable
    FrameHandler older;

    @Nullable
    FrameHandler newer;

    private final LoopShare share;
    private final Caller caller;
    private final PacketDecoder decoder;
    private Deadlines.@Nullable Entry connectDeadline;
    private @Nullable ChannelHandlerContext context;
    private @Nullable ChannelConnection connection;
    private @Nullable PacketSink sink;
    private final InputTail tail = new InputTail();
    /** A CONNECT or DISCONNECT until its turn has come. */
    private @Nullable Packet heldBack;

    private boolean waitsForTurn;
    private boolean hasTurn;
    private boolean readingWanted = true;
    private boolean discarding;
    private boolean decoding;
    private boolean resuming;
    private boolean autoRead = true;
    private boolean inputEnded;
    private boolean saidGoodbye;
    private boolean isGone;

    /**
     * @param connectDeadline by when the connection must be established; null sets one from now
     */
    FrameHandler(LoopShare share, Caller caller, Deadlines.@Nullable Entry connectDeadline) {
        this.share = share;
        this.caller = caller;
        this.connectDeadline = connectDeadline;
        this.decoder = new PacketDecoder(share.limits.decoding(), share.scratch);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        added.channel().config().setWriteBufferWaterMark(share.waterMark);
        added.channel().config().setRecvByteBufAllocator(share.receiving);
        // The end of the input comes as an event then, after the packets before it have been answered.
        added.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        Deadlines.Entry deadline = connectDeadline;
        if (deadline == null) {
            deadline = share.connecting.add(added.channel());
        }
        connectDeadline = null;
        ChannelConnection opened = new ChannelConnection(share, this, added, caller, deadline);
        connection = opened;
        share.opened(this);
        try {
            sink = share.gate.opened(opened);
        } catch (RuntimeException fault) {
            share.complain("a new connection was not taken", opened.remoteAddress(), fault);
            opened.cut();
        }
    }

    // --- bytes

    @Override
    public void channelRead(ChannelHandlerContext reader, Object message) {
        ByteBuf in = (ByteBuf) message;
        share.counters.bytesReceived(in.readableBytes());
        while (!tail.isEmpty() && mayDecode() && in.isReadable()) {
            completeTail(in);
        }
        if (tail.isEmpty()) {
            decode(null, in);
            keepRest(in);
        } else {
            append(in, in.readableBytes());
            in.release();
        }
        settle();
    }

    /** Moves what the packet at the end of the tail still lacks, so that what follows is decoded where it lies. */
    private void completeTail(ByteBuf in) {
        ByteBuf begun = tail.bytes();
        if (begun == null) {
            return;
        }
        int missing = Math.max(1, decoder.wanted() - begun.readableBytes());
        append(in, Math.min(missing, in.readableBytes()));
        decodeTail();
    }

    private void decodeTail() {
        ByteBuf kept = tail.bytes();
        if (kept == null) {
            return;
        }
        int before = kept.readerIndex();
        decode(null, kept);
        if (!isGone && kept.readerIndex() > before) {
            tail.take();
            keepRest(kept);
        }
    }

    private void keepRest(ByteBuf in) {
        if (discarding) {
            in.release();
        } else {
            tail.keepRest(in, decoder.wanted(), requireContext().alloc());
        }
    }

    private void append(ByteBuf in, int size) {
        if (!discarding) {
            tail.append(in, size, decoder.wanted(), requireContext().alloc());
        }
    }

    /** @param before has been decoded and comes before the bytes; may be null */
    private void decode(@Nullable Packet before, ByteBuf in) {
        PacketSink receiver = sink;
        decoding = true;
        try {
            Packet packet = before;
            while (receiver != null && (packet != null || mayDecode() && (packet = next(in)) != null)) {
                receiver.received(packet);
                packet = null;
            }
        } catch (ProtocolError error) {
            refuse(error);
        } catch (RuntimeException fault) {
            share.complain("a packet was not handled", remoteAddress(), fault);
            refuse(new ProtocolError(
                    ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR, "the broker could not handle the packet"));
        } finally {
            decoding = false;
        }
    }

    /** The next packet of which all bytes are there, unless its turn has not come. */
    private @Nullable Packet next(ByteBuf in) {
        Packet packet = decoder.decode(in);
        if (packet == null) {
            return null;
        }
        share.counters.packetReceived(packet.type());
        if (packet instanceof Packet.Publish publish) {
            share.counters.messageReceived(publish.qos());
            return packet;
        }
        boolean leaves = packet instanceof Packet.Disconnect;
        saidGoodbye |= leaves;
        if ((leaves || packet instanceof Packet.Connect) && !share.turnstile.asks(this)) {
            heldBack = packet;
            waitsForTurn = true;
            return null;
        }
        return packet;
    }

    /** What has waited for its turn, or the end of the input, is handled now. */
    @Override
    public void pass() {
        waitsForTurn = false;
        hasTurn = true;
        resume();
        hasTurn = false;
    }

    /** Whether the peer has sent a DISCONNECT. */
    boolean hasSaidGoodbye() {
        return saidGoodbye;
    }

    private boolean mayDecode() {
        return readingWanted && !discarding && !waitsForTurn && !decoder.holds();
    }

    /** Brings the socket in line with what happened while packets were handled. */
    private void settle() {
        if (isGone) {
            return;
        }
        if (discarding) {
            tail.release();
        }
        Channel channel = requireContext().channel();
        if (!channel.isOpen()) {
            return; // closed, and about to be told so: its descriptor may be another connection's by now
        }
        boolean read = discarding || (readingWanted && !decoder.holds() && (!waitsForTurn || tail.isEmpty()));
        if (read != autoRead && !isInputShut()) {
            autoRead = read;
            channel.config().setAutoRead(read);
        }
        if (inputEnded && read && !waitsForTurn) {
            if (!hasTurn && !share.turnstile.asks(this)) {
                waitsForTurn = true;
                return;
            }
            // After the tasks of this turn: the answers to the last packets leave with them.
            share.loop.execute(() -> requireContext().close());
        }
    }

    /**
     * Whether the peer has ended its side. Nothing more comes then, and asking for it would do harm: Netty 4.2.18 takes
     * a socket that wants neither to read nor to write out of epoll, and fails the channel when it wants to read again.
     */
    private boolean isInputShut() {
        return inputEnded || (requireContext().channel() instanceof DuplexChannel socket && socket.isInputShutdown());
    }

    // --- what the connection asks for

    @Nullable
    ProtocolVersion claimedVersion() {
        return decoder.claimedVersion();
    }

    long claimedMaximumPacketSize() {
        return decoder.claimedMaximumPacketSize();
    }

    void established(ProtocolVersion agreed) {
        decoder.established(agreed, share.limits.decoding());
        proceed();
    }

    void reading(boolean now) {
        if (readingWanted == now) {
            return;
        }
        readingWanted = now;
        if (now) {
            proceed();
        } else if (!decoding) {
            settle();
        }
    }

    /** Goes on reading, but never inside the call that asks for it. */
    private void proceed() {
        if (!decoding && !resuming) {
            resuming = true;
            share.loop.execute(this::resume);
        }
    }

    private void resume() {
        resuming = false;
        Packet held = heldBack;
        if (held != null && readingWanted && !discarding && !waitsForTurn) {
            heldBack = null;
            decode(held, Unpooled.EMPTY_BUFFER);
        }
        if (mayDecode()) {
            decodeTail();
        }
        settle();
    }

    /** Drops all input from now on, but goes on reading: else the end of it would go unseen. */
    void discard() {
        discarding = true;
        if (!decoding) {
            settle();
        }
    }

    void writableAgain() {
        PacketSink told = sink;
        if (told != null && !requireConnection().isClosing()) {
            try {
                told.writableAgain();
            } catch (RuntimeException fault) {
                share.complain("output was not resumed", remoteAddress(), fault);
                requireConnection().cut();
            }
        }
    }

    /** The client has taken nothing of what it is sent for so long, and more is waiting. */
    void unread(long millis) {
        share.counters.sendTimedOut();
        PacketSink told = sink;
        if (told != null && !requireConnection().isClosing()) {
            try {
                told.unread(millis);
            } catch (RuntimeException fault) {
                share.complain("the end of a connection that is not read from was not handled", remoteAddress(), fault);
                requireConnection().cut();
            }
        }
    }

    void cut() {
        requireConnection().cut();
    }

    // --- the end

    private void refuse(ProtocolError error) {
        discarding = true;
        PacketSink told = sink;
        try {
            if (told != null) {
                told.refused(error);
            }
            requireConnection().endSoon();
        } catch (RuntimeException fault) {
            share.complain("a refusal was not handled", remoteAddress(), fault);
            cut();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext changed) {
        if (changed.channel().isWritable()) {
            requireConnection().drained();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext at, Object event) {
        if (event instanceof ChannelInputShutdownEvent || event instanceof SslCloseCompletionEvent) {
            inputEnded = true;
            settle();
        }
        at.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext at, Throwable cause) {
        if (cause instanceof WebSocketViolation) {
            requireConnection().abort();
            return;
        }
        boolean broken = cause instanceof DecoderException
                ? cause.getCause() instanceof IOException
                : cause instanceof IOException;
        if (!broken) {
            share.complain("the channel failed", remoteAddress(), cause);
        }
        cut();
    }

    @Override
    public void channelInactive(ChannelHandlerContext at) {
        gone();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext at) {
        gone();
    }

    private void gone() {
        if (isGone) {
            return;
        }
        isGone = true;
        discarding = true;
        tail.release();
        requireConnection().gone();
        share.gone(this);
        PacketSink told = sink;
        sink = null;
        if (told == null) {
            return;
        }
        try {
            told.closed();
        } catch (RuntimeException fault) {
            share.complain("the end of a connection was not handled", remoteAddress(), fault);
        }
    }

    private String remoteAddress() {
        return requireConnection().remoteAddress();
    }

    private ChannelConnection requireConnection() {
        return require(connection);
    }

    private ChannelHandlerContext requireContext() {
        return require(context);
    }

    private static <T> T require(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("the handler is not in a pipeline");
        }
        return part;
    }
}
