package io.coppice.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.TopicName;
import io.coppice.port.NodeId;
import io.coppice.port.Parcel;
import io.coppice.port.PeerMessage;
import io.coppice.port.RetainedStore;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Parcels as bytes: the same back, or a line that says what is wrong with them. */
class ParcelCodecTest {
    private static final int SEEDS = 300;
    private static final NodeId NODE = new NodeId("node", 7);

    private int written = ParcelCodec.TOPICS_ONCE;
    private final ParcelCodec codec = codec();

    private ParcelCodec codec() {
        return new ParcelCodec(() -> written, ParcelCodec.TOPICS_ONCE);
    }

    private byte[] encoded(Parcel parcel) {
        ByteBuf out = Unpooled.buffer();
        codec.encode(parcel, out);
        return Arrays.copyOf(out.array(), out.writerIndex());
    }

    private Parcel decoded(byte[] bytes) throws DamagedParcel {
        return codec.decode(Unpooled.wrappedBuffer(bytes));
    }

    private void comesBack(Parcel parcel) throws DamagedParcel {
        assertThat(decoded(encoded(parcel))).usingRecursiveComparison().isEqualTo(parcel);
    }

    static Stream<Class<?>> kinds() {
        return PeerMessages.kinds().stream();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aMessageOfEveryKindComesBackAsItWas(Class<?> kind) throws Exception {
        for (int seed = 0; seed < SEEDS / 10; seed++) {
            PeerMessages messages = new PeerMessages(new SplittableRandom(seed));
            comesBack(new Parcel.Batch(NODE, 1, 2, List.of(messages.of(kind))));
        }
    }

    @Test
    void batchesOfAnythingComeBackAsTheyWere() throws Exception {
        for (int seed = 0; seed < SEEDS / 3; seed++) {
            comesBack(new PeerMessages(new SplittableRandom(seed)).batch(20));
        }
    }

    @Test
    void confirmationsComeBackAsTheyWere() throws Exception {
        comesBack(new Parcel.Confirmation(NODE, 0, 0));
        comesBack(new Parcel.Confirmation(NODE, 300, Long.MAX_VALUE));
        comesBack(new Parcel.Confirmation(new NodeId("ä", Long.MIN_VALUE), 1, 1L << 40));
    }

    @Test
    void nothingOfOneParcelIsNeededToReadTheNext() throws Exception {
        PeerMessages messages = new PeerMessages(new SplittableRandom(5));
        encoded(messages.batch(50));
        byte[] second = encoded(messages.batch(50));
        assertThat(codec().decode(Unpooled.wrappedBuffer(second)))
                .usingRecursiveComparison()
                .isEqualTo(decoded(second));
    }

    @Test
    void partsOfOtherBuffersAreReadToo() throws Exception {
        Parcel parcel = new PeerMessages(new SplittableRandom(8)).batch(50);
        byte[] bytes = encoded(parcel);
        ByteBuf direct = Unpooled.directBuffer().writeLong(1).writeBytes(bytes).writeLong(2);
        assertThat(codec.decode(direct.slice(8, bytes.length)))
                .usingRecursiveComparison()
                .isEqualTo(parcel);
        assertThat(codec.decode(Unpooled.wrappedBuffer(new byte[3], bytes).skipBytes(3)))
                .usingRecursiveComparison()
                .isEqualTo(parcel);
        direct.release();
    }

    /** Plain messages are written into an array where there is one, and otherwise like all others. */
    @Test
    void theBytesAreTheSameWhereverTheyAreWritten() throws Exception {
        List<PeerMessage> messages = new ArrayList<>();
        for (Qos qos : Qos.values()) {
            for (PeerMessage one : publishes(20, qos, 0)) {
                messages.add(one);
                messages.add(one); // of the publisher of the one before
            }
        }
        messages.addAll(((Parcel.Batch) new PeerMessages(new SplittableRandom(9)).batch(200)).messages());
        Parcel.Batch batch = new Parcel.Batch(NODE, 1, 2, messages);
        ByteBuf small = Unpooled.buffer(0);
        codec.encode(batch, small);
        ByteBuf direct = Unpooled.directBuffer();
        codec.encode(batch, direct);
        assertThat(small).isEqualTo(direct);
        direct.release();
        comesBack(batch);
    }

    private static List<PeerMessage> publishes(int count, Qos qos, long firstNumber) {
        List<PeerMessage> publishes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Message message = new Message(
                    TopicName.of("site/7/device/" + i % 10),
                    new byte[200],
                    qos,
                    false,
                    Properties.NONE,
                    Message.NEVER,
                    "a-client-with-a-name-" + i % 8,
                    firstNumber == 0 ? 0 : firstNumber + i);
            long ticket = qos == Qos.AT_MOST_ONCE ? 0 : 5_000_000_000L + i;
            publishes.add(new PeerMessage.Publish(message, 5_000_000_000L + 2 * i, ticket, null, null, null));
        }
        return publishes;
    }

