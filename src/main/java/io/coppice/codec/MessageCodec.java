package io.coppice.codec;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A message as versioned, checksummed bytes: the same on disk, in the cluster and on the way between nodes. */
public final class MessageCodec {
    /** Outside the kinds of {@link RecordCodec}, so that neither is taken for the other. */
    private static final int KIND = 0x40;

    private static final int RETAIN = 0x04;

    private MessageCodec() {}

    /** Appends a message. */
    public static void encode(Message message, ByteBuf out) {
        int mark = Frame.begin(KIND, out);
        write(message, out);
        Frame.end(mark, out);
    }

    public static byte[] encode(Message message) {
        ByteBuf out = Unpooled.buffer(message.weight());
        encode(message, out);
        return Arrays.copyOf(out.array(), out.writerIndex());
    }

    /**
     * Reads one message and moves the reader index past it.
     *
     * @throws UnreadableRecord where the bytes are not what {@link #encode} wrote
     */
    public static Message decode(ByteBuf in) {
        PacketReader body = new PacketReader();
        int kind = Frame.open(in, body);
        if (kind != KIND) {
            throw new UnreadableRecord(UnreadableRecord.Fault.CORRUPT, "a record of kind " + kind + " is no message");
        }
        try {
            Message message = read(body);
            body.nothingLeft("message");
            return message;
        } catch (ProtocolError e) {
            throw new UnreadableRecord(UnreadableRecord.Fault.CORRUPT, "message: " + e.detail());
        }
    }

    /** As {@link #decode(ByteBuf)} of bytes that hold one message and nothing else. */
    public static Message decode(byte[] bytes) {
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        Message message = decode(in);
        if (in.isReadable()) {
            throw new UnreadableRecord(UnreadableRecord.Fault.CORRUPT, in.readableBytes() + " bytes after the message");
        }
        return message;
    }

    static void write(Message message, ByteBuf out) {
        out.writeByte(message.qos().code() | (message.retain() ? RETAIN : 0));
        out.writeLong(message.expiresAt());
        out.writeLong(message.number());
        PacketWriter.string(message.publisher(), out);
        PacketWriter.binary(message.topic().utf8(), out);
        AnswerWriter.properties(message.properties(), out);
        payload(message.payload(), out);
    }

    static Message read(PacketReader in) {
        int flags = in.oneByte("message flags");
        long expiresAt = eightBytes(in, "expiry");
        long number = eightBytes(in, "number");
        String publisher = in.string("publisher");
        TopicName topic = topic(in);
        Properties properties = properties(in);
        byte[] payload = payload(in);
        return new Message(
                topic, payload, Qos.of(flags & 3), (flags & RETAIN) != 0, properties, expiresAt, publisher, number);
    }

    static void payload(byte[] payload, ByteBuf out) {
        out.writeInt(payload.length);
        out.writeBytes(payload);
    }

    static byte[] payload(PacketReader in) {
        // A length beyond the record is refused before anything is allocated.
        int length = (int) Math.min(in.fourBytes("payload"), Integer.MAX_VALUE);
        in.need(length, "payload");
        if (length == 0) {
            return PacketReader.NOTHING;
        }
        byte[] payload = Arrays.copyOfRange(in.bytes(), in.position(), in.position() + length);
        in.skip(length);
        return payload;
    }

    static TopicName topic(PacketReader in) {
        String value = in.string("topic name");
        return TopicName.ofDecoded(value, value.getBytes(StandardCharsets.UTF_8));
    }

    static Properties properties(PacketReader in) {
        PropertyReader reader = new PropertyReader().fromBroker();
        reader.begin(Integer.MAX_VALUE, Integer.MAX_VALUE);
        return reader.read(in, PacketType.PUBLISH);
    }

    static long eightBytes(PacketReader in, String what) {
        return in.fourBytes(what) << 32 | in.fourBytes(what);
    }
}
