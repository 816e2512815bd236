package io.coppice.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.PacketType;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Publisher;
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
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Records and messages as bytes: the same back, or an exception that says why not. */
class RecordCodecTest {
    private static final Properties ALL = Samples.all(PacketType.WILL, false);

    static Stream<SessionRecord> records() {
        TopicName topic = TopicName.of("w/ä");
        Will will = new Will(topic, new byte[] {1, 2}, Qos.EXACTLY_ONCE, true, ALL, 0xFFFF_FFFFL, -1);
        Will plainWill = new Will(topic, new byte[0], Qos.AT_MOST_ONCE, false, Properties.NONE, 0, 0xFFFF_FFFFL);
        SubscriptionOptions options = new SubscriptionOptions(Qos.EXACTLY_ONCE, true, true, RetainHandling.DO_NOT_SEND);
        return Stream.of(
                new SessionRecord.Attached(1_700_000_000_000L, 0xFFFF_FFFFL, will, 1_700_000_000_001L),
                new SessionRecord.Attached(0, 0, plainWill, 0),
                new SessionRecord.Attached(-1, 60, null, 1),
                new SessionRecord.Attached(-1, 60, null, 1, ""),
                new SessionRecord.Attached(1_700_000_000_000L, 0xFFFF_FFFFL, will, 1L << 50, "\u00e4nne"),
                new SessionRecord.Parked(Long.MAX_VALUE, 3600),
                new SessionRecord.WillDone(),
                new SessionRecord.Subscribed(new Subscription(TopicFilter.of("$share/g/a/+/#"), options, 268_435_455)),
                new SessionRecord.Subscribed(
                        new Subscription(TopicFilter.of("ä"), SubscriptionOptions.of(Qos.AT_MOST_ONCE), 0)),
                new SessionRecord.Unsubscribed(TopicFilter.of("a/#")),
                new SessionRecord.Enqueued(1, messages().get(0), Qos.AT_LEAST_ONCE, true, new int[] {1, 300}, null),
                new SessionRecord.Enqueued(
                        Long.MAX_VALUE,
                        messages().get(1),
                        Qos.EXACTLY_ONCE,
                        false,
                        new int[0],
                        TopicFilter.of("$share/g/a/+")),
                new SessionRecord.Assigned(77, 65_535),
                new SessionRecord.Received(78),
                new SessionRecord.Settled(79),
                new SessionRecord.Accepted(1, messages().get(0)),
                new SessionRecord.Newest("me", 1L << 60, new long[] {5, -1}),
                new SessionRecord.Newest("", -3, new long[0]),
                new SessionRecord.Backlog(7, 1L << 40, 100_000, 1L << 33),
                new SessionRecord.Routed(2),
                new SessionRecord.Released(65_535),
                new SessionRecord.Ended());
    }

    static List<Message> messages() {
        return List.of(
                new Message(TopicName.of("a/b"), Samples.bytes("payload"), Qos.EXACTLY_ONCE, true, ALL, 1234, "me"),
                new Message(
                        TopicName.of("ä"), new byte[0], Qos.AT_MOST_ONCE, false, Properties.NONE, Message.NEVER, ""));
    }

    @ParameterizedTest
    @MethodSource("records")
    @DisplayName("Every record comes back as it was")
    void recordsComeBack(SessionRecord record) {
        assertThat(RecordCodec.decode(RecordCodec.encode(record)))
                .usingRecursiveComparison()
                .isEqualTo(record);
    }

    @ParameterizedTest
    @MethodSource("messages")
    @DisplayName("Every message comes back as it was")
    void messagesComeBack(Message message) {
        assertThat(MessageCodec.decode(MessageCodec.encode(message)))
                .usingRecursiveComparison()
                .isEqualTo(message);
    }

    static Stream<Publisher> publishers() {
        return Stream.of(
                new Publisher("me", "anna", Publisher.Kind.RULED, Publisher.NO_EPOCH),
                new Publisher("me", "me", Publisher.Kind.RULED, Publisher.NO_EPOCH),
                new Publisher("me", null, Publisher.Kind.RULED, Publisher.NO_EPOCH),
                new Publisher("me", "ä😀", Publisher.Kind.GRANTED, Publisher.NO_EPOCH),
                new Publisher("me", "anna", Publisher.Kind.UNKNOWN, Publisher.NO_EPOCH),
                new Publisher("me", null, Publisher.Kind.UNKNOWN, Publisher.NO_EPOCH),
                new Publisher("", "anna", Publisher.Kind.GRANTED, Publisher.NO_EPOCH),
                Publisher.node("$operator"),
                Publisher.THIS_NODE);
    }

