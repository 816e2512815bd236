package io.coppice.cluster;

import static org.slf4j.MarkerFactory.getMarker;

import com.hazelcast.map.IMap;
import com.hazelcast.query.Predicates;
import io.coppice.codec.MessageCodec;
import io.coppice.codec.UnreadableRecord;
import io.coppice.mqtt.Message;
import io.coppice.mqtt.TopicName;
import io.coppice.port.Loop;
import io.coppice.port.RetainedStore;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Retained messages as bytes in a map of the cluster. */
final class HazelcastRetainedStore implements RetainedStore {
    private static final Logger LOG = LoggerFactory.getLogger(HazelcastRetainedStore.class);

    private final IMap<String, RetainedEntry> retained;
    private final Calls calls;
    private final PartitionScan scan;
    private final ClusterCounters counters;
    private final Settings settings;
    private final ConcurrentMap<Loop, Writer> writers = new ConcurrentHashMap<>();

    /**
     * Its limits.
     *
     * @param putMillisMax how long a change is tried
     * @param tombstoneMillis how long it is remembered that a topic was cleared
     * @param loopMillisMax how long reading everything waits for the loop to take the next part
     */
    record Settings(long putMillisMax, long tombstoneMillis, long loopMillisMax) {
        static final Settings DEFAULT = new Settings(60_000, 86_400_000, 30_000);
    }

    HazelcastRetainedStore(
            IMap<String, RetainedEntry> retained,
            Calls calls,
            PartitionScan scan,
            ClusterCounters counters,
            Settings settings) {
        this.retained = retained;
        this.calls = calls;
        this.scan = scan;
        this.counters = counters;
        this.settings = settings;
    }

    /**
     * {@inheritDoc}
     *
     * <p>One change of a topic is on its way at a time. Of those that come meanwhile only the last is made, and all are
     * answered with it: nobody could have seen the others.
     */
    @Override
    public void put(Loop loop, TopicName topic, @Nullable Message message, Consumer<@Nullable Kept> then) {
        writers.computeIfAbsent(loop, Writer::new).put(topic, message, then);
    }

    /** What one loop changes. Used on the loop alone. */
    private final class Writer {
        private final Loop loop;
        private final Map<String, Change> changes = new HashMap<>();

        Writer(Loop loop) {
            this.loop = loop;
        }

        void put(TopicName topic, @Nullable Message message, Consumer<@Nullable Kept> then) {
            Change running = changes.get(topic.value());
            if (running != null) {
                running.next = running.next == null ? new Change(topic) : running.next;
                running.next.message = message;
                running.next.waiting.add(then);
                return;
            }
            Change change = new Change(topic);
            change.message = message;
            change.waiting.add(then);
            send(change);
        }

        private void send(Change change) {
            String topic = change.topic.value();
            changes.put(topic, change);
            Message message = change.message;
            RetainProcessor retain = new RetainProcessor(
                    loop.now(),
                    message == null ? new byte[0] : MessageCodec.encode(message),
                    settings.tombstoneMillis());
            calls.call(retained, topic, retain, loop, settings.putMillisMax(), new Calls.Answer<Long>() {
                @Override
                public void known(Long version) {
                    done(change, new Kept(change.topic, version, message));
                }

                @Override
                public void unknown() {
                    done(change, null);
                }
            });
        }

        private void done(Change change, @Nullable Kept kept) {
            if (change.next == null) {
                changes.remove(change.topic.value());
            } else {
                send(change.next);
            }
            change.waiting.forEach(then -> then.accept(kept));
        }
    }

    private static final class Change {
        private final TopicName topic;
        private final List<Consumer<@Nullable Kept>> waiting = new ArrayList<>(1);
        private @Nullable Message message;
        private @Nullable Change next;

        Change(TopicName topic) {
            this.topic = topic;
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>What is damaged is left out and counted: no later attempt would read it, and no node would ever be ready.
     */
    @Override
    public void readAll(Loop loop, Consumer<Kept> each, Consumer<Boolean> then) {
        Semaphore taken = new Semaphore(1);
        scan.run(
                retained,
                Predicates.alwaysTrue(),
                entries -> {
                    await(taken);
                    List<Kept> kept = decoded(entries);
                    loop.execute(() -> {
                        kept.forEach(each);
                        taken.release();
                    });
                },
                complete -> loop.execute(() -> then.accept(complete)));
    }

    /** No more than one part lies before the loop at a time. */
    private void await(Semaphore taken) {
        try {
            if (!taken.tryAcquire(settings.loopMillisMax(), TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException("the loop takes nothing");
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the store was closed", closed);
        }
    }

    private List<Kept> decoded(Collection<Map.Entry<String, RetainedEntry>> entries) {
        List<Kept> kept = new ArrayList<>(entries.size());
        for (Map.Entry<String, RetainedEntry> entry : entries) {
            RetainedEntry value = entry.getValue();
            try {
                Message message = value.isTombstone() ? null : MessageCodec.decode(value.message());
                TopicName topic = message == null ? TopicName.of(entry.getKey()) : message.topic();
                kept.add(new Kept(topic, value.version(), message));
            } catch (UnreadableRecord damaged) {
                counters.damage();
                LOG.error(
                        getMarker("retained-copy-damaged"),
                        "The retained message of {} does not read and is left out: {}",
                        entry.getKey(),
                        damaged.getMessage());
            }
        }
        return kept;
    }
}
