package io.coppice.codec;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.RetainHandling;
import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.SubscriptionOptions;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Will;
import io.coppice.session.SessionRecord;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A {@link SessionRecord} as versioned, checksummed bytes: the same on disk and in the cluster. */
public final class RecordCodec {
    // The kinds are on disk: a number is never used again for something else.
    private static final int ATTACHED = 1;
    private static final int PARKED = 2;
    private static final int WILL_DONE = 3;
    private static final int SUBSCRIBED = 4;
    private static final int UNSUBSCRIBED = 5;
    static final int ENQUEUED = 6;
    private static final int ASSIGNED = 7;
    private static final int RECEIVED = 8;
    private static final int SETTLED = 9;
    private static final int ACCEPTED = 10;
    private static final int ROUTED = 11;
    private static final int RELEASED = 12;
    private static final int ENDED = 13;
    private static final int NEWEST = 14;
    static final int ENQUEUED_SHARED = 15;
    private static final int BACKLOG = 16;
    /** As {@link #ATTACHED}, of a session that is somebody's. */
    private static final int ATTACHED_BY_OWNER = 17;

    /** No number of a shared message. */
    public static final long NOT_SHARED = 0;

    private static final int RETAIN = 0x04;

    private RecordCodec() {}

    /** Appends a record. */
    public static void encode(SessionRecord record, ByteBuf out) {
        int mark = Frame.begin(kind(record), out);
        write(record, out);
        Frame.end(mark, out);
    }

    /**
     * Appends a record without its message, which is kept elsewhere for several sessions at once.
     *
     * @param number where the message is found, at least 1
     */
    public static void encode(SessionRecord.Enqueued record, long number, ByteBuf out) {
        int mark = Frame.begin(ENQUEUED_SHARED, out);
        enqueued(record, number, out);
        Frame.end(mark, out);
    }

    public static byte[] encode(SessionRecord record) {
        ByteBuf out = Unpooled.buffer();
        encode(record, out);
        return Arrays.copyOf(out.array(), out.writerIndex());
    }

    /**
     * Reads one record and moves the reader index past it.
     *
     * @throws UnreadableRecord where the bytes are not what {@link #encode} wrote
     */
    public static SessionRecord decode(ByteBuf in) {
        return decode(in, null);
    }

    /**
     * As above, where messages may be kept elsewhere.
     *
     * @param shared the message of the record, if it is one whose message is; null where that is not there
     */
    public static SessionRecord decode(ByteBuf in, @Nullable Message shared) {
        PacketReader body = new PacketReader();
        int kind = Frame.open(in, body);
        try {
            SessionRecord record = read(kind, body, shared);
            body.nothingLeft("record");
            return record;
        } catch (ProtocolError e) {
            throw new UnreadableRecord(UnreadableRecord.Fault.CORRUPT, "record of kind " + kind + ": " + e.detail());
        }
    }

    /** As {@link #decode(ByteBuf)} of bytes that hold one record and nothing else. */
    public static SessionRecord decode(byte[] bytes) {
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        SessionRecord record = decode(in);
        if (in.isReadable()) {
            throw new UnreadableRecord(UnreadableRecord.Fault.CORRUPT, in.readableBytes() + " bytes after the record");
        }
        return record;
    }

    /**
     * The number of the message of the record that comes next, which is kept elsewhere; {@link #NOT_SHARED} for any other
     * record.
     *
     * @throws UnreadableRecord where it is not whole
     */
    public static long shared(ByteBuf in) {
        PacketReader body = new PacketReader();
        if (Frame.open(in, body) != ENQUEUED_SHARED) {
            return NOT_SHARED;
        }
        eightBytes(body);
        body.oneByte("delivery flags");
        identifiers(body);
        return eightBytes(body);
    }

    /**
     * Bytes of the record that comes next, of which nothing but the length is looked at.
     *
     * @throws UnreadableRecord where it is not whole
     */
    public static int size(ByteBuf in) {
        return Frame.size(in);
    }

    private static int kind(SessionRecord record) {
        if (record instanceof SessionRecord.Enqueued) {
            return ENQUEUED;
        } else if (record instanceof SessionRecord.Settled) {
            return SETTLED;
        } else if (record instanceof SessionRecord.Assigned) {
            return ASSIGNED;
        } else if (record instanceof SessionRecord.Received) {
            return RECEIVED;
        } else if (record instanceof SessionRecord.Accepted) {
            return ACCEPTED;
        } else if (record instanceof SessionRecord.Routed) {
            return ROUTED;
        } else if (record instanceof SessionRecord.Released) {
            return RELEASED;
        } else if (record instanceof SessionRecord.Attached attached) {
            return attached.owner() == null ? ATTACHED : ATTACHED_BY_OWNER;
        } else if (record instanceof SessionRecord.Parked) {
            return PARKED;
        } else if (record instanceof SessionRecord.WillDone) {
            return WILL_DONE;
        } else if (record instanceof SessionRecord.Subscribed) {
            return SUBSCRIBED;
        } else if (record instanceof SessionRecord.Unsubscribed) {
            return UNSUBSCRIBED;
        } else if (record instanceof SessionRecord.Newest) {
            return NEWEST;
        } else if (record instanceof SessionRecord.Backlog) {
            return BACKLOG;
        }
        return ENDED;
    }

