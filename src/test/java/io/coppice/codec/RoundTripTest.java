package io.coppice.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.ProtocolVersion;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is written is read back the same, packet by packet and version by version. */
class RoundTripTest {
    static ByteBuf encoded(Packet packet, ProtocolVersion version) {
        ByteBuf out = Unpooled.buffer(1);
        assertThat(PacketEncoder.encode(packet, version, Long.MAX_VALUE, true, out))
                .isTrue();
        return out;
    }

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    @DisplayName("Every packet of a client comes back as it was")
    void fromClient(ProtocolVersion version) {
        for (Packet packet : Samples.fromClient(version)) {
            ByteBuf bytes = encoded(packet, version);
            Packet back = Decoding.decoder(packet instanceof Packet.Connect ? null : version)
                    .decode(bytes);
            assertThat(back).usingRecursiveComparison().isEqualTo(packet);
            assertThat(bytes.isReadable()).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    @DisplayName("Every packet of the broker comes back as it was")
    void fromBroker(ProtocolVersion version) {
        for (Packet packet : Samples.fromBroker(version)) {
            ByteBuf bytes = encoded(packet, version);
            Packet back = new AnswerDecoder(version).decode(bytes);
            assertThat(back).usingRecursiveComparison().isEqualTo(packet);
            assertThat(bytes.isReadable()).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    @DisplayName("B07 a packet that trickles in byte by byte is the same as one that comes whole")
    void trickled(ProtocolVersion version) {
        for (Packet packet : Samples.fromClient(version)) {
            ByteBuf whole = encoded(packet, version);
            int size = whole.readableBytes();
            ByteBuf in = Unpooled.directBuffer();
            PacketDecoder decoder = Decoding.decoder(packet instanceof Packet.Connect ? null : version);
            for (int i = 0; i < size - 1; i++) {
                in.writeByte(whole.readByte());
                assertThat(decoder.decode(in)).isNull();
                assertThat(in.readerIndex()).isZero();
                int headerSize = size < 130 ? 2 : size < 16_387 ? 3 : 4;
                assertThat(decoder.wanted()).isEqualTo(i + 1 < headerSize ? 0 : size);
            }
            in.writeByte(whole.readByte());
            assertThat(decoder.decode(in)).usingRecursiveComparison().isEqualTo(packet);
            assertThat(in.isReadable()).isFalse();
            in.release();
        }
    }
}
