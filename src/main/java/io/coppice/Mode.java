package io.coppice;

import io.coppice.broker.Broker;
import io.coppice.config.CoppiceConfig;
import io.coppice.port.ClusterFaults;
import io.coppice.port.Colleagues;
import io.coppice.port.JournalStatus;
import io.coppice.port.Membership;
import io.coppice.port.Peers;
import io.coppice.port.RetainedStore;
import io.coppice.port.RouteBoard;
import io.coppice.port.SessionRegistry;
import io.coppice.port.SessionStore;
import io.coppice.transport.Listeners;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import org.jspecify.annotations.Nullable;

/** What {@code cluster.mode} makes different about a node. Its methods are called in this order, once each where nothing else is said. */
interface Mode {
    /**
     * What the core of a node shares with others, or keeps for itself.
     *
     * @param journal what its journal tells of itself; null where it keeps nothing on disk
     */
    record Shared(
            SessionRegistry registry,
            Peers peers,
            SessionStore sessionStore,
            RetainedStore retainedStore,
            RouteBoard routeBoard,
            Colleagues colleagues,
            Membership membership,
            ClusterFaults faults,
            @Nullable JournalStatus journal) {}

    /** Vert.x, with a way to other nodes where there are any. */
    Vertx vertx(VertxBuilder builder, VertxOptions options) throws Exception;

    /** Meets the others. */
    Shared join(Listeners listeners) throws Exception;

    /**
     * Works with the others from now on; returns when clients may be let in.
     *
     * @throws Exception where that will not be
     */
    void open(Broker broker) throws Exception;

    /** Another configuration is in force, as far as that may change. On any thread, after {@link #join}. */
    default void change(CoppiceConfig next) {}

    /** What a start waits for at the moment, in words for an operator; empty where nothing is to be said. On any thread. */
    default String progress() {
        return "";
    }

    /** Leaves the others, however far it has come; the loops still run. */
    void leave() throws Exception;
}
