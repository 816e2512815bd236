package io.coppice.cluster;

import com.hazelcast.instance.EndpointQualifier;
import com.hazelcast.instance.impl.DefaultNodeContext;
import com.hazelcast.instance.impl.Node;
import com.hazelcast.internal.networking.Networking;
import com.hazelcast.internal.networking.nio.NioNetworking;
import com.hazelcast.internal.server.Server;
import com.hazelcast.internal.server.tcp.LocalAddressRegistry;
import com.hazelcast.internal.server.tcp.ServerSocketRegistry;
import com.hazelcast.internal.server.tcp.TcpServer;
import com.hazelcast.internal.server.tcp.TcpServerConnectionChannelErrorHandler;
import com.hazelcast.internal.server.tcp.TcpServerContext;
import com.hazelcast.spi.properties.ClusterProperty;
import com.hazelcast.spi.properties.HazelcastProperties;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Hazelcast's own server, with a {@link MemberHandshake} before each connection: nothing that a stranger sends comes to it, and
 * a stranger is given no buffers. The place where others would put a socket interceptor, which the community's edition has
 * and does not let one configure; the types are internal to Hazelcast.
 *
 * <p>Handshakes have threads of their own. While all of them wait, the connection that has waited longest is ended for each
 * that comes or begins: who says nothing keeps no member out.
 */
final class MemberDoor extends DefaultNodeContext {
    private static final int WAITING_MAX = 1_024;
    private static final int IDLE_SECONDS = 10;

    private final MemberHandshake handshake;
    private final MemberRefusals refusals;
    private final int threads;
    /** Connections that others have made and that have still to prove themselves, the oldest first. */
    private final Set<Socket> coming = new LinkedHashSet<>();

    MemberDoor(MemberHandshake handshake, MemberRefusals refusals, int threads) {
        this.handshake = handshake;
        this.refusals = refusals;
        this.threads = threads;
    }

    @Override
    public Server createServer(Node node, ServerSocketRegistry sockets, LocalAddressRegistry addresses) {
        Context context = new Context(node);
        return new TcpServer(
                node.getConfig(),
                context,
                sockets,
                addresses,
                node.nodeEngine.getMetricsRegistry(),
                networking(node),
                node.getNodeExtension().createChannelInitializerFn(context));
    }

    /** As Hazelcast makes it, from the settings in force. */
    private static Networking networking(Node node) {
        HazelcastProperties properties = node.getProperties();
        return new NioNetworking(new NioNetworking.Context()
                .loggingService(node.loggingService)
                .metricsRegistry(node.nodeEngine.getMetricsRegistry())
                .threadNamePrefix(node.hazelcastInstance.getName())
                .errorHandler(new TcpServerConnectionChannelErrorHandler(
                        node.loggingService.getLogger(TcpServerConnectionChannelErrorHandler.class)))
                .inputThreadCount(properties.getInteger(ClusterProperty.IO_INPUT_THREAD_COUNT))
                .outputThreadCount(properties.getInteger(ClusterProperty.IO_OUTPUT_THREAD_COUNT))
                .balancerIntervalSeconds(properties.getInteger(ClusterProperty.IO_BALANCER_INTERVAL_SECONDS))
                .writeThroughEnabled(properties.getBoolean(ClusterProperty.IO_WRITE_THROUGH_ENABLED))
                .concurrencyDetection(node.nodeEngine.getConcurrencyDetection()));
    }

    private final class Context extends TcpServerContext {
        private final ThreadPoolExecutor pool;

        Context(Node node) {
            super(node, node.nodeEngine);
            pool = new ThreadPoolExecutor(
                    threads,
                    threads,
                    IDLE_SECONDS,
                    TimeUnit.SECONDS,
                    new LinkedBlockingQueue<>(WAITING_MAX),
                    task -> {
                        Thread thread = new Thread(task, "coppice-handshake");
                        thread.setDaemon(true);
                        return thread;
                    },
                    // Hazelcast closes its port for good when this fails; so nobody more is accepted for a while.
                    new ThreadPoolExecutor.CallerRunsPolicy());
            pool.allowCoreThreadTimeOut(true);
        }

        @Override
        public boolean isSocketInterceptorEnabled(EndpointQualifier endpoint) {
            return true;
        }

        /** Runs what is about to make or take a connection, and has to wait for the other end. */
        @Override
        public Future<Void> submitAsync(Runnable task) {
            if (pool.getActiveCount() >= threads) {
                endOldest();
            }
            return pool.submit(task, null);
        }

        @Override
        public void interceptSocket(EndpointQualifier endpoint, Socket socket, boolean accepted) throws IOException {
            socket.getChannel().configureBlocking(true);
            String place = String.valueOf(socket.getRemoteSocketAddress());
            try {
                if (accepted) {
                    accept(socket, !pool.getQueue().isEmpty());
                } else {
                    handshake.connected(socket);
                }
            } catch (NotAMember fault) {
                refusals.refused(place, accepted, fault);
                throw fault;
            } catch (EOFException | SocketTimeoutException | SocketException | ClosedChannelException fault) {
                NotAMember silent = new NotAMember(NotAMember.Reason.SILENT, "it went, or said too little in time");
                refusals.refused(place, accepted, silent);
                throw silent;
            }
        }
    }

    /** @param crowded whether others wait for the thread that this takes */
    private void accept(Socket socket, boolean crowded) throws IOException {
        synchronized (coming) {
            coming.add(socket);
        }
        if (crowded) {
            endOldest();
        }
        try {
            handshake.accepted(socket);
        } finally {
            synchronized (coming) {
                coming.remove(socket);
            }
        }
    }

    private void endOldest() {
        Socket oldest = null;
        synchronized (coming) {
            if (coming.size() > threads / 2) { // so that each has some time
                oldest = coming.iterator().next();
                coming.remove(oldest);
            }
        }
        if (oldest != null) {
            try {
                oldest.close();
            } catch (IOException gone) {
                refusals.ignored(gone);
            }
        }
    }
}