    private static void write(SessionRecord record, ByteBuf out) {
        if (record instanceof SessionRecord.Enqueued enqueued) {
            enqueued(enqueued, NOT_SHARED, out);
        } else if (record instanceof SessionRecord.Settled settled) {
            out.writeLong(settled.sequence());
        } else if (record instanceof SessionRecord.Assigned assigned) {
            out.writeLong(assigned.sequence());
            out.writeShort(assigned.packetId());
        } else if (record instanceof SessionRecord.Received received) {
            out.writeLong(received.sequence());
        } else if (record instanceof SessionRecord.Accepted accepted) {
            out.writeShort(accepted.packetId());
            MessageCodec.write(accepted.message(), out);
        } else if (record instanceof SessionRecord.Routed routed) {
            out.writeShort(routed.packetId());
        } else if (record instanceof SessionRecord.Released released) {
            out.writeShort(released.packetId());
        } else if (record instanceof SessionRecord.Attached attached) {
            attached(attached, out);
        } else if (record instanceof SessionRecord.Parked parked) {
            out.writeLong(parked.at());
            out.writeLong(parked.sessionExpiryInterval());
        } else if (record instanceof SessionRecord.Subscribed subscribed) {
            subscription(subscribed.subscription(), out);
        } else if (record instanceof SessionRecord.Unsubscribed unsubscribed) {
            PacketWriter.string(unsubscribed.filter().value(), out);
        } else if (record instanceof SessionRecord.Newest newest) {
            PacketWriter.string(newest.publisher(), out);
            out.writeLong(newest.number());
            PacketWriter.variableBytes(newest.before().length, out);
            for (long bits : newest.before()) {
                out.writeLong(bits);
            }
        } else if (record instanceof SessionRecord.Backlog backlog) {
            out.writeLong(backlog.after());
            out.writeLong(backlog.last());
            out.writeInt(backlog.messages());
            out.writeLong(backlog.bytes());
        }
    }

    private static void attached(SessionRecord.Attached attached, ByteBuf out) {
        out.writeLong(attached.at());
        out.writeLong(attached.sessionExpiryInterval());
        will(attached.will(), out);
        out.writeLong(attached.epoch());
        String owner = attached.owner();
        if (owner != null) {
            PacketWriter.string(owner, out);
        }
    }

    private static void enqueued(SessionRecord.Enqueued enqueued, long number, ByteBuf out) {
        out.writeLong(enqueued.sequence());
        out.writeByte(enqueued.qos().code() | (enqueued.retain() ? RETAIN : 0));
        identifiers(enqueued.subscriptionIdentifiers(), out);
        if (number == NOT_SHARED) {
            MessageCodec.write(enqueued.message(), out);
        } else {
            out.writeLong(number);
        }
        TopicFilter share = enqueued.share();
        // no filter is empty, so the empty string is free to say that there is none
        PacketWriter.string(share == null ? "" : share.value(), out);
    }

    private static SessionRecord read(int kind, PacketReader in, @Nullable Message shared) {
        return switch (kind) {
            case ATTACHED -> new SessionRecord.Attached(eightBytes(in), eightBytes(in), will(in), eightBytes(in));
            case ATTACHED_BY_OWNER ->
                new SessionRecord.Attached(
                        eightBytes(in), eightBytes(in), will(in), eightBytes(in), in.string("owner"));
            case PARKED -> new SessionRecord.Parked(eightBytes(in), eightBytes(in));
            case WILL_DONE -> new SessionRecord.WillDone();
            case SUBSCRIBED -> new SessionRecord.Subscribed(subscription(in));
            case UNSUBSCRIBED -> new SessionRecord.Unsubscribed(TopicFilter.of(in.string("filter")));
            case ENQUEUED -> enqueued(in, MessageCodec::read);
            case ENQUEUED_SHARED -> enqueued(in, reader -> shared(eightBytes(reader), shared));
            case ASSIGNED -> new SessionRecord.Assigned(eightBytes(in), in.twoBytes("packet identifier"));
            case RECEIVED -> new SessionRecord.Received(eightBytes(in));
            case SETTLED -> new SessionRecord.Settled(eightBytes(in));
            case ACCEPTED -> new SessionRecord.Accepted(in.twoBytes("packet identifier"), MessageCodec.read(in));
            case ROUTED -> new SessionRecord.Routed(in.twoBytes("packet identifier"));
            case RELEASED -> new SessionRecord.Released(in.twoBytes("packet identifier"));
            case NEWEST -> new SessionRecord.Newest(in.string("publisher"), eightBytes(in), bits(in));
            case BACKLOG ->
                new SessionRecord.Backlog(
                        eightBytes(in), eightBytes(in), (int) in.fourBytes("messages"), eightBytes(in));
            case ENDED -> new SessionRecord.Ended();
            default ->
                throw new UnreadableRecord(
                        UnreadableRecord.Fault.NEWER, "this release knows no record of kind " + kind);
        };
    }

