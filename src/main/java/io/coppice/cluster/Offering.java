package io.coppice.cluster;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.IMap;
import io.coppice.codec.MessageCodec;
import io.coppice.codec.RecordCodec;
import io.coppice.mqtt.Message;
import io.coppice.port.Archive;
import io.coppice.port.Home;
import io.coppice.port.Loop;
import io.coppice.port.NodeId;
import io.coppice.port.RetainedStore.Kept;
import io.coppice.session.SessionRecord;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Brings what a node has on its disk to the cluster, which takes what is newer than its own. What cannot be said is asked
 * again, for as long as it takes. On its loop alone.
 */
final class Offering {
    private static final int AT_A_TIME = 64;
    private static final int PAGE_BYTES = 256 * 1_024;
    private static final long PATIENCE_MILLIS = 20_000;
    private static final long AGAIN_MILLIS = 500;

    private final Archive archive;
    private final Calls calls;
    private final Loop loop;
    private final IMap<String, SessionImage> sessions;
    private final IMap<String, HomeEntry> homes;
    private final IMap<String, RetainedEntry> retained;
    private final NodeId former;
    private final long tombstoneMillis = HazelcastSessionStore.Settings.DEFAULT.tombstoneMillis();
    private final long retainedTombstoneMillis = HazelcastRetainedStore.Settings.DEFAULT.tombstoneMillis();
    private final Deque<Archive.Stored> left;
    private final Deque<Archive.Stored> leftEnded = new ArrayDeque<>();
    private final Deque<Kept> leftRetained = new ArrayDeque<>();
    private final CompletableFuture<Result> whenDone = new CompletableFuture<>();
    private int open;
    private int offers;
    private boolean allRead;

    // For an operator.
    private int taken;
    private int outdated;
    private int unreadable;
    private int retainedTaken;

    /**
     * What became of it.
     *
     * @param taken sessions that are with the cluster as they are here
     * @param outdated sessions that others have gone on with, or have ended
     * @param unreadable sessions that cannot be read
     * @param retained topics
     */
    record Result(int taken, int outdated, int unreadable, int retained) {}

    /** @param former the node in its earlier lives: who takes the sessions takes them from there */
    Offering(Archive archive, HazelcastInstance instance, Calls calls, Loop loop, NodeId former) {
        this.archive = archive;
        this.calls = calls;
        this.loop = loop;
        this.sessions = instance.getMap(HazelcastConfig.SESSIONS);
        this.homes = instance.getMap(HazelcastConfig.HOMES);
        this.retained = instance.getMap(HazelcastConfig.RETAINED);
        this.former = former;
        this.left = new ArrayDeque<>(archive.sessions());
    }

    CompletableFuture<Result> begin() {
        loop.execute(() -> archive.ended(ended -> archive.retained(kept -> loop.execute(() -> {
            if (ended != null) {
                leftEnded.addAll(ended);
            }
            if (kept != null) {
                leftRetained.addAll(kept);
            }
            allRead = true;
            next();
        }))));
        return whenDone;
    }

    /** What is left to be offered. */
    int remaining() {
        return left.size() + leftEnded.size() + leftRetained.size() + open;
    }

    private void next() {
        while (open < AT_A_TIME && !left.isEmpty()) {
            open++;
            read(left.remove());
        }
        while (open < AT_A_TIME && !leftEnded.isEmpty()) {
            open++;
            end(leftEnded.remove());
        }
        while (open < AT_A_TIME && !leftRetained.isEmpty()) {
            open++;
            retain(leftRetained.remove());
        }
        if (open == 0 && allRead) {
            whenDone.complete(new Result(taken, outdated, unreadable, retainedTaken));
        }
    }

    private void done() {
        open--;
        next();
    }

    // --- sessions

    private void read(Archive.Stored stored) {
        archive.records(
                stored.clientId(),
                records -> loop.execute(() -> {
                    if (records == null || records.isEmpty()) {
                        unreadable++;
                        done();
                    } else {
                        new Parts(stored, records).offer();
                    }
                }));
    }

    /** One session, part by part: first what is no message, then its queue, which need not be in memory at once. */
    private final class Parts {
        private final Archive.Stored stored;
        private final List<SessionRecord> others = new ArrayList<>();
        /** By sequence, of messages that were sent, what is not with them. */
        private final Map<Long, List<SessionRecord>> sent = new HashMap<>();

        private long number;
        private int from;
        /** Whose it is; null where it is nobody's. */
        private @Nullable String owner;
        /** The sequence of the last message that was read. */
        private long after;

