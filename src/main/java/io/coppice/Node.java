package io.coppice;

import io.coppice.access.OpenGatekeeper;
import io.coppice.broker.Broker;
import io.coppice.config.CoppiceConfig;
import io.coppice.config.Hosts;
import io.coppice.observe.AdminServer;
import io.coppice.observe.EventLog;
import io.coppice.observe.Health;
import io.coppice.observe.Metrics;
import io.coppice.observe.SysTimer;
import io.coppice.observe.SysTopics;
import io.coppice.observe.WebSocketAddress;
import io.coppice.port.Gatekeeper;
import io.coppice.port.Peers;
import io.coppice.storage.LocalSessionRegistry;
import io.coppice.storage.MemoryRetainedStore;
import io.coppice.storage.MemorySessionStore;
import io.coppice.transport.ListenerSpec;
import io.coppice.transport.Listeners;
import io.coppice.transport.Transport;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** One running node: builds its parts from the bottom up, and drains and stops them from the top down. */
public final class Node implements Main.Running {
    private static final long START_SECONDS_MAX = 30;
    private static final long DRAIN_SECONDS_MAX = 30;
    private static final int LOG_LINES_PER_SECOND = 10;
    private static final int LOG_BURST = 20;
    private static final long HTTP_BODY_BYTES_MAX = 1 << 20;
    /** Bytes of chance in an identifier that is assigned to a client. */
    private static final int CLIENT_ID_BYTES = 16;

    private final Metrics metrics = new Metrics();
    private final Vertx vertx;
    private final Listeners listeners;
    private final Broker broker;
    private final AdminServer admin;
    private final Map<String, String> addresses = new LinkedHashMap<>();
    private final Map<String, Integer> ports = new LinkedHashMap<>();
    private List<WebSocketAddress> webSockets = List.of();
    private @Nullable SysTimer sysTimer;

    private Node(CoppiceConfig config, Gatekeeper gatekeeper) {
        int loops = config.node().eventLoops();
        vertx = Vertx.builder()
                .with(Transport.options(loops).setMetricsOptions(metrics.vertxOptions()))
                .withMetrics(metrics.vertxFactory())
                .build();
        listeners = new Listeners(vertx, loops);
        SecureRandom random = new SecureRandom();
        broker = new Broker(
                NodeSettings.broker(config, random.nextLong()),
                listeners.loops(),
                new Broker.Doors(
                        new LocalSessionRegistry(System.currentTimeMillis()),
                        Peers.NONE,
                        new MemorySessionStore(),
                        new MemoryRetainedStore(),
                        gatekeeper,
                        new EventLog(LOG_LINES_PER_SECOND, LOG_BURST, System::currentTimeMillis),
                        () -> newClientId(random)),
                new SplittableRandom(random.nextLong()));
        admin = new AdminServer(
                new AdminServer.Settings(config.admin().host(), config.admin().port(), HTTP_BODY_BYTES_MAX),
                metrics,
                new Health(List.of(Health.acceptsClients(broker))),
                () -> webSockets);
    }

    private static String newClientId(SecureRandom random) {
        byte[] bytes = new byte[CLIENT_ID_BYTES];
        random.nextBytes(bytes);
        return "coppice-" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** As {@link #start(CoppiceConfig, Gatekeeper)}, with the gatekeeper that the configuration asks for. */
    public static Node start(CoppiceConfig config) throws Exception {
        return start(config, new OpenGatekeeper(config.security().anonymous()));
    }

    /**
     * Starts a node; returns once every listener is open.
     *
     * @param gatekeeper says who may enter, publish and subscribe, whatever the configuration says of that
     * @throws Exception if that cannot be; then nothing is left running
     */
    public static Node start(CoppiceConfig config, Gatekeeper gatekeeper) throws Exception {
        Node node = new Node(config, gatekeeper);
        try {
            node.open(config);
            return node;
        } catch (Exception fault) {
            node.close();
            throw fault;
        }
    }

    private void open(CoppiceConfig config) throws Exception {
        List<Listeners.Bound> bound = await(
                listeners.listen(
                        NodeSettings.listeners(config.listeners()),
                        NodeSettings.transport(config.limits()),
                        broker,
                        broker.counters()),
                START_SECONDS_MAX);
        for (Listeners.Bound one : bound) {
            announce(one);
        }
        if (config.admin().enabled()) {
            int port = await(admin.start(vertx), START_SECONDS_MAX);
            addresses.put("admin", Hosts.withPort(config.admin().host(), port));
            ports.put("admin", port);
        }
        String version = version();
        if (!config.sys().interval().isZero()) {
            sysTimer = SysTimer.start(
                    vertx,
                    new SysTopics(broker, version, SysTimer::heapUsed),
                    config.sys().interval());
        }
        broker.open();
        metrics.watch(broker, version);
    }

    private void announce(Listeners.Bound bound) {
        ListenerSpec spec = bound.spec();
        ports.put(spec.name(), bound.port());
        if (spec.kind() == ListenerSpec.Kind.WEBSOCKET) {
            addresses.put(spec.name(), bound.address() + spec.path());
            webSockets = List.of(new WebSocketAddress(bound.port(), spec.path(), false));
        } else {
            addresses.put(spec.name(), bound.address());
        }
    }

    static String version() {
        String version = Node.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    @Override
    public Map<String, String> addresses() {
        return Collections.unmodifiableMap(addresses);
    }

    /**
     * The port that a listener has.
     *
     * @param listener {@code mqtt}, {@code ws} or {@code admin}
     * @throws NullPointerException where there is no such listener
     */
    public int port(String listener) {
        return Objects.requireNonNull(ports.get(listener), listener);
    }

    /** Leaves the ports, sends the clients away, and lets go of everything. */
    @Override
    public void stop() throws Exception {
        try {
            if (sysTimer != null) {
                sysTimer.close();
            }
            await(listeners.stopAccepting(), DRAIN_SECONDS_MAX);
            Promise<Void> drained = Promise.promise();
            broker.drain(drained::complete);
            await(drained.future(), DRAIN_SECONDS_MAX);
        } finally {
            close();
        }
    }

    private void close() throws Exception {
        try {
            await(listeners.close(), DRAIN_SECONDS_MAX);
            await(admin.stop(), DRAIN_SECONDS_MAX);
        } finally {
            await(vertx.close(), DRAIN_SECONDS_MAX);
            metrics.close();
        }
    }

    private static <T> T await(Future<T> future, long seconds) throws Exception {
        try {
            return future.toCompletionStage().toCompletableFuture().get(seconds, TimeUnit.SECONDS);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw failed;
        } catch (TimeoutException late) {
            throw new IllegalStateException("not done within " + seconds + " s", late);
        }
    }
}
