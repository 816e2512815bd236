package io.coppice;

import io.coppice.access.Access;
import io.coppice.broker.Broker;
import io.coppice.config.CoppiceConfig;
import io.coppice.port.Gatekeeper;
import io.coppice.transport.Listeners;
import io.vertx.core.Promise;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;

/** One running node: {@link Assembly} builds its parts from the bottom up, and they are drained and stopped from the top down. */
public final class Node implements Main.Running {
    private static final long STEP_SECONDS_MAX = 30;

    private final Undo undo;
    private final Undo.Step silence;
    private final Listeners listeners;
    private final Broker broker;
    private final Map<String, String> addresses;
    private final Map<String, Integer> ports;
    private final Runnable reload;
    private final CompletionStage<String> lost;
    private final long drainSecondsMax;

    /**
     * @param silence ends what the node says of itself to clients, before they are sent away
     * @param reload reads again what may change while the node serves
     * @param drainSecondsMax in which clients have been sent away
     */
    Node(
            Undo undo,
            Undo.Step silence,
            Listeners listeners,
            Broker broker,
            Map<String, String> addresses,
            Map<String, Integer> ports,
            Runnable reload,
            CompletionStage<String> lost,
            long drainSecondsMax) {
        this.undo = undo;
        this.silence = silence;
        this.listeners = listeners;
        this.broker = broker;
        this.addresses = Collections.unmodifiableMap(addresses);
        this.ports = ports;
        this.reload = reload;
        this.lost = lost;
        this.drainSecondsMax = drainSecondsMax;
    }

    /** As {@link #start(CoppiceConfig, Gatekeeper)}, with the gatekeeper that the configuration asks for. */
    public static Node start(CoppiceConfig config) throws Exception {
        Undo undo = new Undo();
        Access access = Access.open(config);
        undo.add(access::close);
        return start(config, access.gatekeeper(), undo);
    }

    /**
     * Starts a node; returns once it serves: its listeners are open, and in a cluster more than half of the nodes are
     * there.
     *
     * @param gatekeeper says who may enter, publish and subscribe, whatever the configuration says of that
     * @throws Exception if that cannot be; then nothing is left running
     */
    public static Node start(CoppiceConfig config, Gatekeeper gatekeeper) throws Exception {
        return start(config, gatekeeper, new Undo());
    }

    private static Node start(CoppiceConfig config, Gatekeeper gatekeeper, Undo undo) throws Exception {
        try {
            return new Assembly(config, gatekeeper, undo).node();
        } catch (Exception | LinkageError fault) {
            try {
                undo.run();
            } catch (Exception further) {
                fault.addSuppressed(further);
            }
            throw fault;
        }
    }

    static String version() {
        String version = Node.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    @Override
    public Map<String, String> addresses() {
        return addresses;
    }

    /**
     * The port that a listener has.
     *
     * @param listener {@code mqtt}, {@code mqtts}, {@code ws}, {@code wss}, {@code admin} or {@code monitoring}
     * @throws NullPointerException where there is no such listener
     */
    public int port(String listener) {
        return Objects.requireNonNull(ports.get(listener), listener);
    }

    @Override
    public CompletionStage<String> lost() {
        return lost;
    }

    /** Reads the configuration again, and who may do what, and says in the log what came of it; blocks. */
    void reload() {
        reload.run();
    }

    /** Sends the clients away, leaves the ports, and lets go of everything. */
    @Override
    public void stop() throws Exception {
        try {
            silence.run();
            Promise<Void> sentAway = Promise.promise();
            Promise<Void> drained = Promise.promise();
            // Whoever comes meanwhile is told to go elsewhere, and not only that nobody listens.
            broker.drain(sentAway::complete, drained::complete);
            try {
                Waiting.on(sentAway.future(), drainSecondsMax);
            } finally {
                Waiting.on(listeners.stopAccepting(), STEP_SECONDS_MAX);
            }
            Waiting.on(drained.future(), STEP_SECONDS_MAX);
        } finally {
            undo.run();
        }
    }
}
