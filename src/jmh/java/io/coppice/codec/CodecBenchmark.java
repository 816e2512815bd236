package io.coppice.codec;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Packet;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What one PUBLISH of 200 bytes costs at QoS 1, in buffers outside the heap as on a socket. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CodecBenchmark {
    private static final int[] NO_IDENTIFIERS = {};
    private static final long NOW = 1_000;

    /** The version, and whether the message has three properties. */
    @Param({"V3_1_1 plain", "V5 plain", "V5 properties"})
    public String form = "V5 plain";

    private final PublishCache cache = new PublishCache();
    private final ByteBuf out = PooledByteBufAllocator.DEFAULT.directBuffer(64 * 1024);
    private final ByteBuf in = PooledByteBufAllocator.DEFAULT.directBuffer(1024);
    private final PacketDecoder decoder =
            new PacketDecoder(new DecoderLimits(16_384, 1 << 20, 1024, 128, 64, 65_536, 256), new DecoderScratch());
    private ProtocolVersion version = ProtocolVersion.V5;
    private Message message = message(Properties.NONE);
    private int packetId;

    private static Message message(Properties properties) {
        return new Message(
                TopicName.of("buildings/7/floors/3/rooms/12/temp"),
                new byte[200],
                Qos.AT_LEAST_ONCE,
                false,
                properties,
                Message.NEVER,
                "publisher");
    }

    @Setup
    public void begin() {
        version = form.startsWith("V5") ? ProtocolVersion.V5 : ProtocolVersion.V3_1_1;
        if (form.endsWith("properties")) {
            message = message(Properties.builder()
                    .number(Property.PAYLOAD_FORMAT_INDICATOR, 1)
                    .text(Property.CONTENT_TYPE, "application/json")
                    .user("trace", "0123456789abcdef")
                    .build());
        }
        decoder.established(version);
        encodeInto(in.clear());
    }

    @TearDown
    public void end() {
        cache.clear();
        in.release();
        out.release();
    }

    @Benchmark
    public @Nullable Packet decode() {
        in.readerIndex(0);
        return decoder.decode(in);
    }

    @Benchmark
    public ByteBuf encode() {
        return encodeInto(out.clear());
    }

    /** One of many subscribers: all but the first two hit. */
    @Benchmark
    public ByteBuf fanOut() {
        out.clear();
        cache.append(
                message, Qos.AT_LEAST_ONCE, false, false, nextPacketId(), 0, true, NO_IDENTIFIERS, version, NOW, out);
        return out;
    }

    /** The only subscriber: what the cache costs where it is no use. */
    @Benchmark
    public ByteBuf fanOutToOne() {
        cache.clear();
        return fanOut();
    }

    private ByteBuf encodeInto(ByteBuf target) {
        PacketEncoder.encodePublish(
                message,
                Qos.AT_LEAST_ONCE,
                false,
                false,
                nextPacketId(),
                0,
                true,
                NO_IDENTIFIERS,
                version,
                NOW,
                target);
        return target;
    }

    private int nextPacketId() {
        packetId = packetId % 65_535 + 1;
        return packetId;
    }
}
