package io.coppice.cluster;

import static org.slf4j.MarkerFactory.getMarker;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.IMap;
import io.coppice.codec.UnreadableRecord;
import io.coppice.port.Loop;
import io.coppice.port.SessionStore;
import io.coppice.session.SessionRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One session on its way to its new home, page by page; nobody else may write it meanwhile. */
final class SessionLoad implements Calls.Answer<@Nullable SessionPage> {
    private static final Logger LOG = LoggerFactory.getLogger(SessionLoad.class);

    private final HazelcastSessionStore store;
    private final String clientId;
    private final long epoch;
    private final Loop loop;
    private final SessionStore.Parts to;
    private boolean begun;

    SessionLoad(HazelcastSessionStore store, String clientId, long epoch, Loop loop, SessionStore.Parts to) {
        this.store = store;
        this.clientId = clientId;
        this.epoch = epoch;
        this.loop = loop;
        this.to = to;
    }

    void begin() {
        HazelcastSessionStore.Settings settings = store.settings();
        ask(new FenceProcessor(epoch, settings.tombstoneMillis(), settings.firstPageBytesMax()));
    }

    private void ask(EntryProcessor<String, SessionImage, @Nullable SessionPage> question) {
        IMap<String, SessionImage> sessions = store.sessions();
        store.calls().call(sessions, clientId, question, loop, store.settings().loadMillisMax(), this);
    }

    @Override
    public void known(@Nullable SessionPage page) {
        if (page == null) {
            if (begun) {
                to.failed();
            } else {
                to.outdated();
            }
            return;
        }
        begun = true;
        List<SessionRecord> records;
        try {
            records = SessionImage.decode(page.records());
        } catch (UnreadableRecord damaged) {
            store.counters().damage();
            LOG.error(
                    getMarker("session-copy-damaged"),
                    "The copy of the session of {} does not read: {}",
                    clientId,
                    damaged.getMessage());
            to.failed();
            return;
        }
        if (page.isLast()) {
            to.last(records);
        } else {
            to.part(
                    records,
                    () -> ask(new PageProcessor(
                            epoch, page.version(), page.next(), store.settings().batchBytesMax())));
        }
    }

    @Override
    public void unknown() {
        to.failed();
    }
}
