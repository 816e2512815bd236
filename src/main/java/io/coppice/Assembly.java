package io.coppice;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.broker.Broker;
import io.coppice.config.ConfigException;
import io.coppice.config.CoppiceConfig;
import io.coppice.config.CoppiceConfig.ClusterMode;
import io.coppice.config.CoppiceConfig.Durability;
import io.coppice.config.ListenerRisks;
import io.coppice.observe.AdminServer;
import io.coppice.observe.ApiResource;
import io.coppice.observe.BackupResource;
import io.coppice.observe.ClusterResource;
import io.coppice.observe.EventLog;
import io.coppice.observe.Health;
import io.coppice.observe.LiveHeap;
import io.coppice.observe.LogLevels;
import io.coppice.observe.Metrics;
import io.coppice.observe.NodeSource;
import io.coppice.observe.OrderExchange;
import io.coppice.observe.SpanExporter;
import io.coppice.observe.SpanHeaders;
import io.coppice.observe.StandingOrders;
import io.coppice.observe.SysTimer;
import io.coppice.observe.SysTopics;
import io.coppice.observe.TraceDesk;
import io.coppice.observe.WebSocketAddress;
import io.coppice.port.Figure;
import io.coppice.port.Gatekeeper;
import io.coppice.port.NodeId;
import io.coppice.transport.ListenerSpec;
import io.coppice.transport.Listeners;
import io.coppice.transport.ServerTls;
import io.coppice.transport.Transport;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Builds a node from the bottom up, and notes how each part is let go of. */
final class Assembly {
    /** What a drain may be late. */
    private static final long DRAIN_GRACE_SECONDS = 5;

    private static final Logger LOG = LoggerFactory.getLogger(Assembly.class);
    private static final long START_SECONDS_MAX = 30;
    private static final long CLOSE_SECONDS_MAX = 30;
    private static final int LOG_LINES_PER_SECOND = 10;
    private static final int LOG_BURST = 20;
    /** Bytes of chance in an identifier that is assigned to a client. */
    private static final int CLIENT_ID_BYTES = 16;

    private final CoppiceConfig config;
    private final Gatekeeper gatekeeper;
    private final Undo undo;
    private final SecureRandom random = new SecureRandom();
    private final NodeId id;
    private final CompletableFuture<String> lost = new CompletableFuture<>();
    private final Mode mode;
    private final Metrics metrics = new Metrics();
    private final Map<String, String> addresses = new LinkedHashMap<>();
    private final Map<String, Integer> ports = new LinkedHashMap<>();
    /** In force; for who changes the configuration, one at a time. */
    private volatile CoppiceConfig.Log log;
    /** Asked by the admin port, which is open before there is a broker. */
    private volatile @Nullable Broker serving;
    /** The same, before the node serves. */
    private volatile ClusterResource.@Nullable Source inspected;

    private final ApiResource api = new ApiResource();
    private final LogLevels logs = LogLevels.ofProcess();

    /** Of who exports spans; none where nobody does. */
    private List<Figure> figures = List.of();
    /** Of so many messages spans are made of one; -1 before it is known. */
    private int sampled = -1;

    private volatile List<WebSocketAddress> webSockets = List.of();

    Assembly(CoppiceConfig config, Gatekeeper gatekeeper, Undo undo) {
        this.config = config;
        this.gatekeeper = gatekeeper;
        this.log = config.log();
        this.undo = undo;
        this.id = new NodeId(config.node().name(), random.nextLong());
        this.mode = config.cluster().mode() == ClusterMode.SINGLE
                ? new SingleMode(config, id)
                : new ClusteredMode(config, id, lost::complete);
    }

