package io.coppice.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.Arrays;
import java.util.List;

/** What a client sends over WebSocket: however its bytes are cut into pieces, the same payload comes out, and the same end. */
public final class WebSocketFuzz {
    private WebSocketFuzz() {}

    public static List<byte[]> seeds() {
        return List.of(
                new byte[] {5, (byte) 0x82, (byte) 0x83, 1, 2, 3, 4, 5, 6, 7},
                new byte[] {1, 2, (byte) 0x81, 0, 0, 0, 0, 9, (byte) 0x80, (byte) 0x81, 1, 1, 1, 1, 8},
                new byte[] {
                    3, (byte) 0x89, (byte) 0x82, 1, 2, 3, 4, 5, 6, (byte) 0x88, (byte) 0x82, 0, 0, 0, 0, 3, (byte) 0xE8
                },
                new byte[] {2, (byte) 0x82, (byte) 0xFE, 0, (byte) 0x80, 1, 2, 3, 4, 7, 7, 7},
                new byte[] {2, (byte) 0x82, (byte) 0xFF, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4, 7, 7, 7});
    }

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        byte[] stream = Arrays.copyOfRange(input, 1, input.length);
        Heard whole = heard(stream, Math.max(1, stream.length));
        Heard pieces = heard(stream, 1 + (input[0] & 0x0F));
        if (!Arrays.equals(whole.payload, pieces.payload) || !whole.end.equals(pieces.end)) {
            throw new AssertionError("another payload or end in pieces: " + whole.end + ", " + pieces.end);
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Heard(byte[] payload, String end) {}

    private static Heard heard(byte[] stream, int pieces) {
        StringBuilder end = new StringBuilder();
        WebSocketFrames frames = new WebSocketFrames();
        EmbeddedChannel channel = new EmbeddedChannel(frames, new ChannelInboundHandlerAdapter() {
            @Override
            public void userEventTriggered(ChannelHandlerContext context, Object event) {
                end.append(event.getClass().getSimpleName());
            }

            @Override
            public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
                if (!(cause instanceof WebSocketViolation)) {
                    throw new AssertionError(cause);
                }
                end.append(cause.getMessage());
            }
        });
        ByteBuf payload = Unpooled.buffer();
        for (int at = 0; at < stream.length; at += pieces) {
            channel.writeInbound(Unpooled.copiedBuffer(stream, at, Math.min(pieces, stream.length - at)));
            for (ByteBuf part = channel.readInbound(); part != null; part = channel.readInbound()) {
                payload.writeBytes(part);
                part.release();
            }
        }
        channel.finishAndReleaseAll();
        return new Heard(ByteBufUtil.getBytes(payload), end.toString());
    }
}
