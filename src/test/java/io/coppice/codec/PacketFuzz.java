package io.coppice.codec;

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
import org.jspecify.annotations.Nullable;

/**
 * What a client sends: frames, packets and what they may hold. The first byte says which version was agreed on, none for a
 * connection that begins; what follows are bytes from the network.
 */
public final class PacketFuzz {
    static final @Nullable ProtocolVersion[] AGREED = {Decoding.NEW, ProtocolVersion.V3_1_1, ProtocolVersion.V5};

    private PacketFuzz() {}

    public static List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        for (ProtocolVersion version : ProtocolVersion.values()) {
            for (Packet packet : Samples.fromClient(version)) {
                byte[] bytes = ByteBufUtil.getBytes(RoundTripTest.encoded(packet, version));
                int agreed = packet instanceof Packet.Connect
                        ? 0
                        : Arrays.asList(AGREED).indexOf(version);
                if (agreed >= 0) {
                    seeds.add(Unpooled.buffer()
                            .writeByte(agreed)
                            .writeBytes(bytes)
                            .capacity(1 + bytes.length)
                            .array());
                }
            }
        }
        return seeds;
    }

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        ProtocolVersion agreed = AGREED[(input[0] & 0xFF) % AGREED.length];
        PacketDecoder decoder = Decoding.decoder(agreed);
        ByteBuf in = Unpooled.wrappedBuffer(input, 1, input.length - 1);
        for (int before = in.readerIndex(); in.isReadable(); before = in.readerIndex()) {
            Packet packet;
            try {
                packet = decoder.decode(in);
            } catch (ProtocolError refused) {
                requireSameError(agreed, input, before, in.readerIndex());
                return;
            }
            if (packet == null) {
                require(in.readerIndex() == before, "a part of a packet was taken");
                return;
            }
            require(in.readerIndex() > before, "a packet of no bytes");
            requireSameAgain(packet, Objects.requireNonNull(decoder.claimedVersion()));
            if (packet instanceof Packet.Connect) {
                decoder.established(Objects.requireNonNull(decoder.claimedVersion()));
            }
        }
    }

    private static void requireSameError(@Nullable ProtocolVersion agreed, byte[] input, int from, int at) {
        require(from == at, "reader index after a refusal");
        if (agreed != null) {
            // where the bytes lie makes no difference, nor what came before them
            ByteBuf direct = Unpooled.directBuffer().writeBytes(input, 1 + from, input.length - 1 - from);
            try {
                Packet packet = Decoding.decoder(agreed).decode(direct);
                throw new AssertionError("refused, and taken elsewhere: " + packet);
            } catch (ProtocolError again) {
                require(!again.detail().isBlank(), "a refusal without a word");
            } finally {
                direct.release();
            }
        }
    }

    /** Written and read once more, which must give the same. */
    private static void requireSameAgain(Packet packet, ProtocolVersion version) {
        ByteBuf out = Unpooled.buffer();
        if (!PacketEncoder.encode(packet, version, Long.MAX_VALUE, true, out)) {
            return;
        }
        byte[] written = ByteBufUtil.getBytes(out);
        Packet back = Decoding.next(Decoding.decoder(packet instanceof Packet.Connect ? null : version), out);
        ByteBuf second = Unpooled.buffer();
        PacketEncoder.encode(back, version, Long.MAX_VALUE, true, second);
        require(Arrays.equals(ByteBufUtil.getBytes(second), written), "written again it is another packet: " + packet);
    }

    static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