    private static Message by(Publisher publisher) {
        return new Message(
                TopicName.of("a/b"), Samples.bytes("payload"), Qos.EXACTLY_ONCE, true, ALL, 1234, publisher, 7);
    }

    @ParameterizedTest
    @MethodSource("publishers")
    @DisplayName(
            "Who published a message is stored with it, without the epoch of a policy that only this process knows")
    void publishersComeBack(Publisher publisher) {
        Message before = by(publisher);
        Message held = by(new Publisher(publisher.clientId(), publisher.user(), publisher.kind(), 77));
        byte[] bytes = MessageCodec.encode(held);

        assertThat(MessageCodec.decode(bytes)).usingRecursiveComparison().isEqualTo(before);
        assertThat(MessageCodec.decode(bytes).by()).isEqualTo(held.by());
        assertThat(MessageCodec.decode(bytes).by().epoch()).isEqualTo(Publisher.NO_EPOCH);
        assertThat(MessageCodec.weight(bytes)).isEqualTo(before.weight());
    }

    @Test
    @DisplayName(
            "A message that was stored without its publisher's user is one of whose publisher nothing else is known")
    void publishersOfOlderFormats() {
        ByteBuf bytes = Unpooled.buffer();
        int mark = Frame.begin(0x40, bytes);
        PacketWriter.string("me", bytes);
        bytes.writeByte(1); // QoS 1
        PacketWriter.string("a/b", bytes);
        MessageCodec.payload(Samples.bytes("payload"), bytes);
        Frame.end(mark, bytes);

        assertThat(MessageCodec.decode(bytes))
                .usingRecursiveComparison()
                .isEqualTo(new Message(
                        TopicName.of("a/b"),
                        Samples.bytes("payload"),
                        Qos.AT_LEAST_ONCE,
                        false,
                        Properties.NONE,
                        Message.NEVER,
                        new Publisher("me", null, Publisher.Kind.UNKNOWN, Publisher.NO_EPOCH)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0x10, 0x0C, 0x80})
    @DisplayName("What a later release says of a publisher is refused")
    void publishersOfNewerFormats(int told) {
        byte[] bytes = MessageCodec.encode(by(new Publisher("me", "u", Publisher.Kind.RULED, 1)));
        ByteBuf changed = Unpooled.buffer();
        int mark = Frame.begin(0x40, changed);
        int kind = Frame.HEADER_SIZE + 2 + 2 + 1; // behind the client identifier and the flags
        bytes[kind] = (byte) told;
        changed.writeBytes(bytes, Frame.HEADER_SIZE, bytes.length - Frame.HEADER_SIZE - 4);
        Frame.end(mark, changed);

        assertThat(catchThrowableOfType(UnreadableRecord.class, () -> MessageCodec.decode(changed)))
                .hasMessageContaining("publisher flags");
    }

    @Test
    @DisplayName("A payload of a megabyte comes back as it was")
    void largePayload() {
        byte[] payload = new byte[1 << 20];
        new Random(3).nextBytes(payload);
        Message message =
                new Message(TopicName.of("t"), payload, Qos.AT_LEAST_ONCE, false, Properties.NONE, Message.NEVER, "p");
        assertThat(MessageCodec.decode(MessageCodec.encode(message)).payload()).isEqualTo(payload);
    }

    @Test
    @DisplayName("A record whose message is kept elsewhere comes back with it, and not without it")
    void messagesKeptElsewhere() {
        SessionRecord.Enqueued record = new SessionRecord.Enqueued(
                7, messages().get(0), Qos.EXACTLY_ONCE, true, new int[] {300}, TopicFilter.of("$share/g/a/+"));
        ByteBuf bytes = Unpooled.buffer();
        RecordCodec.encode(record, 12, bytes);

        assertThat(RecordCodec.shared(bytes.duplicate())).isEqualTo(12);
        assertThat(RecordCodec.shared(Unpooled.wrappedBuffer(RecordCodec.encode(record))))
                .isEqualTo(RecordCodec.NOT_SHARED);
        assertThat(RecordCodec.decode(bytes.duplicate(), record.message()))
                .usingRecursiveComparison()
                .isEqualTo(record);
        assertThat(catchThrowableOfType(UnreadableRecord.class, () -> RecordCodec.decode(bytes))
                        .fault())
                .isEqualTo(UnreadableRecord.Fault.CORRUPT);
    }

    @Test
    @DisplayName("What is to be known of a queued message is known without taking it apart")
    void queueEntries() {
        for (Message message : messages()) {
            for (TopicFilter share : new TopicFilter[] {null, TopicFilter.of("$share/g/a")}) {
                SessionRecord.Enqueued record =
                        new SessionRecord.Enqueued(7, message, Qos.EXACTLY_ONCE, true, new int[] {300, 1}, share);
                ByteBuf elsewhere = Unpooled.buffer();
                RecordCodec.encode(record, 12, elsewhere);

                assertThat(QueueEntry.read(Unpooled.wrappedBuffer(RecordCodec.encode(record))))
                        .isEqualTo(new QueueEntry(RecordCodec.NOT_SHARED, message.weight(), share != null));
                assertThat(QueueEntry.read(elsewhere)).isEqualTo(new QueueEntry(12, 0, share != null));
                assertThat(MessageCodec.weight(MessageCodec.encode(message))).isEqualTo(message.weight());
            }
        }
        byte[] other = RecordCodec.encode(new SessionRecord.Backlog(1, 2, 3, 4));
        assertThat(catchThrowableOfType(UnreadableRecord.class, () -> QueueEntry.read(Unpooled.wrappedBuffer(other)))
                        .fault())
                .isEqualTo(UnreadableRecord.Fault.CORRUPT);
        for (int cut = 1; cut < 8; cut++) {
            byte[] bytes = RecordCodec.encode(
                    new SessionRecord.Enqueued(7, messages().get(0), Qos.EXACTLY_ONCE, true, new int[0], null));
            bytes[bytes.length - cut] ^= 1;
            assertThat(catchThrowableOfType(
                            UnreadableRecord.class, () -> QueueEntry.read(Unpooled.wrappedBuffer(bytes))))
                    .isNotNull();
        }
    }

    @Test
    @DisplayName("Records in a row are read one by one, from the heap, from outside it and from pieces")
    void recordsInARow() {
        List<SessionRecord> records = records().toList();
        ByteBuf heap = Unpooled.buffer();
        ByteBuf direct = Unpooled.directBuffer();
        for (SessionRecord record : records) {
            RecordCodec.encode(record, heap);
            RecordCodec.encode(record, direct);
        }
        assertThat(direct).isEqualTo(heap);
        int half = heap.readableBytes() / 2;
        ByteBuf pieces = Unpooled.wrappedBuffer(
                direct.retainedSlice(0, half), direct.retainedSlice(half, direct.readableBytes() - half));
        for (ByteBuf in : List.of(heap, direct, pieces)) {
            for (SessionRecord record : records) {
                assertThat(RecordCodec.decode(in)).usingRecursiveComparison().isEqualTo(record);
            }
            assertThat(in.isReadable()).isFalse();
        }
        pieces.release();
        direct.release();
    }

    @ParameterizedTest
    @MethodSource("records")
    @DisplayName("B94 every flipped bit of a record is noticed")
    void flippedBits(SessionRecord record) {
        everyFlipIsNoticed(RecordCodec.encode(record), RecordCodec::decode);
    }

    @ParameterizedTest
    @MethodSource("messages")
    @DisplayName("B94 every flipped bit of a message is noticed")
    void flippedBitsOfMessages(Message message) {
        everyFlipIsNoticed(MessageCodec.encode(message), MessageCodec::decode);
    }

    private static void everyFlipIsNoticed(byte[] bytes, Function<ByteBuf, Object> decode) {
        for (int bit = 0; bit < bytes.length * 8; bit++) {
            byte[] flipped = bytes.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            // Bytes after it, as in a journal, so that a length that grew has something to reach into.
            ByteBuf alone = Unpooled.wrappedBuffer(flipped);
            ByteBuf followed = Unpooled.wrappedBuffer(flipped, new byte[70_000]);
            for (ByteBuf in : List.of(alone, followed)) {
                UnreadableRecord fault = catchThrowableOfType(UnreadableRecord.class, () -> decode.apply(in));
                assertThat(fault).as("bit %d of %s", bit, Notation.hex(bytes)).isNotNull();
                assertThat(fault.fault()).isNotEqualTo(UnreadableRecord.Fault.NEWER);
                assertThat(in.readerIndex()).isZero();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("records")
    @DisplayName("B94 a record cut at any byte is told from a damaged one")
    void cutRecords(SessionRecord record) {
        byte[] bytes = RecordCodec.encode(record);
        for (int length = 0; length < bytes.length; length++) {
            ByteBuf in = Unpooled.wrappedBuffer(bytes, 0, length);
            UnreadableRecord fault = catchThrowableOfType(UnreadableRecord.class, () -> RecordCodec.decode(in));
            assertThat(fault).isNotNull();
            assertThat(fault.fault()).isEqualTo(UnreadableRecord.Fault.CUT_OFF);
        }
    }

    /** A whole envelope with a right checksum. */
    private static byte[] sealed(int version, int kind, String body) {
        byte[] content = Notation.bytes(body);
        ByteBuf out = Unpooled.buffer();
        out.writeByte(version).writeByte(kind).writeInt(content.length).writeBytes(content);
        CRC32C checksum = new CRC32C();
        checksum.update(out.array(), 0, out.writerIndex());
        out.writeInt((int) checksum.getValue());
        return Arrays.copyOf(out.array(), out.writerIndex());
    }

    private static UnreadableRecord.Fault fault(byte[] bytes) {
        UnreadableRecord fault = catchThrowableOfType(UnreadableRecord.class, () -> RecordCodec.decode(bytes));
        assertThat(fault).isNotNull();
        assertThat(fault).hasMessageMatching(".+");
        return fault.fault();
    }

    @Test
    @DisplayName("A record of a newer format, or of a kind not known yet, is refused as such")
    void newer() {
        assertThat(RecordCodec.decode(sealed(1, 9, "00 00 00 00 00 00 00 05"))).isEqualTo(new SessionRecord.Settled(5));
        assertThat(fault(sealed(2, 9, "00 00 00 00 00 00 00 05"))).isEqualTo(UnreadableRecord.Fault.NEWER);
        assertThat(fault(sealed(255, 99, "FF"))).isEqualTo(UnreadableRecord.Fault.NEWER);
        assertThat(fault(sealed(1, 63, ""))).isEqualTo(UnreadableRecord.Fault.NEWER);
    }

    @Test
    @DisplayName("A whole envelope with a body that is no record of its kind is corrupt")
    void badBodies() {
        assertThat(fault(sealed(1, 9, "00 00"))).isEqualTo(UnreadableRecord.Fault.CORRUPT);
        assertThat(fault(sealed(1, 9, "00 00 00 00 00 00 00 05 00"))).isEqualTo(UnreadableRecord.Fault.CORRUPT);
        assertThat(fault(sealed(1, 5, "<a#>"))).isEqualTo(UnreadableRecord.Fault.CORRUPT);
        assertThat(fault(sealed(1, 4, "<a> 03 00000000"))).isEqualTo(UnreadableRecord.Fault.CORRUPT);
        assertThat(fault(sealed(1, 10, "0001 <p> 00 <t> FFFFFF7F"))).isEqualTo(UnreadableRecord.Fault.CORRUPT);
        assertThat(fault(sealed(1, 6, "0000000000000001 00 FFFFFF7F"))).isEqualTo(UnreadableRecord.Fault.CORRUPT);
        assertThat(fault(MessageCodec.encode(messages().get(0)))).isEqualTo(UnreadableRecord.Fault.NEWER);
    }

    @Test
    @DisplayName("Bytes after the one record are corrupt where there may be one only")
    void trailingBytes() {
        byte[] record = RecordCodec.encode(new SessionRecord.Ended());
        assertThat(fault(Arrays.copyOf(record, record.length + 1))).isEqualTo(UnreadableRecord.Fault.CORRUPT);
        byte[] message = MessageCodec.encode(messages().get(0));
        assertThat(catchThrowableOfType(
                        UnreadableRecord.class, () -> MessageCodec.decode(Arrays.copyOf(message, message.length + 1))))
                .hasMessageContaining("after the message");
    }

    @Test
    @DisplayName("A record is not taken for a message, and a message whose body is wrong is corrupt")
    void badMessages() {
        for (byte[] bytes : List.of(
                RecordCodec.encode(new SessionRecord.Ended()), sealed(1, 0x40, "00"), sealed(1, 0x40, "03 FF"))) {
            UnreadableRecord fault = catchThrowableOfType(UnreadableRecord.class, () -> MessageCodec.decode(bytes));
            assertThat(fault).isNotNull();
            assertThat(fault.fault()).isEqualTo(UnreadableRecord.Fault.CORRUPT);
        }
    }
}
