package io.coppice.cluster;

import static org.slf4j.MarkerFactory.getMarker;

import com.hazelcast.map.IMap;
import io.coppice.port.Archive;
import io.coppice.port.Loop;
import io.coppice.port.SessionStore;
import io.coppice.session.SessionRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sessions as copies on the members of a cluster, which follow their records: as many copies as the settings say. */
final class HazelcastSessionStore implements SessionStore {
    private static final Logger LOG = LoggerFactory.getLogger(HazelcastSessionStore.class);

    private final IMap<String, SessionImage> sessions;
    private final Archive archive;
    private final Calls calls;
    private final ClusterCounters counters;
    private final Settings settings;
    private final ConcurrentMap<Loop, SessionWriter> writers = new ConcurrentHashMap<>();
    /** Who writes for a client; on one loop at a time, and the next one has a higher epoch. */
    private final ConcurrentMap<String, SessionStream> streams = new ConcurrentHashMap<>();

    private final AtomicLong latestStream = new AtomicLong();

    /**
     * Its limits.
     *
     * @param appendMillisMax how long a batch is tried
     * @param loadMillisMax how long a session is asked for
     * @param tombstoneMillis how long the epoch of a session that ended is remembered
     * @param batchBytesMax bytes of records of one client after which a batch, or a page of what is loaded, takes no more
     * @param firstPageBytesMax the same for the first page, of which many may be on their way together
     */
    record Settings(
            long appendMillisMax, long loadMillisMax, long tombstoneMillis, int batchBytesMax, int firstPageBytesMax) {
        static final Settings DEFAULT = new Settings(120_000, 20_000, 3_600_000, 256 * 1_024, 64 * 1_024);
    }

    /** @param archive has what homes on this member do not hold in memory */
    HazelcastSessionStore(
            IMap<String, SessionImage> sessions,
            Archive archive,
            Calls calls,
            ClusterCounters counters,
            Settings settings) {
        this.sessions = sessions;
        this.archive = archive;
        this.calls = calls;
        this.counters = counters;
        this.settings = settings;
    }

    Settings settings() {
        return settings;
    }

    @Override
    public void append(Loop loop, List<Entry> entries, Consumer<Outcome> then) {
        writers.computeIfAbsent(loop, each -> new SessionWriter(each, this)).append(entries, then);
    }

    /**
     * The stream of an epoch, which takes the place of an older one, or of one that has failed before the session begins anew.
     *
     * @param backlog what is not among the records of a session that begins anew with this one; null for nothing
     */
    SessionStream stream(SessionWriter writer, Entry entry, SessionRecord.@Nullable Backlog backlog) {
        String clientId = entry.clientId();
        long epoch = entry.epoch();
        SessionStream present = streams.get(clientId);
        if (present != null
                && present.epoch() == epoch
                && present.writer() == writer
                && backlog == null
                && !(present.hasFailed() && entry.record() instanceof SessionRecord.Ended)) {
            return present;
        }
        if (present != null && present.epoch() > epoch) {
            // Perhaps the copies have not heard of the newer epoch yet, but it is here.
            return new SessionStream(this, writer, clientId, epoch, latestStream.incrementAndGet(), Stored.FENCED);
        }
        SessionStream fresh =
                new SessionStream(this, writer, clientId, epoch, latestStream.incrementAndGet(), Stored.SAFE);
        fresh.tells(backlog);
        if (present != null && present.writer() == writer) {
            fresh.follow(present);
        }
        streams.put(clientId, fresh);
        return fresh;
    }

    /** Also for a client identifier that was released: little or nothing more is written in this epoch. */
    @Override
    public void left(String clientId, long epoch) {
        SessionStream stream = streams.get(clientId);
        if (stream != null && stream.epoch() == epoch) {
            stream.writer().loop().execute(stream::retire);
        }
    }

    void remove(SessionStream stream) {
        streams.remove(stream.clientId(), stream);
    }

    /** Streams that are remembered. */
    int streams() {
        return streams.size();
    }

    /** @param from how many records of the stream come before these */
    void send(SessionStream stream, long from, byte[] records) {
        AppendProcessor append =
                new AppendProcessor(stream.epoch(), stream.number(), from, records, settings.tombstoneMillis());
        Loop loop = stream.writer().loop();
        calls.call(sessions, stream.clientId(), append, loop, settings.appendMillisMax(), new Calls.Answer<Integer>() {
            @Override
            public void known(Integer number) {
                stream.settled(judged(Stored.of(number), stream, from));
            }

            @Override
            public void unknown() {
                stream.settled(Stored.UNKNOWN);
            }
        });
    }

    /** Of a session that is told anew, see {@link SessionRetelling}. */
    void retell(SessionStream stream, SessionRecord.Backlog backlog, byte[] records, int count) {
        new SessionRetelling(this, archive, stream, backlog, records, count).begin();
    }

    Stored judged(Stored stored, SessionStream stream, long from) {
        String clientId = stream.clientId();
        if (stored == Stored.GAP) {
            counters.gap();
            LOG.error(
                    getMarker("session-copy-incomplete"),
                    "The copy of the session of {} lacks records before number {} of stream {} in epoch {}: some were lost. "
                            + "Nothing more is taken before the session is told anew.",
                    clientId,
                    from,
                    stream.number(),
                    stream.epoch());
        } else if (stored == Stored.DAMAGED) {
            counters.damage();
            LOG.error(
                    getMarker("session-records-damaged"),
                    "Records of the session of {} were damaged on their way and refused.",
                    clientId);
        } else if (stored == Stored.FENCED) {
            stream.retire();
        }
        return stored;
    }

    @Override
    public void load(
            String clientId, long epoch, Loop loop, Consumer<@Nullable List<SessionRecord>> then, Runnable outdated) {
        List<SessionRecord> all = new ArrayList<>();
        loadParts(clientId, epoch, loop, new Parts() {
            @Override
            public void part(List<SessionRecord> records, Runnable next) {
                all.addAll(records);
                next.run();
            }

            @Override
            public void last(List<SessionRecord> records) {
                all.addAll(records);
                then.accept(all);
            }

            @Override
            public void failed() {
                then.accept(null);
            }

            @Override
            public void outdated() {
                outdated.run();
            }
        });
    }

    @Override
    public void loadParts(String clientId, long epoch, Loop loop, Parts to) {
        new SessionLoad(this, clientId, epoch, loop, to).begin();
    }

    IMap<String, SessionImage> sessions() {
        return sessions;
    }

    Calls calls() {
        return calls;
    }

    ClusterCounters counters() {
        return counters;
    }
}
