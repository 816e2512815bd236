package io.coppice.codec;

import io.coppice.mqtt.ProtocolError;
import io.coppice.port.NodeId;
import io.coppice.port.Parcel;
import io.coppice.port.PeerMessage;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;

/**
 * A {@link Parcel} as versioned, checksummed bytes. Nodes and publishers are written once a parcel, and numbers that
 * grow from message to message as their difference; from wire version {@value #TOPICS_ONCE} on a message does without a topic that
 * was told last. One for each loop, because it remembers topics; not thread-safe.
 */
public final class ParcelCodec {
    // Outside the kinds of records and messages, so that none is taken for the other.
    private static final int BATCH = 0x50;
    private static final int CONFIRMATION = 0x51;

    /** The first wire version in which topics are left out. */
    static final int TOPICS_ONCE = 6;

    /** The format of frames in which they are. */
    private static final int FORMAT_TOPICS_ONCE = 2;

    private final IntSupplier writtenVersion;
    private final int formatMax;
    private final PeerMessageWriter writer = new PeerMessageWriter();
    private final PeerMessageReader reader = new PeerMessageReader();

    /**
     * Of a node.
     *
     * @param writtenVersion the wire version that is written now
     * @param newestVersion the newest wire version that is read
     */
    public ParcelCodec(IntSupplier writtenVersion, int newestVersion) {
        this.writtenVersion = writtenVersion;
        this.formatMax = newestVersion < TOPICS_ONCE ? Frame.VERSION : FORMAT_TOPICS_ONCE;
    }

    /** Appends a parcel. */
    public void encode(Parcel parcel, ByteBuf out) {
        if (parcel instanceof Parcel.Batch batch) {
            int format = writtenVersion.getAsInt() < TOPICS_ONCE ? Frame.VERSION : FORMAT_TOPICS_ONCE;
            int mark = begin(format, BATCH, batch, batch.number(), out);
            writer.begin(batch.from(), format == FORMAT_TOPICS_ONCE);
            List<PeerMessage> messages = batch.messages();
            PacketWriter.variableBytes(messages.size(), out);
            for (int i = 0; i < messages.size(); i++) {
                writer.write(messages.get(i), out);
            }
            Frame.end(mark, out);
        } else if (parcel instanceof Parcel.Confirmation confirmation) {
            Frame.end(begin(Frame.VERSION, CONFIRMATION, confirmation, confirmation.number(), out), out);
        }
    }

    private static int begin(int format, int kind, Parcel parcel, long number, ByteBuf out) {
        int mark = Frame.begin(format, kind, out);
        PeerMessageWriter.node(parcel.from(), out);
        PacketWriter.variableBytes(parcel.fromShard(), out);
        PacketWriter.variableLong(number, out);
        return mark;
    }

    /**
     * Reads a parcel that fills the buffer.
     *
     * @throws DamagedParcel where the bytes are not what {@link #encode} wrote
     */
    public Parcel decode(ByteBuf in) throws DamagedParcel {
        PacketReader body = reader.in;
        int size = in.readableBytes();
        int start = 0;
        try {
            int format = in.isReadable() ? in.getUnsignedByte(in.readerIndex()) : 0;
            int kind = Frame.open(in, body, formatMax);
            if (in.isReadable()) {
                throw new DamagedParcel(in.readableBytes() + " bytes after a parcel of " + size);
            }
            start = body.position() - Frame.HEADER_SIZE;
            Parcel parcel = read(kind, format == FORMAT_TOPICS_ONCE, body);
            body.nothingLeft("parcel");
            return parcel;
        } catch (UnreadableRecord e) {
            throw new DamagedParcel("a parcel of " + size + " bytes: " + e.getMessage());
        } catch (ProtocolError e) {
            throw new DamagedParcel("a parcel of " + size + " bytes, at byte " + (body.position() - start) + ": "
                    + reader.where() + e.detail());
        } finally {
            body.finish();
            reader.finish();
        }
    }

    private Parcel read(int kind, boolean topicsOnce, PacketReader in) throws DamagedParcel {
        if (kind != BATCH && kind != CONFIRMATION) {
            throw new DamagedParcel("this release knows no parcel of kind " + kind);
        }
        NodeId from = PeerMessageReader.node(in);
        int fromShard = in.variableBytes("loop");
        long number = in.variableLong("number");
        if (kind == CONFIRMATION) {
            return new Parcel.Confirmation(from, fromShard, number);
        }
        int count = in.variableBytes("messages");
        in.need(count, "messages");
        reader.begin(from, topicsOnce);
        List<PeerMessage> messages = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            messages.add(reader.read());
        }
        return new Parcel.Batch(from, fromShard, number, messages);
    }
}
