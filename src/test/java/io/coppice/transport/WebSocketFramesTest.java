package io.coppice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("FutureReturnValueIgnored") // without a network everything happens at once
class WebSocketFramesTest {
    private static final int CONTINUATION = 0;
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;
    private static final int FINAL = 0x80;
    private static final byte[] NOTHING = {};

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
    private final WebSocketFrames frames = new WebSocketFrames();
    private final List<Object> events = new ArrayList<>();
    private final EmbeddedChannel channel = new EmbeddedChannel();

    WebSocketFramesTest() {
        channel.config().setAllocator(allocator);
        channel.pipeline().addLast(frames, new ChannelInboundHandlerAdapter() {
            @Override
            public void userEventTriggered(ChannelHandlerContext context, Object event) {
                events.add(event);
            }

            @Override
            public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
                events.add(cause);
                frames.sayClose();
            }
        });
    }

    @AfterEach
    void nothingIsLeft() {
        channel.close();
        drain(channel.inboundMessages());
        drain(channel.outboundMessages());
        assertThat(allocator.metric().usedDirectMemory() + allocator.metric().usedHeapMemory())
                .isZero();
    }

    private static byte[] drain(java.util.Queue<Object> messages) {
        ByteBuf all = Unpooled.buffer();
        Object message;
        while ((message = messages.poll()) != null) {
            all.writeBytes((ByteBuf) message);
            ((ByteBuf) message).release();
        }
        return ByteBufUtil.getBytes(all);
    }

    private static byte[] frame(int first, byte[] payload) {
        byte[] mask = {0x5A, (byte) 0xC3, 0x11, (byte) 0xFE};
        ByteBuf out = Unpooled.buffer();
        out.writeByte(first);
        if (payload.length < 126) {
            out.writeByte(0x80 | payload.length);
        } else if (payload.length < 65536) {
            out.writeByte(0x80 | 126).writeShort(payload.length);
        } else {
            out.writeByte(0x80 | 127).writeLong(payload.length);
        }
        out.writeBytes(mask);
        for (int i = 0; i < payload.length; i++) {
            out.writeByte(payload[i] ^ mask[i % 4]);
        }
        return ByteBufUtil.getBytes(out);
    }

    private static byte[] noise(int size) {
        byte[] noise = new byte[size];
        new Random(size).nextBytes(noise);
        return noise;
    }

    private void receive(byte[] bytes) {
        channel.writeInbound(allocator.directBuffer(bytes.length).writeBytes(bytes));
    }

    private byte[] payload() {
        return drain(channel.inboundMessages());
    }

    private byte[] sent() {
        return drain(channel.outboundMessages());
    }

    @Test
    void payloadsOfEverySizeComeOutOfTheirFrames() {
        for (int size : new int[] {1, 2, 7, 8, 9, 125, 126, 127, 1000, 65535, 65536, 200_000}) {
            receive(frame(FINAL | BINARY, noise(size)));
            assertThat(payload()).as("%d bytes", size).isEqualTo(noise(size));
        }
    }

    @Test
    void framesThatComeByteByByteAreUnderstood() {
        byte[] all = Bytes.joined(
                frame(FINAL | BINARY, noise(3)), frame(FINAL | BINARY, NOTHING), frame(FINAL | BINARY, noise(300)));
        for (byte one : all) {
            receive(new byte[] {one});
        }
        assertThat(payload()).isEqualTo(Bytes.joined(noise(3), noise(300)));
    }

    @Test
    void framesCutAtEveryPlaceAreUnderstood() {
        byte[] all = Bytes.joined(
                frame(BINARY, noise(20)),
                frame(FINAL | PING, noise(5)),
                frame(CONTINUATION, NOTHING),
                frame(FINAL | CONTINUATION, noise(150)));
        for (int cut = 1; cut < all.length; cut++) {
            receive(Arrays.copyOf(all, cut));
            receive(Arrays.copyOfRange(all, cut, all.length));
            assertThat(payload()).as("cut at %d", cut).isEqualTo(Bytes.joined(noise(20), noise(150)));
            assertThat(sent()).hasSize(7);
        }
    }

    @Test
    void aPayloadIsPassedOnBeforeItsFrameIsWhole() {
        byte[] all = frame(FINAL | BINARY, noise(100_000));
        receive(Arrays.copyOf(all, 5_000));
        assertThat(payload()).hasSize(5_000 - 14);
        assertThat(allocator.metric().usedDirectMemory()).isZero();
    }

    @Test
    void aPingIsAnsweredWithItsPayload() {
        receive(frame(FINAL | PING, new byte[] {7, 8, 9}));
        assertThat(sent()).containsExactly(FINAL | PONG, 3, 7, 8, 9);
        assertThat(payload()).isEmpty();
    }

    /** RFC 6455, 5.5.3: a flood of pings costs one write for each read, and no buffer for each. */
    @Test
    void ofPingsThatComeTogetherTheLastIsAnswered() {
        byte[] flood = {};
        for (int i = 0; i < 200; i++) {
            flood = Bytes.joined(flood, frame(FINAL | PING, new byte[] {(byte) i}));
        }
        receive(Bytes.joined(flood, frame(FINAL | BINARY, noise(5))));
        assertThat(channel.outboundMessages()).hasSize(1);
        assertThat(sent()).containsExactly(FINAL | PONG, 1, 199);
        assertThat(payload()).isEqualTo(noise(5));
        receive(frame(FINAL | PING, new byte[] {1, 2}));
        assertThat(sent()).containsExactly(FINAL | PONG, 2, 1, 2);
    }

    @Test
    void aPingBeforeTheCloseIsAnsweredBeforeIt() {
        receive(Bytes.joined(frame(FINAL | PING, new byte[] {7}), frame(FINAL | CLOSE, NOTHING)));
        assertThat(sent()).containsExactly(FINAL | PONG, 1, 7);
        channel.close();
        assertThat(sent()).containsExactly(FINAL | CLOSE, 2, 3, 0xE8);
    }

    @Test
    void aPingIsNotAnsweredBehindOurClose() {
        frames.sayClose();
        receive(frame(FINAL | PING, new byte[] {7}));
        channel.flush();
        assertThat(sent()).containsExactly(FINAL | CLOSE, 2, 3, 0xE8);
    }

    @Test
    void aPongMeansNothing() {
        receive(frame(FINAL | PONG, noise(20)));
        assertThat(sent()).isEmpty();
        assertThat(payload()).isEmpty();
        assertThat(events).isEmpty();
    }

    @Test
    void whatIsSentGoesIntoBinaryFrames() {
        for (int size : new int[] {1, 125, 126, 65535, 65536}) {
            channel.writeOutbound(allocator.directBuffer(size).writeBytes(noise(size)));
            byte[] sent = sent();
            int head = size < 126 ? 2 : size < 65536 ? 4 : 10;
            assertThat(sent[0]).isEqualTo((byte) (FINAL | BINARY));
            assertThat(sent[1]).isEqualTo((byte) (size < 126 ? size : size < 65536 ? 126 : 127));
            assertThat(Arrays.copyOfRange(sent, head, sent.length)).isEqualTo(noise(size));
        }
    }

    @Test
    void closeIsAnsweredWithItsCodeAndEndsTheInput() {
        receive(Bytes.joined(frame(FINAL | CLOSE, new byte[] {3, (byte) 0xE9}), frame(FINAL | BINARY, noise(5))));
        assertThat(events).containsExactly(ChannelInputShutdownEvent.INSTANCE);
        assertThat(payload()).isEmpty();
        channel.close();
        assertThat(sent()).containsExactly(FINAL | CLOSE, 2, 3, 0xE9);
    }

    @Test
    void ourOwnCloseSaysSo() {
        channel.close();
        assertThat(sent()).containsExactly(FINAL | CLOSE, 2, 3, 0xE8);
    }

    private void isRefused(byte[] bytes, int code) {
        receive(bytes);
        receive(frame(FINAL | BINARY, noise(5)));
        assertThat(events).hasSize(1).first().isInstanceOf(WebSocketViolation.class);
        assertThat(payload()).isEmpty();
        channel.flush();
        assertThat(sent()).containsExactly(FINAL | CLOSE, 2, code >> 8, code & 0xFF);
    }

    /** MQTT-6.0.0-1 */
    @Test
    void textIsRefused() {
        isRefused(frame(FINAL | TEXT, new byte[] {'h', 'i'}), 1003);
    }

    @Test
    void aFrameWithoutMaskIsRefusedAtOnce() {
        isRefused(new byte[] {(byte) (FINAL | BINARY), 0}, 1002);
    }

    @Test
    void reservedBitsAreRefused() {
        isRefused(frame(FINAL | 0x40 | BINARY, noise(5)), 1002);
    }

    @Test
    void unknownKindsAreRefused() {
        isRefused(frame(FINAL | 3, noise(5)), 1002);
    }

    @Test
    void unknownControlFramesAreRefused() {
        isRefused(frame(FINAL | 11, noise(5)), 1002);
    }

    @Test
    void aContinuationOfNothingIsRefused() {
        isRefused(frame(FINAL | CONTINUATION, noise(5)), 1002);
    }

    @Test
    void aNewMessageInsideAnotherIsRefused() {
        receive(frame(BINARY, noise(5)));
        payload();
        isRefused(frame(FINAL | BINARY, noise(5)), 1002);
    }

    @Test
    void aPingInPartsIsRefused() {
        isRefused(frame(PING, noise(5)), 1002);
    }

    @Test
    void aPingLongerThan125BytesIsRefused() {
        isRefused(frame(FINAL | PING, noise(126)), 1002);
    }

    @Test
    void aLengthWrittenLongerThanNeededIsRefused() {
        isRefused(new byte[] {(byte) (FINAL | BINARY), (byte) 0xFE, 0, 5, 0, 0, 0, 0, 1, 2, 3, 4, 5}, 1002);
    }

    @Test
    void aLengthBelowZeroIsRefused() {
        byte[] head = {(byte) (FINAL | BINARY), (byte) 0xFF, (byte) 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
        isRefused(head, 1002);
    }
}
