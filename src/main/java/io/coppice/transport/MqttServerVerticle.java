package io.coppice.transport;

import io.coppice.config.Hosts;
import io.netty.channel.ChannelPipeline;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.net.NetServer;
import io.vertx.mqtt.MqttServer;
import io.vertx.mqtt.MqttServerOptions;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The listeners of one event loop: a vertx-mqtt server for each. Those of all loops share a port, and Vert.x deals
 * the connections it accepts to them in turn.
 */
final class MqttServerVerticle extends VerticleBase {
    private static final int BACKLOG = 4 * 1024;
    /** Longer than anyone waits: the connections are ended by the broker, not by Vert.x. */
    private static final long GRACE_DAYS = 1;

    private final LoopShare share;
    private final List<ListenerSpec> specs;
    private final List<Integer> ports;
    private final List<NetServer> servers = new ArrayList<>();

    /** @param ports of the specs in their order; below 0 where the loops share one that the system chooses */
    MqttServerVerticle(LoopShare share, List<ListenerSpec> specs, List<Integer> ports) {
        this.share = share;
        this.specs = specs;
        this.ports = ports;
    }

    @Override
    public Future<?> start() {
        List<Future<?>> listening = new ArrayList<>();
        for (int i = 0; i < specs.size(); i++) {
            listening.add(listen(specs.get(i), ports.get(i)));
        }
        return Future.join(listening);
    }

    private Future<?> listen(ListenerSpec spec, int port) {
        VertxInside.Door door = new VertxInside.Door(vertx, (pipeline, remote) -> accept(spec, pipeline, remote));
        MqttServer server = MqttServer.create(door, options(spec));
        servers.add(door.server());
        return server.endpointHandler(never -> {})
                .listen(port, spec.host())
                .recover(fault -> Future.failedFuture(new IOException(
                        "listener " + spec.name() + " cannot have " + Hosts.withPort(spec.host(), spec.port()) + ": "
                                + fault.getMessage(),
                        fault)));
    }

    private MqttServerOptions options(ListenerSpec spec) {
        MqttServerOptions options = new MqttServerOptions();
        options.setAcceptBacklog(BACKLOG)
                .setTcpNoDelay(true)
                .setTcpKeepAlive(true)
                .setReuseAddress(true);
        return options;
    }

    private void accept(ListenerSpec spec, ChannelPipeline pipeline, SocketAddress remote) {
        if (!share.accepting()) {
            pipeline.channel().unsafe().close(pipeline.channel().voidPromise());
            return;
        }
        if (spec.proxyProtocol()) {
            ProxyHeader.install(pipeline, share, spec, remote);
        } else {
            secure(pipeline, share, spec, remote, null);
        }
    }

    /**
     * Makes a channel speak TLS where its listener does, and what it serves.
     *
     * @param remote from where the client comes
     * @param deadline by when the connection must be established; null sets one from now
     */
    static void secure(
            ChannelPipeline pipeline,
            LoopShare share,
            ListenerSpec spec,
            SocketAddress remote,
            Deadlines.@Nullable Entry deadline) {
        ServerTls tls = spec.tls();
        if (tls == null) {
            serve(pipeline, share, spec, new Caller(spec.name(), remote, null), deadline);
        } else {
            TlsHandshake.install(pipeline, share, spec, tls, remote, deadline);
        }
    }

    /**
     * Makes a channel speak what its listener serves.
     *
     * @param deadline by when the connection must be established; null sets one from now
     */
    static void serve(
            ChannelPipeline pipeline,
            LoopShare share,
            ListenerSpec spec,
            Caller caller,
            Deadlines.@Nullable Entry deadline) {
        switch (spec.kind()) {
            case TCP -> pipeline.addLast("mqtt", new FrameHandler(share, caller, deadline));
            case WEBSOCKET -> WebSocketUpgrade.install(pipeline, share, spec, caller, deadline);
        }
    }

    /** The port that a listener is bound to. */
    int port(int listener) {
        return servers.get(listener).actualPort();
    }

    /** Leaves the ports; runs on the loop. The connections stay. */
    void stopAccepting() {
        share.stopAccepting();
        for (NetServer server : servers) {
            server.shutdown(GRACE_DAYS, TimeUnit.DAYS);
        }
    }
}
