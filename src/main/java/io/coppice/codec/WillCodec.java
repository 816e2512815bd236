package io.coppice.codec;

import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.Will;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;

/** A will as versioned, checksummed bytes, for nodes that keep it for another. */
public final class WillCodec {
    // Outside the kinds of records, messages and parcels, so that none is taken for the other.
    private static final int KIND = 0x41;

    private WillCodec() {}

    public static byte[] encode(Will will) {
        ByteBuf out = Unpooled.buffer();
        int mark = Frame.begin(KIND, out);
        RecordCodec.will(will, out);
        Frame.end(mark, out);
        return Arrays.copyOf(out.array(), out.writerIndex());
    }

    /**
     * Reads one will.
     *
     * @throws UnreadableRecord where the bytes are not what {@link #encode} wrote
     */
    public static Will decode(byte[] bytes) {
        PacketReader body = new PacketReader();
        int kind = Frame.open(Unpooled.wrappedBuffer(bytes), body);
        try {
            Will will = kind == KIND ? RecordCodec.will(body) : null;
            body.nothingLeft("will");
            if (will != null) {
                return will;
            }
        } catch (ProtocolError e) {
            throw new UnreadableRecord(UnreadableRecord.Fault.CORRUPT, "will: " + e.detail());
        }
        throw new UnreadableRecord(UnreadableRecord.Fault.CORRUPT, "a record of kind " + kind + " is no will");
    }
}
