package io.coppice.cluster;

import static io.coppice.cluster.SessionRecords.attached;
import static io.coppice.cluster.SessionRecords.enqueued;
import static io.coppice.cluster.SessionRecords.sequences;
import static io.coppice.cluster.SessionRecords.upTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.internal.serialization.Data;
import com.hazelcast.internal.serialization.InternalSerializationService;
import com.hazelcast.internal.serialization.impl.DefaultSerializationServiceBuilder;
import com.hazelcast.internal.serialization.impl.HeapData;
import io.coppice.cluster.SessionImage.Part;
import io.coppice.codec.RecordCodec;
import io.coppice.codec.UnreadableRecord;
import io.coppice.session.SessionRecord;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** A copy has every record once, in order, of the newest epoch, or refuses. */
class SessionImageTest {
    private static byte[] bytes(SessionRecord... records) {
        ByteBuf out = Unpooled.buffer();
        for (SessionRecord record : records) {
            RecordCodec.encode(record, out);
        }
        return Arrays.copyOf(out.array(), out.writerIndex());
    }

    private static byte[] records(SessionImage image) {
        return image.page(0, Integer.MAX_VALUE).records();
    }

    private static SessionImage withOneMessage() {
        SessionImage image = new SessionImage("client", 5);
        assertThat(image.apply(5, 1, 0, bytes(attached(), enqueued(1)))).isEqualTo(Stored.SAFE);
        return image;
    }

    private static void holds(SessionImage image, long last) {
        assertThat(sequences(SessionImage.decode(records(image)))).isEqualTo(upTo(last));
    }

    @Test
    void aRepeatChangesNothing() {
        SessionImage image = withOneMessage();
        assertThat(image.apply(5, 1, 0, bytes(attached(), enqueued(1)))).isEqualTo(Stored.SAFE);
        assertThat(image.version()).isEqualTo(2);
        holds(image, 1);
    }

    @Test
    void ofABatchThatIsPartlyKnownTheRestIsApplied() {
        SessionImage image = withOneMessage();
        assertThat(image.apply(5, 1, 1, bytes(enqueued(1), enqueued(2), enqueued(3))))
                .isEqualTo(Stored.SAFE);
        assertThat(image.version()).isEqualTo(4);
        holds(image, 3);
    }

    @Test
    void aGapIsRefused() {
        SessionImage image = withOneMessage();
        assertThat(image.apply(5, 1, 3, bytes(enqueued(3)))).isEqualTo(Stored.GAP);
        assertThat(image.apply(5, 2, 1, bytes(enqueued(3)))).isEqualTo(Stored.GAP);
        holds(image, 1);
    }

    @Test
    void aSessionThatDoesNotBeginWithAConnectionHasAGap() {
        SessionImage image = new SessionImage("client", 5);
        assertThat(image.apply(5, 1, 0, bytes(enqueued(1)))).isEqualTo(Stored.GAP);
        assertThat(image.isTombstone()).isTrue();
    }

    @Test
    void anotherStreamOfTheEpochGoesOn() {
        SessionImage image = withOneMessage();
        assertThat(image.apply(5, 2, 0, bytes(enqueued(2)))).isEqualTo(Stored.SAFE);
        assertThat(image.apply(5, 2, 0, bytes(enqueued(2)))).isEqualTo(Stored.SAFE);
        assertThat(image.apply(5, 2, 1, bytes(enqueued(3)))).isEqualTo(Stored.SAFE);
        assertThat(image.version()).isEqualTo(4);
        holds(image, 3);
    }

    @Test
    void anOlderStreamOfTheEpochIsShutOut() {
        SessionImage image = withOneMessage();
        image.apply(5, 2, 0, bytes(new SessionRecord.Ended(), attached(), enqueued(1), enqueued(2)));
        assertThat(image.apply(5, 1, 0, bytes(attached(), enqueued(3)))).isEqualTo(Stored.FENCED);
        assertThat(image.apply(5, 1, 2, bytes(enqueued(3)))).isEqualTo(Stored.FENCED);
        assertThat(image.apply(5, 2, 4, bytes(enqueued(3)))).isEqualTo(Stored.SAFE);
        holds(image, 3);
    }

    @Test
    void aNewerEpochGoesOnAndShutsTheOlderOut() {
        SessionImage image = withOneMessage();
        assertThat(image.apply(6, 1, 0, bytes(enqueued(2)))).isEqualTo(Stored.SAFE);
        assertThat(image.apply(5, 1, 2, bytes(enqueued(3)))).isEqualTo(Stored.FENCED);
        assertThat(image.version()).isEqualTo(1);
        holds(image, 2);
    }

    @Test
    void ofADamagedBatchNothingIsApplied() {
        SessionImage image = withOneMessage();
        byte[] damaged = bytes(enqueued(2), enqueued(3));
        damaged[damaged.length - 10]++;
        assertThat(image.apply(5, 1, 2, damaged)).isEqualTo(Stored.DAMAGED);
        assertThat(image.version()).isEqualTo(2);
        holds(image, 1);
    }

    @Test
    void anEndLeavesATombstoneWithTheEpoch() {
        SessionImage image = withOneMessage();
        image.apply(5, 1, 2, bytes(new SessionRecord.Ended()));
        assertThat(image.isTombstone()).isTrue();
        assertThat(records(image)).isEmpty();
        assertThat(image.fence(4)).isFalse();
    }

