package io.coppice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.codec.DecoderLimits;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.port.Counters;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.util.Objects;

/** One connection without a network: the test is its peer and runs its loop. */
@SuppressWarnings("FutureReturnValueIgnored") // without a network everything happens at once
final class Embedded {
    static final int OUTPUT_MAX = 4096;
    private static final DecoderLimits DECODING =
            new DecoderLimits(1024, 1024 * 1024, 65535, 128, 100, 128 * 1024, 65535);

    final RecordingGate gate = new RecordingGate();
    final Counters counters = new Counters();
    final EmbeddedChannel channel = new EmbeddedChannel();
    final LoopShare share;
    final RecordingGate.Sink sink;

    private Embedded(int outputMax) {
        TransportLimits limits = new TransportLimits(DECODING, 60_000, 60_000, 5_000, outputMax, 0);
        share = new LoopShare(new VertxLoop(0, channel.eventLoop()), limits, gate, counters);
        channel.config().setAllocator(gate.allocator);
        channel.pipeline()
                .addLast(new FrameHandler(
                        share, new Caller("mqtt", InetSocketAddress.createUnresolved("192.0.2.7", 4711), null), null));
        sink = Objects.requireNonNull(gate.sinks.poll());
    }

    static Embedded opened() {
        return new Embedded(OUTPUT_MAX);
    }

    /** A client that has sent CONNECT and read CONNACK. */
    static Embedded connected(ProtocolVersion version) {
        return connected(version, OUTPUT_MAX);
    }

    static Embedded connected(ProtocolVersion version, int outputMax) {
        Embedded connected = new Embedded(outputMax);
        connected.receive(Bytes.connect(version));
        connected.sink.events.clear();
        connected.sent();
        return connected;
    }

    /** One read of the socket, and the turn that it begins. */
    void receive(byte[] bytes) {
        ByteBuf in = gate.allocator.directBuffer(bytes.length);
        in.writeBytes(bytes);
        channel.writeInbound(in);
    }

    /** What went to the network since the last time. */
    byte[] sent() {
        ByteBuf all = Unpooled.buffer();
        ByteBuf piece;
        while ((piece = channel.readOutbound()) != null) {
            all.writeBytes(piece);
            piece.release();
        }
        return ByteBufUtil.getBytes(all);
    }

    /** Ends the connection and proves that nothing of it is left. */
    void finish() {
        channel.close();
        channel.runPendingTasks();
        sent();
        share.publishCache().clear();
        assertThat(gate.bytesHeld()).as("bytes in buffers that nobody released").isZero();
        assertThat(share.isEmpty()).isTrue();
    }
}
