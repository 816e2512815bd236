package io.coppice.cluster;

import static io.coppice.cluster.SessionRecords.attached;
import static io.coppice.cluster.SessionRecords.enqueued;
import static io.coppice.cluster.SessionRecords.sequences;
import static io.coppice.cluster.SessionRecords.upTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.internal.serialization.InternalSerializationService;
import com.hazelcast.internal.serialization.impl.DefaultSerializationServiceBuilder;
import io.coppice.cluster.SessionImage.Part;
import io.coppice.codec.RecordCodec;
import io.coppice.port.Scratch;
import io.coppice.session.Overflow;
import io.coppice.session.Session;
import io.coppice.session.SessionLimits;
import io.coppice.session.SessionRecord;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A copy that has the end of its queue elsewhere is the same session as one that holds all of it. */
class SpilledSessionTest {
    private static final int SIZE = 20_000;
    private static final int FIT = SessionBody.WINDOW_BYTES / SIZE;
    private static final SessionLimits LIMITS = new SessionLimits(
            65_535,
            Integer.MAX_VALUE,
            Long.MAX_VALUE,
            Long.MAX_VALUE,
            Overflow.DROP_NEWEST,
            Integer.MAX_VALUE,
            65_535,
            65_535,
            65_535);

    /** Counts what lies on its shelves. */
    private static final class CountedScratch implements Scratch {
        int pieces;
        boolean fails;

        @Override
        public Shelf shelf() {
            MemoryShelf shelf = new MemoryShelf();
            return new Shelf() {
                @Override
                public void put(long number, byte[] piece) {
                    if (fails) {
                        throw new Fault("no room", null);
                    }
                    pieces += shelf.get(number) == null ? 1 : 0;
                    shelf.put(number, piece);
                }

                @Override
                public byte[] get(long number) {
                    return shelf.get(number);
                }

                @Override
                public void remove(long number) {
                    pieces -= shelf.get(number) == null ? 0 : 1;
                    shelf.remove(number);
                }

                @Override
                public void read(long after, Visitor visitor) {
                    shelf.read(after, visitor);
                }

                @Override
                public void clear() {
                    shelf.read(-1, (number, piece) -> {
                        pieces--;
                        return true;
                    });
                    shelf.clear();
                }
            };
        }
    }

    private final CountedScratch scratch = new CountedScratch();

    private static byte[] bytes(List<SessionRecord> records) {
        ByteBuf out = Unpooled.buffer();
        records.forEach(record -> RecordCodec.encode(record, out));
        return ByteBufUtil.getBytes(out);
    }

    private static byte[] bytes(SessionRecord... records) {
        return bytes(List.of(records));
    }

    private static List<SessionRecord> records(SessionImage image, int bytesMax) {
        List<SessionRecord> records = new ArrayList<>();
        SessionPage page = image.page(0, bytesMax);
        records.addAll(SessionImage.decode(page.records()));
        while (!page.isLast()) {
            page = image.page(page.next(), bytesMax);
            records.addAll(SessionImage.decode(page.records()));
        }
        return records;
    }

    /** What somebody makes of the pages of an image. */
    private static byte[] made(SessionImage image, int bytesMax) {
        Session session = new Session("client", LIMITS, new InertEffects());
        records(image, bytesMax).forEach(session::replay);
        List<SessionRecord> snapshot = new ArrayList<>();
        session.snapshot(snapshot::add);
        return bytes(snapshot);
    }

    private static SessionImage copy(SessionImage image) {
        InternalSerializationService service = new DefaultSerializationServiceBuilder()
                .addDataSerializableFactory(WireFactory.ID, new WireFactory())
                .build();
        return service.toObject(service.toData(image));
    }

    /** With messages from 1 on. */
    private SessionImage image(int messages) {
        SessionImage image = new SessionImage("client", 5, scratch);
        List<SessionRecord> records = new ArrayList<>(List.of(attached()));
        for (long sequence = 1; sequence <= messages; sequence++) {
            records.add(enqueued(sequence, SIZE));
        }
        assertThat(image.apply(5, 1, 0, bytes(records))).isEqualTo(Stored.SAFE);
        return image;
    }

