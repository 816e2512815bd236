package io.coppice.codec;

import static io.coppice.codec.PacketFuzz.require;

import io.coppice.session.SessionRecord;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;

/**
 * What is in the journal and in the records of a cluster, behind a checksum that is right: kind and body. A message of the
 * same bytes is read too.
 */
public final class RecordFuzz {
    private RecordFuzz() {}

    public static List<byte[]> seeds() {
        return RecordCodecTest.records()
                .map(RecordCodec::encode)
                .map(framed -> Arrays.copyOfRange(framed, 1, framed.length - 4))
                .map(RecordFuzz::withoutLength)
                .toList();
    }

    static byte[] withoutLength(byte[] kindLengthBody) {
        byte[] plain = new byte[kindLengthBody.length - 4];
        plain[0] = kindLengthBody[0];
        System.arraycopy(kindLengthBody, 5, plain, 1, plain.length - 1);
        return plain;
    }

    static ByteBuf framed(byte[] kindAndBody) {
        ByteBuf out = Unpooled.buffer();
        int mark = Frame.begin(kindAndBody[0] & 0xFF, out);
        out.writeBytes(kindAndBody, 1, kindAndBody.length - 1);
        Frame.end(mark, out);
        return out;
    }

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        ByteBuf framed = framed(input);
        try {
            SessionRecord record = RecordCodec.decode(framed.duplicate());
            byte[] once = RecordCodec.encode(record);
            require(Arrays.equals(RecordCodec.encode(RecordCodec.decode(once)), once), "another record: " + record);
        } catch (UnreadableRecord refused) {
            // as it should be
        }
        try {
            QueueEntry.read(framed.duplicate());
            RecordCodec.shared(framed.duplicate());
        } catch (UnreadableRecord refused) {
            // as it should be
        }
        byte[] bytes = ByteBufUtil.getBytes(framed);
        try {
            byte[] once = MessageCodec.encode(MessageCodec.decode(bytes));
            require(Arrays.equals(MessageCodec.encode(MessageCodec.decode(once)), once), "another message");
        } catch (UnreadableRecord refused) {
            // as it should be
        }
    }
}
