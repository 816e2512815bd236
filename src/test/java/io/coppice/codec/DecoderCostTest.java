package io.coppice.codec;

import static io.coppice.mqtt.ProtocolVersion.V3_1_1;
import static io.coppice.mqtt.ProtocolVersion.V5;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coppice.mqtt.Packet;
import io.coppice.mqtt.ProtocolError;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an attacker can make the decoder spend. */
class DecoderCostTest {
    private static final DecoderLimits LARGE =
            new DecoderLimits(1024 * 1024, 256 * 1024 * 1024, 1024, 128, 1_000_000, 256 * 1024 * 1024, 256);

    @Test
    @DisplayName("B03 a length that is claimed and not sent allocates nothing")
    void claimedLength() {
        PacketDecoder decoder = new PacketDecoder(LARGE);
        decoder.established(V5);
        ByteBuf in = Unpooled.wrappedBuffer(Notation.bytes("32 FF FF FF 3F 0001 61"));
        assertThat(Allocation.bytes(() -> assertNull(decoder.decode(in)))).isLessThan(256);
        assertThat(decoder.wanted()).isEqualTo(134_217_727 + 5);
    }

    private static void assertNull(@Nullable Packet packet) {
        if (packet != null) {
            throw new AssertionError("a packet");
        }
    }

    @Test
    @DisplayName("B06 inner lengths that lie are refused before anything is allocated for them")
    void lyingLengths() {
        PacketDecoder decoder = new PacketDecoder(LARGE);
        decoder.established(V5);
        for (String notation : new String[] {
            "30 { <a> FFFFFF7F }", "30 { FFFF 61 }", "30 { <a> { 09 FFFF } }", "82 { 0001 {} FFFF 61 }"
        }) {
            ByteBuf in = Unpooled.wrappedBuffer(Notation.bytes(notation));
            long allocated = Allocation.bytes(
                    () -> assertThatThrownBy(() -> decoder.decode(in)).isInstanceOf(ProtocolError.class));
            assertThat(allocated).as(notation).isLessThan(20_000);
        }
    }

    @Test
    @DisplayName("A decoder at rest weighs less than 64 bytes")
    void weight() {
        DecoderScratch shared = new DecoderScratch();
        PacketDecoder[] decoders = new PacketDecoder[10_000];
        long bytes = Allocation.bytes(() -> {
            for (int i = 0; i < decoders.length; i++) {
                decoders[i] = new PacketDecoder(LARGE, shared);
            }
        });
        assertThat(bytes / decoders.length).isLessThan(64);
    }

    @Test
    @DisplayName("A PUBLISH whose topic is known costs its payload and one record")
    void publishAllocation() {
        PacketDecoder decoder = Decoding.decoder(V3_1_1);
        ByteBuf in =
                Allocation.UNTRACKED.directBuffer().writeBytes(Notation.bytes("30 { <sensors/12/temperature> 'x' }"));
        decoder.decode(in);
        long bytes = Allocation.bytes(() -> {
            for (int i = 0; i < 1000; i++) {
                in.readerIndex(0);
                decoder.decode(in);
            }
        });
        in.release();
        assertThat(bytes / 1000).isLessThanOrEqualTo(56 + 24);
    }

    @Test
    @Timeout(value = 10, unit = TimeUnit.SECONDS)
    @DisplayName("B05 a megabyte of User Properties that dribbles in by 700 bytes is parsed once")
    void dribbled() {
        ByteBuf whole = Unpooled.buffer();
        int pairs = 150_000;
        byte[] head = Notation.bytes("<MQTT> 05 02 003C");
        byte[] length = Notation.variable(pairs * 5);
        whole.writeByte(0x10).writeBytes(Notation.variable(head.length + length.length + pairs * 5 + 3));
        whole.writeBytes(head).writeBytes(length);
        for (int i = 0; i < pairs; i++) {
            whole.writeByte(0x26).writeInt(0);
        }
        whole.writeBytes(Notation.bytes("<c>"));
        PacketDecoder decoder = new PacketDecoder(LARGE);
        ByteBuf in = Unpooled.directBuffer(whole.readableBytes());
        Packet packet = null;
        while (whole.isReadable()) {
            assertThat(packet).isNull();
            in.writeBytes(whole, Math.min(700, whole.readableBytes()));
            packet = decoder.decode(in);
        }
        in.release();
        assertThat(packet).isInstanceOf(Packet.Connect.class);
    }

    @Test
    @Timeout(value = 10, unit = TimeUnit.SECONDS)
    @DisplayName("B34 a SUBSCRIBE of 200,000 filters is read in one pass")
    void manyFilters() {
        int filters = 200_000;
        ByteBuf in = Unpooled.buffer();
        in.writeByte(0x82).writeBytes(Notation.variable(2 + 4 * filters)).writeShort(1);
        for (int i = 0; i < filters; i++) {
            in.writeBytes(Notation.bytes("<a> 01"));
        }
        Packet.Subscribe subscribe = (Packet.Subscribe) Decoding.next(Decoding.decoder(V3_1_1), in);
        assertThat(subscribe.requests()).hasSize(filters);
    }
}