    private static void holds(SessionImage image, long last) {
        assertThat(sequences(records(image, 30_000))).isEqualTo(upTo(last));
    }

    @Test
    void whatIsBehindAWindowIsNotInMemory() {
        SessionImage image = image(20);
        assertThat(scratch.pieces).isEqualTo(20 - FIT);
        holds(image, 20);
        holds(copy(image), 20);
        assertThat(image.page(0, 1).records().length).isLessThan(1_000);
    }

    @Test
    void whatIsOverLeavesNothingBehind() {
        image(20).apply(5, 1, 21, bytes(new SessionRecord.Ended()));
        assertThat(scratch.pieces).isZero();
        SessionImage image = image(20);
        for (long sequence = 20; sequence > 0; sequence--) {
            image.apply(5, 1, 41 - sequence, bytes(new SessionRecord.Settled(sequence)));
        }
        assertThat(scratch.pieces).isZero();
        assertThat(sequences(records(image, 1_000))).isEmpty();
    }

    @Test
    void anyChangesMakeTheSameSession() {
        for (int seed = 1; seed <= 60; seed++) {
            Random random = new Random(seed);
            SessionImage inMemory = new SessionImage("client", 5);
            SessionImage spilled = new SessionImage("client", 5, scratch);
            long version = 0;
            long latest = 0;
            List<Long> waiting = new ArrayList<>();
            List<Long> sent = new ArrayList<>();
            byte[] first = bytes(attached());
            inMemory.apply(5, 1, version, first);
            spilled.apply(5, 1, version++, first);
            for (int step = 0; step < 200; step++) {
                SessionRecord record;
                int dice = random.nextInt(100);
                if (dice < 50 || waiting.isEmpty()) {
                    waiting.add(++latest);
                    record = enqueued(latest, random.nextInt(SIZE));
                } else if (dice < 75) {
                    long next = waiting.remove(0);
                    sent.add(next);
                    record = new SessionRecord.Assigned(next, (int) next);
                } else if (dice < 80) {
                    record = new SessionRecord.Settled(waiting.remove(random.nextInt(waiting.size())));
                } else if (dice < 85 && !sent.isEmpty()) {
                    record = new SessionRecord.Received(sent.get(random.nextInt(sent.size())));
                } else if (dice < 99 && !sent.isEmpty()) {
                    record = new SessionRecord.Settled(sent.remove(random.nextInt(sent.size())));
                } else {
                    record = attached();
                }
                assertThat(inMemory.apply(5, 1, version, bytes(record))).isEqualTo(Stored.SAFE);
                assertThat(spilled.apply(5, 1, version++, bytes(record))).isEqualTo(Stored.SAFE);
                if (random.nextInt(40) == 0) {
                    spilled = copy(spilled);
                }
            }
            int bytesMax = 1 + random.nextInt(100_000);
            assertThat(made(spilled, bytesMax)).as("seed " + seed).isEqualTo(made(inMemory, bytesMax));
            assertThat(made(copy(spilled), bytesMax)).as("seed " + seed).isEqualTo(made(inMemory, 1));
        }
    }

    @Test
    void whereTheDiskIsInTheWayWhatCameBeforeCountsOnce() {
        SessionImage image = image(FIT + 2);
        scratch.fails = true;
        byte[] more = bytes(new SessionRecord.Settled(1), enqueued(FIT + 3, SIZE));
        assertThatThrownBy(() -> image.apply(5, 1, FIT + 3, more)).isInstanceOf(Scratch.Fault.class);
        scratch.fails = false;
        assertThat(image.apply(5, 1, FIT + 3, more)).isEqualTo(Stored.SAFE);
        assertThat(image.version()).isEqualTo(FIT + 5);
        assertThat(sequences(records(image, 1))).isEqualTo(upTo(FIT + 3).subList(1, FIT + 3));
    }

    private static Stored offer(SessionImage image, long from, Part kind, boolean last, SessionRecord... records) {
        return image.offer(7, 1, from, records.length, bytes(records), kind, last);
    }