    @Test
    void theCopyOfACopyIsTheSame() {
        InternalSerializationService service = service();
        SessionImage image = withOneMessage();
        image.apply(5, 2, 0, bytes(enqueued(2)));
        SessionImage copy = service.toObject(service.toData(image));

        assertThat(copy.epoch()).isEqualTo(5);
        assertThat(copy.version()).isEqualTo(3);
        assertThat(records(copy)).isEqualTo(records(image));
        assertThat(copy.apply(5, 2, 0, bytes(enqueued(2)))).as("known").isEqualTo(Stored.SAFE);
        holds(copy, 2);
    }

    @Test
    void aDamagedCopyTakesNothingMore() {
        InternalSerializationService service = service();
        Data data = service.toData(withOneMessage());
        byte[] bytes = data.toByteArray();
        bytes[bytes.length - 12]++;
        SessionImage copy = service.toObject(new HeapData(bytes));

        assertThat(copy.apply(5, 1, 2, bytes(enqueued(2)))).isEqualTo(Stored.DAMAGED);
        assertThatThrownBy(() -> holds(copy, 1)).isInstanceOf(UnreadableRecord.class);
    }

    /** Offers what a disk has of epoch 7, one record a part. */
    private static Stored offer(SessionImage image, long number, int from, boolean last, SessionRecord record) {
        return image.offer(7, number, from, 1, bytes(record), Part.RECORDS, last);
    }

    @Test
    void whatADiskHasComesInPartsOfWhichEachMayComeTwice() {
        SessionImage image = new SessionImage("client", 0);
        assertThat(offer(image, 1, 0, false, attached())).isEqualTo(Stored.SAFE);
        assertThat(offer(image, 1, 0, false, attached())).isEqualTo(Stored.SAFE);
        assertThat(offer(image, 1, 2, false, enqueued(2))).isEqualTo(Stored.GAP);
        assertThat(offer(image, 1, 1, false, enqueued(1))).isEqualTo(Stored.SAFE);
        assertThat(offer(image, 1, 2, true, enqueued(2))).isEqualTo(Stored.SAFE);
        assertThat(image.epoch()).isEqualTo(7);
        assertThat(image.version()).isEqualTo(3);
        holds(image, 2);

        assertThat(offer(image, 2, 0, false, attached())).as("it is here").isEqualTo(Stored.SAFE);
        assertThat(image.apply(7, 1, 0, bytes(enqueued(3)))).isEqualTo(Stored.SAFE);
        holds(image, 3);
    }

    @Test
    void anOfferThatBeginsAnewTakesThePlaceOfOneThatWasNotEnded() {
        SessionImage image = withOneMessage();
        assertThat(offer(image, 1, 0, false, attached())).isEqualTo(Stored.SAFE);
        assertThat(offer(image, 1, 1, false, enqueued(1))).isEqualTo(Stored.SAFE);
        InternalSerializationService service = service();
        SessionImage copy = service.toObject(service.toData(image));
        assertThat(offer(copy, 2, 1, true, enqueued(1))).isEqualTo(Stored.GAP);
        assertThat(offer(copy, 2, 0, false, attached())).isEqualTo(Stored.SAFE);
        assertThat(offer(copy, 1, 2, true, enqueued(2))).isEqualTo(Stored.GAP);
        assertThat(offer(copy, 2, 1, true, enqueued(1))).isEqualTo(Stored.SAFE);
        holds(copy, 1);
    }

    @Test
    void nobodyGetsAnOfferThatWasNotEnded() {
        SessionImage image = new SessionImage("client", 0);
        offer(image, 1, 0, false, attached());
        offer(image, 1, 1, false, enqueued(1));
        assertThat(image.fence(8)).isTrue();
        assertThat(image.isTombstone()).isTrue();
        assertThat(offer(image, 1, 2, true, enqueued(2))).isEqualTo(Stored.FENCED);
    }

    @Test
    void anOfferIsNothingToWhatIsNewer() {
        SessionImage image = new SessionImage("client", 9);
        assertThat(image.apply(9, 1, 0, bytes(attached(), enqueued(1)))).isEqualTo(Stored.SAFE);
        assertThat(offer(image, 1, 0, true, attached())).isEqualTo(Stored.FENCED);
        assertThat(image.offerEnd(8)).isFalse();
        holds(image, 1);
        assertThat(image.offerEnd(9)).isTrue();
        assertThat(image.isTombstone()).isTrue();
        assertThat(image.offer(9, 1, 0, 1, bytes(attached()), Part.RECORDS, true))
                .isEqualTo(Stored.FENCED);
    }

    @Test
    void pagesOfAnySizeMakeTheSameSession() {
        SessionImage image = withOneMessage();
        for (long sequence = 2; sequence <= 50; sequence++) {
            image.apply(5, 2, sequence - 2, bytes(enqueued(sequence, 100)));
        }
        InternalSerializationService service = service();
        SessionImage packed = service.toObject(service.toData(image));

        for (int bytesMax : new int[] {1, 300, 5_000, 100_000}) {
            assertThat(paged(image, bytesMax)).isEqualTo(records(image));
            assertThat(paged(packed, bytesMax)).isEqualTo(records(image));
        }
        assertThat(image.page(0, 300).records().length).isBetween(300, 500);
        assertThat(packed.page(0, 300).isLast()).isFalse();
        assertThat(packed.page(49, 300).isLast()).isTrue();
    }

    private static byte[] paged(SessionImage image, int bytesMax) {
        ByteBuf all = Unpooled.buffer();
        SessionPage page = image.page(0, bytesMax);
        all.writeBytes(page.records());
        while (!page.isLast()) {
            page = image.page(page.next(), bytesMax);
            all.writeBytes(page.records());
        }
        return Arrays.copyOf(all.array(), all.writerIndex());
    }

    private static InternalSerializationService service() {
        return new DefaultSerializationServiceBuilder()
                .addDataSerializableFactory(WireFactory.ID, new WireFactory())
                .build();
    }
}