    /**
     * The node, once it serves.
     *
     * @throws Exception if that cannot be; what was built is still to be let go of
     */
    Node node() throws Exception {
        undo.add(metrics::close);
        // First of all, so that a start does not wait for others and then find a certificate missing.
        List<ListenerSpec> specs = NodeSettings.listeners(config.listeners());
        undo.add(() -> close(specs));
        ListenerRisks.of(config.listeners()).forEach(line -> LOG.warn(getMarker("listener-exposed"), line));
        AdminSide admin = AdminSide.prepare(config, undo);
        int loops = config.node().eventLoops();
        Vertx vertx = mode.vertx(
                Vertx.builder().withMetrics(metrics.vertxFactory()),
                Transport.options(loops).setMetricsOptions(metrics.vertxOptions()));
        undo.add(() -> Waiting.on(vertx.close(), CLOSE_SECONDS_MAX));
        admin.open(
                vertx,
                new AdminServer.Shown(
                        metrics,
                        health(admin),
                        new ClusterResource(() -> inspected),
                        new BackupResource(this::backedUp),
                        api,
                        () -> webSockets));
        Listeners listeners = new Listeners(vertx, loops);
        undo.add(mode::leave);
        Mode.Shared shared = mode.join(listeners);
        Broker broker = broker(listeners, shared);
        inspected = new ClusterResource.Source(broker, shared.membership());
        TraceDesk traces = new TraceDesk(broker.tracing(), id, NodeSettings.traces(config), Instant::now);
        SpanExporter spans = exportSpans(broker);
        LiveConfiguration live = new LiveConfiguration(
                config,
                next -> {
                    go(next, listeners, broker);
                    mode.change(next);
                    traces.follow(NodeSettings.traces(next));
                    sample(next.telemetry(), broker, spans);
                },
                System::currentTimeMillis);
        StandingOrders orders = new StandingOrders(
                broker.control(),
                live,
                config.limits().doorEntriesMax(),
                config.durability() == Durability.DISK ? Path.of(config.node().data()) : null,
                System::currentTimeMillis,
                admin.audit());
        undo.add(orders::close);
        orders.begin();
        api.serve(
                new NodeSource(
                        id,
                        Node.version(),
                        broker,
                        broker.view(),
                        broker.control(),
                        shared.colleagues(),
                        shared.membership(),
                        live,
                        orders,
                        logs,
                        traces),
                admin.audit(),
                System::currentTimeMillis);
        undo.add(OrderExchange.start(vertx, orders, shared.colleagues())::close);
        broker.open();
        mode.open(broker);
        undo.add(() -> Waiting.on(listeners.close(), CLOSE_SECONDS_MAX));
        for (Listeners.Bound bound : Waiting.on(
                listeners.listen(specs, NodeSettings.transport(live.current().limits()), broker, broker.counters()),
                START_SECONDS_MAX)) {
            announce(bound);
        }
        if (!config.security().reloadInterval().isZero()) {
            listeners.watchCertificates(config.security().reloadInterval());
        }
        admin.announce(addresses, ports);
        watchRights(vertx, broker);
        watchConfiguration(vertx, live);
        Undo.Step silence = startSys(vertx, broker);
        serving = broker;
        metrics.watch(
                broker, shared.membership(), shared.faults(), shared.journal(), admin.with(listeners), Node.version());
        List<Figure> told = new ArrayList<>(gatekeeper.figures());
        told.addAll(figures);
        metrics.watch(told);
        metrics.watch(traces);
        metrics.watch(orders);
        return new Node(
                undo,
                silence,
                listeners,
                broker,
                addresses,
                ports,
                () -> reload(live, broker),
                lost,
                config.limits().drainTimeMax().toSeconds() + DRAIN_GRACE_SECONDS);
    }

    private @Nullable SpanExporter exportSpans(Broker broker) throws ConfigException {
        CoppiceConfig.Telemetry telemetry = config.telemetry();
        if (telemetry.url().isEmpty()) {
            return null;
        }
        SpanExporter exporter = new SpanExporter(
                telemetry.url(),
                SpanHeaders.of(telemetry.headersFile()),
                telemetry.queueMax(),
                id.name(),
                Node.version());
        undo.add(exporter::close);
        figures = exporter.figures();
        sample(telemetry, broker, exporter);
        return exporter;
    }

    private void sample(CoppiceConfig.Telemetry telemetry, Broker broker, @Nullable SpanExporter exporter) {
        if (exporter != null && sampled != telemetry.sample()) {
            sampled = telemetry.sample();
            broker.tracing().spans(exporter, sampled);
        }
    }

    private static void close(List<ListenerSpec> specs) {
        for (ListenerSpec spec : specs) {
            ServerTls tls = spec.tls();
            if (tls != null) {
                tls.close();
            }
        }
    }

    private BackupResource.@Nullable Source backedUp() {
        Broker broker = serving;
        return broker == null
                ? null
                : new BackupResource.Source(
                        broker.backup(),
                        Node.version(),
                        id.name(),
                        config.cluster().mode() == ClusterMode.SINGLE
                                ? ""
                                : config.cluster().name(),
                        broker.packetSizeMax());
    }

    private Health health(AdminSide admin) {
        List<Supplier<Health.Check>> checks = new ArrayList<>();
        checks.add(this::acceptsClients);
        checks.addAll(Health.parts(() -> {
            ClusterResource.Source known = inspected;
            return known == null ? null : known.node();
        }));
        checks.add(Health.copies(() -> {
            ClusterResource.Source known = inspected;
            return known == null ? null : known.membership();
        }));
        checks.add(this::stores);
        checks.add(admin::audited);
        return new Health(checks);
    }