        Parts(Archive.Stored stored, List<SessionRecord> records) {
            this.stored = stored;
            for (SessionRecord record : records) {
                if (record instanceof SessionRecord.Assigned one) {
                    sent(one.sequence()).add(0, one); // before what came of it
                } else if (record instanceof SessionRecord.Received one) {
                    sent(one.sequence()).add(one);
                } else {
                    others.add(record);
                    owner = record instanceof SessionRecord.Attached attached ? attached.owner() : owner;
                }
            }
        }

        private List<SessionRecord> sent(long sequence) {
            return sent.computeIfAbsent(sequence, each -> new ArrayList<>(2));
        }

        /** All of it, as one offer. */
        void offer() {
            number = loop.now() * 1_000 + ++offers % 1_000; // unlike that of an earlier life
            from = 0;
            after = 0;
            offerPart(others, SessionImage.Part.RECORDS, false);
        }

        private void readOn() {
            archive.queue(
                    stored.clientId(),
                    after,
                    PAGE_BYTES,
                    part -> loop.execute(() -> {
                        if (part == null) {
                            loop.after(AGAIN_MILLIS, this::readOn);
                        } else {
                            offerPart(withSent(part.records()), SessionImage.Part.QUEUE, part.all());
                        }
                    }));
        }

        private List<SessionRecord> withSent(List<SessionRecord> found) {
            List<SessionRecord> records = new ArrayList<>(found.size());
            for (int i = 0; i < found.size(); i++) {
                records.add(found.get(i));
                if (found.get(i) instanceof SessionRecord.Enqueued message) {
                    after = message.sequence();
                }
                boolean isWhole = i + 1 == found.size() || found.get(i + 1) instanceof SessionRecord.Enqueued;
                if (isWhole) {
                    records.addAll(sent.getOrDefault(after, List.of()));
                }
            }
            return records;
        }

        private void offerPart(List<SessionRecord> records, SessionImage.Part kind, boolean last) {
            ByteBuf part = Unpooled.buffer();
            records.forEach(record -> RecordCodec.encode(record, part));
            byte[] bytes = ByteBufUtil.getBytes(part);
            int count = records.size();
            int before = from;
            ask(
                    sessions,
                    stored.clientId(),
                    () -> new OfferProcessor(stored.epoch(), number, before, count, bytes, kind, last),
                    answer -> taken(Stored.of(answer), before + count, last));
        }

        private void taken(Stored answer, int next, boolean last) {
            if (answer == Stored.GAP) {
                loop.after(AGAIN_MILLIS, this::offer);
            } else if (answer == Stored.DAMAGED) {
                unreadable++;
                done();
            } else if (answer != Stored.SAFE) {
                outdated++;
                done();
            } else if (last) {
                bringHome();
            } else {
                from = next;
                readOn();
            }
        }

        /** Whoever finds it at home here takes it over. */
        private void bringHome() {
            HomeEntry home = new HomeEntry(new Home(former, 0, stored.epoch()), 0, null).ownedBy(owner);
            ask(homes, stored.clientId(), () -> PutHomeProcessor.offering(home), nothing -> {
                taken++;
                done();
            });
        }
    }

    private void end(Archive.Stored ended) {
        ask(sessions, ended.clientId(), () -> OfferProcessor.ended(ended.epoch(), tombstoneMillis), answer -> done());
    }

    // --- retained messages

    private void retain(Kept kept) {
        Message message = kept.message();
        RetainedEntry entry =
                new RetainedEntry(kept.version(), message == null ? new byte[0] : MessageCodec.encode(message));
        ask(
                retained,
                kept.topic().value(),
                () -> PutRetainedProcessor.offering(entry, retainedTombstoneMillis),
                version -> {
                    retainedTaken++;
                    done();
                });
    }

    // --- calls

    /** Made anew each time: a processor knows how it went. */
    private interface Question<V, R> {
        EntryProcessor<String, V, R> processor();
    }

    private <V, R extends @Nullable Object> void ask(
            IMap<String, V> map, String key, Question<V, R> question, Consumer<? super R> then) {
        calls.call(map, key, question.processor(), loop, PATIENCE_MILLIS, new Calls.Answer<R>() {
            @Override
            public void known(R result) {
                then.accept(result);
            }

            @Override
            public void unknown() {
                loop.after(AGAIN_MILLIS, () -> ask(map, key, question, then));
            }
        });
    }
}
