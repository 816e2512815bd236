package io.coppice.codec;

import static io.coppice.codec.PacketFuzz.require;

import io.coppice.port.NodeId;
import io.coppice.port.Parcel;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** What a node sends to another one, behind a checksum that is right: kind and body. */
public final class ParcelFuzz {
    private ParcelFuzz() {}

    public static List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        for (Parcel parcel : parcels()) {
            ByteBuf out = Unpooled.buffer();
            codec().encode(parcel, out);
            byte[] framed = ByteBufUtil.getBytes(out);
            seeds.add(RecordFuzz.withoutLength(Arrays.copyOfRange(framed, 1, framed.length - 4)));
        }
        return seeds;
    }

    private static ParcelCodec codec() {
        return new ParcelCodec(() -> ParcelCodec.TOPICS_ONCE, ParcelCodec.TOPICS_ONCE);
    }

    private static List<Parcel> parcels() {
        NodeId node = new NodeId("node", 7);
        List<Parcel> parcels = new ArrayList<>(List.of(new Parcel.Confirmation(node, 1, 77)));
        PeerMessages messages = new PeerMessages(new Random(1));
        for (Class<?> kind : PeerMessages.kinds()) {
            parcels.add(new Parcel.Batch(
                    node, parcels.size() % 3, parcels.size(), List.of(messages.of(kind), messages.of(kind))));
        }
        return parcels;
    }

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        try {
            Parcel parcel = codec().decode(RecordFuzz.framed(input));
            byte[] once = encoded(parcel);
            require(
                    Arrays.equals(encoded(codec().decode(Unpooled.wrappedBuffer(once))), once),
                    "another parcel: " + parcel);
        } catch (DamagedParcel refused) {
            // as it should be
        }
    }

    private static byte[] encoded(Parcel parcel) {
        ByteBuf out = Unpooled.buffer();
        codec().encode(parcel, out);
        return ByteBufUtil.getBytes(out);
    }
}