    private Health.Check acceptsClients() {
        Broker broker = serving;
        return broker == null
                ? new Health.Check("accepts-clients", false, ("starting " + mode.progress()).strip())
                : Health.acceptsClients(broker).get();
    }

    private Health.Check stores() {
        Broker broker = serving;
        String refusal = broker == null ? null : broker.storeRefusal();
        return new Health.Check("stores", refusal == null, refusal == null ? "" : refusal);
    }

    private Broker broker(Listeners listeners, Mode.Shared shared) {
        return new Broker(
                NodeSettings.broker(config, id),
                listeners.loops(),
                new Broker.Doors(
                        shared.registry(),
                        shared.peers(),
                        shared.sessionStore(),
                        shared.retainedStore(),
                        shared.routeBoard(),
                        gatekeeper,
                        new EventLog(LOG_LINES_PER_SECOND, LOG_BURST, System::currentTimeMillis),
                        clientIds(),
                        LiveHeap.ofProcess()),
                new SplittableRandom(random.nextLong()));
    }

    private Supplier<String> clientIds() {
        return () -> {
            byte[] bytes = new byte[CLIENT_ID_BYTES];
            random.nextBytes(bytes);
            return "coppice-" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        };
    }

    private void announce(Listeners.Bound bound) {
        ListenerSpec spec = bound.spec();
        ports.put(spec.name(), bound.port());
        if (spec.kind() == ListenerSpec.Kind.WEBSOCKET) {
            addresses.put(spec.name(), bound.address() + spec.path());
            List<WebSocketAddress> all = new ArrayList<>(webSockets);
            all.add(new WebSocketAddress(bound.port(), spec.path(), spec.tls() != null));
            webSockets = List.copyOf(all);
        } else {
            addresses.put(spec.name(), bound.address());
        }
    }

    /**
     * Goes by another configuration from now on. What clients are told of the size of packets is never more than what is read of
     * them: so who reads is told first of more, and last of less.
     */
    private void go(CoppiceConfig next, Listeners listeners, Broker broker) {
        boolean more = next.limits().packetSizeMax() > broker.packetSizeMax();
        if (more) {
            listeners.change(NodeSettings.decoding(next.limits()));
        }
        broker.change(NodeSettings.broker(next, id));
        if (!more) {
            listeners.change(NodeSettings.decoding(next.limits()));
        }
        if (!next.log().equals(log)) {
            log = next.log();
            logs.follow(log);
        }
    }

    /** From time to time looks whether the file has changed; on a thread that may wait for a disk. */
    private void watchConfiguration(Vertx vertx, LiveConfiguration live) {
        long millis = config.security().reloadInterval().toMillis();
        if (millis == 0) {
            return;
        }
        long timer = vertx.setPeriodic(
                millis,
                id -> vertx.executeBlocking(() -> {
                            live.look();
                            return null;
                        })
                        .onFailure(fault -> LOG.error(
                                getMarker("config-refresh-failed"), "the configuration was not looked at", fault)));
        undo.add(() -> vertx.cancelTimer(timer));
    }

    /** From time to time looks whether clients have other rights by now; on a thread that may wait for a disk. */
    private void watchRights(Vertx vertx, Broker broker) {
        long millis = config.security().reloadInterval().toMillis();
        if (millis == 0) {
            return;
        }
        long timer = vertx.setPeriodic(
                millis,
                id -> vertx.executeBlocking(() -> {
                            lookAtRights(broker);
                            return null;
                        })
                        .onFailure(fault ->
                                LOG.error(getMarker("rights-refresh-failed"), "rights were not looked at", fault)));
        undo.add(() -> vertx.cancelTimer(timer));
    }

    private synchronized void lookAtRights(Broker broker) {
        if (gatekeeper.refresh()) {
            broker.rightsChanged();
        }
    }

    /** When somebody asks for it, though nobody looks from time to time. */
    private void reload(LiveConfiguration live, Broker broker) {
        live.reload();
        lookAtRights(broker);
    }

    /** @return how it ends */
    private Undo.Step startSys(Vertx vertx, Broker broker) {
        if (config.sys().interval().isZero()) {
            return () -> {};
        }
        SysTimer timer = SysTimer.start(
                vertx,
                new SysTopics(broker, Node.version(), SysTimer::heapUsed),
                config.sys().interval());
        undo.add(timer::close);
        return timer::close;
    }
}
