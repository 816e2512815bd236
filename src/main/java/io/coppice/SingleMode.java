package io.coppice;

import io.coppice.broker.Broker;
import io.coppice.port.ClusterFaults;
import io.coppice.port.Membership;
import io.coppice.port.Peers;
import io.coppice.port.RouteBoard;
import io.coppice.storage.LocalSessionRegistry;
import io.coppice.storage.MemoryRetainedStore;
import io.coppice.storage.MemorySessionStore;
import io.coppice.transport.Listeners;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;

/** A node that is alone. */
final class SingleMode implements Mode {
    @Override
    public Vertx vertx(VertxBuilder builder, VertxOptions options) {
        return builder.with(options).build();
    }

    @Override
    public Shared join(Listeners listeners) {
        return new Shared(
                new LocalSessionRegistry(System.currentTimeMillis()),
                Peers.NONE,
                new MemorySessionStore(),
                new MemoryRetainedStore(),
                RouteBoard.NONE,
                Membership.ALONE,
                ClusterFaults.NONE);
    }

    @Override
    public void open(Broker broker) {}

    @Override
    public void leave() {}
}
