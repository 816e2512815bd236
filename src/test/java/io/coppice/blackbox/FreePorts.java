package io.coppice.blackbox;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports for those who have to be told theirs before they open it, and who open it again after they were killed.
 * They lie below those that a system gives to port 0 and to who connects (from 32,768 on with Linux, from 49,152 on
 * elsewhere): no connection of another test can sit on one in the meantime.
 */
public final class FreePorts {
    private static final int FIRST = 16_000;
    private static final int COUNT = 16_000;
    private static final AtomicInteger NEXT =
            new AtomicInteger(ThreadLocalRandom.current().nextInt(COUNT));

    private FreePorts() {}

    /**
     * Different ports of the loopback that nobody listens on now, and that nobody else in this process was given.
     *
     * @throws IOException when there are not so many
     */
    public static List<Integer> of(int count) throws IOException {
        List<Integer> ports = new ArrayList<>();
        for (int tried = 0; ports.size() < count; tried++) {
            if (tried == COUNT) {
                throw new IOException("there are no " + count + " free ports from " + FIRST + " on");
            }
            int port = FIRST + NEXT.getAndIncrement() % COUNT;
            if (isFree(port)) {
                ports.add(port);
            }
        }
        return ports;
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException taken) {
            return false;
        }
    }
}
