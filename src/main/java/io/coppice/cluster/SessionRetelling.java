package io.coppice.cluster;

import io.coppice.codec.RecordCodec;
import io.coppice.port.Archive;
import io.coppice.port.Loop;
import io.coppice.session.SessionRecord;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * A session that is told to its copies anew though its home has not all of its queue in memory: first what it has, then, part
 * by part, what it has on its disk. It counts for the copies when all of it is there. On the loop of its writer alone.
 */
final class SessionRetelling implements Calls.Answer<Integer> {
    private static final long AGAIN_MILLIS = 500;

    private final HazelcastSessionStore store;
    private final SessionStream stream;
    private final SessionRecord.Backlog backlog;
    private final byte[] records;
    private final int count;
    private final Loop loop;
    private final Archive archive;
    private final long deadline;
    /** How many records have been sent. */
    private long told;
    /** Messages up to this sequence have been sent. */
    private long after;

    private boolean lastIsSent;

    /**
     * @param records all but the backlog
     * @param count how many records of the stream they stand for
     */
    SessionRetelling(
            HazelcastSessionStore store,
            Archive archive,
            SessionStream stream,
            SessionRecord.Backlog backlog,
            byte[] records,
            int count) {
        this.store = store;
        this.archive = archive;
        this.stream = stream;
        this.backlog = backlog;
        this.records = records;
        this.count = count;
        this.loop = stream.writer().loop();
        this.after = backlog.after();
        this.deadline = loop.now() + store.settings().appendMillisMax();
    }

    void begin() {
        send(count, records, SessionImage.Part.RECORDS, false);
    }

    private void send(int size, byte[] bytes, SessionImage.Part kind, boolean last) {
        lastIsSent = last;
        OfferProcessor part =
                new OfferProcessor(stream.epoch(), stream.number(), told, size, bytes, kind, last).retold(count);
        told += size;
        store.calls()
                .call(
                        store.sessions(),
                        stream.clientId(),
                        part,
                        loop,
                        store.settings().appendMillisMax(),
                        this);
    }

    @Override
    public void known(Integer number) {
        Stored stored = Stored.of(number);
        if (stored != Stored.SAFE || lastIsSent) {
            stream.settled(store.judged(stored, stream, 0));
        } else {
            read();
        }
    }

    @Override
    public void unknown() {
        stream.settled(Stored.UNKNOWN);
    }

    private void read() {
        archive.queue(
                stream.clientId(), after, store.settings().batchBytesMax(), part -> loop.execute(() -> found(part)));
    }

    private void found(Archive.@Nullable Part part) {
        if (part == null) {
            if (loop.now() < deadline) {
                loop.after(AGAIN_MILLIS, this::read);
            } else {
                unknown();
            }
            return;
        }
        ByteBuf out = Unpooled.buffer();
        int size = 0;
        boolean last = part.all();
        for (SessionRecord record : part.records()) {
            if (record instanceof SessionRecord.Enqueued message) {
                after = message.sequence();
                if (after > backlog.last()) {
                    last = true;
                    break;
                }
                if (message.share() == null) { // others have been told
                    RecordCodec.encode(message, out);
                    size++;
                }
            }
        }
        send(size, ByteBufUtil.getBytes(out), SessionImage.Part.BEHIND, last);
    }
}
