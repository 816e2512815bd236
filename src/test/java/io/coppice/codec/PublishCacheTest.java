package io.coppice.codec;

import static io.coppice.mqtt.ProtocolVersion.V3_1_1;
import static io.coppice.mqtt.ProtocolVersion.V5;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The cache changes the cost of a fan-out and never its bytes. */
class PublishCacheTest {
    private static final int[] NONE = {};

    private static Message message(int payloadLength, Properties properties, long expiresAt) {
        byte[] payload = new byte[payloadLength];
        Arrays.fill(payload, (byte) payloadLength);
        return new Message(
                TopicName.of("sensors/12/" + payloadLength),
                payload,
                Qos.EXACTLY_ONCE,
                true,
                properties,
                expiresAt,
                "publisher");
    }

    private static byte[] appended(
            PublishCache cache,
            Message message,
            Qos qos,
            boolean dup,
            int packetId,
            int alias,
            int[] identifiers,
            ProtocolVersion version,
            long now) {
        ByteBuf out = Unpooled.buffer();
        ByteBuf rest =
                cache.append(message, qos, dup, false, packetId, alias, alias == 0, identifiers, version, now, out);
        if (rest != null) {
            out.writeBytes(rest);
            assertThat(rest.refCnt()).isPositive();
            rest.release();
        }
        return ByteBufUtil.getBytes(out);
    }

    @Test
    @DisplayName("Whatever order messages, versions, identifiers and times come in, the bytes are those of the encoder")
    void sameBytes() {
        long seed = 12_345;
        Random random = new Random(seed);
        PublishCache cache = new PublishCache();
        Properties properties = Samples.all(PacketType.WILL, false);
        List<Message> messages = List.of(
                message(0, Properties.NONE, Message.NEVER),
                message(120, Properties.NONE, Message.NEVER),
                message(121, properties, 100_000),
                message(5000, properties, Message.NEVER),
                message(PublishCache.INLINE_PAYLOAD_MAX, Properties.NONE, 100_000),
                message(PublishCache.INLINE_PAYLOAD_MAX + 1, Properties.NONE, 100_000),
                message(100_000, properties, Message.NEVER));
        List<int[]> identifierSets = List.of(NONE, new int[] {1}, new int[] {1}, new int[] {1, 2});
        for (int round = 0; round < 20_000; round++) {
            Message message = messages.get(random.nextInt(messages.size()));
            Qos qos = Qos.of(random.nextInt(3));
            boolean dup = qos != Qos.AT_MOST_ONCE && random.nextInt(5) == 0;
            int packetId = qos == Qos.AT_MOST_ONCE ? 0 : 1 + random.nextInt(65_535);
            ProtocolVersion version = random.nextBoolean() ? V5 : V3_1_1;
            int alias = version.isV5() && random.nextInt(8) == 0 ? 1 + random.nextInt(10) : 0;
            int[] identifiers = identifierSets.get(random.nextInt(4));
            long now = random.nextInt(2) * 1500L;
            byte[] bytes = appended(cache, message, qos, dup, packetId, alias, identifiers, version, now);
            ByteBuf expected = Unpooled.buffer();
            PacketEncoder.encodePublish(
                    message, qos, dup, false, packetId, alias, alias == 0, identifiers, version, now, expected);
            assertThat(bytes).as("seed %d, round %d", seed, round).isEqualTo(ByteBufUtil.getBytes(expected));
            if (random.nextInt(50) == 0) {
                cache.clear();
            }
        }
        cache.clear();
    }

    @Test
    @DisplayName("From the third subscriber on nothing is allocated")
    void hitsAllocateNothing() {
        PublishCache cache = new PublishCache();
        Message message = message(200, Samples.all(PacketType.WILL, false), 100_000);
        ByteBuf out = Allocation.UNTRACKED.directBuffer(4096);
        Runnable fanOut = () -> {
            for (int i = 1; i <= 1000; i++) {
                out.clear();
                cache.append(message, Qos.AT_LEAST_ONCE, false, false, i, 0, true, NONE, V5, 1000, out);
            }
        };
        fanOut.run();
        assertThat(Allocation.bytes(fanOut)).isLessThan(1000);
        out.release();
    }

    @Test
    @DisplayName(
            "B75 a large payload is one buffer outside the heap for all subscribers, and gone when the turn is over")
    void largePayloadIsShared() {
        PublishCache cache = new PublishCache();
        Message message = message(1_000_000, Properties.NONE, Message.NEVER);
        ByteBuf out = Unpooled.buffer();
        @Nullable ByteBuf[] payloads = new ByteBuf[10];
        for (int i = 0; i < payloads.length; i++) {
            out.clear();
            payloads[i] = cache.append(message, Qos.AT_LEAST_ONCE, false, false, 1 + i, 0, true, NONE, V5, 1000, out);
            assertThat(out.readableBytes()).isLessThan(40);
        }
        ByteBuf first = Objects.requireNonNull(payloads[0]);
        assertThat(first.isDirect()).isTrue();
        assertThat(first.refCnt()).isEqualTo(11);
        long address = first.memoryAddress();
        for (ByteBuf payload : payloads) {
            assertThat(payload).isNotNull();
            assertThat(payload.memoryAddress()).isEqualTo(address);
            assertThat(payload.readableBytes()).isEqualTo(1_000_000);
        }
        cache.clear();
        assertThat(first.refCnt()).isEqualTo(10);
        for (ByteBuf payload : payloads) {
            assertThat(payload).isNotNull();
            payload.release();
        }
        assertThat(first.refCnt()).isZero();
    }

    @Test
    @DisplayName("Another large message takes the place of the former, whose buffer lives on with its readers only")
    void nextLargePayload() {
        PublishCache cache = new PublishCache();
        ByteBuf out = Unpooled.buffer();
        Message one = message(10_000, Properties.NONE, Message.NEVER);
        Message other = message(10_001, Properties.NONE, Message.NEVER);
        ByteBuf first =
                Objects.requireNonNull(cache.append(one, Qos.AT_MOST_ONCE, false, false, 0, 0, true, NONE, V5, 0, out));
        ByteBuf second = Objects.requireNonNull(
                cache.append(other, Qos.AT_MOST_ONCE, false, false, 0, 0, true, NONE, V5, 0, out));
        assertThat(first.refCnt()).isEqualTo(1);
        assertThat(second.refCnt()).isEqualTo(2);
        first.release();
        second.release();
        cache.clear();
        assertThat(second.refCnt()).isZero();
    }

    @Test
    @DisplayName("A form too large to keep is encoded each time and stays right")
    void formTooLarge() {
        PublishCache cache = new PublishCache();
        Properties.Builder properties = Properties.builder();
        for (int i = 0; i < 100; i++) {
            properties.user("name", "x".repeat(100));
        }
        Message message = message(8000, properties.build(), Message.NEVER);
        byte[] first = appended(cache, message, Qos.AT_LEAST_ONCE, false, 1, 0, NONE, V5, 0);
        for (int i = 0; i < 3; i++) {
            assertThat(appended(cache, message, Qos.AT_LEAST_ONCE, false, 1, 0, NONE, V5, 0))
                    .isEqualTo(first);
        }
    }
}
