package io.coppice.codec;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.Publisher;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Trail;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A message as versioned, checksummed bytes: the same on disk, in the cluster and on the way between nodes. */
public final class MessageCodec {
    /** Outside the kinds of {@link RecordCodec}, so that neither is taken for the other. */
    private static final int KIND = 0x40;

    private static final int RETAIN = 0x04;
    private static final int EXPIRES = 0x08;
    private static final int NUMBERED = 0x10;
    private static final int WITH_PROPERTIES = 0x20;
    /** On its way only. */
    private static final int FOLLOWED = 0x40;

    /** In what is stored: who published it is told. */
    private static final int SIGNED = 0x80;

    private static final int KNOWN_FLAGS = 0x3F;
    private static final int KNOWN_FLAGS_STORED = KNOWN_FLAGS | SIGNED;
    private static final int KNOWN_FLAGS_ON_THE_WAY = KNOWN_FLAGS | FOLLOWED;
    /** Bytes of the flags and of both lengths. */
    private static final int PLAIN_FIELDS_MAX = 7;

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
        PacketWriter.string(message.publisher(), out);
        content(message, null, PublisherCodec.isTold(message.by()) ? message.by() : null, false, out);
    }

    /**
     * Everything of a message but its publisher, and by what it is followed.
     *
     * @param topicKnown whether the topic is left out: a name of no bytes stands in its place, which no topic has
     */
    static void onTheWay(Message message, boolean topicKnown, ByteBuf out) {
        content(message, message.trail(), null, topicKnown, out);
    }

    private static void content(
            Message message, @Nullable Trail trail, @Nullable Publisher signed, boolean topicKnown, ByteBuf out) {
        boolean expires = message.expiresAt() != Message.NEVER;
        boolean numbered = message.number() != 0;
        Properties properties = message.properties();
        out.writeByte(message.qos().code()
                | (message.retain() ? RETAIN : 0)
                | (expires ? EXPIRES : 0)
                | (numbered ? NUMBERED : 0)
                | (properties.isEmpty() ? 0 : WITH_PROPERTIES)
                | (trail == null ? 0 : FOLLOWED)
                | (signed == null ? 0 : SIGNED));
        if (signed != null) {
            PublisherCodec.write(signed, out);
        }
        if (trail != null) {
            TrailCodec.write(trail, out);
        }
        if (expires) {
            out.writeLong(message.expiresAt());
        }
        if (numbered) {
            out.writeLong(message.number());
        }
        PacketWriter.binary(topicKnown ? PacketReader.NOTHING : message.topic().utf8(), out);
        if (!properties.isEmpty()) {
            AnswerWriter.properties(properties, out);
        }
        payload(message.payload(), out);
    }

    /** Whether {@link #plain} can write it. */
    static boolean isPlain(Message message) {
        return message.expiresAt() == Message.NEVER
                && message.number() == 0
                && message.trail() == null
                && message.properties().isEmpty();
    }

    static int plainSizeMax(Message message) {
        return PLAIN_FIELDS_MAX + message.topic().utf8().length + message.payload().length;
    }

    /** What {@link #onTheWay(Message, boolean, ByteBuf)} makes of a plain message; gives where the next byte goes. */
    static int plain(Message message, boolean topicKnown, byte[] out, int at) {
        byte[] topic = topicKnown ? PacketReader.NOTHING : message.topic().utf8();
        byte[] payload = message.payload();
        int next = at;
        out[next++] = (byte) (message.qos().code() | (message.retain() ? RETAIN : 0));
        out[next++] = (byte) (topic.length >>> 8);
        out[next++] = (byte) topic.length;
        System.arraycopy(topic, 0, out, next, topic.length);
        next = PacketWriter.variableLong(payload.length, out, next + topic.length);
        System.arraycopy(payload, 0, out, next, payload.length);
        return next + payload.length;
    }

    static Message read(PacketReader in) {
        return content(in, in.string("publisher"), null, null, null, KNOWN_FLAGS_STORED);
    }

    /**
     * Reads what {@link #onTheWay(Message, boolean, ByteBuf)} wrote.
     *
     * @param topics those that came lately
     * @param left the topic that may have been left out; null where none may
     */
    static Message onTheWay(PacketReader in, Publisher by, TopicCache topics, @Nullable TopicName left) {
        return content(in, by.clientId(), by, topics, left, KNOWN_FLAGS_ON_THE_WAY);
    }

    /** @param known who published it; null where it is told, or nobody knows */
    private static Message content(
            PacketReader in,
            String clientId,
            @Nullable Publisher known,
            @Nullable TopicCache topics,
            @Nullable TopicName left,
            int knownFlags) {
        int flags = in.oneByte("message flags");
        if ((flags & ~knownFlags) != 0) {
            throw PacketReader.malformed("message flags " + Integer.toHexString(flags) + " are unknown");
        }
        Publisher by = known;
        if (by == null) {
            by = (flags & SIGNED) == 0 ? Publisher.unknown(clientId) : PublisherCodec.read(in, clientId);
        }
        Trail trail = (flags & FOLLOWED) == 0 ? null : TrailCodec.read(in);
        long expiresAt = (flags & EXPIRES) == 0 ? Message.NEVER : eightBytes(in, "expiry");
        long number = (flags & NUMBERED) == 0 ? 0 : eightBytes(in, "number");
        TopicName topic = topics == null ? topic(in) : topic(in, topics, left);
        Properties properties = (flags & WITH_PROPERTIES) == 0 ? Properties.NONE : properties(in);
        byte[] payload = payload(in);
        return new Message(
                topic, payload, Qos.of(flags & 3), (flags & RETAIN) != 0, properties, expiresAt, by, number, trail);
    }

    /** What {@link Message#weight} of a message is that {@link #write} wrote, which is not read otherwise. */
    static int weight(PacketReader in) {
        skip(in, in.twoBytes("publisher"));
        int flags = in.oneByte("message flags");
        if ((flags & SIGNED) != 0) {
            PublisherCodec.skip(in);
        }
        skip(in, ((flags & EXPIRES) == 0 ? 0 : Long.BYTES) + ((flags & NUMBERED) == 0 ? 0 : Long.BYTES));
        int topic = in.twoBytes("topic name");
        skip(in, topic);
        if ((flags & WITH_PROPERTIES) != 0) {
            skip(in, in.variableBytes("properties"));
        }
        int payload = in.variableBytes("payload");
        skip(in, payload);
        return Message.weight(topic, payload);
    }

    /** As {@link #weight(PacketReader)}, of a message that {@link #encode} wrote. */
    public static int weight(byte[] encoded) {
        PacketReader body = new PacketReader();
        int kind = Frame.open(Unpooled.wrappedBuffer(encoded), body);
        try {
            return weight(body);
        } catch (ProtocolError e) {
            throw new UnreadableRecord(UnreadableRecord.Fault.CORRUPT, "record of kind " + kind + ": " + e.detail());
        }
    }

    static void skip(PacketReader in, int length) {
        in.need(length, "message");
        in.skip(length);
    }

    static void payload(byte[] payload, ByteBuf out) {
        PacketWriter.variableBytes(payload.length, out);
        out.writeBytes(payload);
    }

    static byte[] payload(PacketReader in) {
        int length = in.variableBytes("payload");
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

    private static TopicName topic(PacketReader in, TopicCache topics, @Nullable TopicName left) {
        int length = in.twoBytes("topic name");
        if (length == 0 && left != null) {
            return left;
        }
        in.need(length, "topic name");
        TopicName known = topics.find(in.bytes(), in.position(), length);
        if (known != null) {
            in.skip(length);
            return known;
        }
        String value = in.text(length, "topic name");
        byte[] utf8 = Arrays.copyOfRange(in.bytes(), in.position(), in.position() + length);
        in.skip(length);
        TopicName topic = TopicName.ofDecoded(value, utf8);
        topics.add(topic, 0);
        return topic;
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