    static long eightBytes(PacketReader in) {
        return MessageCodec.eightBytes(in, "number");
    }

    private static Message shared(long number, @Nullable Message message) {
        if (message == null) {
            throw new UnreadableRecord(
                    UnreadableRecord.Fault.CORRUPT, "message " + number + ", which is kept elsewhere, is missing");
        }
        return message;
    }

    private static long[] bits(PacketReader in) {
        int length = in.variableBytes("bits");
        if (length > SessionRecord.Newest.BITS_MAX / Long.SIZE) {
            throw PacketReader.malformed(length + " times 64 numbers are too many");
        }
        long[] bits = new long[length];
        for (int i = 0; i < length; i++) {
            bits[i] = eightBytes(in);
        }
        return bits;
    }

    private static SessionRecord enqueued(PacketReader in, Function<PacketReader, Message> content) {
        long sequence = eightBytes(in);
        int flags = in.oneByte("delivery flags");
        int[] identifiers = identifiers(in);
        Message message = content.apply(in);
        String share = in.string("shared subscription");
        return new SessionRecord.Enqueued(
                sequence,
                message,
                Qos.of(flags & 3),
                (flags & RETAIN) != 0,
                identifiers,
                share.isEmpty() ? null : TopicFilter.of(share));
    }

    static void identifiers(int[] identifiers, ByteBuf out) {
        PacketWriter.variableBytes(identifiers.length, out);
        for (int identifier : identifiers) {
            PacketWriter.variableBytes(identifier, out);
        }
    }

    static int[] identifiers(PacketReader in) {
        int count = in.variableBytes("subscription identifiers");
        in.need(count, "subscription identifiers");
        if (count == 0) {
            return PublishWriter.NO_IDENTIFIERS;
        }
        int[] identifiers = new int[count];
        for (int i = 0; i < count; i++) {
            identifiers[i] = in.variableBytes("subscription identifier");
        }
        return identifiers;
    }

    static void subscription(Subscription subscription, ByteBuf out) {
        PacketWriter.string(subscription.filter().value(), out);
        out.writeByte(subscription.options().code());
        out.writeInt(subscription.identifier());
    }

    static Subscription subscription(PacketReader in) {
        TopicFilter filter = TopicFilter.of(in.string("filter"));
        int code = in.oneByte("subscription options");
        SubscriptionOptions options = new SubscriptionOptions(
                Qos.of(code & 3), (code & 0x04) != 0, (code & 0x08) != 0, RetainHandling.of(code >> 4));
        return new Subscription(filter, options, (int) in.fourBytes("subscription identifier"));
    }

    static void will(@Nullable Will will, ByteBuf out) {
        out.writeBoolean(will != null);
        if (will == null) {
            return;
        }
        PacketWriter.binary(will.topic().utf8(), out);
        out.writeByte(will.qos().code() | (will.retain() ? RETAIN : 0));
        AnswerWriter.properties(will.properties(), out);
        out.writeLong(will.delayInterval());
        out.writeLong(will.messageExpiryInterval());
        MessageCodec.payload(will.payload(), out);
    }

    static @Nullable Will will(PacketReader in) {
        if (in.oneByte("will") == 0) {
            return null;
        }
        TopicName topic = MessageCodec.topic(in);
        int flags = in.oneByte("will flags");
        Properties properties = MessageCodec.properties(in);
        long delayInterval = eightBytes(in);
        long messageExpiryInterval = eightBytes(in);
        byte[] payload = MessageCodec.payload(in);
        return new Will(
                topic,
                payload,
                Qos.of(flags & 3),
                (flags & RETAIN) != 0,
                properties,
                delayInterval,
                messageExpiryInterval);
    }
}