    /** What each further message of a parcel costs besides its topic and its payload. */
    private double overhead(Qos qos, long firstNumber) {
        int alone = encoded(new Parcel.Batch(NODE, 1, 5, publishes(10, qos, firstNumber))).length;
        int more = encoded(new Parcel.Batch(NODE, 1, 5, publishes(110, qos, firstNumber))).length;
        return (more - alone) / 100.0 - 200 - "site/7/device/0".length();
    }

    @Test
    void aMessageCostsFewBytesOverItsTopicAndPayload() {
        assertThat(overhead(Qos.AT_MOST_ONCE, 0)).isLessThanOrEqualTo(8);
        assertThat(overhead(Qos.AT_LEAST_ONCE, 0)).isLessThanOrEqualTo(9);
        assertThat(overhead(Qos.EXACTLY_ONCE, 1_700_000_000_000L << 20)).isLessThanOrEqualTo(17);
    }

    /** Both forms; of the second one it is seen that it is one, and that it is shorter. */
    @Test
    void whatIsWrittenGoesByTheVersionInEffectAndBothAreRead() throws Exception {
        Parcel.Batch batch = new Parcel.Batch(NODE, 1, 5, repeated());
        byte[] newer = encoded(batch);
        written = ParcelCodec.TOPICS_ONCE - 1;
        byte[] older = encoded(batch);

        assertThat(older[0]).isEqualTo((byte) 1);
        assertThat(newer[0]).isEqualTo((byte) 2);
        assertThat(newer.length).isEqualTo(older.length - 4 * "site/7/device/0".length());
        for (byte[] each : List.of(older, newer)) {
            assertThat(decoded(each)).usingRecursiveComparison().isEqualTo(batch);
        }
        for (int seed = 0; seed < SEEDS / 3; seed++) {
            comesBack(new PeerMessages(new SplittableRandom(seed)).batch(20));
        }
    }

    /** Three messages on a topic, one on another, two on the first; a retained one. */
    private static List<PeerMessage> repeated() {
        PeerMessage.Publish first =
                (PeerMessage.Publish) publishes(2, Qos.AT_LEAST_ONCE, 0).get(0);
        PeerMessage.Publish other =
                (PeerMessage.Publish) publishes(2, Qos.AT_LEAST_ONCE, 0).get(1);
        RetainedStore.Kept kept = new RetainedStore.Kept(first.message().topic(), 9, first.message());
        return List.of(first, first, first, other, first, first, other, new PeerMessage.RetainedKept(3, kept));
    }

    /** What a node of the release before does, to which nobody would send that. */
    @Test
    void whoKnowsTheFormerVersionAloneRefusesTheNextAndReadsItsOwn() throws Exception {
        ParcelCodec former = new ParcelCodec(() -> ParcelCodec.TOPICS_ONCE - 1, ParcelCodec.TOPICS_ONCE - 1);
        Parcel.Batch batch = new Parcel.Batch(NODE, 1, 5, repeated());
        byte[] newer = encoded(batch);
        assertThatThrownBy(() -> former.decode(Unpooled.wrappedBuffer(newer)))
                .isInstanceOf(DamagedParcel.class)
                .hasMessageContaining("format 2; this release reads up to 1");
        written = ParcelCodec.TOPICS_ONCE - 1;
        assertThat(former.decode(Unpooled.wrappedBuffer(encoded(batch))))
                .usingRecursiveComparison()
                .isEqualTo(batch);
    }

    @Test
    void aTopicThatWasNeverToldIsRefused() {
        String from = "<n> 0000000000000001 02 03 ";
        isRefused(sealed(2, 0x50, from + "01 01 00 01 00 <> 00"), "message 1: ");
    }

    private void isRefused(byte[] bytes, String why) {
        assertThatThrownBy(() -> decoded(bytes))
                .isInstanceOf(DamagedParcel.class)
                .hasMessageContaining(why)
                .hasMessageNotContaining("\n");
    }

    @Test
    void bytesBeforeAndAfterAreRefused() {
        byte[] bytes = encoded(new Parcel.Confirmation(NODE, 1, 1));
        isRefused(new byte[0], "0");
        isRefused(Arrays.copyOf(bytes, bytes.length + 1), "1 bytes after a parcel of " + (bytes.length + 1));
        isRefused(Arrays.copyOf(bytes, bytes.length - 1), "has " + bytes.length + " bytes, here are ");
        isRefused(Arrays.copyOfRange(bytes, 1, bytes.length), "a parcel of " + (bytes.length - 1) + " bytes: ");
    }

    /** With a right checksum. */
    private static byte[] sealed(int version, int kind, String body) {
        return sealed(version, kind, Notation.bytes(body));
    }

    private static byte[] sealed(int version, int kind, byte[] content) {
        ByteBuf out = Unpooled.buffer();
        out.writeByte(version).writeByte(kind).writeInt(content.length).writeBytes(content);
        CRC32C checksum = new CRC32C();
        checksum.update(out.array(), 0, out.writerIndex());
        out.writeInt((int) checksum.getValue());
        return Arrays.copyOf(out.array(), out.writerIndex());
    }