    @Test
    void whatADiskOffersLiesBehindToo() {
        SessionImage image = new SessionImage("client", 0, scratch);
        assertThat(offer(image, 0, Part.RECORDS, false, attached())).isEqualTo(Stored.SAFE);
        long from = 1;
        for (long sequence = 1; sequence <= 20; sequence += 2) {
            SessionRecord[] part = sequence == 1
                    ? new SessionRecord[] {enqueued(1, SIZE), new SessionRecord.Assigned(1, 9), enqueued(2, SIZE)}
                    : new SessionRecord[] {enqueued(sequence, SIZE), enqueued(sequence + 1, SIZE)};
            assertThat(offer(image, from, Part.QUEUE, sequence == 19, part)).isEqualTo(Stored.SAFE);
            assertThat(offer(image, from, Part.QUEUE, sequence == 19, part)).isEqualTo(Stored.SAFE);
            from += part.length;
            image = sequence == 9 ? copy(image) : image;
        }
        assertThat(scratch.pieces).isGreaterThan(2);
        holds(image, 20);
        assertThat(image.apply(7, 1, 0, bytes(new SessionRecord.Settled(1)))).isEqualTo(Stored.SAFE);
        assertThat(sequences(records(image, 1))).isEqualTo(upTo(20).subList(1, 20));
    }

    private static Stored retell(SessionImage image, long from, Part kind, boolean last, SessionRecord... records) {
        return image.retell(5, 2, from, records.length, bytes(records), kind, last, 3);
    }

    /** 1 to 3 and 12 are told by the home, 4 to 11 come from its disk. */
    private static Stored retellBut(SessionImage image, int last) {
        retell(
                image,
                0,
                Part.RECORDS,
                false,
                attached(),
                enqueued(1, SIZE),
                enqueued(2, SIZE),
                enqueued(3, SIZE),
                enqueued(12, SIZE),
                new SessionRecord.Settled(11));
        Stored stored = Stored.SAFE;
        for (long sequence = 4; sequence <= last; sequence++) {
            stored = retell(image, sequence + 2, Part.BEHIND, sequence == 11, enqueued(sequence, SIZE));
        }
        return stored;
    }

    @Test
    void whatIsToldAnewTakesThePlaceOfTheOldWhenAllOfItIsThere() {
        SessionImage image = image(6);
        assertThat(retellBut(image, 10)).isEqualTo(Stored.SAFE);
        holds(image, 6);
        SessionImage copy = copy(image);
        for (SessionImage each : List.of(image, copy)) {
            assertThat(retell(each, 13, Part.BEHIND, true, enqueued(11, SIZE))).isEqualTo(Stored.SAFE);
            assertThat(retell(each, 13, Part.BEHIND, true, enqueued(11, SIZE)))
                    .as("twice")
                    .isEqualTo(Stored.SAFE);
            // a sequence that is done with in the stream's first records
            assertThat(sequences(records(each, 1))).isEqualTo(List.of(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 12L));
            assertThat(each.apply(5, 1, 7, bytes(enqueued(13, SIZE))))
                    .as("the old stream")
                    .isEqualTo(Stored.FENCED);
            assertThat(each.apply(5, 2, 3, bytes(enqueued(13, SIZE)))).isEqualTo(Stored.SAFE);
            assertThat(each.version()).isEqualTo(7 + 3 + 1);
        }
    }

    @Test
    void whoeverComesBeforeAllOfItIsToldAnewFindsTheOld() {
        SessionImage image = image(6);
        retellBut(image, 10);
        assertThat(image.fence(6)).isTrue();
        holds(image, 6);
        assertThat(retell(image, 13, Part.BEHIND, true, enqueued(11, SIZE))).isEqualTo(Stored.FENCED);
        assertThat(scratch.pieces).isEqualTo(6 - FIT);
    }

    @Test
    void whatIsToldAnewWithoutItsBeginningIsRefused() {
        assertThat(retell(image(1), 13, Part.BEHIND, true, enqueued(11, SIZE))).isEqualTo(Stored.GAP);
    }
}
