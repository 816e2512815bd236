package io.coppice.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.ProtocolVersion;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Damaged packets give a packet or a {@link ProtocolError} and nothing else. To repeat a failure, put the
 * seed that it prints in place of {@link #SEED}.
 */
class MutationTest {
    private static final long SEED = 0xC0FFEE;
    private static final int ROUNDS = 100_000;
    private static final int[] TELLING = {0, 1, 2, 4, 0x26, 0x0B, 0x1F, 0x23, 0x7F, 0x80, 0xC0, 0xED, 0xF4, 0xFF};

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Sample(@Nullable ProtocolVersion version, byte[] bytes) {}

    private static List<Sample> samples() {
        List<Sample> samples = new ArrayList<>();
        for (ProtocolVersion version : ProtocolVersion.values()) {
            for (Packet packet : Samples.fromClient(version)) {
                byte[] bytes = ByteBufUtil.getBytes(RoundTripTest.encoded(packet, version));
                samples.add(new Sample(packet instanceof Packet.Connect ? null : version, bytes));
            }
        }
        return samples;
    }

    @Test
    @DisplayName(
            "MQTT-3.1.4-1 100,000 damaged packets are each a packet or a protocol error, and what follows them does not matter")
    void damaged() {
        List<Sample> samples = samples();
        Random random = new Random(SEED);
        ByteBuf direct = Unpooled.directBuffer(4096);
        int accepted = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Sample sample = samples.get(random.nextInt(samples.size()));
            byte[] bytes = mutated(sample.bytes(), random);
            String outcome = outcome(sample.version(), Unpooled.wrappedBuffer(bytes), bytes.length, round);
            byte[] followed = Arrays.copyOf(bytes, bytes.length + 32);
            Arrays.fill(followed, bytes.length, followed.length, (byte) random.nextInt(256));
            if (!outcome.equals("more")) {
                ByteBuf elsewhere = direct.clear().writeBytes(followed);
                assertThat(outcome(sample.version(), elsewhere, bytes.length, round))
                        .as("seed %d, round %d: %s", SEED, round, Notation.hex(bytes))
                        .isEqualTo(outcome);
            }
            accepted += outcome.startsWith("packet") ? 1 : 0;
        }
        direct.release();
        assertThat(accepted).as("mutations that are packets still").isBetween(ROUNDS / 100, ROUNDS / 2);
    }

    /** Does a few things to a packet and, most times, makes its Remaining Length right again, to get past the header. */
    private static byte[] mutated(byte[] packet, Random random) {
        int header = 1;
        while (packet[header++] < 0) {}
        byte[] body = Arrays.copyOfRange(packet, header, packet.length);
        int times = 1 + random.nextInt(3);
        for (int i = 0; i < times; i++) {
            body = mutatedOnce(body, random);
        }
        int first = random.nextInt(20) == 0 ? random.nextInt(256) : packet[0];
        byte[] length =
                random.nextInt(10) == 0 ? Notation.variable(random.nextInt(400)) : Notation.variable(body.length);
        ByteBuf whole = Unpooled.buffer().writeByte(first).writeBytes(length).writeBytes(body);
        return ByteBufUtil.getBytes(whole);
    }

    private static byte[] mutatedOnce(byte[] body, Random random) {
        if (body.length == 0) {
            return new byte[] {(byte) random.nextInt(256)};
        }
        int at = random.nextInt(body.length);
        byte[] changed = body.clone();
        switch (random.nextInt(5)) {
            case 0 -> changed[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> changed[at] = (byte) TELLING[random.nextInt(TELLING.length)];
            case 2 -> changed = Arrays.copyOf(body, at);
            case 3 -> {
                changed = Arrays.copyOf(body, body.length + 1);
                System.arraycopy(body, at, changed, at + 1, body.length - at);
                changed[at] = (byte) TELLING[random.nextInt(TELLING.length)];
            }
            default -> {
                changed = new byte[body.length - 1];
                System.arraycopy(body, 0, changed, 0, at);
                System.arraycopy(body, at + 1, changed, at, body.length - 1 - at);
            }
        }
        return changed;
    }

    /** What the bytes are; anything thrown but a {@link ProtocolError} fails, as does reading beyond the buffer. */
    private static String outcome(@Nullable ProtocolVersion version, ByteBuf in, int length, int round) {
        PacketDecoder decoder = Decoding.decoder(version);
        try {
            Packet packet = decoder.decode(in);
            if (packet == null) {
                assertThat(in.readerIndex()).isZero();
                return "more";
            }
            assertThat(in.readerIndex()).as("bytes of the packet").isLessThanOrEqualTo(length);
            ProtocolVersion spoken = Objects.requireNonNull(decoder.claimedVersion());
            return "packet " + in.readerIndex() + again(packet, spoken);
        } catch (ProtocolError e) {
            return "error " + e.reasonCode() + e.detail();
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError("seed " + SEED + ", round " + round + ": " + ByteBufUtil.hexDump(in), e);
        }
    }

    /** Writes and reads the packet once more, which must give the same. */
    private static String again(Packet packet, ProtocolVersion version) {
        ByteBuf out = Unpooled.buffer();
        if (!PacketEncoder.encode(packet, version, Long.MAX_VALUE, true, out)) {
            return packet.toString();
        }
        byte[] written = ByteBufUtil.getBytes(out);
        Packet back = Decoding.next(Decoding.decoder(packet instanceof Packet.Connect ? null : version), out);
        ByteBuf second = Unpooled.buffer();
        PacketEncoder.encode(back, version, Long.MAX_VALUE, true, second);
        assertThat(ByteBufUtil.getBytes(second)).isEqualTo(written);
        return Notation.hex(written);
    }
}
