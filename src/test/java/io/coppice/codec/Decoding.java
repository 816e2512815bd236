package io.coppice.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.ProtocolVersion;
import io.coppice.mqtt.ReasonCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the decoder makes of bytes in {@link Notation}. */
final class Decoding {
    static final DecoderLimits LIMITS = new DecoderLimits(16 * 1024, 1024 * 1024, 1024, 16, 8, 32 * 1024, 64);

    /** A version of null stands for a connection that has not sent CONNECT. */
    static final @Nullable ProtocolVersion NEW = null;

    private Decoding() {}

    static PacketDecoder decoder(@Nullable ProtocolVersion version) {
        PacketDecoder decoder = new PacketDecoder(LIMITS);
        if (version != null) {
            decoder.established(version);
        }
        return decoder;
    }

    /** The packet that the bytes are, all of them; decoded from the heap, from outside it, and bit by bit the same. */
    static Packet packet(@Nullable ProtocolVersion version, String notation) {
        byte[] bytes = Notation.bytes(notation);
        ByteBuf heap = Unpooled.wrappedBuffer(bytes);
        Packet packet = next(decoder(version), heap);
        assertThat(heap.readableBytes()).as("bytes left over").isZero();
        ByteBuf direct = Unpooled.directBuffer().writeBytes(bytes);
        Packet again = decoder(version).decode(direct);
        direct.release();
        assertThat(again).usingRecursiveComparison().isEqualTo(packet);
        return packet;
    }

    /** The next packet, which must be there. */
    static Packet next(PacketDecoder decoder, ByteBuf in) {
        return Objects.requireNonNull(decoder.decode(in), "a whole packet");
    }

    /** The next packet, which must be there and a PUBLISH. */
    static Packet.Publish nextPublish(PacketDecoder decoder, ByteBuf in) {
        return (Packet.Publish) next(decoder, in);
    }

    /**
     * The reason for which the bytes are refused, whether more bytes follow them or not. What follows must
     * not matter: a decoder that looks beyond the packet would give another answer.
     */
    static ReasonCode refusal(@Nullable ProtocolVersion version, String notation) {
        byte[] bytes = Notation.bytes(notation);
        ReasonCode reason =
                error(version, Unpooled.wrappedBuffer(bytes), notation).reasonCode();
        ByteBuf followed = Unpooled.directBuffer().writeBytes(bytes).writeZero(64);
        assertThat(error(version, followed, notation).reasonCode()).isEqualTo(reason);
        followed.release();
        return reason;
    }

    static ProtocolError error(@Nullable ProtocolVersion version, ByteBuf in, String notation) {
        int before = in.readerIndex();
        PacketDecoder decoder = decoder(version);
        ProtocolError error = catchThrowableOfType(ProtocolError.class, () -> decoder.decode(in));
        assertThat(error).as(notation).isNotNull();
        assertThat(error.detail()).isNotBlank();
        assertThat(in.readerIndex()).as("reader index after a refusal").isEqualTo(before);
        return error;
    }
}
