package io.coppice.transport;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.codec.DecoderLimits;
import io.coppice.config.Hosts;
import io.coppice.port.CertificateStatus;
import io.coppice.port.ClientGate;
import io.coppice.port.Counters;
import io.coppice.port.Loop;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's loops, and the ports on which clients reach them. The loops are there from the beginning; connections
 * come in from {@link #listen} on, each to stay on the loop that it was dealt to, the loops in turn.
 */
public final class Listeners implements CertificateStatus {
    private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

    /** A listener at work, with the port that it really has. */
    public record Bound(ListenerSpec spec, int port) {
        /** Host and port as a person reads them. */
        public String address() {
            return Hosts.withPort(spec.host(), port);
        }
    }

    private final Vertx vertx;
    private final List<Context> contexts;
    private final List<VertxLoop> loops = new ArrayList<>();
    private final List<LoopShare> shares = new ArrayList<>();
    private final List<MqttServerVerticle> verticles = new ArrayList<>();
    private List<ServerTls> secured = List.of();
    private @Nullable TlsWatch watch;

    /**
     * Loops on the first event loops of a Vert.x.
     *
     * @throws IllegalArgumentException where it has fewer
     */
    public Listeners(Vertx vertx, int loops) {
        this.vertx = vertx;
        this.contexts = VertxInside.contexts(vertx, loops);
        for (Context context : contexts) {
            this.loops.add(new VertxLoop(this.loops.size(), VertxInside.eventLoop(context)));
        }
    }

    /** The loops by their index. */
    public List<Loop> loops() {
        return List.copyOf(loops);
    }

    /**
     * The Vert.x context on a loop's thread. None is current while the loop runs the core's tasks, and calls that
     * look for the current one would make a new one each time.
     */
    public Context context(int loop) {
        return contexts.get(loop);
    }

    /**
     * Begins to accept clients; once.
     *
     * @param counters of each loop by its index
     * @return the listeners in the order of their specs; failed, and nothing listening, where one address is not to
     *     be had
     */
    public Future<List<Bound>> listen(
            List<ListenerSpec> specs, TransportLimits limits, ClientGate gate, List<Counters> counters) {
        if (!verticles.isEmpty()) {
            throw new IllegalStateException("already listening");
        }
        secured = specs.stream().flatMap(spec -> Stream.ofNullable(spec.tls())).toList();
        if (!secured.isEmpty()) {
            LOG.info(getMarker("tls-engine"), "TLS is {}", ServerTls.engine());
        }
        List<Integer> ports = ports(specs);
        for (VertxLoop loop : loops) {
            LoopShare share = new LoopShare(loop, limits, gate, counters.get(loop.index()));
            new LoopLag(loop.eventLoop(), share.counters.times()).begin();
            shares.add(share);
            verticles.add(new MqttServerVerticle(share, specs, ports));
        }
        return onEachLoop(i -> verticles.get(i).deploy(contexts.get(i)))
                .map(listening -> bound(specs))
                .recover(fault -> close().transform(closed -> Future.failedFuture(fault)));
    }

    /** Other limits for packets, of connections that are established from now on. On any thread. */
    public Future<Void> change(DecoderLimits others) {
        return onEachLoop(i -> {
            if (i < shares.size()) {
                shares.get(i).limits = shares.get(i).limits.withDecoding(others);
            }
            return Future.succeededFuture();
        });
    }

    private List<Integer> ports(List<ListenerSpec> specs) {
        List<Integer> ports = new ArrayList<>();
        for (ListenerSpec spec : specs) {
            int port = spec.port() == 0 ? VertxInside.sharedFreePort(vertx, spec.host()) : spec.port();
            while (spec.port() == 0 && ports.contains(port)) {
                port--;
            }
            ports.add(port);
        }
        return ports;
    }

    private List<Bound> bound(List<ListenerSpec> specs) {
        List<Bound> bound = new ArrayList<>();
        for (int i = 0; i < specs.size(); i++) {
            bound.add(new Bound(specs.get(i), verticles.get(0).port(i)));
        }
        return bound;
    }

    /** Looks at the files of TLS listeners from now on, so that new handshakes use what has changed; connections stay as they are. */
    public void watchCertificates(Duration interval) {
        TlsWatch begun = new TlsWatch(vertx, secured, interval, this::passLoops);
        watch = begun;
        begun.start();
    }

    @Override
    public List<Entry> certificates() {
        return secured.stream().flatMap(tls -> tls.status().stream()).toList();
    }

    /** Leaves the ports; clients that are connected stay. Completes when no further one can come. */
    public Future<Void> stopAccepting() {
        // The port is left on the acceptor's thread, by order of the loop that bound it; what that thread accepted
        // before is still on its way to the loops then.
        return onEachLoop(i -> {
                    if (i < verticles.size()) {
                        verticles.get(i).stopAccepting();
                    }
                    return Future.succeededFuture();
                })
                .compose(asked -> passLoops())
                .compose(ordered -> VertxInside.acceptorIdle(vertx, contexts.get(0)))
                .compose(left -> passLoops());
    }

    /** Leaves the ports and cuts every connection. Completes when all are gone and the sinks have been told. */
    public Future<Void> close() {
        if (watch != null) {
            watch.close();
        }
        return stopAccepting()
                .compose(stopped -> onEachLoop(i -> {
                    if (i < shares.size()) {
                        shares.get(i).cutAll();
                    }
                    return Future.succeededFuture();
                }))
                .compose(cut -> passLoops());
    }

    /** Completes when each loop has done what it was asked until now. */
    private Future<Void> passLoops() {
        return onEachLoop(i -> Future.succeededFuture());
    }

    private interface Step {
        Future<?> take(int loop) throws Exception;
    }

    /** Takes a step on each loop's own thread and context. */
    private Future<Void> onEachLoop(Step step) {
        List<Future<?>> steps = new ArrayList<>();
        for (int i = 0; i < contexts.size(); i++) {
            int loop = i;
            Promise<Object> taken = Promise.promise();
            steps.add(taken.future());
            contexts.get(i).runOnContext(go -> {
                try {
                    step.take(loop).<Object>mapEmpty().onComplete(taken);
                } catch (Exception fault) {
                    taken.fail(fault);
                }
            });
        }
        return Future.join(steps).mapEmpty();
    }
}
