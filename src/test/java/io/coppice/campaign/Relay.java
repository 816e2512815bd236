package io.coppice.campaign;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Stands between a client and a node, so that the client can die: its connections end at once, without DISCONNECT. */
final class Relay implements AutoCloseable {
    private static final int BYTES = 1 << 14;
    private static final int CONNECT_MILLIS_MAX = 2000;

    private final InetSocketAddress to;
    private final ServerSocket server;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean silent;

    Relay(InetSocketAddress to) throws IOException {
        this.to = to;
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        spawn(this::accept);
    }

    InetSocketAddress address() {
        return new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
    }

    /** All connections are reset: the process of the client has died. */
    void cut() {
        for (Socket each : open) {
            reset(each);
            open.remove(each);
        }
    }

    /** Nothing goes through any more, and nobody is told: the machine of the client has died. Until {@code false}. */
    void silence(boolean now) {
        silent = now;
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket near = server.accept();
                Socket far = new Socket();
                open.add(near);
                open.add(far);
                far.connect(to, CONNECT_MILLIS_MAX);
                near.setTcpNoDelay(true);
                far.setTcpNoDelay(true);
                spawn(() -> carry(near, far));
                spawn(() -> carry(far, near));
            } catch (IOException e) {
                cut(); // the node is not there, which its clients see as they would without a relay
            }
        }
    }

    private void carry(Socket from, Socket into) {
        byte[] bytes = new byte[BYTES];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = into.getOutputStream();
            for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
                if (!silent) {
                    out.write(bytes, 0, count);
                }
            }
            from.close();
            into.close();
        } catch (IOException e) {
            // not closed before: that would tell the other side of an end, where there was a cut
            reset(from);
            reset(into);
        } finally {
            open.remove(from);
            open.remove(into);
        }
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            Thread.yield(); // it is closed already
        }
    }

    private static void spawn(Runnable work) {
        Thread thread = new Thread(work, "relay");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        server.close();
        cut();
    }
}