    @Test
    void whatIsNoneIsRefusedWithWhatAndWhere() throws Exception {
        String from = "<n> 0000000000000001 02 03 "; // loop 2, number 3
        assertThat(decoded(sealed(1, 0x51, from))).isEqualTo(new Parcel.Confirmation(new NodeId("n", 1), 2, 3));
        isRefused(sealed(3, 0x51, from), "format 3; this release reads up to 2");
        isRefused(sealed(1, 0x52, from), "no parcel of kind 82");
        isRefused(sealed(1, 9, "00 00 00 00 00 00 00 05"), "no parcel of kind 9");
        isRefused(sealed(1, 0x51, from + "00"), "at byte 19: parcel has 1 bytes after its last field");
        isRefused(sealed(1, 0x50, from + "02 10"), "at byte 20: messages needs 2 bytes where 1 are left");
        isRefused(sealed(1, 0x50, from + "01 1F"), "message 1: this release knows no message of kind 31");
        isRefused(sealed(1, 0x50, from + "02 10 00"), "message 2: this release knows no message of kind 0");
        isRefused(sealed(1, 0x50, from + "01 0F FFFFFF7F"), "message 1: nodes needs 268435455 bytes");
        isRefused(sealed(1, 0x50, from + "01 0F 01 02"), "message 1: node 2 of 1");
        isRefused(sealed(1, 0x50, from + "01 03 01 00 01 <a#> 00 00 00"), "message 1: topic filter 'a#'");
        isRefused(sealed(1, 0x50, from + "01 03 01 00 01 <a> 04 00 00"), "message 1: QoS 4");
        isRefused(sealed(1, 0x50, from + "01 04 FFFFFFFFFFFFFFFFFF02"), "message 1: version has more than 64 bits");
        isRefused(sealed(1, 0x50, from + "01 01 00 01 00 <a+> 00"), "message 1: a topic name holds no");
        isRefused(sealed(1, 0x50, from + "01 01 00 01 80 <a> 00"), "message 1: message flags 80 are unknown");
        isRefused(sealed(1, 0x50, from + "01 01 00 01 40 00000000 00000000 00 00 00"), "is named 0");
        isRefused(sealed(1, 0x50, from + "01 01 00 01 40 00000000 00000001 00 00 02"), "span flag 2 is unknown");
        isRefused(sealed(1, 0x50, from + "01 01 00 01 40 00000000 00000001 00 02 00"), "trace needs 2 bytes");
        isRefused(sealed(1, 0x50, from + "01 01 00 01 00 <a> FFFFFF7F"), "message 1: payload needs 268435455 bytes");
    }

    @Test
    void everyFlippedBitIsNoticed() {
        byte[] bytes = encoded(new Parcel.Batch(NODE, 1, 5, publishes(2, Qos.AT_LEAST_ONCE, 0)));
        for (int bit = 0; bit < bytes.length * 8; bit++) {
            byte[] flipped = bytes.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            isRefused(flipped, "a parcel of " + bytes.length);
        }
    }

    /** Whoever counts the checksum anew still gets nothing worse than a refusal, or another parcel. */
    @Test
    void changedBytesWithARightChecksumDoNoHarm() {
        int refused = 0;
        int accepted = 0;
        for (int seed = 0; seed < 20 * SEEDS; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            byte[] bytes = encoded(new PeerMessages(random).batch(10));
            byte[] body = Arrays.copyOfRange(bytes, 6, bytes.length - 4);
            for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
                body[random.nextInt(Math.min(body.length, 400))] = (byte) random.nextInt();
            }
            int length = random.nextInt(4) == 0 ? random.nextInt(body.length) : body.length;
            try {
                decoded(sealed(bytes[0], bytes[1], Arrays.copyOf(body, length)));
                accepted++;
            } catch (DamagedParcel expected) {
                refused++;
            } catch (RuntimeException other) {
                fail("seed " + seed, other);
            }
        }
        assertThat(refused).isGreaterThan(5 * SEEDS);
        assertThat(accepted).isPositive();
    }

    @Test
    void noiseIsRefused() {
        for (int seed = 0; seed < SEEDS; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            byte[] noise = new byte[random.nextInt(200)];
            random.nextBytes(noise);
            isRefused(noise, "bytes");
            noise = new String(noise, UTF_8).getBytes(UTF_8);
            byte[] sealed = sealed(1, 0x50, noise);
            try {
                decoded(sealed);
            } catch (DamagedParcel expected) {
                assertThat(expected).hasMessageContaining("a parcel of " + sealed.length);
            }
        }
    }

    @Test
    void aLengthThatLiesAllocatesNothing() {
        byte[] lying = sealed(1, 0x50, "<n> 0000000000000001 02 03 01 0F FFFFFF7F");
        isRefused(lying, "nodes needs");
        long bytes = Allocation.bytes(() -> isRefusedQuietly(lying));
        assertThat(bytes).isLessThan(100_000);
    }

    private void isRefusedQuietly(byte[] bytes) {
        try {
            decoded(bytes);
            fail("it was read");
        } catch (DamagedParcel expected) {
            // as it should
        }
    }
}
