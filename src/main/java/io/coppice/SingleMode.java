package io.coppice;

import io.coppice.broker.Broker;
import io.coppice.config.CoppiceConfig;
import io.coppice.config.CoppiceConfig.Durability;
import io.coppice.port.ClusterFaults;
import io.coppice.port.Colleagues;
import io.coppice.port.JournalStatus;
import io.coppice.port.Membership;
import io.coppice.port.NodeId;
import io.coppice.port.Peers;
import io.coppice.port.RetainedStore;
import io.coppice.port.RouteBoard;
import io.coppice.port.SessionRegistry;
import io.coppice.port.SessionStore;
import io.coppice.storage.JournalStores;
import io.coppice.storage.LocalSessionRegistry;
import io.coppice.storage.MemoryRetainedStore;
import io.coppice.storage.MemorySessionStore;
import io.coppice.transport.Listeners;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A node that is alone. */
final class SingleMode implements Mode {
    private static final long LOOK_MILLIS = 5;

    private final CoppiceConfig config;
    private final NodeId id;
    private volatile @Nullable JournalStores journal;

    SingleMode(CoppiceConfig config, NodeId id) {
        this.config = config;
        this.id = id;
    }

    @Override
    public Vertx vertx(VertxBuilder builder, VertxOptions options) {
        return builder.with(options).build();
    }

    @Override
    public Shared join(Listeners listeners) throws Exception {
        long now = System.currentTimeMillis();
        if (config.durability() == Durability.MEMORY) {
            return shared(new LocalSessionRegistry(now), new MemorySessionStore(), new MemoryRetainedStore(), null);
        }
        JournalStores opened = JournalStores.open(NodeSettings.journal(config), id, now);
        journal = opened;
        opened.writes(config.node().writeVersion());
        return shared(opened.registry(), opened.sessionStore(), opened.retainedStore(), opened.status());
    }

    @Override
    public void change(CoppiceConfig next) {
        JournalStores opened = journal;
        if (opened != null) {
            opened.writes(next.node().writeVersion());
        }
    }

    private static Shared shared(
            SessionRegistry registry,
            SessionStore sessions,
            RetainedStore retained,
            @Nullable JournalStatus journalStatus) {
        return new Shared(
                registry,
                Peers.NONE,
                sessions,
                retained,
                RouteBoard.NONE,
                Colleagues.NONE,
                Membership.ALONE,
                ClusterFaults.NONE,
                journalStatus);
    }

    /** Waits for what an earlier life of the node has left: whoever publishes before that would not reach all it concerns. */
    @Override
    public void open(Broker broker) throws Exception {
        while (!broker.ready()) {
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
    }

    @Override
    public void leave() {
        JournalStores opened = journal;
        if (opened != null) {
            opened.close();
        }
    }
}
