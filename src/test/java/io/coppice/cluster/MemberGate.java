package io.coppice.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** The only way to one member, at an address that all others know; it can be shut to some of them. */
final class MemberGate implements AutoCloseable {
    private final InetAddress host;
    private final int memberPort;
    private final ServerSocket entrance;
    private final Set<InetAddress> shutTo = new HashSet<>();
    private final Map<Socket, InetAddress> open = new HashMap<>();

    /** @param host of the loopback network, this member's alone */
    MemberGate(String host) throws IOException {
        this.host = InetAddress.getByName(host);
        try (ServerSocket free = new ServerSocket(0)) {
            memberPort = free.getLocalPort();
        }
        entrance = new ServerSocket(0, 50, this.host);
        run("gate-" + host, this::accept);
    }

    String host() {
        return host.getHostAddress();
    }

    /** Where the member is to listen: at all addresses, since Hazelcast takes none of the loopback network but the first. */
    int memberPort() {
        return memberPort;
    }

    /** Where others find it. */
    int port() {
        return entrance.getLocalPort();
    }

    private static void run(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!entrance.isClosed()) {
            try {
                Socket outside = entrance.accept();
                Socket inside = new Socket();
                if (!admit(outside, inside)) {
                    outside.close();
                    continue;
                }
                inside.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), memberPort));
                run("gate-in-" + host(), () -> pass(outside, inside));
                run("gate-out-" + host(), () -> pass(inside, outside));
            } catch (IOException refused) {
                // Nobody is inside yet, or any more; who is outside tries again.
            }
        }
    }

    private synchronized boolean admit(Socket outside, Socket inside) {
        InetAddress from = outside.getInetAddress();
        if (shutTo.contains(from)) {
            return false;
        }
        open.put(outside, from);
        open.put(inside, from);
        return true;
    }

    private void pass(Socket from, Socket to) {
        byte[] buffer = new byte[65_536];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                out.write(buffer, 0, read);
            }
        } catch (IOException cut) {
            // Both ends are closed; that is all there is to do.
        }
    }

    /** Cuts all connections from a member, and takes none. */
    synchronized void shutTo(MemberGate other) {
        shutTo.add(other.host);
        open.forEach((socket, from) -> {
            if (from.equals(other.host)) {
                close(socket);
            }
        });
    }

    synchronized void openToAll() {
        shutTo.clear();
    }

    private static void close(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception already) {
            throw new AssertionError(already);
        }
    }

    @Override
    public synchronized void close() {
        close(entrance);
        open.keySet().forEach(MemberGate::close);
    }
}
