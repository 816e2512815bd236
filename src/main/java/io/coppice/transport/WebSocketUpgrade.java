package io.coppice.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The opening handshake of a WebSocket, server side (RFC 6455, 4.2; MQTT 5, 6). A request that is none is answered
 * with what was wrong, and its connection closed.
 *
 * <p>No extension is agreed to: compression would cost each connection more memory than all the rest, and MQTT's
 * packets are small.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails ends in exceptionCaught, a close in channelInactive
final class WebSocketUpgrade extends ChannelInboundHandlerAdapter {
    private static final String DECODER = "http";
    private static final int REQUEST_LINE_MAX = 4 * 1024;
    private static final int HEADERS_MAX = 8 * 1024;
    private static final int BODY_CHUNK_MAX = 1024;
    private static final int KEY_BYTES = 16;
    private static final Set<String> SUBPROTOCOLS = Set.of("mqtt", "mqttv3.1", "mqttv3.1.1");
    private static final String ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private final LoopShare share;
    private final ListenerSpec listener;
    private final Caller caller;
    private Deadlines.@Nullable Entry deadline;
    private @Nullable HttpRequest request;
    private boolean answered;

    private WebSocketUpgrade(
            LoopShare share, ListenerSpec listener, Caller caller, Deadlines.@Nullable Entry deadline) {
        this.share = share;
        this.listener = listener;
        this.caller = caller;
        this.deadline = deadline;
    }

    /**
     * Makes a channel speak WebSocket, and MQTT in it.
     *
     * @param listener its path is compared exactly
     * @param deadline by when the connection must be established; null sets one from now
     */
    static void install(
            ChannelPipeline pipeline,
            LoopShare share,
            ListenerSpec listener,
            Caller caller,
            Deadlines.@Nullable Entry deadline) {
        pipeline.addLast(DECODER, new HttpRequestDecoder(REQUEST_LINE_MAX, HEADERS_MAX, BODY_CHUNK_MAX));
        pipeline.addLast("upgrade", new WebSocketUpgrade(share, listener, caller, deadline));
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        if (deadline == null) {
            deadline = share.connecting.add(context.channel());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (deadline != null) {
            deadline.cancel();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        try {
            if (answered) {
                return;
            }
            if (message instanceof HttpRequest begun) {
                request = begun;
                String fault = begun.decoderResult().isFailure() ? unreadable(begun) : fault(begun);
                if (fault != null) {
                    refuse(context, fault);
                }
            } else if (message instanceof LastHttpContent && request != null) {
                accept(context, request);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.channel().unsafe().close(context.voidPromise());
    }

    private static String unreadable(HttpRequest request) {
        Throwable cause = request.decoderResult().cause();
        if (cause instanceof TooLongHttpLineException) {
            return "414 URI Too Long";
        }
        return cause instanceof TooLongHttpHeaderException ? "431 Request Header Fields Too Large" : "400 Bad Request";
    }

    /** The status line's end that says what is wrong with a request, or null where nothing is. */
    private @Nullable String fault(HttpRequest request) {
        HttpHeaders headers = request.headers();
        if (!path(request.uri()).equals(listener.path())) {
            return "404 Not Found";
        }
        if (!request.method().equals(HttpMethod.GET)) {
            return "405 Method Not Allowed\r\nAllow: GET";
        }
        if (!request.protocolVersion().equals(HttpVersion.HTTP_1_1)) {
            return "505 HTTP Version Not Supported";
        }
        if (headers.contains(HttpHeaderNames.CONTENT_LENGTH) || headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
            return "400 Bad Request";
        }
        boolean upgrade = headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
                && headers.containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true);
        if (!upgrade || !"13".equals(headers.get(HttpHeaderNames.SEC_WEBSOCKET_VERSION))) {
            return "426 Upgrade Required\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13";
        }
        boolean unknownSubprotocols =
                headers.contains(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL) && subprotocol(headers) == null;
        if (!isKey(headers.get(HttpHeaderNames.SEC_WEBSOCKET_KEY)) || unknownSubprotocols) {
            return "400 Bad Request";
        }
        return isFromElsewhere(headers) ? "403 Forbidden" : null;
    }

    /** Whether a page asks that may not (RFC 6455, 4.2.2). */
    private boolean isFromElsewhere(HttpHeaders headers) {
        List<String> origins = headers.getAll(HttpHeaderNames.ORIGIN);
        String host = headers.get(HttpHeaderNames.HOST, "");
        for (String origin : origins) {
            if (!listener.origins().allow(origin, host)) {
                share.counters.originRefused();
                share.noteOrigin(listener.name(), caller.address(), origin);
                return true;
            }
        }
        return false;
    }

    private static String path(String uri) {
        int query = uri.indexOf('?');
        return query < 0 ? uri : uri.substring(0, query);
    }

    private static boolean isKey(@Nullable String key) {
        try {
            return key != null && Base64.getDecoder().decode(key.trim()).length == KEY_BYTES;
        } catch (IllegalArgumentException notBase64) {
            return false;
        }
    }

    /** The first of the client's sub-protocols that is MQTT (MQTT-6.0.0-3, MQTT-6.0.0-4); null where none is. */
    private static @Nullable String subprotocol(HttpHeaders headers) {
        for (String line : headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL)) {
            for (String name : line.split(",", -1)) {
                if (SUBPROTOCOLS.contains(name.trim())) {
                    return name.trim();
                }
            }
        }
        return null;
    }

    private void accept(ChannelHandlerContext context, HttpRequest accepted) {
        answered = true;
        HttpHeaders headers = accepted.headers();
        String subprotocol = subprotocol(headers);
        String key =
                String.valueOf(headers.get(HttpHeaderNames.SEC_WEBSOCKET_KEY)).trim();
        String answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: " + accept(key) + "\r\n"
                + (subprotocol == null ? "" : "Sec-WebSocket-Protocol: " + subprotocol + "\r\n")
                + "\r\n";
        context.writeAndFlush(ascii(context, answer), context.voidPromise());
        FrameHandler frames = new FrameHandler(share, caller, deadline);
        deadline = null;
        ChannelPipeline pipeline = context.pipeline();
        pipeline.addLast("websocket", new WebSocketFrames());
        pipeline.addLast("mqtt", frames);
        // What the client sent behind its request comes out of the decoder when that goes, so it goes last.
        pipeline.remove(this);
        pipeline.remove(DECODER);
    }

    private static String accept(String key) {
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            return Base64.getEncoder()
                    .encodeToString(sha1.digest((key + ACCEPT_SUFFIX).getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java has SHA-1", impossible);
        }
    }

    /** Answers, and leaves the closing to the client and to the deadline, so that the answer is not lost. */
    private void refuse(ChannelHandlerContext context, String status) {
        answered = true;
        String answer = "HTTP/1.1 " + status + "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        context.writeAndFlush(ascii(context, answer)).addListener(done -> {
            Channel channel = context.channel();
            if (channel instanceof DuplexChannel duplex) {
                duplex.shutdownOutput();
            } else {
                channel.close();
            }
        });
    }

    private static ByteBuf ascii(ChannelHandlerContext context, String text) {
        return ByteBufUtil.writeAscii(context.alloc(), text);
    }
}
