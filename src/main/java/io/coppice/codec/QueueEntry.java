package io.coppice.codec;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.ProtocolError;
import io.netty.buffer.ByteBuf;

/**
 * What a record of a queued message says of it without being taken apart: enough to count and to keep.
 *
 * @param number of the message where it is kept elsewhere, else {@link RecordCodec#NOT_SHARED}
 * @param weight see {@link Message#weight}; 0 where the message is kept elsewhere
 * @param throughShare whether it came through a shared subscription
 */
public record QueueEntry(long number, int weight, boolean throughShare) {
    /**
     * Looks at the record that comes next.
     *
     * @throws UnreadableRecord where it is damaged, or none of a queued message
     */
    public static QueueEntry read(ByteBuf in) {
        PacketReader body = new PacketReader();
        int kind = Frame.open(in, body);
        try {
            return read(kind, body);
        } catch (ProtocolError e) {
            throw new UnreadableRecord(UnreadableRecord.Fault.CORRUPT, "record of kind " + kind + ": " + e.detail());
        }
    }

    private static QueueEntry read(int kind, PacketReader body) {
        RecordCodec.eightBytes(body);
        body.oneByte("delivery flags");
        RecordCodec.identifiers(body);
        long number = RecordCodec.NOT_SHARED;
        int weight = 0;
        if (kind == RecordCodec.ENQUEUED_SHARED) {
            number = RecordCodec.eightBytes(body);
        } else if (kind == RecordCodec.ENQUEUED) {
            weight = MessageCodec.weight(body);
        } else {
            throw new UnreadableRecord(UnreadableRecord.Fault.CORRUPT, "record of kind " + kind + " in a queue");
        }
        return new QueueEntry(number, weight, body.twoBytes("shared subscription") > 0);
    }
}
